package io.hyperdelta.sidebyside;

import io.hyperdelta.benchmarks.Comparison;
import io.hyperdelta.benchmarks.Turns;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.MergedModel;
import io.hyperdelta.weave.Strength;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * What predictions cost beside the target alone in ONNX Runtime, which begins with numbers and ends
 * with numbers, too.
 */
final class Serving implements Comparison {
  private final List<ServedMlp.Batch> batches;
  private final List<float[]> flat;
  private final AdaptiveModel model;
  private final PlainTarget target;
  private final Consumer<ServedMlp.Batch> way;
  private final Runnable end;
  private int next;

  private Serving(AdaptiveModel model, int contexts, boolean one, Consumer<ServedMlp.Batch> way) {
    this(model, contexts, one, way, () -> {});
  }

  private Serving(
      AdaptiveModel model, int contexts, boolean one, Consumer<ServedMlp.Batch> way, Runnable end) {
    this.end = end;
    this.batches =
        IntStream.range(0, 64)
            .mapToObj(i -> ServedMlp.Batch.of(i, contexts))
            .map(batch -> one ? batch.underOne() : batch)
            .toList();
    this.flat = batches.stream().map(ServedMlp.Batch::flat).toList();
    this.model = model;
    this.target = new PlainTarget(model.target().bytes());
    this.way = way;
  }

  /** Each row of a batch has its own condition. */
  static Serving each(Path bundle, int contexts) {
    AdaptiveModel model = AdaptiveModel.open(bundle);
    return new Serving(model, contexts, false, batch -> model.predict(batch.rows()).values());
  }

  /** All rows of a batch have one condition. */
  static Serving one(Path bundle, int contexts) {
    AdaptiveModel model = AdaptiveModel.open(bundle);
    return new Serving(model, contexts, true, batch -> model.predict(batch.rows()).values());
  }

  /** All rows of all batches have one condition, whose factors are made once and kept. */
  static Serving kept(Path bundle, int contexts) {
    AdaptiveModel model = AdaptiveModel.open(bundle);
    Map<String, TensorValue> factors = model.generate(ServedMlp.Batch.of(0, contexts).first());
    return new Serving(
        model, contexts, true, batch -> model.apply(batch.rows(), factors, 1).values());
  }

  /** The same, and its deltas are merged into weights that are kept. */
  static Serving under(Path bundle, int contexts) {
    AdaptiveModel model = AdaptiveModel.open(bundle);
    MergedModel merged = model.under(ServedMlp.Batch.of(0, contexts).first());
    return new Serving(
        model, contexts, true, batch -> merged.predict(batch.targetRows()).values(), merged::close);
  }

  /** The same, in a file that ONNX Runtime predicts with as it does with the target. */
  static Serving merged(Path bundle, int contexts) {
    AdaptiveModel model = AdaptiveModel.open(bundle);
    PlainTarget merged =
        new PlainTarget(
            ModelWriter.write(
                model.merged(ServedMlp.Batch.of(0, contexts).first(), Strength.FULL)));
    return new Serving(
        model,
        contexts,
        true,
        batch -> merged.predict(batch.flat(), ServedMlp.BATCH),
        merged::close);
  }

  @Override
  public void ours() {
    way.accept(batches.get(next++ % batches.size()));
  }

  @Override
  public void theirs() {
    target.predict(flat.get(next++ % flat.size()), ServedMlp.BATCH);
  }

  @Override
  public void close() {
    end.run();
    model.close();
    target.close();
  }

  /**
   * Measures a way, and says it in a line.
   *
   * @param aim the ratio that we want to stay below
   */
  static String line(String title, double aim, Supplier<Serving> side) {
    try (Serving serving = side.get()) {
      Turns turns = Turns.of(serving);
      double[] ratios = turns.ratios();
      return String.format(
          Locale.ROOT,
          "| %s | %.3f | %.3f | %.2f | %.2f to %.2f | %.2f |%n",
          title,
          1e3 * Turns.median(turns.ours()),
          1e3 * Turns.median(turns.theirs()),
          ratios[ratios.length / 2],
          ratios[ratios.length / 4],
          ratios[ratios.length * 3 / 4],
          aim);
    }
  }
}
