package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One node under test, with the values that it reads: float32 inputs are parameters unless fixed.
 *
 * @param domain the operator's domain
 * @param op the operator
 * @param opset version of ONNX's own operator set
 * @param attributes the node's attributes
 * @param inputs its inputs; null stands for one that is omitted
 * @param fixed positions of float inputs that are no parameters
 * @param captured positions of inputs that are not the node's but read by a graph inside it
 * @param outputs how many outputs the node makes, all of them outputs of the model
 */
record Case(
    String domain,
    String op,
    int opset,
    Map<String, Attribute> attributes,
    List<@Nullable TensorValue> inputs,
    Set<Integer> fixed,
    Set<Integer> captured,
    int outputs) {

  static Case of(String op, int opset, @Nullable TensorValue... inputs) {
    return new Case("", op, opset, Map.of(), Arrays.asList(inputs), Set.of(), Set.of(), 1);
  }

  /** A node of another domain than ONNX's own. */
  static Case in(String domain, String op, @Nullable TensorValue... inputs) {
    return new Case(domain, op, 17, Map.of(), Arrays.asList(inputs), Set.of(), Set.of(), 1);
  }

  static Case ml(String op, @Nullable TensorValue... inputs) {
    return in(GraphEditor.ML_DOMAIN, op, inputs);
  }

  Case with(String key, Attribute value) {
    Map<String, Attribute> more = new LinkedHashMap<>(attributes);
    more.put(key, value);
    return new Case(domain, op, opset, more, inputs, fixed, captured, outputs);
  }

  Case with(String key, long value) {
    return with(key, Attribute.of(value));
  }

  Case with(String key, float value) {
    return with(key, Attribute.of(value));
  }

  Case fix(Integer... positions) {
    return new Case(domain, op, opset, attributes, inputs, Set.of(positions), captured, outputs);
  }

  /** The same node, with some of the inputs read by a graph inside it, by name, and not by it. */
  Case capture(Integer... positions) {
    return new Case(domain, op, opset, attributes, inputs, fixed, Set.of(positions), outputs);
  }

  /** The same node with more outputs than one. */
  Case outputs(int count) {
    return new Case(domain, op, opset, attributes, inputs, fixed, captured, count);
  }

  String title() {
    return Operator.title(domain, op);
  }

  private boolean isParameter(int position) {
    TensorValue value = inputs.get(position);
    return value != null && value.dtype() == Dtype.FLOAT && !fixed.contains(position);
  }

  Set<String> parameterNames() {
    Set<String> names = new LinkedHashSet<>();
    for (int i = 0; i < inputs.size(); i++) {
      if (isParameter(i)) {
        names.add("x" + i);
      }
    }
    return names;
  }

  /** The inputs as initializers. */
  Model model() {
    return model(false);
  }

  /** The inputs as inputs of the model, so that nothing is folded. */
  Model openModel() {
    return model(true);
  }

  private Model model(boolean open) {
    GraphEditor editor = GraphEditor.empty(op, opset);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      TensorValue value = inputs.get(i);
      String name = "x" + i;
      if (value != null && open) {
        editor.input(name, new TensorType(value.dtype(), null));
      } else if (value != null) {
        editor.initializer(name, value);
      }
      if (!captured.contains(i)) {
        names.add(value == null ? "" : name);
      }
    }
    List<String> made = editor.nodes(domain, op, attributes, names, outputs);
    made.forEach(output -> editor.output(output, new TensorType(Dtype.FLOAT, null)));
    return editor.finish(op);
  }

  Map<String, Value> values() {
    Map<String, Value> values = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      TensorValue value = inputs.get(i);
      if (value != null) {
        values.put("x" + i, Value.of(value, Precision.FLOAT));
      }
    }
    return values;
  }

  /** Numbers of both signs, none close to 0, 1 or each other. */
  static TensorValue mixed(long... dims) {
    float[] values = new float[(int) Shapes.count(dims)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((i % 2 == 0 ? 1 : -1) * (0.21 + 0.173 * ((i * 7) % 11)) + 0.003 * i);
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** The same from another place of the sequence. */
  static TensorValue other(long... dims) {
    float[] values = mixed(dims).floats();
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.057f - 0.8f * values[i];
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** Numbers from about 0.5 up. */
  static TensorValue positive(long... dims) {
    float[] values = mixed(dims).floats();
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.5f + Math.abs(values[i]);
    }
    return TensorValue.ofFloats(values, dims);
  }

  static TensorValue floats(float... values) {
    return TensorValue.ofFloats(values, values.length);
  }

  static TensorValue longs(long... values) {
    return TensorValue.longs(values);
  }

  static TensorValue scalar(long value) {
    return TensorValue.ofLongs(new long[] {value});
  }

  static TensorValue bools(int... values) {
    java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return TensorValue.ofBytes(Dtype.BOOL, new long[] {values.length}, bytes.flip());
  }

  @Override
  public String toString() {
    return "%s@%d%s%s".formatted(op, opset, inputs, attributes);
  }
}
