package io.hyperdelta.fit;

import io.hyperdelta.autodiff.CachedRows;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.FitSpec;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Fits initializers of a graph to rows: minibatches in random order, early stopping. The graph's
 * first output is the prediction, its first axis the rows.
 */
final class Fitter {
  /**
   * Values of the frozen prefix kept per row, in bytes at most; beyond it they are computed again.
   */
  private static final long MAX_CACHE_BYTES = 2L << 30;

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
    MaskDraws masks = new MaskDraws(woven.masks(), spec.seed());
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, new LinkedHashSet<>(parameters), Precision.FLOAT);
        CachedRows rows =
            CachedRows.of(
                program,
                inputs,
                labels.length,
                Batching.CHUNK,
                MAX_CACHE_BYTES,
                batching.conditionInputs(),
                masks.inputs());
        Progress.Step step = progress.begin(title, steps, "steps")) {
      Optimizer optimizer = new Optimizer(program.parameters(), spec, woven.learningRates());
      Tensor allLabels = loss.labels(labels);
      Random random = new Random(spec.seed());
      Map<String, TensorValue> best = program.parameters().values();
      double bestLoss = validationLoss(rows, allLabels);
      int bestEpoch = 0;
      int epoch = 0;
      long done = 0;
      while (epoch < spec.epochs() && epoch - bestEpoch < spec.patience()) {
        epoch++;
        for (Batch batch : batching.training().shuffled(random)) {
          update(
              () -> trainingLoss(rows, allLabels, batch, masks, woven.penalty()),
              optimizer,
              schedule.at(done++),
              title);
          step.advance(1);
        }
        double now = validationLoss(rows, allLabels);
        if (!Double.isFinite(now)) {
          throw diverged(title);
        }
        if (now < bestLoss) {
          bestLoss = now;
          bestEpoch = epoch;
          best = program.parameters().values();
        }
        step.note(
            plan + String.format(Locale.ROOT, "validation loss %.5f, best %.5f", now, bestLoss));
      }
      return new FitResult(best, bestLoss, epoch, bestEpoch, done, batching.text());
    }
  }

  private static void update(
      Supplier<Tensor> loss, Optimizer optimizer, double learningRate, String title) {
    try (PointerScope scope = new PointerScope()) {
      optimizer.clear();
      Tensor value = loss.get();
      value.backward();
      double norm = optimizer.step(learningRate);
      if (!Double.isFinite(norm) || !Double.isFinite(value.item_double())) {
        throw diverged(title);
      }
    }
  }

  private static IllegalStateException diverged(String title) {
    return new IllegalStateException(
        "The step \"%s\" diverged: its loss or gradient is no longer finite. Expected finite values throughout. Maybe learningRate is too high, or a column has extreme values."
            .formatted(title));
  }

  /** Mean loss over the validation rows. */
  private double validationLoss(CachedRows rows, Tensor allLabels) {
    double sum = 0;
    try (NoGradGuard guard = new NoGradGuard()) {
      for (Batch batch : batching.validation().inOrder()) {
        try (PointerScope scope = new PointerScope()) {
          sum += lossOf(rows, allLabels, batch).item_double() * batch.counted().length;
        }
      }
    }
    return sum / batching.validation().rowCount();
  }

  /** Mean loss over the rows that count: the others reach neither it nor its gradient. */
  Tensor lossOf(CachedRows rows, Tensor allLabels, Batch batch) {
    return lossOf(rows.run(batch.rows(), batch.conditionRows()).get(0), allLabels, batch);
  }

  /** The mean loss with units dropped, plus what is added for the size of the deltas. */
  private Tensor trainingLoss(
      CachedRows rows, Tensor allLabels, Batch batch, MaskDraws masks, double penalty) {
    Map<String, Value> drawn = masks.next(batch.conditionRows().length);
    List<Value> outputs = rows.run(batch.rows(), batch.conditionRows(), drawn);
    Tensor value = lossOf(outputs.get(0), allLabels, batch);
    if (penalty == 0) {
      return value;
    }
    Tensor size = ((Value.Device) outputs.get(outputs.size() - 1)).tensor();
    return value.add(size.sum().mul(new Scalar(penalty)));
  }

  private Tensor lossOf(Value output, Tensor allLabels, Batch batch) {
    Tensor prediction = ((Value.Device) output).tensor();
    return loss.of(
        batch.isPadded() ? at(prediction, batch.counted()) : prediction,
        at(allLabels, batch.countedRows()));
  }

  private static Tensor at(Tensor tensor, int[] rows) {
    return torch.index_select(tensor, 0, Tensors.ofRows(rows));
  }
}
