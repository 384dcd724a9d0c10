package io.hyperdelta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.spec.RowsSpec;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TableTest {
  private static final Table TABLE =
      new Table(
          List.of(
              new NumericColumn("beds", new double[] {1, 2, 3}, BitSet.valueOf(new long[] {0b010})),
              new TextColumn("wall", new String[] {"brick", null, null})));

  @Test
  void rowsAreGathered() {
    Table some = TABLE.rows(new int[] {2, 1, 2, 0});

    assertThat(some.numeric("beds").values()).containsExactly(3, Double.NaN, 3, 1);
    assertThat(some.numeric("beds").missingCount()).isEqualTo(1);
    assertThat(some.text("wall").value(3)).isEqualTo("brick");
    assertThat(some.missing()).isEqualTo(Map.of("beds", 1, "wall", 3));
    assertThat(TABLE.missing()).isEqualTo(Map.of("beds", 1, "wall", 2));
  }

  @Test
  void valuesAreCopies() {
    TABLE.numeric("beds").values()[0] = 99;

    assertThat(TABLE.numeric("beds").value(0)).isEqualTo(1);
  }

  @Test
  void aWrongColumnIsNamed() {
    assertThatThrownBy(() -> TABLE.numeric("bed"))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "Column \"bed\" is not in the table. Expected one of beds, wall, got \"bed\". Maybe you"
                + " meant \"beds\".");
    assertThatThrownBy(() -> TABLE.numeric("wall"))
        .isInstanceOf(DataException.class)
        .hasMessage("Column \"wall\" cannot be used here. Expected numbers, got texts.");
    assertThatThrownBy(() -> TABLE.text("beds"))
        .isInstanceOf(DataException.class)
        .hasMessage("Column \"beds\" cannot be used here. Expected texts, got numbers.");
  }

  @Test
  void columnsMustFit() {
    assertThatThrownBy(
            () -> new Table(List.of(TABLE.column("beds"), TABLE.column("wall").rows(new int[2]))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Column \"wall\" does not fit its table. Expected a new name and 3 rows, got 2 rows.");
  }

  @Test
  void wordsForMissingDoNotFitAQuery() {
    RowsSpec query = new RowsSpec.Query("select 1 as x", Path.of(""));

    assertThatThrownBy(() -> Source.of(query, List.of("NA")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "data.missing cannot be used with a query. Expected it only with CSV or TSV files, got"
                + " NA. Use nullif(column, 'NA') in the query.");
  }
}
