package io.hyperdelta.hypernetwork;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Core;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SharedHeadsTest {
  private static final Condition PLACE =
      new Condition(
          "place",
          new ConditionEncoder(List.of(new ColumnEncoder.Standardise("long", 10, 2, false))));

  /** Four layers of one shape, and one of another. */
  private static Target target() {
    GraphEditor editor = GraphEditor.empty("net", 13);
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 6));
    for (int layer = 0; layer < 4; layer++) {
      String name = "block." + layer + ".fc.weight";
      editor.initializer(name, TensorValue.ofFloats(new float[36], 6, 6));
      h = editor.node("MatMul", h, name);
    }
    editor.initializer("out.weight", TensorValue.ofFloats(new float[18], 6, 3));
    editor.output(editor.node("MatMul", h, "out.weight"), TensorType.of(Dtype.FLOAT, "rows", 3));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static Map<String, TensorValue> fresh(
      int latent, int embedding, long seed, Adaptation... adaptations) {
    Hypernetwork hypernetwork =
        new Hypernetwork("h", PLACE, List.of(), latent, List.of(adaptations))
            .withHeads(new HeadLayout.Shared(embedding));
    return hypernetwork.freshParameters(hypernetwork.deltas(target()), seed);
  }

  @Test
  void factorsOfOneShapeShareAHeadAndSitesDifferInTheirEmbeddings() {
    assertThat(
            fresh(
                    4,
                    8,
                    7,
                    Adaptation.of("*", new LowRank(2)),
                    Adaptation.of("*", new Core(2, true)))
                .entrySet())
        .extracting(entry -> entry.getKey() + " " + entry.getValue())
        .containsExactly(
            "hyperdelta/h/latent.weight FLOAT [1, 4]",
            "hyperdelta/h/latent.bias FLOAT [4]",
            "hyperdelta/h/embedding.layers FLOAT [5, 8]",
            "hyperdelta/h/embedding.types FLOAT [2, 8]",
            "hyperdelta/h/heads.low-rank.A.6x2 FLOAT [8, 60]",
            "hyperdelta/h/heads.low-rank.B.2x6 FLOAT [8, 60]",
            "hyperdelta/h/heads.low-rank.B.2x3 FLOAT [8, 30]",
            "hyperdelta/h/block.0.fc.weight/diagonal-core/A/learned FLOAT [6, 2]",
            "hyperdelta/h/heads.diagonal-core.M.2 FLOAT [8, 10]",
            "hyperdelta/h/block.0.fc.weight/diagonal-core/B/learned FLOAT [2, 6]",
            "hyperdelta/h/block.1.fc.weight/diagonal-core/A/learned FLOAT [6, 2]",
            "hyperdelta/h/block.1.fc.weight/diagonal-core/B/learned FLOAT [2, 6]",
            "hyperdelta/h/block.2.fc.weight/diagonal-core/A/learned FLOAT [6, 2]",
            "hyperdelta/h/block.2.fc.weight/diagonal-core/B/learned FLOAT [2, 6]",
            "hyperdelta/h/block.3.fc.weight/diagonal-core/A/learned FLOAT [6, 2]",
            "hyperdelta/h/block.3.fc.weight/diagonal-core/B/learned FLOAT [2, 6]",
            "hyperdelta/h/out.weight/diagonal-core/A/learned FLOAT [6, 2]",
            "hyperdelta/h/out.weight/diagonal-core/B/learned FLOAT [2, 3]");
  }

  @Test
  void groupsOfUnitsOfOneSiteAreToldApart() {
    Map<String, TensorValue> parameters =
        fresh(
            4,
            3,
            7,
            Adaptation.of("block.1.fc.weight[0..2]", new Shift()),
            Adaptation.of("block.1.fc.weight[3..5]", new Shift()));

    assertThat(get(parameters, "embedding.layers").dims()).containsExactly(1, 3);
    assertThat(get(parameters, "embedding.types").dims()).containsExactly(2, 3);
  }

  @Test
  void exactlyTheHeadsOfZeroFactorsAreZero() {
    Map<String, TensorValue> parameters = fresh(4, 3, 7, Adaptation.of("*", new LowRank(2)));

    assertThat(floats(parameters, "heads.low-rank.B.2x6")).containsOnly(0);
    for (String name : List.of("heads.low-rank.A.6x2", "embedding.layers", "embedding.types")) {
      assertThat(floats(parameters, name)).as(name).doesNotContain(0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16})
  void aRandomFactorHasTheSameSizeWhateverTheEmbedding(int embedding) {
    // As with a head of its own: variance 1 / in, half of it the same for all conditions.
    int latent = 5;
    double constant = 0;
    double varying = 0;
    int seeds = 400;
    for (int seed = 0; seed < seeds; seed++) {
      Map<String, TensorValue> parameters =
          fresh(latent, embedding, seed, Adaptation.of("block.?.fc.weight", new LowRank(3)));
      float[] heads = floats(parameters, "heads.low-rank.A.6x3");
      for (int layer = 0; layer < 4; layer++) {
        double[] head = new double[(latent + 1) * 18];
        for (int k = 0; k < embedding; k++) {
          double e =
              floats(parameters, "embedding.layers")[layer * embedding + k]
                  + floats(parameters, "embedding.types")[k];
          for (int i = 0; i < head.length; i++) {
            head[i] += e * heads[k * head.length + i];
          }
        }
        varying += Arrays.stream(head, 0, latent * 18).map(x -> x * x).sum() / 18 / 4;
        constant += Arrays.stream(head, latent * 18, head.length).map(x -> x * x).sum() / 18 / 4;
      }
    }
    assertThat(constant / seeds).isBetween(0.85 * 0.5 / 6, 1.15 * 0.5 / 6);
    assertThat(varying / seeds).isBetween(0.85 * 0.5 / 6, 1.15 * 0.5 / 6);
  }

  @Test
  void withoutAnEmbeddingThereIsNothingToTellSitesApart() {
    assertThatThrownBy(() -> new HeadLayout.Shared(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Shared heads have no embedding to tell sites apart. Expected 1 or more numbers, got"
                + " 0.");
  }

  @Test
  void headsThatNoArrayHoldsAreRefusedBeforeTheyAreMade() {
    assertThatThrownBy(() -> fresh(65_536, 65_536, 7, Adaptation.of("out.weight", new LowRank(2))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Source \"h\" cannot put a low-rank 2 delta on site \"out.weight\": its factor A would be learned as 51,540,393,984 numbers. Expected at most 268,435,456, which is what an ONNX file can hold. Maybe you meant a smaller embedding or latent, or a form that needs fewer numbers.");
  }

  private static float[] floats(Map<String, TensorValue> parameters, String name) {
    return get(parameters, name).floats();
  }

  private static TensorValue get(Map<String, TensorValue> parameters, String name) {
    return Objects.requireNonNull(parameters.get("hyperdelta/h/" + name));
  }
}
