package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.FitSpec;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;

/**
 * Fits initializers of a graph to rows: minibatches in random order, early stopping. The graph's
 * first output is the prediction, its first axis the rows.
 */
final class Fitter {
  private final Map<String, Value> inputs;
  private final double[] labels;
  private final Batching batching;
  private final Loss loss;

  /**
   * Prepares fitting.
   *
   * @param inputs of all rows, in a scope that stays open
   * @param labels of all rows
   * @param batching rows to learn from and rows that tell when to stop; if they share conditions,
   *     the graph must take K conditions and K m rows, those of one condition side by side
   */
  Fitter(Map<String, Value> inputs, double[] labels, Batching batching, Loss loss) {
    this.inputs = inputs;
    this.labels = labels;
    this.batching = batching;
    this.loss = loss;
  }

  /**
   * Fits.
   *
   * @param model whose initializers hold the values to start from
   * @param parameters names of the initializers to fit
   * @param title what the step is called
   * @throws IllegalStateException if the loss is no longer finite
   */
  FitResult fit(
      Model model, List<String> parameters, FitSpec spec, Progress progress, String title) {
    return fit(model, parameters, spec, WovenFit.NONE, progress, title);
  }

  /**
   * Fits the sources of a woven graph.
   *
   * @param woven what only they have; otherwise as above
   */
  FitResult fit(
      Model model,
      List<String> parameters,
      FitSpec spec,
      WovenFit woven,
      Progress progress,
      String title) {
    long steps = (long) spec.epochs() * batching.training().batchCount();
    String plan = batching.isShared() ? batching.text() + ", " : "";
    Schedule schedule = new Schedule(spec.learningRate(), Math.round(spec.warmup() * steps), steps);
    try (PointerScope scope = new PointerScope();
        Trainer trainer =
            new Trainer(
                Trainer.compile(model, parameters, inputs.keySet(), spec, woven),
                inputs,
                batching.conditionInputs(),
                labels,
                loss,
                spec,
                woven,
                Trainer.team(spec));
        Progress.Step step = progress.begin(title, steps, "steps")) {
      Random random = new Random(spec.seed());
      Map<String, TensorValue> best = trainer.parameters().values();
      double bestLoss = trainer.loss(batching.validation());
      int bestEpoch = 0;
      int epoch = 0;
      long done = 0;
      while (epoch < spec.epochs() && epoch - bestEpoch < spec.patience()) {
        epoch++;
        for (Batch batch : batching.training().shuffled(random)) {
          requireFinite(trainer.step(batch, schedule.at(done++)), title);
          step.advance(1);
        }
        double now = trainer.loss(batching.validation());
        requireFinite(now, title);
        if (now < bestLoss) {
          bestLoss = now;
          bestEpoch = epoch;
          best = trainer.parameters().values();
        }
        step.note(
            plan + String.format(Locale.ROOT, "validation loss %.5f, best %.5f", now, bestLoss));
      }
      return new FitResult(best, bestLoss, epoch, bestEpoch, done, batching.text());
    }
  }

  private static void requireFinite(double loss, String title) {
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException(
          "The step \"%s\" diverged: its loss or gradient is no longer finite. Expected finite values throughout. Maybe learningRate is too high, or a column has extreme values."
              .formatted(title));
    }
  }
}
