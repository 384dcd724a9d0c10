package io.hyperdelta.bundle;

import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.JsonNodeFactory;

/** A small bundle. */
final class SampleBundle {
  private SampleBundle() {}

  static Target target(float weight) {
    GraphEditor editor = GraphEditor.empty("net", 13);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.initializer("w", TensorValue.ofFloats(new float[] {weight, 1, 2, 3, 4, 5}, 3, 2));
    editor.output(editor.node("MatMul", "x", "w"), TensorType.of(Dtype.FLOAT, "rows", 2));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  static Manifest manifest(Target target) {
    Map<String, Long> seeds = new LinkedHashMap<>();
    seeds.put("weights", 2L);
    seeds.put("batches", 1L);
    return new Manifest(
        Manifest.FORMAT,
        "sample",
        target.digest(),
        List.of(new InputBinding("x", List.of("c", "a", "b"), false, true, true, false)),
        "MatMul",
        List.of(),
        List.of(
            DeltaEntry.of(new SiteDelta("h", target.sites().get(0), new LowRank(1), 0.5)),
            DeltaEntry.of(new SiteDelta("h", target.sites().get(0), new Shift(), 1))),
        Map.of("target", 6L),
        seeds,
        Map.of("hyperdelta", "1"),
        List.of(),
        JsonNodeFactory.instance.objectNode().put("z", 1).put("a", "ü"),
        Map.of());
  }

  /** Writes the bundle of a target and publishes it. */
  static Bundle publish(Path destination, Target target) {
    try (BundleWriter writer = BundleWriter.to(destination)) {
      writer.put(Bundle.TARGET, target.bytes());
      writer.put(Bundle.METRICS, new byte[] {'{', '}'});
      writer.seal(manifest(target));
      return writer.publish();
    }
  }
}
