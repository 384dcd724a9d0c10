package io.hyperdelta.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reading takes time in proportion to the file, whatever it is made of. */
final class ManyNodesTest {
  private static final int COUNT = 30_000;

  /** Far more than any of these takes; what takes quadratic time takes far more than that. */
  private static final Duration SOON = Duration.ofSeconds(8);

  private static final TensorType ROWS = TensorType.of(Dtype.FLOAT, "rows", 1);
  private static final TensorValue ONE = TensorValue.ofFloats(new float[] {1}, 1, 1);

  private final Map<String, TensorValue> initializers = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  private static Node node(
      String op, String output, Map<String, Attribute> attributes, List<String> inputs) {
    return new Node("same", "", op, inputs, List.of(output), attributes);
  }

  private Target read(long irVersion, String... outputs) {
    List<ValueInfo> inputs = new ArrayList<>(List.of(new ValueInfo("v0", ROWS)));
    if (irVersion < 4) {
      initializers.keySet().forEach(name -> inputs.add(new ValueInfo(name, ROWS)));
    }
    List<ValueInfo> promised = new ArrayList<>();
    for (String output : outputs) {
      promised.add(new ValueInfo(output, ROWS));
    }
    Graph graph = new Graph("net", inputs, promised, initializers, nodes, List.of());
    byte[] bytes =
        ModelWriter.write(new Model(irVersion, Map.of("", 13L), "test", Map.of(), graph));
    // The processor's time: the clock's depends on what else the machine does.
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long start = clock.getCurrentThreadCpuTime();
    Target target = Target.of(bytes, "many.onnx");
    assertThat(Duration.ofNanos(clock.getCurrentThreadCpuTime() - start)).isLessThan(SOON);
    return target;
  }

  @Test
  void aChainOfAHundredThousandLayersThatWantOneName() {
    int length = 100_000;
    for (int i = 0; i < length; i++) {
      initializers.put("onnx::MatMul_" + i, ONE);
      nodes.add(node("MatMul", "v" + (i + 1), Map.of(), List.of("v" + i, "onnx::MatMul_" + i)));
    }

    // In a file so old that each initializer is also an input.
    Target target = read(3, "v" + length);

    assertThat(target.sites()).hasSize(length);
    assertThat(target.sites().get(length - 1).name()).isEqualTo("same.weight_" + length);
  }

  @Test
  void layersThatShareAWeightAndAreAllOutputs() {
    initializers.put("w", ONE);
    String[] outputs = new String[COUNT];
    for (int i = 0; i < COUNT; i++) {
      outputs[i] = "v" + (i + 1);
      nodes.add(node("MatMul", outputs[i], Map.of(), List.of("v0", "w")));
    }

    assertThat(read(8, outputs).sites().get(0).uses()).hasSize(COUNT);
  }

  @Test
  void aChainOfConstants() {
    initializers.put("c0", TensorValue.ofFloats(new float[100], 10, 10));
    for (int i = 0; i < COUNT; i++) {
      nodes.add(node("Transpose", "c" + (i + 1), Map.of(), List.of("c" + i)));
    }
    nodes.add(node("MatMul", "y", Map.of(), List.of("v0", "c" + COUNT)));

    // The bytes that folding may take run out before the chain does.
    assertThat(read(8, "y").model().graph().nodes()).hasSizeBetween(COUNT / 2, COUNT);
  }

  @Test
  void subgraphsThatSeeAllThatIsAroundThem() {
    nodes.add(node("Relu", "v1", Map.of(), List.of("v0")));
    for (int i = 1; i < COUNT; i++) {
      Graph branch =
          new Graph(
              "",
              List.of(),
              List.of(new ValueInfo("i", ROWS)),
              Map.of(),
              List.of(node("Relu", "i", Map.of(), List.of("v" + i))),
              List.of());
      nodes.add(
          node(
              "If",
              "v" + (i + 1),
              Map.of("then_branch", new Attribute.Subgraph(branch)),
              List.of("v0")));
    }

    assertThat(read(8, "v" + COUNT).sites()).isEmpty();
  }

  @Test
  void aNodeThatReadsAllOthers() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      all.add("v" + (i + 1));
      nodes.add(node("Relu", "v" + (i + 1), Map.of(), List.of("v0")));
    }
    nodes.add(node("Sum", "y", Map.of(), all));

    assertThat(read(8, "y").model().graph().nodes()).hasSize(COUNT + 1);
  }
}
