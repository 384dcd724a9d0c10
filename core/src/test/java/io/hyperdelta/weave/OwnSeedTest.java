package io.hyperdelta.weave;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.target.Target;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Sources with a seed of their own start from the same parameters wherever they stand. */
final class OwnSeedTest {
  private static Target target() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 6));
    editor.initializer("fc.weight", TensorValue.ofFloats(new float[24], 6, 4));
    editor.output(editor.node("MatMul", "x", "fc.weight"), TensorType.of(Dtype.FLOAT, "rows", 4));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static Map<String, TensorValue> fresh(Map<String, Long> seeds, String... names) {
    List<SharedSource> sources =
        Stream.of(names)
            .map(name -> new SharedSource(name, List.of(Adaptation.of("*", new LowRank(2)))))
            .toList();
    return new Weaver(target(), sources).freshParameters(7, seeds);
  }

  @Test
  void anOwnSeedCountsWhereverTheSourceStands() {
    String a = "hyperdelta/a/fc.weight/low-rank/A/head";
    String b = "hyperdelta/b/fc.weight/low-rank/A/head";
    Map<String, Long> own = Map.of("a", 3L);

    assertThat(fresh(own, "b", "a").get(a)).isEqualTo(fresh(own, "a", "b").get(a));
    assertThat(fresh(own, "a").get(a)).isEqualTo(fresh(own, "a", "b").get(a));
    assertThat(fresh(own, "b", "a").get(b))
        .as("the others' seeds go by position")
        .isNotEqualTo(fresh(own, "a", "b").get(b));
    assertThat(fresh(Map.of(), "b", "a").get(a)).isNotEqualTo(fresh(Map.of(), "a", "b").get(a));
    assertThat(fresh(Map.of("a", 4L), "a").get(a)).isNotEqualTo(fresh(own, "a").get(a));
  }
}
