/** What the hypernetwork sees: condition columns and their encoding. */
@NullMarked
package io.hyperdelta.condition;

import org.jspecify.annotations.NullMarked;
