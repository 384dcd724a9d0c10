/** Measuring models on held-out rows, with intervals and controls. */
@NullMarked
package io.hyperdelta.evaluate;

import org.jspecify.annotations.NullMarked;
