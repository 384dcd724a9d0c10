/** Runs any ONNX graph with gradients, on libtorch. */
@NullMarked
package io.hyperdelta.autodiff;

import org.jspecify.annotations.NullMarked;
