/** Runs ONNX's official conformance suite through programs. */
@NullMarked
package io.hyperdelta.conformance;

import org.jspecify.annotations.NullMarked;
