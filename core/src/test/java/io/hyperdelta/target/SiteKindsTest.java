package io.hyperdelta.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sites beyond linear layers, and what looks like one and is none. */
class SiteKindsTest {
  private final GraphEditor editor = GraphEditor.empty("net", 17);

  private String parameter(String name, long... dims) {
    int count = 1;
    for (long dim : dims) {
      count = Math.toIntExact(count * dim);
    }
    return editor.initializer(name, TensorValue.ofFloats(new float[count], dims));
  }

  private List<String> sites(String output) {
    editor.output(output, TensorType.of(Dtype.FLOAT, "a", "b"));
    return SiteDiscovery.sites(editor.finish("net")).stream()
        .map(
            site ->
                "%s %s %d x %d".formatted(site.name(), site.kind().word(), site.in(), site.out()))
        .toList();
  }

  private String image() {
    return editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 4, 8, 8));
  }

  @Test
  void kernelsAndTheirBiasesInOrBehindTheNode() {
    String h =
        editor.node("Conv", image(), parameter("a.weight", 6, 4, 3, 3), parameter("a.bias", 6));
    h = editor.node("Conv", Map.of("group", Attribute.of(2)), h, parameter("b.weight", 4, 3, 1, 1));
    h = editor.node("Add", parameter("b.bias", 1, 4, 1, 1), h);

    assertThat(sites(h))
        .containsExactly(
            "a.weight kernel 36 x 6",
            "a.bias bias 1 x 6",
            "b.weight kernel 3 x 4",
            "b.bias bias 1 x 4");
  }

  @Test
  void aVectorAlongTheLastAxisIsNoBiasOfAConvolution() {
    String h = editor.node("Conv", image(), parameter("a.weight", 8, 4, 1, 1));

    assertThat(sites(editor.node("Add", h, parameter("row", 8))))
        .containsExactly("a.weight kernel 4 x 8");
  }

  @Test
  void scalesAndShiftsOfNormalisations() {
    editor.initializer("mean", TensorValue.ofFloats(new float[4], 4));
    editor.initializer("var", TensorValue.ofFloats(new float[4], 4));
    String h =
        editor.node(
            "BatchNormalization",
            image(),
            parameter("batch.weight", 4),
            parameter("batch.bias", 4),
            "mean",
            "var");
    h = editor.node("LayerNormalization", h, parameter("layer.weight", 8));
    h =
        editor.node(
            "Add", editor.node("Mul", parameter("own.weight", 8), h), parameter("own.bias", 8));

    assertThat(sites(h))
        .containsExactly(
            "batch.weight scale 1 x 4",
            "batch.bias bias 1 x 4",
            "layer.weight scale 1 x 8",
            "own.weight scale 1 x 8",
            "own.bias bias 1 x 8");
  }

  @Test
  void tablesOfGivenIdsAndNotOfPositions() {
    String ids = editor.input("ids", TensorType.of(Dtype.INT32, "rows", "tokens"));
    String wide = editor.node("Cast", Map.of("to", Attribute.of(Dtype.INT64.code())), ids);
    String words = editor.node("Gather", parameter("words.weight", 100, 8), wide);
    String positions =
        editor.node(
            "Gather",
            parameter("positions.weight", 16, 8),
            editor.node(
                "Gather", editor.node("Shape", ids), editor.constant(TensorValue.longs(1))));

    assertThat(sites(editor.node("Add", words, positions)))
        .containsExactly("words.weight embedding 100 x 8");
  }

  @Test
  void nodesThatLackAnInputAreNoSites() {
    String vector = parameter("vector.weight", 8);
    String table = parameter("table.weight", 9, 8);
    String wide = editor.node("Cast");
    List<String> broken =
        List.of(
            editor.node("Mul", vector),
            editor.node("Mul", "", vector),
            editor.node("Gather", table),
            editor.node("Gather", table, wide));

    assertThat(sites(editor.node("Sum", broken.toArray(String[]::new)))).isEmpty();
  }

  @Test
  void aTableThatIsAlsoAProductIsNoSite() {
    String ids = editor.input("ids", TensorType.of(Dtype.INT64, "rows", "tokens"));
    String words = editor.node("Gather", parameter("words.weight", 8, 8), ids);

    assertThat(sites(editor.node("MatMul", words, "words.weight"))).isEmpty();
  }

  @Test
  void weightsOnTheLeftAndTheirBiases() {
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 5, 3));
    h = editor.node("MatMul", parameter("a.weight", 6, 5), h);
    h = editor.node("Add", parameter("a.bias", 6, 1), h);

    assertThat(sites(editor.node("MatMul", parameter("b.weight", 4, 6), h)))
        .containsExactly("a.weight weight 5 x 6", "a.bias bias 1 x 6", "b.weight weight 6 x 4");
  }

  @Test
  void aWeightOnTheLeftOfAVectorIsNoSite() {
    String x = editor.input("x", TensorType.of(Dtype.FLOAT, 5));

    assertThat(sites(editor.node("MatMul", parameter("a.weight", 6, 5), x))).isEmpty();
  }

  @Test
  void aWeightOnBothSidesIsNoSite() {
    String x = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 5, 5));
    String h = editor.node("MatMul", parameter("a.weight", 5, 5), x);

    assertThat(sites(editor.node("MatMul", h, "a.weight"))).isEmpty();
  }

  @Test
  void kernelsOfTransposedConvolutionsInGroupsToo() {
    String h =
        editor.node(
            "ConvTranspose", image(), parameter("a.weight", 4, 6, 3, 2), parameter("a.bias", 6));
    h =
        editor.node(
            "ConvTranspose",
            Map.of("group", Attribute.of(2)),
            h,
            parameter("b.weight", 6, 5, 1, 1));

    assertThat(sites(h))
        .containsExactly("a.weight kernel 24 x 6", "a.bias bias 1 x 6", "b.weight kernel 3 x 10");
  }

  @Test
  void transposedKernelsThatCannotBeMadeWithOtherChannelsAreNoSites() {
    List<String> broken =
        List.of(
            editor.node(
                "ConvTranspose",
                Map.of("group", Attribute.of(3)),
                image(),
                parameter("a.weight", 4, 2, 1, 1)),
            editor.node(
                "ConvTranspose",
                Map.of("group", Attribute.of(0)),
                "x",
                parameter("b.weight", 4, 2, 1, 1)),
            editor.node(
                "ConvTranspose",
                Map.of("output_shape", Attribute.ints(1, 2, 8, 8)),
                "x",
                parameter("c.weight", 4, 2, 1, 1)));

    assertThat(sites(editor.node("Sum", broken.toArray(String[]::new)))).isEmpty();
  }

  private String steps() {
    return editor.input("x", TensorType.of(Dtype.FLOAT, "steps", "rows", 3));
  }

  private String recurrent(String op, Map<String, Attribute> attributes, String... inputs) {
    return editor.node("", op, attributes, List.of(inputs));
  }

  @Test
  void whatTheInputOfARecurrentNodeMeetsAndNotItsState() {
    String h =
        recurrent(
            "LSTM",
            Map.of("hidden_size", Attribute.of(2)),
            steps(),
            parameter("lstm.W", 1, 8, 3),
            parameter("lstm.R", 1, 8, 2),
            parameter("lstm.B", 1, 16));

    assertThat(sites(h)).containsExactly("lstm.W weight 3 x 8", "lstm.B bias 1 x 8");
  }

  @Test
  void eachDirectionOfARecurrentNodeIsALayer() {
    String h =
        recurrent(
            "GRU",
            Map.of("direction", Attribute.of("bidirectional")),
            steps(),
            parameter("gru.W", 2, 6, 3),
            parameter("gru.R", 2, 6, 2),
            parameter("gru.B", 2, 12));
    editor.output(h, TensorType.of(Dtype.FLOAT, "a", "b", "c", "d"));

    List<Site> sites = SiteDiscovery.sites(editor.finish("net"));

    assertThat(sites)
        .extracting(Site::name)
        .containsExactly("gru.forward.W", "gru.forward.B", "gru.reverse.W", "gru.reverse.B");
    assertThat(sites).extracting(Site::layer).contains("gru.forward", "gru.reverse");
    assertThat(sites).extracting(Site::offset).containsExactly(0L, 0L, 18L, 12L);
    assertThat(sites).extracting(Site::shape).contains("[6, 3]", "[6]");
    assertThat(sites).extracting(Site::biased).containsExactly(true, false, true, false);
  }

  @Test
  void recurrentNodesThatDoNotFitTogetherAreNoSites() {
    String x = steps();
    String r = parameter("r", 1, 4, 4);
    List<String> broken =
        List.of(
            recurrent("RNN", Map.of()),
            recurrent("RNN", Map.of(), x, parameter("no R", 1, 4, 3)),
            recurrent("RNN", Map.of(), "", parameter("no X", 1, 4, 3), r),
            recurrent("RNN", Map.of(), x, parameter("two axes", 4, 3), r),
            recurrent("RNN", Map.of(), x, parameter("directions", 2, 4, 3), r),
            recurrent("RNN", Map.of(), x, parameter("hidden", 1, 5, 3), r),
            recurrent("LSTM", Map.of(), x, parameter("gates", 1, 6, 3), r),
            recurrent("RNN", Map.of(), x, parameter("bias", 1, 4, 3), r, parameter("b", 1, 4)),
            recurrent(
                "RNN", Map.of("layout", Attribute.of(1)), x, parameter("rows first", 1, 4, 3), r),
            recurrent(
                "RNN", Map.of("hidden_size", Attribute.of(5)), x, parameter("size", 1, 4, 3), r),
            recurrent(
                "RNN",
                Map.of("direction", Attribute.of("sideways")),
                x,
                parameter("direction", 1, 4, 3),
                r));

    assertThat(sites(editor.node("Sum", broken.toArray(String[]::new)))).isEmpty();
  }
}
