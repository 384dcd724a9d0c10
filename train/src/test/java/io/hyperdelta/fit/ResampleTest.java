package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Split;
import io.hyperdelta.data.Table;
import io.hyperdelta.spec.EnsembleSpec.Bootstrap;
import io.hyperdelta.spec.SplitSpec;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ResampleTest {
  private static final int ROWS = 3000;
  private static final int CONTEXTS = 100;

  private static Split split() {
    double[] contexts = new double[ROWS];
    Arrays.setAll(contexts, i -> i % CONTEXTS);
    Table table = new Table(List.of(new NumericColumn("context", contexts, new BitSet())));
    return Split.of(table, List.of("context"), SplitSpec.defaults());
  }

  /** How often each of the training rows, or of their contexts, is there. */
  private static Map<Integer, Integer> counts(int[] values) {
    Map<Integer, Integer> counts = new TreeMap<>();
    Arrays.stream(values).forEach(value -> counts.merge(value, 1, Integer::sum));
    return counts;
  }

  @Test
  void noneKeepsTheRows() {
    Split split = split();
    assertThat(Resample.training(split, Bootstrap.NONE, 5)).isEqualTo(split.train());
  }

  @Test
  void contextsAreDrawnWholeAndAboutAThirdOfThemNever() {
    Split split = split();
    Map<Integer, Integer> own = counts(contextsOf(split, split.train()));
    int[] drawn = Resample.training(split, Bootstrap.CONTEXTS, 5);

    Map<Integer, Integer> rows = counts(drawn);
    Map<Integer, Integer> contexts = counts(contextsOf(split, drawn));

    assertThat(split.train()).contains(rows.keySet().stream().mapToInt(i -> i).toArray());
    contexts.forEach(
        (context, count) ->
            assertThat(count % own.getOrDefault(context, 0))
                .as("rows of context %d", context)
                .isZero());
    for (int row : split.train()) {
      int context = split.contextOfRow()[row];
      assertThat(rows.getOrDefault(row, 0))
          .as("every row of a context as often as the context")
          .isEqualTo(contexts.getOrDefault(context, 0) / own.getOrDefault(context, 0));
    }
    // (1 - 1/n)^n of n are never drawn: 0.367 for n = 75.
    double never = 1 - contexts.size() / (double) own.size();
    assertThat(never).isCloseTo(0.367, within(0.12));
    int times =
        contexts.entrySet().stream()
            .mapToInt(e -> e.getValue() / own.getOrDefault(e.getKey(), 0))
            .sum();
    assertThat(times).isEqualTo(own.size());
  }

  private static int[] contextsOf(Split split, int[] rows) {
    int[] contextOfRow = split.contextOfRow();
    return Arrays.stream(rows).map(row -> contextOfRow[row]).toArray();
  }

  @Test
  void rowsAreDrawnOneByOne() {
    Split split = split();
    int[] drawn = Resample.training(split, Bootstrap.ROWS, 5);

    assertThat(drawn).hasSameSizeAs(split.train());
    assertThat(split.train()).contains(Arrays.stream(drawn).distinct().toArray());
    assertThat(1 - counts(drawn).size() / (double) drawn.length).isCloseTo(0.368, within(0.05));
  }

  @Test
  void theSeedDecides() {
    Split split = split();
    int[] first = Resample.training(split, Bootstrap.CONTEXTS, 5);
    assertThat(Resample.training(split, Bootstrap.CONTEXTS, 5)).isEqualTo(first);
    assertThat(Resample.training(split, Bootstrap.CONTEXTS, 6)).isNotEqualTo(first);
  }
}
