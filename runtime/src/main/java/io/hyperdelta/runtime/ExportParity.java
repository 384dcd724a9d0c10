package io.hyperdelta.runtime;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.EnsembleEntry;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Ensemble;
import io.hyperdelta.weave.Strength;
import io.hyperdelta.weave.Weaver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Compares the graphs of a bundle with each other and with the engine that trained them. Not
 * thread-safe.
 */
public final class ExportParity {
  /**
   * Largest difference between two ways to compute the same output, relative to the output or, for
   * outputs near zero, to the root mean square of all: float32 carries 7 digits, and sums of
   * hundreds of terms lose one or two.
   */
  public static final double TOLERANCE = 1e-5;

  /**
   * The same for what frozen encoders make: they have many layers, and their vectors small elements
   * beside large ones.
   */
  public static final double ENCODER_TOLERANCE = 1e-4;

  /** Merged models are made and compared for this many conditions. */
  private static final int MERGED_CONDITIONS = 3;

  private final Manifest manifest;
  private final Bundle bundle;
  private final Rows rows;
  private final List<String> findings = new ArrayList<>();

  private ExportParity(Bundle bundle, Rows rows) {
    this.bundle = bundle;
    this.manifest = bundle.manifest();
    this.rows = rows;
  }

  /**
   * Checks a bundle.
   *
   * @param rows raw columns of target and conditions
   * @param expected outputs of the fused graph in the engine that trained it, one array per row
   * @return what was found to hold, a line each
   * @throws IllegalStateException if the graphs disagree by more than {@link #TOLERANCE}
   */
  public static List<String> check(Bundle bundle, Rows rows, float[][] expected) {
    return new ExportParity(bundle, rows).check(expected);
  }

  private List<String> check(float[][] expected) {
    Target target = bundle.target();
    try (RowPreparation preparation = new RowPreparation(bundle);
        OrtGraph fused = load(Bundle.FUSED);
        OrtGraph generator = load(Bundle.GENERATOR);
        OrtGraph withDeltas = load(Bundle.TARGET_WITH_DELTAS);
        OrtGraph frozen = load(Bundle.TARGET)) {
      // Graphs are compared, also for categories that predictions refuse.
      Map<String, TensorValue> all =
          InputTensors.of(
              preparation.prepare(rows, manifest.inputs()),
              manifest.inputs(),
              KnownCategories.of(List.of()));
      comparePrepared(preparation, all);
      Map<String, TensorValue> targetInputs = only(all, true);
      float[] adaptive = output(fused, all);
      compare("libtorch and ONNX Runtime agree on " + Bundle.FUSED, flat(expected), adaptive);

      Map<String, TensorValue> backwards = new LinkedHashMap<>();
      int[] order = IntStream.range(0, rows.count()).map(i -> rows.count() - 1 - i).toArray();
      all.forEach((name, value) -> backwards.put(name, value.rows(order)));
      compare(
          "every row is predicted from its own columns alone, whatever rows stand beside it",
          reversed(adaptive),
          output(fused, backwards));

      Set<String> conditions = SharedConditions.inputs(manifest);
      if (fused.hasOptional(Weaver.CONDITION_OF_ROW)) {
        // Every row twice, so that conditions are shared.
        Map<String, TensorValue> twice = new LinkedHashMap<>();
        int[] both = IntStream.range(0, 2 * rows.count()).map(i -> i % rows.count()).toArray();
        all.forEach((name, value) -> twice.put(name, value.rows(both)));
        compare(
            "rows that name their conditions are predicted as rows that bring them",
            flat(new float[][] {adaptive, adaptive}),
            output(fused, SharedConditions.named(twice, conditions)));
      }

      Map<String, TensorValue> split = new LinkedHashMap<>(targetInputs);
      split.putAll(generator.run(only(all, false)));
      compare(
          "generator and target with deltas agree with the fused graph",
          adaptive,
          output(withDeltas, split));
      EnsembleEntry ensemble = manifest.ensemble();
      if (ensemble != null && ensemble.spreads()) {
        // A spread is a difference of predictions, and as exact as these.
        compare(
            "prediction plus spread agrees in the two as well",
            sum(adaptive, output(fused, all, Ensemble.SPREAD)),
            sum(output(withDeltas, split), output(withDeltas, split, Ensemble.SPREAD)));
      }

      for (int i = 0; i < Math.min(MERGED_CONDITIONS, rows.count()); i++) {
        Map<String, TensorValue> one = underConditionOf(i, all);
        Map<String, TensorValue> condition = new LinkedHashMap<>();
        int row = i;
        only(all, false).forEach((name, value) -> condition.put(name, value.rows(row)));
        byte[] merged =
            ModelWriter.write(
                MergedModel.graph(
                    manifest,
                    target,
                    bundle.deltas(target),
                    generator.run(condition),
                    Strength.FULL));
        try (OrtGraph graph = OrtGraph.load(merged, "merged")) {
          compare(
              "merged agrees with the fused graph for the condition of row " + (i + 1),
              output(fused, one),
              output(graph, only(one, true)));
        }
      }
      compareStrengthZero(output(frozen, targetInputs), fused, all);
    }
    return Collections.unmodifiableList(findings);
  }

