package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A program as a whole: compiling, inputs, parameters, memory. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class ProgramTest {

  /** y = relu(x transpose(W)) * strength + b, the strength optional and 1. */
  private static Model network() {
    GraphEditor editor = GraphEditor.empty("network", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.optionalInput("strength", TensorType.of(Dtype.FLOAT), TensorValue.scalar(1));
    editor.initializer("W", TensorValue.ofFloats(new float[] {1, 2, 3, -4}, 2, 2));
    editor.initializer("b", TensorValue.ofFloats(new float[] {10, 20}, 2));
    String product = editor.node("MatMul", "x", editor.node("Transpose", "W"));
    String scaled = editor.node("Mul", editor.node("Relu", product), "strength");
    editor.nodeInto("y", "Add", scaled, "b");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 2));
    return editor.finish("network");
  }

  private static Program program(String... trainable) {
    return Program.compile(network(), Set.of(trainable), Precision.FLOAT);
  }

  private static Value row(float... values) {
    return Value.of(Tensors.ofFloats(values, 1, values.length));
  }

  private static float[] output(List<Value> outputs) {
    return Tensors.floats(((Value.Device) outputs.get(0)).tensor());
  }

  @Test
  void computesAndFoldsConstants() {
    try (PointerScope scope = new PointerScope();
        Program frozen = program();
        Program trained = program("W")) {
      assertThat(output(frozen.run(Map.of("x", row(1, 1))))).containsExactly(13, 20);
      assertThat(frozen.stepCount()).isEqualTo(4);
      assertThat(trained.stepCount()).isEqualTo(5);
      assertThat(trained.outputNames()).containsExactly("y");
    }
  }

  @Test
  void takesOptionalInputs() {
    try (PointerScope scope = new PointerScope();
        Program program = program()) {
      Value strength = Value.of(Tensors.ofFloats(new float[] {2}));

      assertThat(output(program.run(Map.of("x", row(1, 1), "strength", strength))))
          .containsExactly(16, 20);
      assertThat(output(program.run(Map.of("x", row(1, 1))))).containsExactly(13, 20);
    }
  }

  @Test
  void initializersOfOldFilesAreConstantsAlthoughInputs() {
    Model model = network();
    Model old = new Model(3, model.opsets(), "", Map.of(), model.graph());
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(old, Set.of(), Precision.FLOAT)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(Map.of("x", row(1, 1), "strength", row(1))))
          .withMessageContaining("\"strength\" is unknown");
    }
  }

  @Test
  void gradientsReachParametersOnly() {
    try (PointerScope scope = new PointerScope();
        Program program = program("b", "W")) {
      ((Value.Device) program.run(Map.of("x", row(1, 1))).get(0)).tensor().sum().backward();

      assertThat(program.parameters().names()).containsExactly("W", "b");
      assertThat(program.parameters().elementCount()).isEqualTo(6);
      List<Tensor> leaves = program.parameters().tensors();
      assertThat(Tensors.floats(leaves.get(0).grad())).containsExactly(1, 1, 0, 0);
      assertThat(Tensors.floats(leaves.get(1).grad())).containsExactly(1, 1);
    }
  }

  @Test
  void parametersAreReadAndSet() {
    try (PointerScope scope = new PointerScope();
        Program program = program("b")) {
      Map<String, TensorValue> snapshot = program.parameters().values();
      assertThat(snapshot).isEqualTo(Map.of("b", network().graph().initializers().get("b")));

      program.parameters().set(Map.of("b", TensorValue.ofFloats(new float[] {0, 1}, 2)));
      assertThat(output(program.run(Map.of("x", row(1, 1))))).containsExactly(3, 1);

      program.parameters().set(snapshot);
      assertThat(program.parameters().values()).isEqualTo(snapshot);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.parameters().set(Map.of("b", TensorValue.scalar(1))))
          .withMessageContaining("\"b\" cannot be set. Expected shape [2]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.parameters().set(Map.of("c", TensorValue.scalar(1))));
    }
  }

  @Test
  void refusesWrongInputs() {
    try (PointerScope scope = new PointerScope();
        Program program = program()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(Map.of()))
          .withMessage("Input \"x\" is missing. Expected float [rows, 2], got the inputs [].");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(Map.of("x", row(1, 1), "strenght", row(1))))
          .withMessageContaining("Maybe you meant \"strength\".");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(Map.of("x", row(1, 1, 1))))
          .withMessage(
              "Input \"x\" does not fit the model. Expected float [rows, 2], got float [1, 3].");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(Map.of("x", Value.ofLongs(new long[2], 1, 2))))
          .withMessageContaining("got int64 [1, 2]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(Map.of("x", Value.ofTexts(List.of("a", "b"), 1, 2))))
          .withMessageContaining("got string [1, 2]");
    }
  }

  @Test
  void refusesWhatCannotBeTrained() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> program("w1"))
        .withMessageContaining("\"w1\" of graph \"network\" cannot be trained");
  }

  @Test
  void namesTheNodeThatFails() {
    try (PointerScope scope = new PointerScope();
        Program program = program()) {
      Value strength = Value.of(Tensors.ofFloats(new float[3], 3));
      GraphEditor editor = GraphEditor.empty("sum", 17);
      editor.input("a", new TensorType(Dtype.FLOAT, null));
      editor.input("b", new TensorType(Dtype.FLOAT, null));
      editor.nodeInto("c", "Add", "a", "b");
      editor.output("c", new TensorType(Dtype.FLOAT, null));
      try (Program sum = Program.compile(editor.finish("sum"), Set.of(), Precision.FLOAT)) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> sum.run(Map.of("a", strength, "b", row(1, 1))))
            .withMessageStartingWith("Add node \"c\" cannot run: ")
            .withMessageEndingWith("got float [3], float [1, 2].")
            .withMessageNotContaining("\n");
      }
    }
  }

  @Test
  void listsEveryUnsupportedOperator() {
    GraphEditor editor = GraphEditor.empty("strange", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, 2));
    String first = editor.node("Quux", "x");
    String second = editor.node("com.example", "Frob", Map.of(), List.of(first));
    editor.nodeInto("y", "Quux", second);
    editor.output("y", TensorType.of(Dtype.FLOAT, 2));
    Model model = editor.finish("strange");

    assertThatThrownBy(() -> Program.compile(model, Set.of(), Precision.FLOAT))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessage(
            "Graph \"strange\" of operator set 17 uses what cannot be run with gradients. Expected supported operators, got Quux (\"Quux\", \"y\"); com.example.Frob (\"Frob\").");
  }

  @Test
  void isUnusableAfterClose() {
    Program program = program("W");
    Parameters parameters = program.parameters();
    program.close();
    program.close();

    assertThatIllegalStateException().isThrownBy(() -> program.run(Map.of()));
    assertThatIllegalStateException().isThrownBy(program::parameters);
    assertThatIllegalStateException().isThrownBy(parameters::values);
  }

  @Test
  void wantsAScopeForItsResults() {
    try (Program program = program()) {
      assertThatIllegalStateException()
          .isThrownBy(() -> program.run(Map.of()))
          .withMessageContaining("PointerScope");
    }
  }

  @Test
  void outlivesTheScopeItWasCompiledIn() {
    Program program;
    try (PointerScope scope = new PointerScope()) {
      program = program("W");
    }
    try (PointerScope scope = new PointerScope();
        program) {
      assertThat(output(program.run(Map.of("x", row(1, 1))))).containsExactly(13, 20);
    }
  }

  @Test
  void dropsValuesOnceNobodyReadsThem() {
    try (PointerScope scope = new PointerScope();
        Program program = program("W")) {
      Value x = row(1, 1);
      long before = Pointer.totalCount();
      program.run(Map.of("x", x));

      assertThat(Pointer.totalCount() - before).isEqualTo(1);
    }
  }

  @Test
  void memoryStaysFlatOverManySteps() throws IOException {
    try (Program program = program("W", "b")) {
      steps(program, 500);
      long count = Pointer.totalCount();
      long before = residentKilobytes();
      steps(program, 2000);

      assertThat(Pointer.totalCount()).isEqualTo(count);
      Assumptions.assumeTrue(before > 0, "this platform does not tell the resident memory");
      assertThat(residentKilobytes() - before).isLessThan(64_000);
    }
  }

  private static void steps(Program program, int count) {
    for (int i = 0; i < count; i++) {
      try (PointerScope scope = new PointerScope()) {
        // Large enough for a single tensor lost per step to show.
        Value x = Value.of(torch.zeros(8_192, 2));
        ((Value.Device) program.run(Map.of("x", x)).get(0)).tensor().sum().backward();
        program.parameters().tensors().forEach(leaf -> leaf.mutable_grad().zero_());
      }
    }
  }

  private static long residentKilobytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
