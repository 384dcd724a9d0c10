package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Services have class paths of many thousand characters. */
class LongCommandLineTest {
  @Test
  void onnxRuntimeStartsAllTheSame() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dlong=" + "x".repeat(100_000),
                "-cp",
                System.getProperty("java.class.path"),
                Negation.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();

    assertThat(process.waitFor()).isZero();
    assertThat(output).isEqualTo("-2.0");
  }

  /** Runs a graph of one node. */
  static final class Negation {
    private Negation() {}

    public static void main(String[] arguments) {
      GraphEditor editor = GraphEditor.empty("negation", 17);
      editor.input("x", TensorType.of(Dtype.FLOAT));
      editor.nodeInto("y", "Neg", "x");
      editor.output("y", TensorType.of(Dtype.FLOAT));
      try (OrtGraph graph = OrtGraph.load(ModelWriter.write(editor.finish("negation")), "n")) {
        Map<String, TensorValue> outputs = graph.run(Map.of("x", TensorValue.scalar(2)));
        outputs.values().forEach(y -> System.out.println(y.floats()[0]));
      }
    }
  }
}
