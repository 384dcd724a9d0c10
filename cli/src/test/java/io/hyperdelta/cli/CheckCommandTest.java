package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
  @TempDir private Path folder;

  private Workplace work;

  @BeforeEach
  void makeModels() {
    work = new Workplace(folder);
    work.write("linear.onnx", Networks.linear());
    work.write("strange.onnx", strange());
    work.write("rounded.onnx", rounded());
  }

  /** Two nodes of an operator that nobody has. */
  private static byte[] strange() {
    GraphEditor editor = GraphEditor.empty("strange", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    String once = editor.node("com.example", "Frob", Map.of(), List.of("x"));
    String twice = editor.node("com.example", "Frob", Map.of(), List.of(once));
    editor.output(twice, TensorType.of(Dtype.FLOAT, "rows", 2));
    return ModelWriter.write(editor.finish("strange"));
  }

  /** A weight behind an operator that passes no gradient on. */
  private static byte[] rounded() {
    GraphEditor editor = GraphEditor.empty("rounded", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.initializer("fc.weight", TensorValue.ofFloats(new float[] {1, 2, 3, 4}, 2, 2));
    String best = editor.node("ArgMax", editor.node("MatMul", "x", "fc.weight"));
    editor.output(best, TensorType.of(Dtype.INT64, 1, 2));
    return ModelWriter.write(editor.finish("rounded"));
  }

  private Workplace.Run check(String model) {
    return work.run("check", work.at(model));
  }

  @Test
  void networkThatCanBeAdapted() {
    assertThat(check("linear.onnx").succeeded().out())
        .startsWith("linear.onnx: operator set ")
        .contains(
            """
            run            yes
            differentiate  yes
            adapt          yes

            site       kind    shape   operator  forms                                                      example part
            """);
  }

  @Test
  void unsupportedOperatorsAreNamedWithAllTheirNodes() {
    Workplace.Run run = check("strange.onnx");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains(
            """
            run            no, there is no kernel for
                           com.example.Frob: "Frob", "Frob_2"
            differentiate  no, since it does not run
            adapt          no
            """);
  }

  @Test
  void sitesThatNoGradientReaches() {
    Workplace.Run run = check("rounded.onnx");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains(
            """
            run            yes
            differentiate  no, gradients reach no site
            adapt          no
            """);
  }

  @Test
  void conformanceCountsCases() {
    Workplace.Run run = work.run("conformance", work.at(""));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.error()).contains("holds no conformance case. Expected files model.onnx");
  }
}
