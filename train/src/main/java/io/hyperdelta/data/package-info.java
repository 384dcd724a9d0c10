/** Tables: reading, typing and splitting rows. */
@NullMarked
package io.hyperdelta.data;

import org.jspecify.annotations.NullMarked;
