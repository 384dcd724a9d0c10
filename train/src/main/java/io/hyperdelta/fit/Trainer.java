package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Bfloat16Products;
import io.hyperdelta.autodiff.CachedRows;
import io.hyperdelta.autodiff.Engine;
import io.hyperdelta.autodiff.Parameters;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Room;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.spec.ProductPrecision;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A model under training, one step at a time: its program, the rows with what its frozen part makes
 * of them, the loss and the optimizer. The model's first output is the prediction, its first axis
 * the rows.
 *
 * <p>It is made in an open {@code PointerScope}, which must stay open until it is closed. Not
 * thread-safe.
 */
public final class Trainer implements AutoCloseable {
  /** For values of the frozen prefix; where there is none they are computed in every step. */
  private static final Room ROOM = new Room(128L << 20, 2L << 30, 64L << 30);

  private final Program program;
  private final CachedRows rows;
  private final Optimizer optimizer;
  private final Loss loss;
  private final Tensor labels;
  private final MaskDraws masks;
  private final double penalty;
  private final ProductPrecision products;

  /**
   * Prepares training.
   *
   * @param inputs of all rows
   * @param labels of all rows
   * @param conditionInputs names of the inputs that hold conditions and nothing else; if there are
   *     any, the graph must take K conditions and K m rows, those of one condition side by side
   */
  Trainer(
      Model model,
      List<String> parameters,
      Map<String, Value> inputs,
      Set<String> conditionInputs,
      double[] labels,
      Loss loss,
      FitSpec fit,
      WovenFit woven) {
    this.loss = loss;
    this.masks = new MaskDraws(woven.masks(), fit.seed());
    this.penalty = woven.penalty();
    this.products = products(fit);
    this.program =
        Program.compile(
            settled(model, inputs.keySet()),
            new LinkedHashSet<>(parameters),
            Precision.FLOAT,
            name -> Optimizer.rate(name, woven.learningRates(), fit.learningRate()));
    try (Bfloat16Products reduced = reduced()) {
      this.rows =
          CachedRows.of(
              program,
              inputs,
              labels.length,
              Batching.CHUNK,
              ROOM,
              conditionInputs,
              masks.inputs());
      this.optimizer = new Optimizer(program.parameters(), fit, woven.learningRates());
      this.labels = loss.labels(labels);
    } catch (RuntimeException e) {
      program.close();
      throw e;
    }
  }

  /**
   * Prepares training by AdamW with clipping, as a run from a spec does.
   *
   * @param model whose initializers hold the values to start from
   * @param parameters names of the initializers to fit
   * @param inputs of all rows, by name; their first axis is the rows
   * @param conditionInputs names of the inputs that hold conditions and nothing else; if there are
   *     any, the graph must take K conditions and K m rows, those of one condition side by side
   * @param labels of all rows: numbers, or indices of classes
   * @param objective what is minimised, as a mean over rows
   * @param fit weight decay and clipping; its schedule and batches are for whoever calls {@link
   *     #step}
   * @throws IllegalArgumentException if the inputs do not fit the model
   */
  public static Trainer of(
      Model model,
      List<String> parameters,
      Map<String, Value> inputs,
      Set<String> conditionInputs,
      double[] labels,
      Objective objective,
      FitSpec fit) {
    return new Trainer(
        model,
        parameters,
        inputs,
        conditionInputs,
        labels,
        new Loss(objective, 1),
        fit,
        WovenFit.NONE);
  }

  /** In which precision a fit computes here. */
  static ProductPrecision products(FitSpec fit) {
    return fit.products() == ProductPrecision.BFLOAT16 && Bfloat16Products.areAvailable()
        ? ProductPrecision.BFLOAT16
        : ProductPrecision.FLOAT32;
  }

  /** To be open while the network computes; null where all is float32. */
  private @Nullable Bfloat16Products reduced() {
    return products == ProductPrecision.BFLOAT16 ? Bfloat16Products.open() : null;
  }

  /** The model in which inputs that no step gives are constants: strengths, which are 1. */
  private Model settled(Model model, Set<String> given) {
    return model.hasDefaults()
        ? model.withGraph(
            model
                .graph()
                .withInputs(
                    model.graph().inputs().stream()
                        .filter(
                            input ->
                                given.contains(input.name())
                                    || masks.inputs().contains(input.name())
                                    || !model.graph().initializers().containsKey(input.name()))
                        .toList()))
        : model;
  }

  /** What is trained, as it is after the last step. */
  public Parameters parameters() {
    return program.parameters();
  }

  /** The rows, with what the frozen part makes of them. */
  public CachedRows rows() {
    return rows;
  }

  /**
   * One update of the parameters.
   *
   * @param batchRows K m row numbers, those of one condition side by side
   * @param conditionRows K row numbers: the rows that the blocks' conditions are taken from; the
   *     same as the rows if each row brings its own
   * @param learningRate of the step
   * @return mean loss over the rows before the update, not finite if training diverged
   */
  public double step(int[] batchRows, int[] conditionRows, double learningRate) {
    int[] all = new int[batchRows.length];
    Arrays.setAll(all, i -> i);
    return step(new Batch(batchRows, conditionRows, all), learningRate);
  }

  /**
   * One update of the parameters, by the rows of a batch that count.
   *
   * @return mean loss before the update, with what is added for the size of the deltas; not finite
   *     if it or its gradient is not
   */
  double step(Batch batch, double learningRate) {
    try (PointerScope scope = new PointerScope();
        Bfloat16Products reduced = reduced()) {
      optimizer.clear();
      Tensor value = trainingLoss(batch);
      Engine.backward(value);
      double norm = optimizer.step(learningRate);
      return Double.isFinite(norm) ? value.item_double() : norm;
    }
  }

  /** Mean loss over rows, without an update. */
  double loss(RowBlocks blocks) {
    double sum = 0;
    try (NoGradGuard guard = new NoGradGuard();
        Bfloat16Products reduced = reduced()) {
      for (Batch batch : blocks.inOrder()) {
        try (PointerScope scope = new PointerScope()) {
          sum += lossOf(batch).item_double() * batch.counted().length;
        }
      }
    }
    return sum / blocks.rowCount();
  }

  /** Mean loss over the rows that count: the others reach neither it nor its gradient. */
  Tensor lossOf(Batch batch) {
    return lossOf(rows.run(batch.rows(), batch.conditionRows()).get(0), batch);
  }

  /** The mean loss with units dropped, plus what is added for the size of the deltas. */
  private Tensor trainingLoss(Batch batch) {
    Map<String, Value> drawn = masks.next(batch.conditionRows().length);
    List<Value> outputs = rows.run(batch.rows(), batch.conditionRows(), drawn);
    Tensor value = lossOf(outputs.get(0), batch);
    if (penalty == 0) {
      return value;
    }
    Tensor size = ((Value.Device) outputs.get(outputs.size() - 1)).tensor();
    return value.add(size.sum().mul(new Scalar(penalty)));
  }

  private Tensor lossOf(Value output, Batch batch) {
    Tensor prediction = ((Value.Device) output).tensor();
    return loss.of(
        batch.isPadded() ? at(prediction, batch.counted()) : prediction,
        at(labels, batch.countedRows()));
  }

  private static Tensor at(Tensor tensor, int[] positions) {
    return torch.index_select(tensor, 0, Tensors.ofRows(positions));
  }

  @Override
  public void close() {
    rows.close();
    program.close();
  }
}
