package io.hyperdelta.runtime;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Basis;
import io.hyperdelta.delta.Core;
import io.hyperdelta.delta.Full;
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
import io.hyperdelta.target.Part;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Weaving;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small network, and three hypernetworks around it with every form. Stateless. */
final class WovenNet {
  /** Features of a row. */
  static final int IN = 9;

  private WovenNet() {}

  /**
   * x [rows, 9] -> Gemm as PyTorch writes it -> MatMul + Add -> MatMul without bias -> Gemm with
   * alpha and beta.
   */
  static Target target(int opset) {
    Random random = new Random(3);
    GraphEditor editor = GraphEditor.empty("net", opset);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("fc1.weight", normal(random, 16, IN));
    editor.initializer("fc1.bias", normal(random, 16));
    editor.initializer("fc2.weight", normal(random, 16, 12));
    editor.initializer("fc2.bias", normal(random, 12));
    editor.initializer("fc3.weight", normal(random, 12, 10));
    editor.initializer("fc4.weight", normal(random, 10, 3));
    editor.initializer("fc4.bias", normal(random, 1, 3));
    String h =
        editor.node("Gemm", Map.of("transB", Attribute.of(1)), "x", "fc1.weight", "fc1.bias");
    h = editor.node("Relu", h);
    h = editor.node("Tanh", editor.node("Add", "fc2.bias", editor.node("MatMul", h, "fc2.weight")));
    h = editor.node("Relu", editor.node("MatMul", h, "fc3.weight"));
    Map<String, Attribute> scales = new LinkedHashMap<>();
    scales.put("alpha", Attribute.of(0.7f));
    scales.put("beta", Attribute.of(1.3f));
    String y = editor.node("Gemm", scales, h, "fc4.weight", "fc4.bias");
    editor.output(y, TensorType.of(Dtype.FLOAT, "rows", 3));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  static Weaver weaver(int opset) {
    Condition place =
        new Condition(
            "place",
            new ConditionEncoder(
                List.of(
                    new ColumnEncoder.Standardise("long", 10, 2, false),
                    new ColumnEncoder.Standardise("lat", -5, 3, false))));
    Condition kind =
        new Condition(
            "kind",
            new ConditionEncoder(
                List.of(new ColumnEncoder.OneHot("kind", List.of("a", "b", "c")))));
    return new Weaver(
        target(opset),
        List.of(
            new Hypernetwork(
                "where",
                place,
                List.of(8, 6, 6),
                5,
                List.of(
                    Adaptation.of("*", new LowRank(2)),
                    new Adaptation(new Part("*"), new Shift(), 0.5))),
            new Hypernetwork(
                "what", kind, List.of(), 3, List.of(Adaptation.of("fc?.weight", new LowRank(1)))),
            new Hypernetwork("forms", place, List.of(5), 4, forms())));
  }

  /** The forms that the others leave out. */
  private static List<Adaptation> forms() {
    return List.of(
        new Adaptation(new Part("fc2.weight"), new Full(), 0.2),
        new Adaptation(new Part("fc1.weight"), new Core(2, false), 0.5),
        new Adaptation(new Part("fc?.weight"), new Core(2, true), 0.5),
        new Adaptation(new Part("fc4.weight"), new Basis(3), 0.3),
        new Adaptation(new Part("fc1.weight"), new Basis(2), 0.3),
        new Adaptation(new Part("*"), new Gain(), 0.2));
  }

  static TensorValue normal(Random random, long... dims) {
    float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * 0.5);
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** Parameters as after training: none of them zero. */
  static Map<String, TensorValue> trained(Weaver weaver) {
    return trained(weaver, 0.2);
  }

  /**
   * The same for any weaving.
   *
   * @param deviation of what training added
   */
  static Map<String, TensorValue> trained(Weaving weaving, double deviation) {
    Random random = new Random(11);
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    weaving
        .freshParameters(5)
        .forEach(
            (name, value) -> {
              float[] values = value.floats();
              for (int i = 0; i < values.length; i++) {
                values[i] += (float) (deviation * random.nextGaussian());
              }
              parameters.put(name, TensorValue.ofFloats(values, value.dims()));
            });
    return parameters;
  }

  static Map<String, TensorValue> conditions(int count, long seed) {
    Random random = new Random(seed);
    float[] longs = new float[count];
    float[] lats = new float[count];
    List<String> kinds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      longs[i] = (float) (10 + 2 * random.nextGaussian());
      lats[i] = (float) (-5 + 3 * random.nextGaussian());
      kinds.add(List.of("a", "b", "c", "unknown").get(random.nextInt(4)));
    }
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    inputs.put("long", TensorValue.ofFloats(longs, count, 1));
    inputs.put("lat", TensorValue.ofFloats(lats, count, 1));
    inputs.put("kind", TensorValue.ofStrings(kinds, count, 1));
    return inputs;
  }
}
