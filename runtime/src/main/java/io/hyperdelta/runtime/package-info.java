/** Predicts with ONNX Runtime from a bundle. */
@NullMarked
package io.hyperdelta.runtime;

import org.jspecify.annotations.NullMarked;
