package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What hands a value on is left out where nothing else can tell. */
class NeutralNodesTest {
  private static final TensorValue ONE = TensorValue.scalar(1);

  private final GraphEditor editor = GraphEditor.empty("neutral", 17);

  private List<String> left(String output, Set<String> trainable) {
    editor.nodeInto("y", "Neg", output);
    editor.output("y", TensorType.of(Dtype.FLOAT, 3));
    Model model = NeutralNodes.without(editor.finish("neutral"), trainable);
    return model.graph().nodes().stream().map(Node::op).toList();
  }

  private String x() {
    editor.input("x", TensorType.of(Dtype.FLOAT, 3));
    return "x";
  }

  @Test
  void productsOfOnesAndWithThemAreLeftOut() {
    String ones = editor.node("Mul", editor.constant(ONE), editor.constant(ONE));
    String first = editor.node("Mul", x(), ones);
    assertThat(left(editor.node("Identity", editor.node("Mul", ones, first)), Set.of()))
        .containsExactly("Neg");
  }

  @Test
  void otherNumbersStay() {
    String almost = editor.node("Mul", x(), editor.constant(TensorValue.scalar(1.0000001f)));
    assertThat(left(almost, Set.of())).containsExactly("Mul", "Neg");
  }

  @Test
  void aOneWithAxesMayMakeMoreOfThem() {
    TensorValue row = TensorValue.ofFloats(new float[] {1}, 1, 1);
    assertThat(left(editor.node("Mul", x(), editor.constant(row)), Set.of()))
        .containsExactly("Mul", "Neg");
  }

  @Test
  void whatIsTrainedOrGivenIsNoConstant() {
    editor.optionalInput("strength", TensorType.of(Dtype.FLOAT), ONE);
    editor.initializer("gain", ONE);
    String scaled = editor.node("Mul", editor.node("Mul", x(), "strength"), "gain");
    assertThat(left(scaled, Set.of("gain"))).containsExactly("Mul", "Mul", "Neg");
  }

  @Test
  void whatMakesAnOutputStays() {
    String twice = editor.node("Identity", x());
    editor.output(twice, TensorType.of(Dtype.FLOAT, 3));
    assertThat(left(twice, Set.of())).containsExactly("Identity", "Neg");
  }
}
