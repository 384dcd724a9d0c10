package io.hyperdelta.condition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.condition.ColumnEncoder.OneHot;
import io.hyperdelta.condition.ColumnEncoder.Standardise;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConditionEncoderTest {
  @Test
  void widthsAddUp() {
    Standardise number = new Standardise("n", 1, 2, false);
    Standardise missing = new Standardise("m", 1, 2, true);
    OneHot text = new OneHot("t", List.of("a", "b", "c"));

    assertThat(number.width()).isEqualTo(1);
    assertThat(missing.width()).isEqualTo(2);
    assertThat(text.width()).isEqualTo(3);
    assertThat(number.input().text()).isFalse();
    assertThat(text.input().text()).isTrue();
    Condition condition = new Condition("c", new ConditionEncoder(List.of(text, number, missing)));
    assertThat(condition.encoder().width()).isEqualTo(6);
    assertThat(condition.columns()).containsExactly("t", "n", "m");
  }

  @Test
  void aColumnIsFoundByName() {
    Standardise number = new Standardise("n", 1, 2, false);

    assertThat(ColumnEncoder.of(List.of(number), "n")).contains(number);
    assertThat(ColumnEncoder.of(List.of(number), "N")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "NaN,1",
    "Infinity,1",
    "0,0",
    "0,-1",
    "0,NaN",
    "0,Infinity",
    "1e300,1",
    "0,1e300",
    "0,1e-60"
  })
  void anUnusableMeanOrDeviationIsRefused(double mean, double deviation) {
    assertThatThrownBy(() -> new Standardise("age", mean, deviation, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Column \"age\" cannot be standardised. Expected a finite mean and a deviation above"
                + " 0, got %s and %s. Maybe the column is constant.".formatted(mean, deviation));
  }

  @Test
  void noCategoriesAndRepeatedOnesAreRefused() {
    assertThatThrownBy(() -> new OneHot("wall", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Column \"wall\" has unusable categories. Expected one or more, each once, got [].");
    assertThatThrownBy(() -> new OneHot("wall", List.of("a", "b", "a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Column \"wall\" has unusable categories. Expected one or more, each once, got [a, b,"
                + " a].");
  }

  @Test
  void impossibleCategoriesWidthsAndPeriodsAreRefused() {
    assertThatThrownBy(() -> new Categories(List.of("a", "b", "a"), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Categories are unusable. Expected one or more, each once, got 3 of which 2 are distinct.");
    Categories some = new Categories(List.of("a", "b"), false);
    assertThatThrownBy(() -> new ColumnEncoder.Category("tenant", some, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Column \"tenant\" has no usable embedding. Expected a width of 1 or more, got 0.");
    for (double period : new double[] {0, -1, Double.NaN, 1e300, 1e-300}) {
      assertThatThrownBy(() -> new ColumnEncoder.Cyclic("hour", period))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Column \"hour\" has no usable period. Expected a finite number above 0, got %s."
                  .formatted(period));
    }
  }

  @Test
  void anEncoderWithoutColumnsIsRefused() {
    assertThatThrownBy(() -> new ConditionEncoder(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("An encoder has no columns. Expected at least one.");
  }

  private static Graph encoded(ColumnEncoder... columns) {
    ConditionEncoder encoder = new ConditionEncoder(List.of(columns));
    GraphEditor editor = GraphEditor.empty("e", 13);
    encoder.columns().forEach(c -> editor.input(c.column(), c.input().type("rows")));
    String vector = encoder.encode(editor, "", column -> column);
    editor.output(vector, TensorType.of(Dtype.FLOAT, "rows", encoder.width()));
    return editor.finish("e").graph();
  }

  /** What a node reads second. */
  private static float[] constant(Graph graph, int node) {
    String name = graph.nodes().get(node).inputs().get(1);
    return Objects.requireNonNull(graph.initializers().get(name)).floats();
  }

  private static List<String> ops(Graph graph) {
    return graph.nodes().stream().map(Node::op).toList();
  }

  @Test
  void oneNumberIsShiftedAndScaled() {
    Graph graph = encoded(new Standardise("n", 3, 2, false));

    assertThat(ops(graph)).containsExactly("Sub", "Div");
    assertThat(constant(graph, 0)).containsExactly(3);
    assertThat(constant(graph, 1)).containsExactly(2);
  }

  @Test
  void numbersComeBeforeTextsWhateverTheirOrder() {
    Graph graph =
        encoded(
            new OneHot("t", List.of("a", "b")),
            new Standardise("n", 3, 2, false),
            new Standardise("m", 4, 5, true));

    assertThat(graph.inputs())
        .extracting(input -> input.type().toString())
        .containsExactly("string [rows, 1]", "float [rows, 1]", "float [rows, 1]");
    assertThat(graph.nodes().get(0).inputs()).containsExactly("n", "m");
    Node last = graph.nodes().get(graph.nodes().size() - 1);
    assertThat(last.op()).isEqualTo("Concat");
    assertThat(last.inputs())
        .extracting(
            value ->
                graph.nodes().stream()
                    .filter(node -> node.output().equals(value))
                    .findFirst()
                    .orElseThrow()
                    .op())
        .containsExactly("Div", "Cast", "Reshape");
    assertThat(ops(graph)).contains("OneHotEncoder", "Where").containsOnlyOnce("Where");
  }
}
