package io.hyperdelta.conformance;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.List;

/** Whether an output is as expected, by the suite's own rule. Stateless. */
final class Similarity {
  /**
   * The tolerances of ONNX's own runner ({@code onnx.backend.test.runner}): |got - expected| may be
   * up to ABSOLUTE + RELATIVE |expected|.
   */
  private static final double RELATIVE = 1e-3;

  /** See {@link #RELATIVE}. */
  private static final double ABSOLUTE = 1e-7;

  private Similarity() {}

  /** What differs, in words that follow the output's name; empty if nothing does. */
  static String difference(TensorValue expected, TensorValue got) {
    if (expected.dtype() != got.dtype() || !Arrays.equals(expected.dims(), got.dims())) {
      return "is of another type or shape. Expected %s, got %s".formatted(expected, got);
    }
    if (expected.dtype() == Dtype.STRING) {
      return difference(expected.strings(), got.strings());
    }
    double[] a = expected.doubles();
    double[] b = got.doubles();
    for (int i = 0; i < a.length; i++) {
      boolean same = Double.compare(a[i], b[i]) == 0 || a[i] == b[i];
      double tolerance = ABSOLUTE + RELATIVE * Math.abs(a[i]);
      if (expected.dtype() == Dtype.BFLOAT16) {
        tolerance = Math.max(tolerance, lastBit(a[i]));
      }
      if (!same && !(Math.abs(a[i] - b[i]) <= tolerance)) {
        return "differs at element %d. Expected %s, got %s".formatted(i, a[i], b[i]);
      }
    }
    return "";
  }

  /**
   * What the last bit of a bfloat16 is worth. The suite's were cut off where ONNX Runtime, and we,
   * round; its own runner lets that pass, since it compares the bits as integers, with the same
   * relative tolerance and so by up to 16 units. One is what cutting and rounding differ by.
   */
  private static double lastBit(double value) {
    return Math.scalb(1.0, Math.getExponent(value) - 7);
  }

  private static String difference(List<String> expected, List<String> got) {
    for (int i = 0; i < expected.size(); i++) {
      if (!expected.get(i).equals(got.get(i))) {
        return "differs at element %d. Expected \"%s\", got \"%s\""
            .formatted(i, expected.get(i), got.get(i));
      }
    }
    return "";
  }
}
