/** Forms of a delta: how it is parametrised, what it generates, how it is applied and merged. */
@NullMarked
package io.hyperdelta.delta;

import org.jspecify.annotations.NullMarked;
