package io.hyperdelta.fit;

import io.hyperdelta.data.Selection;
import io.hyperdelta.data.Source;
import io.hyperdelta.data.Split;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TableReader;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.spec.ConditionColumn;
import io.hyperdelta.spec.ConditionSpec;
import io.hyperdelta.spec.FeatureSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.spec.TableSpec;
import io.hyperdelta.spec.TargetSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of a training run.
 *
 * @param table every column that the run needs
 * @param split which rows are for what
 * @param labels what is predicted
 */
record TrainingRows(Table table, Split split, Labels labels) {
  /** Reads the columns that a spec needs, in one pass. */
  static Table read(Spec spec) {
    return TableReader.read(
        Source.of(spec.data().rows(), spec.data().missing()),
        List.copyOf(selections(spec).values()));
  }

  /** Splits the rows and takes their labels. */
  static TrainingRows split(Spec spec, Table table) {
    Split split = Split.of(table, spec.data().contexts(), spec.data().split());
    Labels labels = Labels.of(table.column(spec.data().label()), spec.objective(), split.train());
    return new TrainingRows(table, split, labels);
  }

  private static Map<String, Selection> selections(Spec spec) {
    Map<String, Selection> selections = new LinkedHashMap<>();
    for (FeatureSpec feature : spec.data().features()) {
      selections.put(feature.column(), Selection.of(feature));
    }
    targetColumns(spec)
        .forEach((column, kind) -> selections.putIfAbsent(column, Selection.column(column, kind)));
    spec.members().values().forEach(member -> addConditions(member, selections));
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

  private static void addConditions(Spec spec, Map<String, Selection> selections) {
    for (ConditionSpec condition : spec.conditions().values()) {
      for (ConditionColumn column : condition.columns()) {
        selections.putIfAbsent(column.column(), Selection.column(column.column(), kind(column)));
      }
    }
    for (TableSpec table : spec.tables().values()) {
      selections.putIfAbsent(
          table.column(), Selection.column(table.column(), Selection.Kind.CATEGORY));
    }
  }

  private static Selection.Kind kind(ConditionColumn column) {
    if (column instanceof ConditionColumn.Category) {
      return Selection.Kind.CATEGORY;
    }
    return column instanceof ConditionColumn.Vector ? Selection.Kind.VECTOR : Selection.Kind.NUMBER;
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
