package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Batches are divided if they are large and their rows do not see each other. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class ShardingTest {
  private static final int ROWS = 64;
  private static final int IN = 8;
  private static final int HIDDEN = 4096;

  /** 2 x 4096 numbers for each row on the way to one, or a convolution instead. */
  private static Model network(String middle, Map<String, Attribute> attributes) {
    GraphEditor editor = GraphEditor.empty("network", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("W", Case.mixed(IN, HIDDEN));
    editor.initializer("V", Case.other(HIDDEN, 1));
    String hidden = editor.node(middle, attributes, editor.node("MatMul", "x", "W"));
    editor.nodeInto("y", "MatMul", hidden, "V");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    return editor.finish("network");
  }

  private static Model convolving() {
    GraphEditor editor = GraphEditor.empty("convolving", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 1, IN));
    editor.initializer("W", Case.mixed(HIDDEN, 1, 1));
    editor.nodeInto("y", "Conv", "x", "W");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", HIDDEN, IN));
    return editor.finish("convolving");
  }

  private static int shards(
      Model model, String trained, long[] dims, int rowCount, int rows, int conditions, int most) {
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, Set.of(trained), Precision.FLOAT);
        CachedRows cached =
            CachedRows.of(
                program,
                Map.of("x", Value.of(Tensors.of(Case.mixed(dims), Precision.FLOAT))),
                rowCount,
                ROWS,
                Room.inMemory(1 << 20))) {
      return new Sharding(cached, program.parameters().elementCount(), most)
          .shards(rows, conditions);
    }
  }

  private static int shards(Model model, int rows, int conditions, int most) {
    return shards(model, "W", new long[] {ROWS, IN}, ROWS, rows, conditions, most);
  }

  @Test
  void aPartMakesMillionsOfNumbers() {
    Model tanh = network("Tanh", Map.of());

    // Each row makes 8,193 numbers.
    assertThat(shards(tanh, 256, 256, 8)).isEqualTo(1);
    assertThat(shards(tanh, 1100, 1100, 8)).isEqualTo(2);
    assertThat(shards(tanh, 3300, 3300, 8)).isEqualTo(6);
    assertThat(shards(tanh, 3300, 3300, 4)).isEqualTo(4);
    assertThat(shards(tanh, 3300, 3, 4)).as("conditions").isEqualTo(3);
    assertThat(shards(tanh, 3300, 3300, 1)).isEqualTo(1);
  }

  @Test
  void rowsThatSeeEachOtherStayTogether() {
    assertThat(shards(network("Softmax", Map.of("axis", Attribute.of(1))), 3300, 3300, 4))
        .isEqualTo(4);
    assertThat(shards(network("Softmax", Map.of("axis", Attribute.of(0))), 3300, 3300, 4))
        .isEqualTo(1);
  }

  @Test
  void tooFewRowsToSeeWhetherTheyDoStayTogether() {
    assertThat(shards(network("Tanh", Map.of()), "W", new long[] {7, IN}, 7, 3300, 3300, 4))
        .isEqualTo(1);
  }

  @Test
  void whatConvolvesStaysTogether() {
    assertThat(shards(convolving(), "W", new long[] {ROWS, 1, IN}, ROWS, 3300, 3300, 4))
        .isEqualTo(1);
  }
}
