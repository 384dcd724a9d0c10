package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.HeadLayout;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** What shared heads generate, against their formula in plain Java. */
class SharedHeadsProgramTest {
  private static final int IN = 4;
  private static final int EMBEDDING = 3;

  @Test
  void aFactorIsTheSumOfTheHeadsOfItsShapeWeightedByLayerPlusType() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    for (String name : List.of("fc1.weight", "fc2.weight", "mix1.weight")) {
      editor.initializer(name, TensorValue.ofFloats(new float[IN * IN], IN, IN));
      h = editor.node("MatMul", h, name);
    }
    editor.output(h, TensorType.of(Dtype.FLOAT, "rows", IN));
    ConditionEncoder encoder =
        new ConditionEncoder(List.of(new ColumnEncoder.Standardise("c", 0, 1, false)));
    Weaver weaver =
        new Weaver(
            Target.of(ModelWriter.write(editor.finish("net")), "net.onnx"),
            List.of(
                new Hypernetwork(
                        "h",
                        new Condition("place", encoder),
                        List.of(),
                        1,
                        List.of(Adaptation.of("*", new LowRank(2))))
                    .withHeads(new HeadLayout.Shared(EMBEDDING))));
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    Random random = new Random(4);
    weaver
        .freshParameters(3)
        .forEach(
            (name, fresh) -> {
              float[] values = fresh.floats();
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
              }
              parameters.put(name, TensorValue.ofFloats(values, fresh.dims()));
            });
    Model generator = weaver.generator(parameters);
    float c = 0.7f;
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(generator, Set.of(), Precision.FLOAT)) {
      List<Value> factors =
          program.run(Map.of("c", Value.of(Tensors.ofFloats(new float[] {c}, 1, 1))));
      for (int site = 0; site < 3; site++) {
        int layer = site == 1 ? 1 : 0;
        int type = site == 2 ? 1 : 0;
        for (String factor : List.of("A.4x2", "B.2x4")) {
          String name =
              "h/"
                  + List.of("fc1.weight", "fc2.weight", "mix1.weight").get(site)
                  + "/low-rank/"
                  + factor.charAt(0);
          int place = program.outputNames().indexOf(name);
          double[] got = Tensors.doubles(((Value.Device) factors.get(place)).tensor());
          float z =
              c * floats(parameters, "latent.weight")[0] + floats(parameters, "latent.bias")[0];
          for (int i = 0; i < got.length; i++) {
            double expected = 0;
            for (int k = 0; k < EMBEDDING; k++) {
              float[] head = floats(parameters, "heads.low-rank." + factor);
              double e =
                  floats(parameters, "embedding.layers")[layer * EMBEDDING + k]
                      + floats(parameters, "embedding.types")[type * EMBEDDING + k];
              expected += e * (z * head[k * 16 + i] + head[k * 16 + 8 + i]);
            }
            assertThat(got[i]).as("%s[%d]", name, i).isCloseTo(expected, within(1e-4));
          }
        }
      }
    }
  }

  private static float[] floats(Map<String, TensorValue> parameters, String name) {
    return Objects.requireNonNull(parameters.get("hyperdelta/h/" + name)).floats();
  }
}
