package io.hyperdelta.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conditions that are prepared before graphs see them, as specs write them. */
final class PreparedConditionSpecTest {
  private static final String SPEC =
      """
      name: n
      data: {rows: rows.csv, label: y, features: [f]}
      target: {train: {network: mlp, hidden: [4]}}
      conditions: {place: CONDITION}
      hypernetworks: {h: {condition: place, adaptations: [{part: "*", form: shift}]}}
      """;

  @TempDir Path folder;

  private ConditionSpec read(String condition) throws IOException {
    Path file =
        Files.writeString(folder.resolve("spec.yaml"), SPEC.replace("CONDITION", condition));
    return Objects.requireNonNull(SpecReader.read(file).conditions().get("place"));
  }

  @Test
  void pathsAreRelativeToTheSpecAndDefaultsAreFilledIn() throws IOException {
    ConditionSpec condition =
        read(
            "{table: t/cells.csv, key: {rows: cell, table: id}, columns: [{column: a, type: text, encoder: enc}, {columns: [b, c], type: number, encoder: n.onnx, input: x}, {column: v, type: vector, encoder: n.onnx, output: z}]}");

    Path onnx = folder.resolve("n.onnx");
    assertThat(condition)
        .isEqualTo(
            new ConditionSpec(
                List.of(
                    new ConditionColumn.Text("a", folder.resolve("enc"), 128, true),
                    new ConditionColumn.Encoded(List.of("b", "c"), false, onnx, "x", null),
                    new ConditionColumn.Encoded(List.of("v"), true, onnx, null, "z")),
                false,
                new JoinSpec(folder.resolve("t/cells.csv"), "cell", "id", false)));
    assertThat(read("{table: t.csv, key: k, unknown: allow, columns: [a]}").join())
        .isEqualTo(new JoinSpec(folder.resolve("t.csv"), "k", "k", true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'[{type: number}]' | 'conditions.place: A column has neither column nor columns.'",
        "'[{column: a, columns: [b], type: number}]' | 'conditions.place: A column has both'",
        "'[{columns: [a, b], type: number}]' | 'conditions.place: columns is given without encoder.'",
        "'[{columns: [a, b], type: vector, encoder: e}]' | 'conditions.place: columns is given with type vector. Expected it only with type number.'",
        "'[{column: a, type: text}]' | 'conditions.place: encoder is missing for column \"a\". Expected a folder'",
        "'[{column: a, type: category, encoder: e}]' | 'conditions.place: encoder is given with type category. Expected it only with type text, number, vector.'",
        "'[{column: a, type: text, encoder: e, norm: one}]' | 'conditions.place[0].norm has an unusable value. Expected one of unit, none'",
        "'[{column: a, type: text, encoder: e, maxTokens: 0}]' | 'conditions.place[0].maxTokens has an unusable value.'",
        "'{table: t.csv, columns: [a]}' | 'conditions.place: table and key go together, and unknown with them. Expected both table and key, or none of the three, got table.'",
        "'{unknown: allow, columns: [a]}' | 'conditions.place: table and key go together, and unknown with them. Expected both table and key, or none of the three, got unknown.'",
        "'{table: t.csv, key: {rows: a}, columns: [a]}' | 'conditions.place.key.table is missing.'",
        "'{table: t.csv, key: a, columns: [a]}' | 'conditions.place: The key \"a\" is also a column that the table gives.'",
        "'{table: t.csv, key: k, unknown: allow, columns: [{column: v, type: vector}]}' | 'conditions.place: Column \"v\" cannot be missing, and unknown: allow makes it so'",
      })
  void whatConditionsCannotBeIsExplained(String condition, String problem) {
    assertThatThrownBy(() -> read(condition))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith("Spec \"" + folder.resolve("spec.yaml") + "\": " + problem);
  }
}