  /** The graphs were compared on what the training engine had prepared, where it is given. */
  private void comparePrepared(RowPreparation preparation, Map<String, TensorValue> given) {
    List<String> made = manifest.preparations().columns();
    List<InputBinding> bindings =
        manifest.inputs().stream()
            .filter(binding -> binding.columns().stream().anyMatch(made::contains))
            .filter(binding -> binding.columns().stream().allMatch(c -> rows.content(c) != null))
            .toList();
    Rows raw = preparation.prepare(rows.without(made), bindings);
    InputTensors.of(raw, bindings, KnownCategories.of(List.of()))
        .forEach(
            (input, value) -> {
              TensorValue expected = Objects.requireNonNull(given.get(input));
              String claim = "both engines prepare the same \"%s\"".formatted(input);
              if (value.dtype() == Dtype.STRING) {
                if (!value.equals(expected)) {
                  throw new IllegalStateException(
                      "The export does not hold: not true that %s. The bundle was not published."
                          .formatted(claim));
                }
              } else if (!Arrays.equals(expected.floats(), value.floats())) {
                compare(claim, expected.floats(), value.floats(), ENCODER_TOLERANCE);
              }
            });
  }

  private void compareStrengthZero(float[] frozen, OrtGraph fused, Map<String, TensorValue> all) {
    Map<String, TensorValue> off = new LinkedHashMap<>(all);
    off.put(Weaver.STRENGTH, TensorValue.scalar(0));
    float[] output = output(fused, off);
    if (Arrays.equals(frozen, output)) {
      findings.add("strength 0 gives the target's output bit for bit");
    } else {
      compare(
          "strength 0 gives the target's output, not bit for bit in the fused graph",
          frozen,
          output);
    }
  }

  private OrtGraph load(String file) {
    return OrtGraph.load(bundle.read(file), file);
  }

  private Map<String, TensorValue> only(Map<String, TensorValue> inputs, boolean target) {
    Map<String, TensorValue> some = new LinkedHashMap<>();
    for (InputBinding binding : manifest.inputs()) {
      if (target ? binding.target() : binding.condition()) {
        some.put(binding.input(), Objects.requireNonNull(inputs.get(binding.input())));
      }
    }
    return some;
  }

  /** The same rows, all with the condition of one of them. */
  private Map<String, TensorValue> underConditionOf(int row, Map<String, TensorValue> inputs) {
    Map<String, TensorValue> changed = new LinkedHashMap<>(inputs);
    int[] same = new int[rows.count()];
    Arrays.fill(same, row);
    only(inputs, false).forEach((name, value) -> changed.put(name, value.rows(same)));
    return changed;
  }

  private float[] reversed(float[] values) {
    int count = rows.count();
    int width = values.length / count;
    float[] turned = new float[values.length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(values, i * width, turned, (count - 1 - i) * width, width);
    }
    return turned;
  }

  private float[] output(OrtGraph graph, Map<String, TensorValue> inputs) {
    return output(graph, inputs, manifest.output());
  }

  private static float[] output(OrtGraph graph, Map<String, TensorValue> inputs, String name) {
    return Objects.requireNonNull(graph.run(inputs, Set.of(name)).get(name)).floats();
  }

  private static float[] sum(float[] one, float[] other) {
    float[] sum = one.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += other[i];
    }
    return sum;
  }

  private void compare(String claim, float[] expected, float[] actual) {
    compare(claim, expected, actual, TOLERANCE);
  }

  private void compare(String claim, float[] expected, float[] actual, double tolerance) {
    double difference = relativeDifference(expected, actual);
    if (!(difference <= tolerance)) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "The export does not hold: not true that %s. Expected a relative difference of at most %.0e, got %.3e. The bundle was not published.",
              claim,
              tolerance,
              difference));
    }
    findings.add(
        String.format(
            Locale.ROOT,
            "%s (largest relative difference %.1e over %,d rows)",
            claim,
            difference,
            rows.count()));
  }

  /**
   * The largest difference relative to the value or the root mean square of all, whichever is
   * larger.
   */
  static double relativeDifference(float[] expected, float[] actual) {
    if (expected.length != actual.length) {
      return Double.POSITIVE_INFINITY;
    }
    double squares = 0;
    for (float value : expected) {
      squares += (double) value * value;
    }
    double typical = Math.sqrt(squares / expected.length);
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs((double) expected[i] - actual[i]);
      double relative = difference == 0 ? 0 : difference / Math.max(Math.abs(expected[i]), typical);
      // A comparison with NaN is false; NaN must count as a difference.
      largest = relative <= largest ? largest : relative;
    }
    return largest;
  }

  private static float[] flat(float[][] values) {
    int width = values.length == 0 ? 0 : values[0].length;
    float[] all = new float[values.length * width];
    for (int i = 0; i < values.length; i++) {
      System.arraycopy(values[i], 0, all, i * width, width);
    }
    return all;
  }
}
