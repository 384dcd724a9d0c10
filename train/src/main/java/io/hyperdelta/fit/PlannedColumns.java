package io.hyperdelta.fit;

import io.hyperdelta.bundle.EncodedNumbers;
import io.hyperdelta.bundle.EncodedTexts;
import io.hyperdelta.bundle.JoinedColumns;
import io.hyperdelta.bundle.Preparation;
import io.hyperdelta.bundle.RawKind;
import io.hyperdelta.condition.FrozenEncoder;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.spec.ConditionColumn;
import io.hyperdelta.spec.ConditionSpec;
import io.hyperdelta.spec.JoinSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.text.TokenizerFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a spec's conditions need to be prepared: planned from the spec and the encoders' files,
 * before any row is read. Not thread-safe while it is made.
 */
final class PlannedColumns {
  private static final int LONGEST_NAME = 64;

  private final List<Preparation> encodings = new ArrayList<>();
  private final Map<String, Map<String, ConditionSpec>> conditions = new LinkedHashMap<>();
  private final Map<String, RawKind> raw = new LinkedHashMap<>();
  private final Map<JoinSpec, String> namesByJoin = new LinkedHashMap<>();
  private final Map<JoinSpec, Map<String, RawKind>> columnsByJoin = new LinkedHashMap<>();
  private final Map<String, JoinSpec> joinsByColumn = new LinkedHashMap<>();
  private final Set<String> mayMiss = new LinkedHashSet<>();
  private final Map<Path, String> encoders = new LinkedHashMap<>();
  private final Map<String, byte[]> files = new LinkedHashMap<>();

  private PlannedColumns() {}

  /**
   * Plans.
   *
   * @throws io.hyperdelta.problem.InputException if an encoder cannot be read or is none, or a
   *     column would come from two places
   */
  static PlannedColumns of(Spec spec) {
    PlannedColumns plan = new PlannedColumns();
    spec.members()
        .forEach(
            (member, own) -> {
              Map<String, ConditionSpec> made = new LinkedHashMap<>();
              own.conditions().forEach((name, c) -> made.put(name, plan.add(name, c)));
              plan.conditions.put(member, made);
            });
    for (String column : plan.joinsByColumn.keySet()) {
      if (plan.raw.containsKey(column)) {
        throw twice(column);
      }
    }
    return plan;
  }

  private static SpecException twice(String column) {
    return new SpecException(
        "Condition column \"%s\" comes from two places: a context table, and the rows or another table. Expected one. Rename the column in one of them, for example with sql."
            .formatted(column),
        null);
  }

  private ConditionSpec add(String name, ConditionSpec condition) {
    Map<String, RawKind> read = new LinkedHashMap<>();
    List<ConditionColumn> made = new ArrayList<>();
    for (ConditionColumn column : condition.columns()) {
      column.columns().forEach(raw -> read.put(raw, kind(column)));
      made.add(prepared(column));
    }
    JoinSpec join = condition.join();
    if (join == null) {
      read.forEach((column, kind) -> putKind(raw, column, kind));
    } else {
      addJoin(name, join, read);
    }
    return new ConditionSpec(made, condition.constantNorm());
  }

  private void addJoin(String name, JoinSpec join, Map<String, RawKind> read) {
    if (!namesByJoin.containsKey(join)) {
      // Members of an ensemble may join different tables for a condition of one name.
      String table = name;
      for (int i = 2; namesByJoin.containsValue(table); i++) {
        table = name + "-" + i;
      }
      namesByJoin.put(join, table);
    }
    Map<String, RawKind> own = columnsByJoin.computeIfAbsent(join, j -> new LinkedHashMap<>());
    read.forEach(
        (column, kind) -> {
          JoinSpec other = joinsByColumn.putIfAbsent(column, join);
          if (other != null && !other.equals(join)) {
            throw twice(column);
          }
          putKind(own, column, kind);
        });
    if (join.open()) {
      mayMiss.addAll(read.keySet());
    }
  }

  /** A column is of one kind, whichever conditions see it. */
  private static void putKind(Map<String, RawKind> kinds, String column, RawKind kind) {
    RawKind other = kinds.putIfAbsent(column, kind);
    if (other != null && other != kind) {
      throw new SpecException(
          "Condition column \"%s\" is read as %s in one place and as %s in another. Expected one type. Copy the column under another name, for example with sql."
              .formatted(column, other.title(), kind.title()),
          null);
    }
  }

  private static RawKind kind(ConditionColumn column) {
    if (column instanceof ConditionColumn.Category || column instanceof ConditionColumn.Text) {
      return RawKind.TEXT;
    }
    boolean vectors =
        column instanceof ConditionColumn.Vector
            || (column instanceof ConditionColumn.Encoded encoded && encoded.vectors());
    return vectors ? RawKind.VECTOR : RawKind.NUMBER;
  }

