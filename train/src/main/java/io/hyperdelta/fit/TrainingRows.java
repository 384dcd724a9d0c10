package io.hyperdelta.fit;

import io.hyperdelta.bundle.RawKind;
import io.hyperdelta.data.Selection;
import io.hyperdelta.data.Source;
import io.hyperdelta.data.SourceColumn;
import io.hyperdelta.data.Split;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TableReader;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.spec.FeatureSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.spec.TargetSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rows of a training run.
 *
 * @param table every column that the run needs
 * @param split which rows are for what
 * @param labels what is predicted
 * @param mayMiss columns that can be missing in rows to come, whether or not they are in these
 */
record TrainingRows(Table table, Split split, Labels labels, Set<String> mayMiss) {
  /** Reads the columns that a spec needs, in one pass. */
  static Table read(Spec spec, PlannedColumns plan) {
    Source source = Source.of(spec.data().rows(), spec.data().missing());
    List<Selection> selections = List.copyOf(selections(spec, plan).values());
    if (!plan.joined().isEmpty()) {
      // Predictions take what the rows have before they look into a table.
      for (SourceColumn column : TableReader.columns(source)) {
        if (plan.joined().contains(column.name())) {
          throw new SpecException(
              "Column \"%s\" is in the rows and in a context table. Expected it in one of them. Rename one, or leave it out of the rows with sql."
                  .formatted(column.name()),
              null);
        }
      }
    }
    return TableReader.read(source, selections);
  }

  /** Splits the rows and takes their labels. */
  static TrainingRows split(Spec spec, Table table) {
    Split split = Split.of(table, spec.data().contexts(), spec.data().split());
    Labels labels = Labels.of(table.column(spec.data().label()), spec.objective(), split.train());
    return new TrainingRows(table, split, labels, Set.of());
  }

  /** The same rows with more columns. */
  TrainingRows with(Table prepared, Set<String> absent) {
    return new TrainingRows(prepared, split, labels, absent);
  }

  private static Map<String, Selection> selections(Spec spec, PlannedColumns plan) {
    Map<String, Selection> selections = new LinkedHashMap<>();
    for (FeatureSpec feature : spec.data().features()) {
      selections.put(feature.column(), Selection.of(feature));
    }
    targetColumns(spec)
        .forEach((column, kind) -> selections.putIfAbsent(column, Selection.column(column, kind)));
    plan.raw()
        .forEach(
            (column, kind) -> selections.putIfAbsent(column, Selection.column(column, kind(kind))));
    spec.members().values().stream()
        .flatMap(member -> member.tables().values().stream())
        .forEach(
            table ->
                selections.putIfAbsent(
                    table.column(), Selection.column(table.column(), Selection.Kind.CATEGORY)));
    for (String key : plan.keys()) {
      selections.putIfAbsent(key, Selection.column(key, Selection.Kind.CATEGORY));
    }
    String label = spec.data().label();
    // SQL does not tell upper from lower case, so neither may this.
    if (selections.keySet().stream().anyMatch(label::equalsIgnoreCase)) {
      throw new SpecException(
          "data.label \"%s\" is also a feature or a condition. Expected the label to be known to neither."
              .formatted(label),
          null);
    }
    selections.put(label, Selection.expression(label));
    for (String context : spec.data().contexts()) {
      selections.putIfAbsent(context, Selection.expression(context));
    }
    return selections;
  }

  private static Selection.Kind kind(RawKind kind) {
    return switch (kind) {
      case NUMBER -> Selection.Kind.NUMBER;
      case VECTOR -> Selection.Kind.VECTOR;
      case TEXT, KEY -> Selection.Kind.CATEGORY;
    };
  }

  /** The columns that the inputs of a target from a file need. */
  private static Map<String, Selection.Kind> targetColumns(Spec spec) {
    Map<String, Selection.Kind> columns = new LinkedHashMap<>();
    if (spec.target() instanceof TargetSpec.Onnx onnx) {
      TargetBindings.inputs(onnx, ModelReader.read(onnx.path()).graph())
          .values()
          .forEach(
              input ->
                  input
                      .columns()
                      .forEach(
                          column ->
                              columns.put(
                                  column,
                                  input.vector() ? Selection.Kind.VECTOR : Selection.Kind.AUTO)));
    }
    return columns;
  }
}
