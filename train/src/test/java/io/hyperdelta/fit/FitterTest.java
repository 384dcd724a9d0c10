package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.hyperdelta.autodiff.Bfloat16Products;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.spec.ProductPrecision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FitterTest {
  private static final int ROWS = 1200;

  /** y = 3 + 2 a - b, or whether that is above 3. */
  record Rows(Map<String, Value> inputs, Labels labels) {}

  static Rows rows(Objective objective) {
    Random random = new Random(5);
    float[] a = new float[ROWS];
    float[] b = new float[ROWS];
    double[] y = new double[ROWS];
    for (int i = 0; i < ROWS; i++) {
      a[i] = (float) random.nextGaussian();
      b[i] = (float) random.nextGaussian();
      double value = 3 + 2 * a[i] - b[i];
      y[i] =
          switch (objective) {
            case MSE, HUBER -> value;
            case BCE -> value > 3 ? 1 : 0;
            case CROSS_ENTROPY -> value > 4 ? 2 : value > 2 ? 1 : 0;
          };
    }
    boolean numbers = objective == Objective.MSE || objective == Objective.HUBER;
    Map<String, Value> inputs =
        Map.of(
            "a",
            Value.of(Tensors.ofFloats(a, ROWS, 1)),
            "b",
            Value.of(Tensors.ofFloats(b, ROWS, 1)));
    List<String> classes =
        objective == Objective.CROSS_ENTROPY ? List.of("low", "middle", "high") : List.of();
    return new Rows(inputs, new Labels("y", y, classes, numbers ? 3 : 0, numbers ? 2.2 : 1));
  }

  private static MlpNetwork network(Labels labels, Integer... hidden) {
    return new MlpNetwork(
        List.of(
            new ColumnEncoder.Standardise("a", 0, 1, false),
            new ColumnEncoder.Standardise("b", 0, 1, false)),
        List.of(hidden),
        labels);
  }

  private static Fitter fitter(Rows rows, Objective objective, int batch) {
    return new Fitter(
        rows.inputs(),
        rows.labels().values(),
        Batching.perRow(
            IntStream.range(0, 1000).toArray(), IntStream.range(1000, ROWS).toArray(), batch),
        new Loss(objective, rows.labels().deviation()));
  }

  static FitResult fit(Objective objective, FitSpec spec, Progress progress) {
    return fit(objective, spec, progress, 16);
  }

  private static FitResult fit(
      Objective objective, FitSpec spec, Progress progress, Integer... hidden) {
    try (PointerScope scope = new PointerScope()) {
      Rows rows = rows(objective);
      MlpNetwork network = network(rows.labels(), hidden);
      Model fresh = network.fresh(spec.seed());
      return fitter(rows, objective, spec.batch())
          .fit(fresh, network.parameterNames(), spec, progress, "fit");
    }
  }

  @ParameterizedTest
  @EnumSource(Objective.class)
  void learnsUnderEveryObjective(Objective objective) {
    FitSpec spec = FitSpec.builder().epochs(40).batch(50).learningRate(0.01).build();
    double before =
        fit(objective, FitSpec.builder().epochs(1).learningRate(1e-9).build(), Progress.silent())
            .validationLoss();
    double after = fit(objective, spec, Progress.silent()).validationLoss();

    assertThat(after).isLessThan(0.3 * before);
  }

  @Test
  void largeProductsAreInBfloat16WhereTheProcessorHasThem() {
    FitSpec.Builder spec = FitSpec.builder().epochs(1).batch(256);
    FitResult whole = fit(Objective.MSE, spec.build(), Progress.silent(), 256, 256);
    spec.products(ProductPrecision.BFLOAT16);
    FitResult reduced = fit(Objective.MSE, spec.build(), Progress.silent(), 256, 256);

    assertThat(reduced.validationLoss()).isCloseTo(whole.validationLoss(), withinPercentage(2));
    assertThat(reduced.parameters().equals(whole.parameters()))
        .isEqualTo(!Bfloat16Products.areAvailable());
  }

  @Test
  void theSameSeedGivesTheSameParametersAndAnotherOneOthers() {
    FitSpec spec = FitSpec.builder().epochs(3).build();
    Map<String, TensorValue> first = fit(Objective.MSE, spec, Progress.silent()).parameters();

    assertThat(fit(Objective.MSE, spec, Progress.silent()).parameters()).isEqualTo(first);
    assertThat(
            fit(Objective.MSE, FitSpec.builder().epochs(3).seed(8).build(), Progress.silent())
                .parameters())
        .isNotEqualTo(first);
  }

  @Test
  void stopsWhenTheValidationLossNoLongerFallsAndKeepsTheBest() {
    FitSpec spec = FitSpec.builder().epochs(400).batch(50).learningRate(0.05).patience(3).build();
    FitResult result = fit(Objective.MSE, spec, Progress.silent());

    assertThat(result.epochs()).isLessThan(400).isEqualTo(result.bestEpoch() + 3);
    assertThat(result.steps()).isEqualTo(20L * result.epochs());
  }

  @Test
  void reportsEveryStepAndTheValidationLoss() {
    List<String> events = new ArrayList<>();
    long[] done = {0};
    Progress progress =
        (title, total, unit) -> {
          events.add(title + " " + total + " " + unit);
          return new Progress.Step() {
            @Override
            public void advance(long count) {
              done[0] += count;
            }

            @Override
            public void note(String text) {
              events.add(text.replaceAll("[0-9.]+", "#"));
            }

            @Override
            public void close() {
              events.add("closed");
            }
          };
        };
    fit(Objective.MSE, FitSpec.builder().epochs(2).batch(100).build(), progress);

    assertThat(done[0]).isEqualTo(20);
    assertThat(events)
        .containsExactly(
            "fit 20 steps", "validation loss #, best #", "validation loss #, best #", "closed");
  }

  @Test
  void aDivergingFitIsAnErrorWithAdvice() {
    FitSpec spec = FitSpec.builder().epochs(50).learningRate(1e30).warmup(0).build();
    assertThatThrownBy(() -> fit(Objective.MSE, spec, Progress.silent()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "The step \"fit\" diverged: its loss or gradient is no longer finite. Expected finite values throughout. Maybe learningRate is too high, or a column has extreme values.");
  }
}
