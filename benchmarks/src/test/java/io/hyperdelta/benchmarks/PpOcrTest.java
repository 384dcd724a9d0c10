package io.hyperdelta.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.TensorValue;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Convolutional networks that PaddlePaddle wrote. */
class PpOcrTest {
  private static final double TOLERANCE = 1e-4;

  private static double difference(String name, byte[] model, long batch, long width) {
    Random random = new Random(7);
    float[] pixels = new float[Math.toIntExact(batch * 3 * 48 * width)];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat() * 2 - 1;
    }
    TensorValue x = TensorValue.ofFloats(pixels, batch, 3, 48, width);
    double difference = Parity.difference(model, Map.of("x", x));
    System.out.printf(Locale.ROOT, "%s: %.1e from ONNX Runtime at most%n", name, difference);
    return difference;
  }

  @Test
  void classifierEqualsOnnxRuntime() {
    assertThat(difference("PP-OCR classifier", PpOcr.classifier(), 8, 192)).isLessThan(TOLERANCE);
  }

  @Test
  void recogniserEqualsOnnxRuntime() {
    assertThat(difference("PP-OCR recogniser", PpOcr.recogniser(), 2, 320)).isLessThan(TOLERANCE);
  }
}
