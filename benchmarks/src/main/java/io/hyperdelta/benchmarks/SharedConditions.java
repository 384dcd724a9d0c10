package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.CachedRows;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Room;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A training step on 256 rows of an MLP 64-256-256-10 with deltas of rank 8 on both hidden layers
 * and a hypernetwork with 16 numbers of condition and a latent of 64: rows that share conditions in
 * blocks, against the same rows with a condition each. Both sides are planned for their sizes.
 */
final class SharedConditions implements Comparison {
  static final int ROWS = 256;
  private static final int TABLE_ROWS = 8192;
  private static final int IN = 64;
  private static final int HIDDEN = 256;
  private static final int OUT = 10;
  private static final int CONDITION = 16;
  private static final int LATENT = 64;
  private static final int RANK = 8;

  private final Random random = new Random(7);
  private final PointerScope scope = new PointerScope();
  private final int[] rows = random.ints(ROWS, 0, TABLE_ROWS).toArray();
  private final int[] conditionRows;
  private final Tensor labels;
  private final Side shared;
  private final Side each;

  /**
   * Compiles both sides.
   *
   * @param conditions how many conditions the rows share, a divisor of the rows
   */
  SharedConditions(int conditions) {
    Map<String, Value> inputs = new HashMap<>();
    inputs.put("x", Value.of(Tensors.ofFloats(normal(TABLE_ROWS * IN, 1), TABLE_ROWS, IN)));
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < CONDITION; i++) {
      names.add("c" + i);
      inputs.put("c" + i, Value.of(Tensors.ofFloats(normal(TABLE_ROWS, 1), TABLE_ROWS, 1)));
    }
    conditionRows = new int[conditions];
    Arrays.setAll(conditionRows, i -> rows[i * (ROWS / conditions)]);
    labels = Tensors.ofLongs(random.longs(ROWS, 0, OUT).toArray(), ROWS);
    Weaver weaver = weaver(names);
    shared = new Side(weaver, new Workload(ROWS, conditions), inputs, names);
    each = new Side(weaver, new Workload(ROWS, ROWS), inputs, Set.of());
  }

  private float[] normal(int count, double scale) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return values;
  }

  private Weaver weaver(Set<String> conditionNames) {
    GraphEditor editor = GraphEditor.empty("mlp", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    String h = layer(editor, "fc1", "x", IN, HIDDEN);
    h = layer(editor, "fc2", editor.node("Relu", h), HIDDEN, HIDDEN);
    h = layer(editor, "fc3", editor.node("Relu", h), HIDDEN, OUT);
    editor.nodeInto("y", "Identity", h);
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", OUT));
    List<ColumnEncoder> columns = new ArrayList<>();
    conditionNames.forEach(name -> columns.add(new ColumnEncoder.Standardise(name, 0, 1, false)));
    return new Weaver(
        Target.of(ModelWriter.write(editor.finish("mlp")), "mlp.onnx"),
        List.of(
            new Hypernetwork(
                "hypernetwork",
                new Condition("condition", new ConditionEncoder(columns)),
                List.of(),
                LATENT,
                List.of(
                    Adaptation.of("fc1.weight", new LowRank(RANK)),
                    Adaptation.of("fc2.weight", new LowRank(RANK))))));
  }

  private String layer(GraphEditor editor, String name, String x, int in, int out) {
    editor.initializer(
        name + ".weight", TensorValue.ofFloats(normal(in * out, 1 / Math.sqrt(in)), in, out));
    editor.initializer(name + ".bias", TensorValue.ofFloats(normal(out, 0.1), out));
    return editor.node("Gemm", x, name + ".weight", name + ".bias");
  }

  /** One way to batch. */
  private static final class Side {
    private final Program program;
    private final CachedRows table;
    private final AdamW optimizer;
    private final TensorVector leaves;

    Side(Weaver weaver, Workload workload, Map<String, Value> inputs, Set<String> conditions) {
      Map<String, TensorValue> fresh = weaver.freshParameters(1);
      program = Program.compile(weaver.fused(fresh, workload), fresh.keySet(), Precision.FLOAT);
      table = CachedRows.of(program, inputs, TABLE_ROWS, 1024, Room.inMemory(1L << 30), conditions);
      leaves = new TensorVector(program.parameters().tensors().toArray(new Tensor[0]));
      optimizer = new AdamW(leaves, new AdamWOptions());
    }

    @SuppressWarnings("try") // scopes work by being open
    void step(int[] rows, int[] conditionRows, Tensor labels) {
      try (PointerScope own = new PointerScope()) {
        optimizer.zero_grad(true);
        Tensor output = ((Value.Device) table.run(rows, conditionRows).get(0)).tensor();
        torch.cross_entropy_loss(output, labels).backward();
        torch.clip_grad_norm_(leaves, 1);
        optimizer.step();
      }
    }

    void close() {
      table.close();
      program.close();
    }
  }

  /** Blocks of rows that share a condition. */
  @Override
  public void ours() {
    shared.step(rows, conditionRows, labels);
  }

  /** A condition for each row. */
  @Override
  public void theirs() {
    each.step(rows, rows, labels);
  }

  @Override
  public void close() {
    shared.close();
    each.close();
    scope.close();
  }
}
