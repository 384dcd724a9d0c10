/** ONNX graphs as plain values: read, check, edit, write. */
@NullMarked
package io.hyperdelta.graph;

import org.jspecify.annotations.NullMarked;
