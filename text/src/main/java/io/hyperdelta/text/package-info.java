/** Texts to vectors, with a frozen ONNX encoder and its tokenizer. */
@NullMarked
package io.hyperdelta.text;

import org.jspecify.annotations.NullMarked;
