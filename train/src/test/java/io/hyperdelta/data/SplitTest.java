package io.hyperdelta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.spec.SplitSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SplitTest {
  private static final SplitSpec SPEC = SplitSpec.defaults();

  @Test
  void contextsAreHeldOutWholeAndEveryRowIsUsedOnce() {
    Table table = table(2000, 40);

    Split split = Split.of(table, List.of("cell", "street"), SPEC);

    assertThat(split.contextCount()).isEqualTo(80);
    assertThat(contexts(split, split.unseenTest())).hasSize(20);
    assertThat(contexts(split, split.unseenTest()))
        .doesNotContainAnyElementsOf(contexts(split, split.train()))
        .doesNotContainAnyElementsOf(contexts(split, split.validation()))
        .doesNotContainAnyElementsOf(contexts(split, split.seenTest()));
    int rest = 2000 - split.unseenTest().length;
    assertThat(split.seenTest()).hasSize((int) Math.round(0.15 * rest)).isSorted();
    assertThat(split.validation()).hasSize((int) Math.round(0.10 * rest)).isSorted();
    assertThat(
            Stream.of(split.train(), split.validation(), split.seenTest(), split.unseenTest())
                .flatMapToInt(IntStream::of)
                .sorted()
                .toArray())
        .isEqualTo(IntStream.range(0, 2000).toArray());
  }

  @Test
  void contextsAreNumberedByTheirValues() {
    Table table =
        new Table(
            List.of(
                new NumericColumn("a", new double[] {2, -0.0, 0.0, 2}, new BitSet()),
                new TextColumn("b", new String[] {"y", "z", "z", "x"})));

    Split split = Split.of(table, List.of("a", "b"), new SplitSpec(0, 0, 0.5, 7));

    assertThat(split.contextOfRow()).containsExactly(2, 0, 0, 1);
    assertThat(split.contextCount()).isEqualTo(3);
    assertThat(split.unseenTest()).isEmpty();
    assertThat(split.seenTest()).isEmpty();
  }

  @Test
  void theSeedDecides() {
    Table table = table(200, 10);
    SplitSpec other = new SplitSpec(0.25, 0.15, 0.10, 8);

    Split split = Split.of(table, List.of("cell"), SPEC);

    assertThat(Split.of(table, List.of("cell"), SPEC).train()).isEqualTo(split.train());
    assertThat(Split.of(table, List.of("cell"), other).train()).isNotEqualTo(split.train());
    // The same on every JDK and machine: these are what java.util.Random's documented steps give.
    assertThat(contexts(split, split.unseenTest())).containsExactlyInAnyOrder(0, 1, 9);
  }

  @Test
  void withoutContextsNothingIsHeldOut() {
    Split split = Split.of(table(100, 10), List.of(), SPEC);

    assertThat(split.unseenTest()).isEmpty();
    assertThat(split.contextCount()).isEqualTo(1);
    assertThat(split.seenTest()).hasSize(15);
    assertThat(split.validation()).hasSize(10);
    assertThat(split.train()).hasSize(75);
  }

  @Test
  void aSplitWithoutRowsIsRefused() {
    assertThatThrownBy(() -> Split.of(table(4, 2), List.of(), SPEC))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "The split would leave no validation rows. Expected at least one, got none of 4 rows of"
                + " seen contexts. Use more rows or other fractions in data.split.");
    assertThatThrownBy(() -> Split.of(table(100, 1), List.of("cell"), SPEC))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "The split would hold out 0 of 1 contexts. Expected at least one to hold out and one to"
                + " learn from, got split.unseenContexts 0.25. Use finer contexts or another"
                + " fraction.");
  }

  @Test
  void aContextNeedsAValue() {
    BitSet third = new BitSet();
    third.set(2);
    Table table =
        new Table(
            List.of(
                new NumericColumn("a", new double[] {1, 2, 3}, third),
                new NumericColumn("b", new double[] {1, 1 / 0.0, 3}, new BitSet()),
                new TextColumn("c", new String[] {null, "x", "y"})));

    refused(table, "a", "3", "a missing value");
    refused(table, "b", "2", "Infinity");
    refused(table, "c", "1", "a missing value");
  }

  @Test
  void theHousesAreSplit() {
    Path houses = Path.of("..", "examples", "houses", "lucas-county-houses.csv");
    List<String> contexts = List.of("floor(long/2500)", "floor(lat/2500)");
    Table table =
        TableReader.read(
            Source.file(houses), contexts.stream().map(Selection::expression).toList());

    Split split = Split.of(table, contexts, SPEC);

    assertThat(
            List.of(
                split.contextCount(),
                contexts(split, split.unseenTest()).size(),
                split.train().length,
                split.validation().length,
                split.seenTest().length,
                split.unseenTest().length))
        .containsExactly(167, 42, 14_286, 1_905, 2_857, 6_309);
  }

  private static void refused(Table table, String column, String row, String got) {
    assertThatThrownBy(() -> Split.of(table, List.of(column), SPEC))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Context \""
                + column
                + "\" has no value in row "
                + row
                + ". Expected a text or a finite number in every row, got "
                + got
                + ". Drop such rows, or give them a value with coalesce(...).");
  }

  private static Set<Integer> contexts(Split split, int[] rows) {
    int[] contextOfRow = split.contextOfRow();
    return Arrays.stream(rows).mapToObj(row -> contextOfRow[row]).collect(Collectors.toSet());
  }

  private static Table table(int rows, int cells) {
    double[] cell = new double[rows];
    String[] street = new String[rows];
    for (int row = 0; row < rows; row++) {
      cell[row] = row * 7 % cells;
      street[row] = row % 3 == 0 ? "north" : "south";
    }
    return new Table(
        List.of(new NumericColumn("cell", cell, new BitSet()), new TextColumn("street", street)));
  }
}
