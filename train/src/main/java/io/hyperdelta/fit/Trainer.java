package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Bfloat16Products;
import io.hyperdelta.autodiff.CachedRows;
import io.hyperdelta.autodiff.Parameters;
import io.hyperdelta.autodiff.Pass;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Room;
import io.hyperdelta.autodiff.Sharding;
import io.hyperdelta.autodiff.Team;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.spec.ProductPrecision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
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

  private final Team team;
  private final Program program;
  private final CachedRows rows;
  private final Sharding sharding;
  private final Optimizer optimizer;
  private final Loss loss;
  private final Tensor labels;
  private final MaskDraws masks;
  private final double penalty;
  private final ProductPrecision products;

  /**
   * Prepares training.
   *
   * @param program of {@link #compile}; closed with this, or if this fails
   * @param inputs of all rows
   * @param labels of all rows
   * @param conditionInputs names of the inputs that hold conditions and nothing else; if there are
   *     any, the graph must take K conditions and K m rows, those of one condition side by side
   * @param team that computes, with one member if products are in bfloat16; closed with this
   */
  Trainer(
      Program program,
      Map<String, Value> inputs,
      Set<String> conditionInputs,
      double[] labels,
      Loss loss,
      FitSpec fit,
      WovenFit woven,
      Team team) {
    this.loss = loss;
    this.masks = new MaskDraws(woven.masks(), fit.seed());
    this.penalty = woven.penalty();
    this.products = products(fit);
    this.team = team;
    this.program = program;
    try (Bfloat16Products reduced = reduced()) {
      this.rows =
          CachedRows.of(
              program,
              inputs,
              labels.length,
              Batching.CHUNK,
              ROOM,
              conditionInputs,
              woven.maskInputs(),
              team);
      rows.freeFrozenConstants();
      this.sharding = new Sharding(rows, program.parameters().elementCount(), team.size());
      this.optimizer = new Optimizer(program.parameters(), fit, woven.learningRates());
      this.labels = loss.labels(labels);
    } catch (RuntimeException e) {
      program.close();
      team.close();
      throw e;
    }
  }

  /**
   * Compiles a model for training. Of the model nothing is needed afterwards: whoever lets go of it
   * before the rows are prepared has its frozen weights in memory once.
   *
   * @param model whose initializers hold the values to start from
   * @param parameters names of the initializers to fit
   * @param inputs names of those that all rows have; others with a default have that
   * @param fit which only says how parameters are moved
   * @return the program, for {@link #of}
   * @throws IllegalArgumentException if a parameter is no float initializer
   * @throws io.hyperdelta.autodiff.UnsupportedModelException if the model uses operators that have
   *     no kernel
   */
  public static Program compile(
      Model model, List<String> parameters, Set<String> inputs, FitSpec fit) {
    return compile(model, parameters, inputs, fit, WovenFit.NONE);
  }

  /** The same for the sources of a woven graph, whose masks each step fills anew. */
  static Program compile(
      Model model, List<String> parameters, Set<String> inputs, FitSpec fit, WovenFit woven) {
    Set<String> given = new HashSet<>(inputs);
    given.addAll(woven.maskInputs());
    return Program.compile(
        settled(model, given),
        new LinkedHashSet<>(parameters),
        Precision.FLOAT,
        name -> Optimizer.rate(name, woven.learningRates(), fit.learningRate()));
  }

  /**
   * Prepares training by AdamW with clipping, as a run from a spec does.
   *
   * @param program of {@link #compile}; closed with this, or if this fails
   * @param inputs of all rows, by name; their first axis is the rows
   * @param conditionInputs names of the inputs that hold conditions and nothing else; if there are
   *     any, the graph must take K conditions and K m rows, those of one condition side by side
   * @param labels of all rows: numbers, or indices of classes
   * @param objective what is minimised, as a mean over rows
   * @param fit weight decay and clipping; its schedule and batches are for whoever calls {@link
   *     #step}
   * @throws IllegalArgumentException if the inputs do not fit the program
   */
  public static Trainer of(
      Program program,
      Map<String, Value> inputs,
      Set<String> conditionInputs,
      double[] labels,
      Objective objective,
      FitSpec fit) {
    return new Trainer(
        program,
        inputs,
        conditionInputs,
        labels,
        new Loss(objective, 1),
        fit,
        WovenFit.NONE,
        team(fit));
  }

  /** Who computes a fit. Precision is the process's, so members would change it for each other. */
  static Team team(FitSpec fit) {
    return products(fit) == ProductPrecision.BFLOAT16 ? Team.of(1) : Team.ofAllThreads();
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
  private static Model settled(Model model, Set<String> given) {
    return model.hasDefaults()
        ? model.withGraph(
            model
                .graph()
                .withInputs(
                    model.graph().inputs().stream()
                        .filter(
                            input ->
                                given.contains(input.name())
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
      int shards = shards(batch);
      Map<String, Value> drawn = masks.next(batch.conditionRows().length);
      double[] losses = new double[shards];
      List<List<Tensor>> gradients = new ArrayList<>(Collections.nCopies(shards, List.of()));
      team.run(
          shards,
          number -> {
            Batch shard = batch.shard(number, shards);
            try (PointerScope own = new PointerScope()) {
              Pass pass =
                  rows.pass(
                      shard.rows(),
                      shard.conditionRows(),
                      MaskDraws.shard(
                          drawn, batch.firstBlock(number, shards), shard.conditionRows().length));
              Tensor value = trainingLoss(pass.outputs(), shard, batch);
              losses[number] = value.item_double();
              gradients.set(number, pass.gradients(value, scope));
            }
          });
      double norm =
          shards == 1
              ? optimizer.step(gradients, learningRate)
              : Team.alone(() -> optimizer.step(gradients, learningRate));
      return Double.isFinite(norm) ? Arrays.stream(losses).sum() : norm;
    }
  }

  /** Mean loss over rows, without an update. */
  double loss(RowBlocks blocks) {
    double sum = 0;
    try (Bfloat16Products reduced = reduced()) {
      for (Batch batch : blocks.inOrder()) {
        double[] sums = new double[shards(batch)];
        team.run(
            sums.length,
            number -> {
              Batch shard = batch.shard(number, sums.length);
              try (PointerScope scope = new PointerScope();
                  NoGradGuard guard = new NoGradGuard()) {
                sums[number] = lossOf(shard).item_double() * shard.counted().length;
              }
            });
        sum += Arrays.stream(sums).sum();
      }
    }
    return sum / blocks.rowCount();
  }

  private int shards(Batch batch) {
    return sharding.shards(batch.rows().length, batch.conditionRows().length);
  }

  /** Mean loss over the rows that count: the others reach neither it nor its gradient. */
  Tensor lossOf(Batch batch) {
    return lossOf(rows.run(batch.rows(), batch.conditionRows()).get(0), batch);
  }

  /**
   * What a shard of a batch adds to the batch's loss: the mean over rows with units dropped, and
   * what the size of the deltas costs, a mean over conditions.
   */
  private Tensor trainingLoss(List<Value> outputs, Batch shard, Batch batch) {
    Tensor mean = lossOf(outputs.get(0), shard);
    double share = (double) shard.counted().length / batch.counted().length;
    Tensor value = share == 1 ? mean : mean.mul(new Scalar(share));
    if (penalty == 0) {
      return value;
    }
    Tensor size = ((Value.Device) outputs.get(outputs.size() - 1)).tensor();
    double sizeShare = (double) shard.conditionRows().length / batch.conditionRows().length;
    return value.add(size.sum().mul(new Scalar(penalty * sizeShare)));
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
    team.close();
  }
}
