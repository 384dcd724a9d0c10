package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Specs and data that cannot be trained from. An earlier bundle is in the way of every run. */
class BadInputTest {
  private static final String COLUMNS =
      "Expected one of id, size, age, wall, east, north, price, sold, grade, got ";
  private static final String SITES =
      "Expected a name or glob over fc1.weight, fc1.bias, fc2.weight, fc2.bias, fc3.weight, fc3.bias.";
  private static final String ONE_CONTEXT = "[floor(east / 2500)]";
  private static final String CONTEXTS = "[floor(east / 2500), floor(north / 2500)]";

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 1").succeeded();
  }

  /** Refused: training from the spec with changes. */
  private static void assertRefused(String error, String... changes) {
    work.write("bad.yaml", Workplace.spec(changes));
    Refusal.assertRefused(work, BadInputTest::trainBad, error);
  }

  private static Workplace.Run trainBad() {
    return work.run("train", work.at("bad.yaml"), "--out", work.at("sales"));
  }

  /** Refused: training from rows one of which is changed. */
  private static void assertRowRefused(String error, String column, String value) {
    int[] row = {0};
    writeBad(cells -> ++row[0] == 5 ? Sales.set(cells, column, value) : cells);
    assertRefused(error, "sales.csv", "bad.csv", CONTEXTS, ONE_CONTEXT);
  }

  private static void writeBad(UnaryOperator<List<String>> change) {
    work.write("bad.csv", Sales.csv(300, 2, change));
  }

  @Test
  void unknownFeature() {
    assertRefused(
        "File \"@/sales.csv\" has no column \"agge\". "
            + COLUMNS
            + "\"agge\". Maybe you meant \"age\".",
        "[size, age, wall]",
        "[size, agge, wall]");
  }

  @Test
  void unknownConditionColumn() {
    assertRefused(
        "File \"@/sales.csv\" has no column \"nort\". "
            + COLUMNS
            + "\"nort\". Maybe you meant \"north\".",
        "place: [east, north]",
        "place: [east, nort]");
  }

  @Test
  void unknownColumnInLabel() {
    assertRefused(
        "File \"@/sales.csv\" has no column \"prise\". "
            + COLUMNS
            + "\"prise\". Maybe you meant \"price\".",
        "ln(price)",
        "ln(prise)");
  }

  @Test
  void unknownColumnInContext() {
    assertRefused(
        "File \"@/sales.csv\" has no column \"nord\". " + COLUMNS + "\"nord\".",
        "floor(north / 2500)",
        "floor(nord / 2500)");
  }

  @Test
  void labelThatIsNoExpression() {
    assertRefused(
        "Expression \"ln(price\" is not an SQL expression. Expected one such as ln(price), got: syntax error at or near \"price\".",
        "ln(price)",
        "ln(price");
  }

  @Test
  void labelWithMissingValues() {
    assertRowRefused(
        "Label \"ln(price)\" has missing values: 1 of 300 rows, the first of them row 5. Expected a label in every row. Leave such rows out, for example with sql: \"select ... where ... is not null\".",
        "price",
        "");
  }

  @Test
  void labelThatIsInfinite() {
    assertRowRefused(
        "Label \"ln(price)\" is not usable in row 5. Expected a finite number, got -Infinity. Maybe the expression divides by zero or takes a logarithm of zero there.",
        "price",
        "0");
  }

  @Test
  void labelThatIsFeature() {
    assertRefused(
        "data.label \"size\" is also a feature or a condition. Expected the label to be known to neither.",
        "ln(price)",
        "size");
  }

  @Test
  void labelOfTextForNumbers() {
    assertRefused(
        "Label \"grade\" is text. Expected numbers for this objective. Maybe you meant objective: cross-entropy.",
        "ln(price)",
        "grade");
  }

  @Test
  void labelThatIsNotBinary() {
    assertRefused(
        "Label \"age\" is not binary in row 1. Expected 0 or 1, got 47.0. Maybe you meant objective: cross-entropy.",
        "ln(price)",
        "age",
        "[size, age, wall]",
        "[size, wall]",
        "evaluate:",
        "objective: bce\nevaluate:");
  }

  @Test
  void partThatMatchesNothing() {
    assertRefused(
        "hypernetworks.neighbourhood: Part \"fc1.bais\" matches no site of the target. "
            + SITES
            + " Maybe you meant \"fc1.bias\".",
        "part: \"*\", form: shift",
        "part: fc1.bais, form: shift");
  }

  @Test
  void globThatMatchesNothing() {
    assertRefused(
        "hypernetworks.neighbourhood: Part \"conv*\" matches no site of the target. " + SITES,
        "part: \"*\", form: shift",
        "part: conv*, form: shift");
  }

  @Test
  void rankThatIsTooLarge() {
    assertRefused(
        "hypernetworks.neighbourhood: Site \"fc2.weight\" cannot take a low-rank delta of rank 8: the weight is [16, 8]. Expected a rank between 1 and 7, got 8. Maybe you meant a smaller rank.",
        "part: \"*\", form: low-rank, rank: 2",
        "part: fc2.weight, form: low-rank, rank: 8");
  }

  @Test
  void constantConditionColumn() {
    writeBad(cells -> Sales.set(cells, "north", "7"));
    assertRefused(
        "Condition column \"north\" is constant in the training rows. Expected at least two values, got 7.0 everywhere. Nothing can be learned from it; leave it out of condition \"place\".",
        "sales.csv",
        "bad.csv");
  }

  @Test
  void conditionThatIsNan() {
    assertRowRefused(
        "Condition column \"north\" is not usable in row 5. Expected a finite number, got NaN.",
        "north",
        "nan");
  }

  @Test
  void conditionThatIsInfinite() {
    assertRowRefused(
        "Condition column \"north\" is not usable in row 5. Expected a finite number, got Infinity.",
        "north",
        "inf");
  }

  @Test
  void conditionTooLargeForFloat32() {
    assertRowRefused(
        "Condition column \"north\" is not usable in row 5. Expected a finite number, got 1.0E39.",
        "north",
        "1e39");
  }

  @Test
  void cyclicConditionThatIsMissing() {
    writeBad(cells -> cells.get(0).equals("s-4") ? Sales.set(cells, "sold", "") : cells);
    assertRefused(
        "Condition column \"sold\" has missing values in 1 of 300 rows. Expected a finite number in every row of a cyclic column; leave such rows out, or fill them in with sql.",
        "sales.csv",
        "bad.csv",
        "[east, north]",
        "[east, north, {column: sold, type: cyclic, period: 24}]");
  }

  @Test
  void textsAsNumbersOfTheCondition() {
    assertRefused(
        "Condition column \"wall\" of condition \"place\" holds texts. Expected numbers. Maybe you meant {column: wall, type: category}.",
        "[east, north]",
        "[east, wall]");
  }

  @Test
  void numbersOfAFeatureAsCategories() {
    assertRefused(
        "Column \"age\" is read as numbers by a feature, and as categories by table \"ages\". Expected one type. Give the feature type category, or copy the column under another name with sql.",
        "evaluate:",
        "tables: {ages: {column: age, adaptations: [{part: \"*\", form: shift}]}}\nevaluate:");
  }

  @Test
  void tableOfOneContext() {
    writeBad(cells -> Sales.set(cells, "grade", "low"));
    assertRefused(
        "Condition column \"grade\" is constant in the training rows. Expected at least two values, got \"low\" everywhere. Nothing can be learned from it; leave it out of table \"grades\".",
        "sales.csv",
        "bad.csv",
        "evaluate:",
        "tables: {grades: {column: grade, adaptations: [{part: \"*\", form: shift}]}}\nevaluate:");
  }

  @Test
  void contextThatIsMissing() {
    assertRowRefused(
        "Context \"floor(east / 2500)\" has no value in row 5. Expected a text or a finite number in every row, got a missing value. Drop such rows, or give them a value with coalesce(...).",
        "east",
        "");
  }

  @Test
  void featureThatIsInfinite() {
    assertRowRefused(
        "Feature column \"size\" is not usable in row 5. Expected a finite number, got Infinity.",
        "size",
        "inf");
  }

  @Test
  void misspeltKey() {
    assertRefused(
        "Spec \"@/bad.yaml\": hypernetworks.neighbourhood.latnet is not a key of a spec. Expected one of condition, trunk, latent, dropout, heads, embedding, seed, learningRate, adaptations, got latnet. Maybe you meant \"latent\".",
        "latent: 4",
        "latnet: 4");
  }

  @Test
  void hypernetworkWithUnknownCondition() {
    assertRefused(
        "Spec \"@/bad.yaml\": hypernetworks.neighbourhood.condition is unknown. Expected one of place, got \"plase\". Maybe you meant \"place\".",
        "condition: place",
        "condition: plase");
  }

  @Test
  void specThatIsNotYaml() {
    assertRefused(
        "Spec \"@/bad.yaml\" cannot be understood on line 2. Expected YAML or JSON, got: while parsing a flow sequence, expected ',' or ']', but got :.",
        "name: sales",
        "name: [sales");
  }

  @Test
  void specThatIsMissing() {
    Refusal.assertRefused(
        work,
        () -> work.run("train", work.at("none.yaml"), "--out", work.at("sales")),
        "Spec \"@/none.yaml\" does not exist. Expected the path of a spec file.");
  }

  @Test
  void dataThatAreMissing() {
    assertRefused(
        "File \"@/sale.csv\" does not exist. Expected a file of rows.", "sales.csv", "sale.csv");
  }

  @Test
  void dataThatAreEmpty() {
    work.write("bad.csv", "");
    assertRefused(
        "File \"@/bad.csv\" is empty. Expected a header line with column names, got none.",
        "sales.csv",
        "bad.csv");
  }

  @Test
  void rowWithTooFewFields() {
    work.write("bad.csv", Sales.csv(20, 1) + "a,b\n");
    assertRefused(
        "File \"@/bad.csv\" has a malformed row in line 22. Expected 9 fields as in the header, got 2.",
        "sales.csv",
        "bad.csv");
  }

  @Test
  void queryThatIsNotSql() {
    assertRefused(
        "The query for rows is not SQL that can be run here. Expected one SELECT statement, got: syntax error at or near \"'sales.csv'\".",
        "rows: sales.csv",
        "sql: \"select * form 'sales.csv'\"");
  }

  @Test
  void debugPrintsTheStackTraceToo() {
    work.write("bad.yaml", Workplace.spec("latent: 4", "latnet: 4"));
    Workplace.Run plain = Refusal.refused(work, BadInputTest::trainBad);
    Workplace.Run debug =
        work.run("train", work.at("bad.yaml"), "--out", work.at("sales"), "--debug");
    assertThat(debug.exitCode()).isEqualTo(2);
    assertThat(debug.out()).isEmpty();
    assertThat(debug.err())
        .startsWith(plain.err())
        .contains(
            "\nio.hyperdelta.spec.SpecException: Spec ", "\tat io.hyperdelta.spec.SpecReader.");
  }
}
