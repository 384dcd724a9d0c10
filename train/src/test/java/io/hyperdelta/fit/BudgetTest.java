package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Budgets as they are written. */
class BudgetTest {
  @Test
  void readsFiguresAndLimits() {
    Budget budget = Budget.parse(List.of("parameters=20000", "slowdown = 1.3"));
    assertThat(budget.limits())
        .isEqualTo(Map.of(Budget.Figure.PARAMETERS, 20_000.0, Budget.Figure.SLOWDOWN, 1.3));
    assertThat(budget).hasToString("parameters=20000, slowdown=1.3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "20000|The budget is not usable. Expected one of parameters=20000, generated=500,"
            + " slowdown=1.3, got \"20000\".",
        "parametres=5|Budget \"parametres\" is unknown. Expected one of parameters, generated,"
            + " slowdown, got \"parametres\". Maybe you meant \"parameters\".",
        "parameters=0|Budget parameters is out of range. Expected a whole number from 1 to"
            + " 2147483647, got 0.",
        "parameters=1.5|Budget parameters is out of range. Expected a whole number from 1 to"
            + " 2147483647, got 1.5.",
        "generated=-3|Budget generated is out of range. Expected a whole number from 1 to"
            + " 2147483647, got -3.",
        "generated=1e300|Budget generated is out of range. Expected a whole number from 1 to"
            + " 2147483647, got 1.0E300.",
        "generated=few|Budget generated is not a number. Expected one such as 20000, got \"few\".",
        "slowdown=1|Budget slowdown is out of range. Expected a number above 1, such as 1.3 for"
            + " three tenths more time, got 1.",
        "slowdown=NaN|Budget slowdown is out of range. Expected a number above 1, such as 1.3 for"
            + " three tenths more time, got NaN.",
        "slowdown=|Budget slowdown is not a number. Expected one such as 1.3, got \"\"."
      })
  void refusesWithAReason(String written, String message) {
    assertThatThrownBy(() -> Budget.parse(List.of(written)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void refusesAFigureTwice() {
    assertThatThrownBy(() -> Budget.parse(List.of("parameters=5", "parameters=6")))
        .hasMessage("Budget parameters is given twice. Expected each figure once.");
  }
}
