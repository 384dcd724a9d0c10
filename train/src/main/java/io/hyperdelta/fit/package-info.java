/** Fitting a graph's initializers to data, and the whole training run. */
@NullMarked
package io.hyperdelta.fit;

import org.jspecify.annotations.NullMarked;
