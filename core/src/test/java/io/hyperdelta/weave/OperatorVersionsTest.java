package io.hyperdelta.weave;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.condition.ColumnEncoder.OneHot;
import io.hyperdelta.condition.ColumnEncoder.Standardise;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Basis;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Core;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.HeadLayout;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.target.Target;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What weaving writes is there in every supported version of ONNX's operator set. */
final class OperatorVersionsTest {
  /** The first version with the operator as we write it, after ONNX's change log. */
  private static final Map<String, Integer> SINCE =
      Map.ofEntries(
          entry("Add", 7),
          entry("Cast", 6),
          entry("Concat", 4),
          entry("ConstantOfShape", 9),
          entry("Div", 7),
          entry("Equal", 7),
          entry("EyeLike", 9),
          entry("Gather", 1),
          entry("Gemm", 7),
          entry("Greater", 7),
          entry("Identity", 1),
          entry("IsNaN", 9),
          entry("LayerNormalization", 17),
          entry("Less", 7),
          entry("MatMul", 1),
          entry("Mul", 7),
          entry("NonZero", 9),
          entry("Not", 1),
          entry("OneHotEncoder", 1),
          entry("Or", 7),
          entry("Pow", 7),
          entry("RNN", 7),
          entry("Relu", 6),
          entry("Reshape", 5),
          entry("Shape", 1),
          entry("Sigmoid", 6),
          entry("Sqrt", 6),
          entry("Sub", 7),
          entry("Transpose", 1),
          entry("Unsqueeze", 1),
          entry("Where", 9));

  /** Operators whose attributes became inputs, with the first version that has the inputs. */
  private static final Map<String, Integer> INPUTS_SINCE =
      Map.of("Pad", 11, "ReduceMean", 18, "ReduceSum", 13, "Slice", 10, "Unsqueeze", 13);

  static IntStream versions() {
    return IntStream.rangeClosed(ModelReader.MIN_OPSET, ModelReader.MAX_OPSET);
  }

  private static Target target(int opset) {
    GraphEditor editor = GraphEditor.empty("net", opset);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 6));
    editor.initializer("fc1.weight", ones(8, 6));
    editor.initializer("fc1.bias", ones(8));
    editor.initializer("fc2.weight", ones(8, 5));
    editor.initializer("fc2.bias", ones(5));
    String h =
        editor.node("Gemm", Map.of("transB", Attribute.of(1)), "x", "fc1.weight", "fc1.bias");
    String product = editor.node("MatMul", editor.node("Relu", h), "fc2.weight");
    editor.output(editor.node("Add", product, "fc2.bias"), TensorType.of(Dtype.FLOAT, "rows", 5));
    editor.initializer("left.weight", ones(4, 8));
    String columns = editor.node("Transpose", h);
    String left = editor.node("MatMul", "left.weight", columns);
    editor.output(left, TensorType.of(Dtype.FLOAT, 4, "rows"));
    editor.initializer("rnn.W", ones(2, 6, 8));
    editor.initializer("rnn.R", ones(2, 6, 6));
    String steps = editor.node("Reshape", h, editor.constant(TensorValue.longs(1, -1, 8)));
    Map<String, Attribute> both = Map.of("direction", Attribute.of("bidirectional"));
    editor.output(
        editor.node("RNN", both, steps, "rnn.W", "rnn.R"),
        TensorType.of(Dtype.FLOAT, 1, 2, "rows", 6));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static TensorValue ones(long... dims) {
    int count = 1;
    for (long dim : dims) {
      count *= (int) dim;
    }
    float[] values = new float[count];
    Arrays.fill(values, 1);
    return TensorValue.ofFloats(values, dims);
  }

  /** One with everything that is written differently somewhere. */
  private static Weaver weaver(int opset) {
    Condition condition =
        new Condition(
            "c",
            new ConditionEncoder(
                List.of(
                    new Standardise("age", 40, 9, true),
                    new Standardise("size", 2, 1, false),
                    new OneHot("kind", List.of("a", "b")))));
    return new Weaver(
        target(opset),
        List.of(
            new Hypernetwork(
                "h",
                condition,
                List.of(8, 6, 6),
                4,
                List.of(
                    Adaptation.of("*", new LowRank(2)),
                    Adaptation.of("*", new Shift()),
                    Adaptation.of("*", new Chunked(7, 2, true)),
                    Adaptation.of("kind:weight", new Full(true)))),
            new Hypernetwork(
                "capped",
                condition,
                List.of(4),
                3,
                List.of(
                    Adaptation.of("fc*", new Full()).withCap(0.5),
                    Adaptation.of("fc*", new Core(2, false)).withCap(0.5),
                    Adaptation.of("fc*", new Core(2, true)).withCap(0.5),
                    Adaptation.of("fc*", new Basis(2)).withCap(0.5),
                    Adaptation.of("*", new Gain()).withCap(0.5))),
            new Hypernetwork(
                    "g",
                    condition,
                    List.of(4),
                    3,
                    List.of(Adaptation.of("*", new LowRank(2)).withCap(0.5)))
                .withDropout(0.5)
                .withHeads(new HeadLayout.Shared(2))));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void everyNodeIsThereInItsVersion(int opset) {
    Weaver weaver = weaver(opset);
    Map<String, TensorValue> parameters = weaver.freshParameters(1);

    for (Model model :
        List.of(
            weaver.fused(parameters, new Workload(256, 256)),
            weaver.fused(parameters, new Workload(256, 2)),
            weaver.fused(parameters, Workload.SERVED),
            weaver.fused(parameters, Workload.oneCondition(1 << 20)),
            weaver.training(parameters, new Workload(256, 256)),
            weaver.generator(parameters),
            weaver.targetWithDeltas(),
            merged(weaver))) {
      assertThat(model.opset()).isEqualTo(opset);
      model.graph().nodes().forEach(node -> assertWritable(node, opset));
    }
  }

  private static Model merged(Weaver weaver) {
    Map<String, TensorValue> factors = new LinkedHashMap<>();
    for (SiteDelta delta : weaver.deltas()) {
      for (Factor factor : delta.form().factors(delta.site())) {
        long[] dims = new long[factor.dims().size() + 1];
        dims[0] = 1;
        for (int i = 1; i < dims.length; i++) {
          dims[i] = factor.dims().get(i - 1);
        }
        factors.put(delta.factorName(factor), ones(dims));
      }
    }
    return Merge.merge(weaver.target(), weaver.deltas(), factors, Strength.of(1));
  }

  private static void assertWritable(Node node, int opset) {
    Integer inputsSince = INPUTS_SINCE.get(node.op());
    if (inputsSince != null) {
      assertThat(node.inputs().size() > 1).as(node.title()).isEqualTo(opset >= inputsSince);
    } else {
      assertThat(SINCE).containsKey(node.op());
      assertThat(SINCE.get(node.op())).as(node.title()).isLessThanOrEqualTo(opset);
    }
    long[] axes = node.intsAttribute("axes");
    if (axes != null && opset < 11) {
      assertThat(Arrays.stream(axes)).as(node.title()).allMatch(axis -> axis >= 0);
    }
  }
}
