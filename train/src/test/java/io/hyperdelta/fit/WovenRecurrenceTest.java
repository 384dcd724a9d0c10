package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gradients reach deltas in front of recurrent nodes, and rows are kept as for other layers. */
@SuppressWarnings("try") // scopes work by being open
class WovenRecurrenceTest {
  private static final int ROWS = 6;
  private static final int STEPS = 4;
  private static final int IN = 5;
  private static final int HIDDEN = 3;

  private final Random random = new Random(29);

  private TensorValue normal(long... dims) {
    int count = 1;
    for (long dim : dims) {
      count = Math.toIntExact(count * dim);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (0.5 * random.nextGaussian());
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** x [rows, steps, in] -> Tanh of a product -> the node in both directions -> its last states. */
  private Weaver weaver(String op, int gates) {
    long stacked = (long) gates * HIDDEN;
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", STEPS, IN));
    editor.initializer("before", normal(IN, IN));
    editor.initializer("cell.W", normal(2, stacked, IN));
    editor.initializer("cell.R", normal(2, stacked, HIDDEN));
    editor.initializer("cell.B", normal(2, 2 * stacked));
    Map<String, Attribute> turn = Map.of("perm", Attribute.ints(1, 0, 2));
    String h = editor.node("Tanh", editor.node("MatMul", "x", "before"));
    String last =
        editor
            .nodes(
                "",
                op,
                Map.of("direction", Attribute.of("bidirectional")),
                List.of(editor.node("Transpose", turn, h), "cell.W", "cell.R", "cell.B"),
                2)
            .get(1);
    String rows = editor.node("Transpose", turn, last);
    editor.output(
        editor.node("Reshape", rows, editor.constant(TensorValue.longs(-1, 2 * HIDDEN))),
        TensorType.of(Dtype.FLOAT, "rows", 2 * HIDDEN));
    Condition condition =
        new Condition(
            "place",
            new ConditionEncoder(List.of(new ColumnEncoder.Standardise("long", 0, 1, false))));
    return new Weaver(
        Target.of(ModelWriter.write(editor.finish("net")), "net.onnx"),
        List.of(
            new Hypernetwork(
                "where",
                condition,
                List.of(4),
                3,
                List.of(
                    Adaptation.of("cell.*.W", new LowRank(2)),
                    Adaptation.of("cell.forward.W", new Gain()),
                    Adaptation.of("cell.*.B", new Shift())))));
  }

  private Map<String, TensorValue> parameters(Weaver weaver) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    weaver.freshParameters(3).forEach((name, value) -> parameters.put(name, normal(value.dims())));
    return parameters;
  }

  private Map<String, Value> inputs() {
    return Map.of(
        "long", Value.of(Tensors.of(normal(ROWS, 1), Precision.DOUBLE)),
        "x", Value.of(Tensors.of(normal(ROWS, STEPS, IN), Precision.DOUBLE)));
  }

  @ParameterizedTest
  @CsvSource({"LSTM, 4", "GRU, 3", "RNN, 1"})
  void gradientsAreFiniteDifferences(String op, int gates) {
    Weaver weaver = weaver(op, gates);
    Map<String, TensorValue> parameters = parameters(weaver);
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(
                weaver.fused(parameters, Workload.MIXED), parameters.keySet(), Precision.DOUBLE)) {
      FiniteDifferences.check(program, inputs(), 5);
    }
  }

  @ParameterizedTest
  @CsvSource({"LSTM, 4", "GRU, 3", "RNN, 1"})
  void theFrozenPartBeforeTheNodeIsKeptForEachRow(String op, int gates) {
    Weaver weaver = weaver(op, gates);
    Map<String, TensorValue> parameters = parameters(weaver);
    try (PointerScope scope = new PointerScope();
        NoGradGuard frozen = new NoGradGuard();
        Program program =
            Program.compile(
                weaver.fused(parameters, Workload.MIXED), parameters.keySet(), Precision.DOUBLE);
        CachedRows rows =
            CachedRows.of(program, inputs(), ROWS, 4, Room.inMemory(Long.MAX_VALUE))) {
      assertThat(rows.isCached()).isTrue();
    }
  }
}
