package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionGroupsTest {
  private static NumericColumn numbers(String name, double... values) {
    BitSet missing = new BitSet();
    for (int i = 0; i < values.length; i++) {
      missing.set(i, Double.isNaN(values[i]));
    }
    return new NumericColumn(name, values, missing);
  }

  private static InputBinding condition(String name, boolean text) {
    return new InputBinding(name, List.of(name), text, true, false, true);
  }

  @Test
  void rowsAreTogetherWhereAllConditionsAreFilledWithTheSameBits() {
    Table table =
        new Table(
            List.of(
                numbers("x", 1, 2, 3, 4, 5, 6, 7, 8),
                numbers("a", 1, 1, 1, Double.NaN, Double.NaN, 0, -0.0, 1),
                // The second differs as a double and not as the float that the input takes.
                numbers("b", 0.1, 0.1f, 0.2, 7, 7, 7, 7, 0.1)));
    List<InputBinding> bindings =
        List.of(
            new InputBinding("x", List.of("x"), false, false, true, false),
            condition("a", false),
            condition("b", false));

    assertThat(ConditionGroups.of(table, bindings, new int[] {0, 1, 2, 3, 4, 5, 6, 7}))
        .containsExactly(0, 0, 1, 2, 2, 3, 4, 0);
    assertThat(ConditionGroups.of(table, bindings, new int[] {4, 7, 3, 1}))
        .containsExactly(0, 1, 0, 1);
  }

  @Test
  void textsCountAndAMissingOneIsTheEmptyOne() {
    Table table =
        new Table(
            List.of(
                new TextColumn("city", new String[] {"Bonn", "Ulm", null, "", "Bonn"}),
                numbers("year", 1, 1, 1, 1, 2)));

    assertThat(
            ConditionGroups.of(
                table,
                List.of(condition("city", true), condition("year", false)),
                new int[] {0, 1, 2, 3, 4}))
        .containsExactly(0, 1, 2, 2, 3);
    assertThat(ConditionGroups.of(table, List.of(), new int[] {0, 4})).containsExactly(0, 0);
  }
}
