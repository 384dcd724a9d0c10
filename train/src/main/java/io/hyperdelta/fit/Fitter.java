package io.hyperdelta.fit;

import io.hyperdelta.autodiff.CachedRows;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.FitSpec;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Fits initializers of a graph to rows: minibatches in random order, early stopping. The graph's
 * first output is the prediction.
 */
final class Fitter {
  /** Rows evaluated at once where no gradient is needed. */
  private static final int CHUNK = 4096;

  /**
   * Values of the frozen prefix kept per row, in bytes at most; beyond it they are computed again.
   */
  private static final long MAX_CACHE_BYTES = 2L << 30;

  private final Map<String, Value> inputs;
  private final double[] labels;
  private final int[] training;
  private final int[] validation;
  private final Loss loss;

  /**
   * Prepares fitting.
   *
   * @param inputs of all rows, in a scope that stays open
   * @param labels of all rows
   * @param training rows to learn from
   * @param validation rows that tell when to stop
   */
  Fitter(Map<String, Value> inputs, double[] labels, int[] training, int[] validation, Loss loss) {
    this.inputs = inputs;
    this.labels = labels;
    this.training = training;
    this.validation = validation;
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
    int stepsPerEpoch = (training.length + spec.batch() - 1) / spec.batch();
    long steps = (long) spec.epochs() * stepsPerEpoch;
    Schedule schedule = new Schedule(spec.learningRate(), Math.round(spec.warmup() * steps), steps);
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, new LinkedHashSet<>(parameters), Precision.FLOAT);
        CachedRows rows = CachedRows.of(program, inputs, labels.length, CHUNK, MAX_CACHE_BYTES);
        Progress.Step step = progress.begin(title, steps, "steps")) {
      Optimizer optimizer = new Optimizer(program.parameters().tensors(), spec);
      Tensor allLabels = loss.labels(labels);
      Random random = new Random(spec.seed());
      Map<String, TensorValue> best = program.parameters().values();
      double bestLoss = validationLoss(rows, allLabels);
      int bestEpoch = 0;
      int epoch = 0;
      long done = 0;
      while (epoch < spec.epochs() && epoch - bestEpoch < spec.patience()) {
        epoch++;
        int[] order = shuffled(random);
        for (int from = 0; from < order.length; from += spec.batch()) {
          int[] batch =
              Arrays.copyOfRange(order, from, Math.min(from + spec.batch(), order.length));
          update(rows, allLabels, batch, optimizer, schedule.at(done++), title);
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
        step.note(String.format(Locale.ROOT, "validation loss %.5f, best %.5f", now, bestLoss));
      }
      return new FitResult(best, bestLoss, epoch, bestEpoch, done);
    }
  }

  private void update(
      CachedRows rows,
      Tensor allLabels,
      int[] batch,
      Optimizer optimizer,
      double learningRate,
      String title) {
    try (PointerScope scope = new PointerScope()) {
      optimizer.clear();
      Tensor value = loss.of(prediction(rows, batch), at(allLabels, batch));
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
      for (int from = 0; from < validation.length; from += CHUNK) {
        int[] chunk =
            Arrays.copyOfRange(validation, from, Math.min(from + CHUNK, validation.length));
        try (PointerScope scope = new PointerScope()) {
          sum +=
              loss.of(prediction(rows, chunk), at(allLabels, chunk)).item_double() * chunk.length;
        }
      }
    }
    return sum / validation.length;
  }

  private static Tensor prediction(CachedRows rows, int[] batch) {
    return ((Value.Device) rows.run(batch).get(0)).tensor();
  }

  private static Tensor at(Tensor labels, int[] rows) {
    return torch.index_select(labels, 0, Tensors.ofRows(rows));
  }

  private int[] shuffled(Random random) {
    int[] order = training.clone();
    for (int i = order.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int row = order[i];
      order[i] = order[j];
      order[j] = row;
    }
    return order;
  }
}