  /** The column that takes its place once it is encoded. */
  private ConditionColumn prepared(ConditionColumn spec) {
    if (spec instanceof ConditionColumn.Text text) {
      for (String file : List.of("model.onnx", "tokenizer.json")) {
        checkFile(
            text.encoder().resolve(file),
            spec.column(),
            "a folder with model.onnx and tokenizer.json");
      }
      String encoder = encoder(text.encoder());
      String from = text.column();
      String column = free(from + "." + encoder, encodings);
      EncodedTexts step =
          new EncodedTexts(column, from, encoder, text.maxTokens(), text.unitNorm());
      files.computeIfAbsent(
          step.encoderFile(), f -> ModelReader.readBytes(text.encoder().resolve("model.onnx")));
      files.computeIfAbsent(
          step.tokenizerFile(),
          f -> TokenizerFile.read(text.encoder().resolve("tokenizer.json")).bytes());
      return vector(step);
    }
    if (spec instanceof ConditionColumn.Encoded encoded) {
      checkFile(encoded.encoder(), spec.column(), "an ONNX file");
      String encoder = encoder(encoded.encoder());
      String source = String.valueOf(encoded.encoder().getFileName());
      byte[] onnx =
          files.computeIfAbsent(
              "encoder-" + encoder + ".onnx", f -> ModelReader.readBytes(encoded.encoder()));
      FrozenEncoder graph =
          FrozenEncoder.of(
              onnx,
              source,
              encoded.input(),
              encoded.output(),
              encoded.vectors() ? 0 : encoded.columns().size());
      return vector(
          new EncodedNumbers(
              free(encoded.column() + "." + encoder, encodings),
              encoded.columns(),
              encoded.vectors(),
              encoder,
              graph.input(),
              graph.output()));
    }
    return spec;
  }

  private static void checkFile(Path file, String column, String expected) {
    if (!Files.isRegularFile(file)) {
      throw new SpecException(
          "The encoder of condition column \"%s\" is not there. Expected %s, relative to the spec's folder; there is no file \"%s\"."
              .formatted(column, expected, file),
          null);
    }
  }

  /** Does the step unless another does the same already. */
  private ConditionColumn vector(Preparation step) {
    for (Preparation other : encodings) {
      if (same(step, other)) {
        return ConditionColumn.vector(other.makes().get(0));
      }
    }
    encodings.add(step);
    return ConditionColumn.vector(step.makes().get(0));
  }

  private static boolean same(Preparation step, Preparation other) {
    if (step instanceof EncodedTexts a && other instanceof EncodedTexts b) {
      return new EncodedTexts(b.column(), a.from(), a.encoder(), a.maxTokens(), a.unitNorm())
          .equals(b);
    }
    return step instanceof EncodedNumbers a
        && other instanceof EncodedNumbers b
        && new EncodedNumbers(b.column(), a.from(), a.vectors(), a.encoder(), a.input(), a.output())
            .equals(b);
  }

  private static String free(String wanted, List<Preparation> steps) {
    Set<String> taken = new HashSet<>();
    steps.forEach(step -> taken.addAll(step.makes()));
    String name = wanted;
    for (int i = 2; taken.contains(name); i++) {
      name = wanted + "-" + i;
    }
    return name;
  }

  /** The encoder's name in the bundle; names differ also where upper and lower case do not. */
  private String encoder(Path path) {
    String known = encoders.get(path);
    if (known != null) {
      return known;
    }
    String file = String.valueOf(path.getFileName()).replaceFirst("(?i)\\.onnx$", "");
    String plain = file.replaceAll("[^A-Za-z0-9._-]", "-").replaceFirst("^[^A-Za-z0-9]+", "");
    String wanted =
        plain.isEmpty() ? "encoder" : plain.substring(0, Math.min(LONGEST_NAME, plain.length()));
    Set<String> taken = new HashSet<>();
    encoders.values().forEach(name -> taken.add(name.toLowerCase(Locale.ROOT)));
    String name = wanted;
    for (int i = 2; taken.contains(name.toLowerCase(Locale.ROOT)); i++) {
      name = wanted + "-" + i;
    }
    encoders.put(path, name);
    return name;
  }

  /** What is done, in order: what a join gives may be encoded. */
  List<Preparation> steps() {
    List<Preparation> steps = new ArrayList<>();
    columnsByJoin.forEach(
        (join, columns) ->
            steps.add(
                new JoinedColumns(
                    Objects.requireNonNull(namesByJoin.get(join)),
                    join.rowsKey(),
                    join.tableKey(),
                    columns,
                    join.open())));
    steps.addAll(encodings);
    return steps;
  }

  /** The conditions of a member in terms of prepared columns; of a single model under no name. */
  Map<String, ConditionSpec> conditions(String member) {
    return Objects.requireNonNull(conditions.get(member));
  }

  /** What conditions need of the rows, keys of context tables not among it. */
  Map<String, RawKind> raw() {
    return raw;
  }

  /** The rows' columns that hold keys of context tables. */
  Set<String> keys() {
    Set<String> keys = new LinkedHashSet<>();
    columnsByJoin.keySet().forEach(join -> keys.add(join.rowsKey()));
    return keys;
  }

  /** Columns that come from context tables. */
  Set<String> joined() {
    return joinsByColumn.keySet();
  }

  /** Where the table of a join is. */
  Path table(JoinedColumns step) {
    return namesByJoin.entrySet().stream()
        .filter(join -> join.getValue().equals(step.table()))
        .findFirst()
        .orElseThrow()
        .getKey()
        .table();
  }

  /** Columns that are missing where a context table lacks a key. */
  Set<String> mayMiss() {
    return mayMiss;
  }

  /** The encoders' files as the bundle carries them, by name. */
  Map<String, byte[]> files() {
    return files;
  }
}
