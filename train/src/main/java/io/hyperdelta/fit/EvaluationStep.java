package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.evaluate.Metric;
import io.hyperdelta.graph.Model;
import io.hyperdelta.spec.EnsembleSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.weave.Ensemble;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Measures the models of a run on its held-out rows. */
final class EvaluationStep {
  private final Spec spec;
  private final TrainingRows rows;
  private final TrainedTarget target;
  private final FixedDeltas fixed;
  private final List<InputBinding> bindings;
  private final Training.Exports exports;
  private final Map<String, Model> members;
  private final Optional<TargetStep.Control> extra;

  EvaluationStep(
      Spec spec,
      TrainingRows rows,
      TrainedTarget target,
      FixedDeltas fixed,
      List<InputBinding> bindings,
      Training.Exports exports,
      Map<String, Model> members,
      Optional<TargetStep.Control> extra) {
    this.spec = spec;
    this.rows = rows;
    this.target = target;
    this.fixed = fixed;
    this.bindings = bindings;
    this.exports = exports;
    this.members = members;
    this.extra = extra;
  }

  Evaluation evaluate() {
    List<Evaluation.Split> splits = new ArrayList<>();
    String output = target.output();
    try (Predictor frozen = new Predictor(TargetStep.onlyOutput(target.target().model(), output));
        Predictor fused = new Predictor(TargetStep.onlyOutput(exports.fused(), output));
        Predictor generator = new Predictor(exports.generator());
        Predictor withDeltas =
            new Predictor(TargetStep.onlyOutput(exports.targetWithDeltas(), output))) {
      Engines engines = new Engines(frozen, fused, generator, withDeltas, bestMember());
      addSplit(splits, Evaluation.SEEN, rows.split().seenTest(), engines);
      addSplit(splits, Evaluation.UNSEEN, rows.split().unseenTest(), engines);
    }
    return Evaluation.of(
        splits, Metric.of(spec.objective()), spec.evaluate().bootstrap(), spec.evaluate().seed());
  }

  /** What predicts, and the member that was best on the validation rows. */
  private record Engines(
      Predictor frozen,
      Predictor fused,
      Predictor generator,
      Predictor withDeltas,
      Optional<String> bestMember) {}

  private void addSplit(List<Evaluation.Split> splits, String name, int[] index, Engines engines) {
    if (index.length == 0) {
      return;
    }
    Table table = rows.table().rows(index);
    List<InputBinding> conditionBindings =
        bindings.stream().filter(InputBinding::condition).toList();
    Map<String, float[][]> predictions = new LinkedHashMap<>();
    predictions.put(Evaluation.FROZEN, engines.frozen().predict(table, target.bindings()));
    fixed
        .applied()
        .ifPresent(
            applied -> {
              try (Predictor predictor =
                  new Predictor(
                      TargetStep.onlyOutput(applied.target().model(), applied.output()))) {
                predictions.put(Evaluation.FIXED, predictor.predict(table, applied.bindings()));
              }
            });
    extra.ifPresent(
        control -> {
          try (Predictor predictor =
              new Predictor(TargetStep.onlyOutput(control.model(), target.output()))) {
            predictions.put(Evaluation.EXTRA_INPUTS, predictor.predict(table, control.bindings()));
          }
        });
    predictions.put(Evaluation.ADAPTIVE, engines.fused().predict(table, bindings));
    // Deltas that are the same for all rows have no conditions to shuffle.
    if (!conditionBindings.isEmpty()) {
      Table other = table.rows(shuffled(index.length));
      predictions.put(
          Evaluation.SHUFFLED,
          engines
              .withDeltas()
              .predict(table, target.bindings(), engines.generator(), other, conditionBindings));
      Table mean = meanCondition(conditionBindings);
      predictions.put(
          Evaluation.MEAN,
          engines
              .withDeltas()
              .predict(table, target.bindings(), engines.generator(), mean, conditionBindings));
    }
    members.forEach(
        (member, model) ->
            predictions.put(Evaluation.MEMBER + member, predict(model, target.output(), table)));
    engines
        .bestMember()
        .map(best -> predictions.get(Evaluation.MEMBER + best))
        .ifPresent(best -> predictions.put(Evaluation.BEST_MEMBER, best));
    int[] contextOfRow = rows.split().contextOfRow();
    int[] contexts = new int[index.length];
    for (int i = 0; i < index.length; i++) {
      contexts[i] = contextOfRow[index[i]];
    }
    EnsembleSpec ensemble = spec.ensemble();
    boolean spreads = ensemble != null && ensemble.combine() != EnsembleSpec.Combine.MEAN_DELTA;
    float[][] spread = spreads ? predict(exports.fused(), Ensemble.SPREAD, table) : new float[0][];
    splits.add(new Evaluation.Split(name, rows.labels().of(index), contexts, predictions, spread));
  }

  /** By the validation rows, as somebody would choose who has no others left. */
  private Optional<String> bestMember() {
    int[] validation = rows.split().validation();
    Table table = rows.table().rows(validation);
    double[] labels = rows.labels().of(validation);
    Map<String, Double> errors = new LinkedHashMap<>();
    members.forEach(
        (member, model) ->
            errors.put(
                member,
                Metric.of(spec.objective()).of(predict(model, target.output(), table), labels)));
    return errors.entrySet().stream().min(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
  }

  private float[][] predict(Model model, String output, Table table) {
    try (Predictor predictor = new Predictor(TargetStep.onlyOutput(model, output))) {
      return predictor.predict(table, bindings);
    }
  }

  private int[] shuffled(int count) {
    Random random = new Random(spec.evaluate().seed());
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  /** One row: the training rows' mean of every number, and the unknown category. */
  private Table meanCondition(List<InputBinding> conditionBindings) {
    List<Column> columns = new ArrayList<>();
    for (InputBinding binding : conditionBindings) {
      String name = binding.columns().get(0);
      if (rows.table().column(name) instanceof NumericColumn numbers) {
        double mean = Moments.of(numbers, rows.split().train()).mean();
        columns.add(new NumericColumn(name, new double[] {mean}, new BitSet()));
      } else if (rows.table().column(name) instanceof VectorColumn vectors) {
        Moments[] elements = Moments.of(vectors, rows.split().train());
        float[] means = new float[elements.length];
        for (int i = 0; i < means.length; i++) {
          means[i] = (float) elements[i].mean();
        }
        columns.add(new VectorColumn(name, means, means.length));
      } else {
        columns.add(new TextColumn(name, new @Nullable String[] {null}));
      }
    }
    return new Table(columns);
  }
}
