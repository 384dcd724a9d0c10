package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.condition.Categories;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.ContextTable;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that name their conditions are predicted as rows that bring them. */
final class ConditionOfRowTest {
  private static final int ROWS = 7;
  private static final long[] INDEX = {1, 0, 1, 2, 1, 1, 0};

  /** A network whose second input, a size, hypernetworks may see, too. */
  static Target target(int opset, String size) {
    GraphEditor editor = GraphEditor.empty("net", opset);
    Random random = new Random(3);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 4));
    editor.input(size, TensorType.of(Dtype.FLOAT, "rows", 1));
    editor.initializer("fc1.weight", normal(random, 4, 6));
    editor.initializer("fc1.bias", normal(random, 6));
    editor.initializer("fc2.weight", normal(random, 6, 2));
    String h = editor.node("Gemm", "x", "fc1.weight", "fc1.bias");
    h = editor.node("Tanh", editor.node("Mul", h, size));
    editor.output(editor.node("MatMul", h, "fc2.weight"), TensorType.of(Dtype.FLOAT, "rows", 2));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static Hypernetwork hypernetwork(String name, String... columns) {
    ConditionEncoder encoder =
        new ConditionEncoder(
            Arrays.stream(columns)
                .<ColumnEncoder>map(c -> new ColumnEncoder.Standardise(c, 0.5, 2, false))
                .toList());
    return new Hypernetwork(
        name,
        new Condition(name, encoder),
        List.of(5),
        3,
        List.of(Adaptation.of("*.weight", new LowRank(1))));
  }

  /** Sources that see conditions, inputs of the target, both, or nothing. */
  static Weaver weaver(int opset) {
    return new Weaver(
        target(opset, "size"),
        List.of(
            hypernetwork("own", "long", "lat"),
            hypernetwork("rows", "size"),
            hypernetwork("both", "size", "long"),
            new ContextTable(
                "tenants",
                "tenant",
                new Categories(List.of("a", "b"), false),
                List.of(Adaptation.of("fc1.bias", new Shift()))),
            new SharedSource("all", List.of(Adaptation.of("fc2.weight", new LowRank(1))))));
  }

  static TensorValue normal(Random random, long... dims) {
    int count = 1;
    for (long dim : dims) {
      count *= (int) dim;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorValue.ofFloats(values, dims);
  }

  static Map<String, TensorValue> trained(Weaver weaver) {
    return WovenNet.trained(weaver, 0.3);
  }

  static Map<String, TensorValue> rows() {
    Random random = new Random(17);
    Map<String, TensorValue> rows = new LinkedHashMap<>();
    rows.put("x", normal(random, ROWS, 4));
    rows.put("size", normal(random, ROWS, 1));
    return rows;
  }

  private static Map<String, TensorValue> conditions() {
    Map<String, TensorValue> conditions = new LinkedHashMap<>();
    conditions.put("long", TensorValue.ofFloats(new float[] {1, -2, 0.5f}, 3, 1));
    conditions.put("lat", TensorValue.ofFloats(new float[] {0.1f, 3, 1}, 3, 1));
    conditions.put("tenant", TensorValue.ofStrings(List.of("b", "who?", "a"), 3, 1));
    return conditions;
  }

  /** Each row with the condition that it names. */
  private static Map<String, TensorValue> brought(Map<String, TensorValue> conditions) {
    Map<String, TensorValue> brought = new LinkedHashMap<>();
    conditions.forEach(
        (name, value) -> {
          float[] numbers = new float[ROWS];
          String[] texts = new String[ROWS];
          for (int row = 0; row < ROWS; row++) {
            if (value.dtype() == Dtype.STRING) {
              texts[row] = value.strings().get((int) INDEX[row]);
            } else {
              numbers[row] = value.floats()[(int) INDEX[row]];
            }
          }
          brought.put(
              name,
              value.dtype() == Dtype.STRING
                  ? TensorValue.ofStrings(List.of(texts), ROWS, 1)
                  : TensorValue.ofFloats(numbers, ROWS, 1));
        });
    return brought;
  }

  static float[] run(Model model, List<Map<String, TensorValue>> inputs) {
    Map<String, TensorValue> all = new LinkedHashMap<>();
    inputs.forEach(all::putAll);
    try (OrtGraph graph = OrtGraph.load(ModelWriter.write(model), "test")) {
      return graph.run(all).values().iterator().next().floats();
    }
  }

  private static Map<String, TensorValue> index(long... index) {
    return Map.of(Weaver.CONDITION_OF_ROW, TensorValue.ofLongs(index, index.length));
  }

  static void assertClose(float[] actual, float[] expected) {
    assertThat(ExportParity.relativeDifference(expected, actual)).isLessThan(1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 10, 11, 13, 17, 21})
  void namedConditionsAreThoseThatRowsBring(int opset) {
    Weaver weaver = weaver(opset);
    Map<String, TensorValue> parameters = trained(weaver);
    Model served = weaver.fused(parameters, Workload.SERVED);
    float[] expected =
        run(weaver.fused(parameters, Workload.MIXED), List.of(rows(), brought(conditions())));

    assertClose(run(served, List.of(rows(), conditions(), index(INDEX))), expected);
    assertClose(run(served, List.of(rows(), brought(conditions()))), expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 8})
  void oldTargetsDoWithoutNames(int opset) {
    Weaver weaver = weaver(opset);
    Map<String, TensorValue> parameters = trained(weaver);
    Model served = weaver.fused(parameters, Workload.SERVED);

    assertThat(served).isEqualTo(weaver.fused(parameters, Workload.MIXED));
    assertThat(served.graph().inputs())
        .noneMatch(input -> input.name().equals(Weaver.CONDITION_OF_ROW));
  }

  @Test
  void aConditionThatIsNotThereIsAnError() {
    Weaver weaver = weaver(17);
    Model served = weaver.fused(trained(weaver), Workload.SERVED);

    assertThatThrownBy(() -> run(served, List.of(rows(), conditions(), index(0, 1, 2, 3, 0, 0, 0))))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("out of");
  }

  @Test
  void theNameIsTakenLikeThatOfStrength() {
    String name = Weaver.CONDITION_OF_ROW;
    Weaver column = new Weaver(target(17, "size"), List.of(hypernetwork("h", name)));
    assertThat(column.conditionInputs()).containsValue("condition." + name);
    assertThat(column.fused(column.freshParameters(1), Workload.SERVED).graph().inputs())
        .anyMatch(input -> input.name().equals(name));

    Weaver taken = new Weaver(target(17, name), List.of(hypernetwork("h", "long")));
    assertThat(taken.conditionInputs()).containsKey(ColumnInput.number("long"));
    assertThatThrownBy(() -> taken.fused(taken.freshParameters(1), Workload.SERVED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has a value named \"condition-of-row\"");
  }
}
