package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.DataException;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.weave.Weaving;
import io.hyperdelta.weave.Workload;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Looks for everything that would end a run late, or make it wrong, before any time is spent: on
 * the target as it is, or on one like it that is not trained yet.
 */
final class Preflight {
  private static final int ROWS = 6;

  private final TrainedTarget target;
  private final Weaving weaver;
  private final List<InputBinding> bindings;
  private final TrainingRows rows;

  Preflight(TrainedTarget target, Weaving weaver, List<InputBinding> bindings, TrainingRows rows) {
    this.target = target;
    this.weaver = weaver;
    this.bindings = bindings;
    this.rows = rows;
  }

  /**
   * Checks data, graphs and outputs.
   *
   * @throws DataException if a column holds values that its input cannot take
   * @throws SpecException if the target and the spec do not go together
   */
  void check() {
    for (InputBinding binding : bindings) {
      if (binding.vector() > 0 && binding.target()) {
        checkVectors(binding);
      } else if (binding.vector() == 0 && !binding.text()) {
        checkValues(binding);
      }
    }
    int[] some = Arrays.copyOf(rows.split().train(), Math.min(ROWS, rows.split().train().length));
    int[] backwards = new int[some.length];
    Arrays.setAll(backwards, i -> some[some.length - 1 - i]);
    try (Predictor predictor = new Predictor(TargetStep.onlyOutput(woven(), target.output()))) {
      Table table = rows.table();
      float[][] predictions = predictor.predict(table.rows(some), bindings);
      checkWidth(predictions[0].length);
      float[][] turned = predictor.predict(table.rows(backwards), bindings);
      for (int i = 0; i < some.length; i++) {
        checkSame(predictions[i], turned[some.length - 1 - i]);
      }
    }
  }

  /**
   * The woven graph with deltas that are not zero; building the others shows whether their names go
   * together.
   */
  private Model woven() {
    try {
      Random random = new Random(1);
      Map<String, TensorValue> parameters = new LinkedHashMap<>();
      weaver
          .freshParameters(1)
          .forEach(
              (name, value) -> {
                float[] values = value.floats();
                for (int i = 0; i < values.length; i++) {
                  values[i] += (float) (0.1 * random.nextGaussian());
                }
                parameters.put(name, TensorValue.ofFloats(values, value.dims()));
              });
      weaver.generator(parameters);
      weaver.targetWithDeltas();
      return weaver.fused(parameters, Workload.SERVED);
    } catch (IllegalArgumentException e) {
      throw new SpecException("The target and the spec do not go together: " + e.getMessage(), e);
    }
  }

  private void checkValues(InputBinding binding) {
    for (String name : binding.columns()) {
      Column column = rows.table().column(name);
      if (!(column instanceof NumericColumn numbers)) {
        throw new DataException(
            "Column \"%s\" holds texts, and input \"%s\" of the target takes numbers. Expected a numeric column."
                .formatted(name, binding.input()),
            null);
      }
      for (int row = 0; row < numbers.rowCount(); row++) {
        boolean fine =
            numbers.missing(row) ? binding.missing() : Float.isFinite((float) numbers.value(row));
        if (!fine) {
          throw new DataException(
              "Column \"%s\" is not usable in row %d. Expected a finite number for input \"%s\" of the target, got %s. Leave the row out, or fill it in with sql."
                  .formatted(
                      name,
                      row + 1,
                      binding.input(),
                      numbers.missing(row) ? "a missing value" : numbers.value(row)),
              null);
        }
        if (!numbers.missing(row) && !binding.takes(numbers.value(row))) {
          throw notWhole(binding, row, numbers.value(row));
        }
      }
    }
  }

  private void checkVectors(InputBinding binding) {
    String name = binding.columns().get(0);
    VectorColumn vectors = (VectorColumn) rows.table().column(name);
    for (int row = 0; row < vectors.rowCount(); row++) {
      for (int i = 0; i < vectors.width(); i++) {
        float value = vectors.value(row, i);
        if (!Float.isFinite(value)) {
          throw new DataException(
              "Column \"%s\" is not usable in row %d. Expected finite numbers for input \"%s\" of the target, got %s."
                  .formatted(name, row + 1, binding.input(), value),
              null);
        }
        if (!binding.takes(value)) {
          throw notWhole(binding, row, value);
        }
      }
    }
  }

  private static DataException notWhole(InputBinding binding, int row, double value) {
    return new DataException(
        "Column \"%s\" is not usable in row %d. Expected whole numbers of at most 16,777,216 in size for input \"%s\" of the target, got %s."
            .formatted(binding.columns().get(0), row + 1, binding.input(), value),
        null);
  }

  private void checkWidth(int width) {
    int expected = rows.labels().outputCount();
    if (width != expected) {
      throw new SpecException(
          "Output \"%s\" of the target does not fit label \"%s\". Expected %d number%s per row%s, got %d."
              .formatted(
                  target.output(),
                  rows.labels().name(),
                  expected,
                  expected == 1 ? "" : "s",
                  expected == 1
                      ? ""
                      : ", the logits of classes " + String.join(", ", rows.labels().classes()),
                  width),
          null);
    }
  }

  /** A layer whose first axis is not the rows would give a row the delta of another. */
  private static void checkSame(float[] forwards, float[] backwards) {
    for (int i = 0; i < forwards.length; i++) {
      double tolerance = 1e-3 * Math.max(1, Math.abs(forwards[i]));
      if (!(Math.abs(forwards[i] - backwards[i]) <= tolerance)) {
        throw new SpecException(
            "The target cannot be adapted row by row: the same row is predicted as %s or %s, depending on the rows beside it. Expected a network that keeps rows on the first axis and does not mix them. Maybe a layer transposes its input; select parts without such layers."
                .formatted(forwards[i], backwards[i]),
            null);
      }
    }
  }
}
