package io.hyperdelta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows, conditions and options that a good bundle cannot predict or merge with. */
class BadRowsTest {
  private static final String COLUMNS =
      "Expected one of id, size, age, wall, east, north, price, sold, grade, got ";
  private static final String NO_CONDITION =
      " A hypernetwork cannot generate weights for such a condition; leave the row out.";

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 1").succeeded();
  }

  private static void assertRefused(String error, String csv, String... options) {
    work.write("rows.csv", csv);
    List<String> arguments =
        new ArrayList<>(List.of("predict", work.at("sales"), "--data", work.at("rows.csv")));
    arguments.addAll(List.of(options));
    Refusal.assertRefused(work, () -> work.run(arguments.toArray(String[]::new)), error);
  }

  private static void assertMergeRefused(String error, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("merge", work.at("sales"), "--out", work.at("m.onnx")));
    arguments.addAll(List.of(options));
    Refusal.assertRefused(work, () -> work.run(arguments.toArray(String[]::new)), error);
  }

  /** Rows with one cell changed in one of them. */
  private static String csv(int count, int changed, String column, String value) {
    int[] row = {0};
    return Sales.csv(
        count, 3, cells -> ++row[0] == changed ? Sales.set(cells, column, value) : cells);
  }

  @ParameterizedTest
  @CsvSource({"nan, NaN or a missing value", "inf, Infinity", "-1e39, -1.0E39"})
  void conditionThatIsNotFinite(String cell, String got) {
    assertRefused(
        "Condition column \"north\" is not usable in row 3. Expected a finite number, got "
            + got
            + "."
            + NO_CONDITION,
        csv(5, 3, "north", cell));
  }

  @Test
  void conditionThatIsMissing() {
    assertRefused(
        "Condition column \"north\" is not usable in row 3. Expected a finite number, got NaN or a missing value."
            + NO_CONDITION,
        csv(5, 3, "north", ""));
  }

  @Test
  void conditionThatIsMissingFarDownLeavesNoHalfFile() {
    assertRefused(
        "Condition column \"north\" is not usable in row 405. Expected a finite number, got NaN or a missing value."
            + NO_CONDITION
            + " Rows are counted from row 4097 of the file here.",
        csv(5_000, 4_501, "north", ""),
        "--out",
        work.at("p.csv"));
  }

  @Test
  void featureThatIsMissing() {
    assertRefused(
        "Feature column \"size\" is not usable in row 3. Expected a finite number, got NaN or a missing value. The model was trained without missing values in it; fill it in, or leave the row out.",
        csv(5, 3, "size", ""));
  }

  @Test
  void textInColumnOfNumbers() {
    assertRefused(
        "File \"@/rows.csv\" has a text that is not a number in column \"north\", line 4. Expected a number, got \"far\". If it means a missing value, list it under data.missing of the spec; a feature that holds categories needs type: category there.",
        csv(5, 3, "north", "far"));
  }

  @Test
  void columnThatIsMissing() {
    assertRefused(
        "File \"@/rows.csv\" has no column \"north\". Expected one of id, size, age, wall, east, nrth, price, sold, grade, got \"north\". Maybe you meant \"nrth\".",
        Sales.csv(5, 3).replace("north", "nrth"));
  }

  @Test
  void columnToKeepThatIsMissing() {
    assertRefused(
        "File \"@/rows.csv\" has no column \"idd\". "
            + COLUMNS
            + "\"idd\". Maybe you meant \"id\".",
        Sales.csv(5, 3),
        "--keep",
        "idd");
  }

  @Test
  void noRows() {
    assertRefused(
        "File \"@/rows.csv\" has no rows. Expected at least one, got none.", Sales.HEADER + "\n");
  }

  @Test
  void strengthThatIsNan() {
    assertRefused(
        "The strength is not usable. Expected a finite number, got NaN. See \"hyperdelta predict --help\".",
        Sales.csv(5, 3),
        "--strength",
        "NaN");
    assertMergeRefused(
        "The strength is not usable. Expected a finite number, got NaN. See \"hyperdelta merge --help\".",
        "-c",
        "east=1",
        "-c",
        "north=2",
        "--strength",
        "NaN");
  }

  @Test
  void mergeWithColumnOfNoCondition() {
    assertMergeRefused(
        "Column \"nort\" is in no condition of the bundle. Expected east, north. Maybe you meant \"north\".",
        "-c",
        "east=1",
        "-c",
        "nort=2");
  }

  @Test
  void mergeWithColumnMissing() {
    assertMergeRefused(
        "Condition column \"north\" is not given. Expected a value for each of east, north; add -c north=VALUE.",
        "-c",
        "east=1");
  }

  @Test
  void mergeWithText() {
    assertMergeRefused(
        "Condition column \"north\" is not usable. Expected a number, got \"up\".",
        "-c",
        "east=1",
        "-c",
        "north=up");
  }

  @Test
  void mergeWithNan() {
    assertMergeRefused(
        "Condition column \"north\" is not usable in row 1. Expected a finite number, got NaN or a missing value."
            + NO_CONDITION,
        "-c",
        "east=1",
        "-c",
        "north=NaN");
  }

  @Test
  void mergeWithoutValue() {
    assertMergeRefused(
        "Value for option '--condition' (COLUMN=VALUE) should be in KEY=VALUE format but was east. See \"hyperdelta merge --help\".",
        "-c",
        "east");
  }

  @Test
  void misspeltOptionInPlaceOfOneThatIsRequired() {
    Refusal.assertRefused(
        work,
        () -> work.run("predict", work.at("sales"), "--dta=" + work.at("sales.csv")),
        "\"--dta\" is not an option of \"hyperdelta predict\". Maybe you meant \"--data\". See \"hyperdelta predict --help\".");
    Refusal.assertRefused(
        work,
        () -> work.run("predict", work.at("sales"), "--dta", work.at("sales.csv")),
        "\"--dta\" is not an option of \"hyperdelta predict\". Maybe you meant \"--data\". See \"hyperdelta predict --help\".");
  }

  @Test
  void optionThatIsMissing() {
    Refusal.assertRefused(
        work,
        () -> work.run("predict", work.at("sales")),
        "Missing required option: '--data=FILE'. See \"hyperdelta predict --help\".");
  }

  @Test
  void unknownCommand() {
    Refusal.assertRefused(
        work,
        () -> work.run("predcit"),
        "\"predcit\" is not a command. Expected one of: train, plan, check, sites, conformance, predict, merge, delta, completion. Maybe you meant \"predict\". See \"hyperdelta --help\".");
  }
}
