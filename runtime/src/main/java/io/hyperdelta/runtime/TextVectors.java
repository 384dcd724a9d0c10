package io.hyperdelta.runtime;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.EncodedTexts;
import io.hyperdelta.bundle.RawKind;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.text.PooledEncoder;
import io.hyperdelta.text.TextEncoder;
import io.hyperdelta.text.TextException;
import io.hyperdelta.text.TokenizerFile;
import io.hyperdelta.text.VectorNorm;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bundle's text encoder in ONNX Runtime. Each distinct text is encoded once while it is
 * remembered. Safe to use from many threads.
 */
final class TextVectors implements AutoCloseable {
  private final EncodedTexts step;
  private final OrtGraph graph;
  private final TextEncoder encoder;

  private TextVectors(EncodedTexts step, OrtGraph graph, TextEncoder encoder) {
    this.step = step;
    this.graph = graph;
    this.encoder = encoder;
  }

  /**
   * Loads an encoder and its tokenizer.
   *
   * @throws io.hyperdelta.problem.InputException if a file is not as it was published
   */
  static TextVectors open(Bundle bundle, EncodedTexts step) {
    TokenizerFile tokenizer =
        TokenizerFile.of(bundle.read(step.tokenizerFile()), step.tokenizerFile());
    VectorNorm norm = step.unitNorm() ? VectorNorm.UNIT : VectorNorm.AS_POOLED;
    PooledEncoder pooled =
        PooledEncoder.of(bundle.read(step.encoderFile()), step.encoderFile(), norm);
    OrtGraph graph = OrtGraph.load(ModelWriter.write(pooled.model()), step.encoderFile());
    boolean done = false;
    try {
      TextEncoder encoder =
          TextEncoder.builder(pooled, tokenizer, graph::run).maxTokens(step.maxTokens()).build();
      done = true;
      return new TextVectors(step, graph, encoder);
    } finally {
      if (!done) {
        graph.close();
      }
    }
  }

  /** A vector for each row. */
  float[][] encode(Rows rows) {
    List<@Nullable String> texts = rows.texts(step.from());
    if (texts == null) {
      throw InputTensors.absent(rows, step.from(), RawKind.TEXT.title());
    }
    try {
      float[] values = encoder.encode(texts).floats();
      float[][] vectors = new float[rows.count()][];
      for (int row = 0; row < vectors.length; row++) {
        vectors[row] = Arrays.copyOfRange(values, row * encoder.dim(), (row + 1) * encoder.dim());
      }
      return vectors;
    } catch (TextException e) {
      throw new RowsException(
          "Condition column \"%s\" cannot be encoded. %s".formatted(step.from(), e.getMessage()));
    }
  }

  @Override
  public void close() {
    encoder.close();
    graph.close();
  }
}
