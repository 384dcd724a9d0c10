package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX files that cannot be read, or that the columns do not fit. */
class BadModelTest {
  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void makeModels() {
    work = new Workplace(folder);
    byte[] linear = Networks.linear();
    work.write("linear.onnx", linear);
    work.write("cut.onnx", Arrays.copyOf(linear, linear.length - 5));
    work.write("empty.onnx", "");
  }

  private static Supplier<Workplace.Run> train(String target) {
    work.write(
        "bad.yaml",
        Workplace.spec(
            "train: {network: mlp, hidden: [16, 8], fit: {epochs: 8, batch: 64, learningRate: 0.01}}",
            target));
    return () -> work.run("train", work.at("bad.yaml"), "--out", work.at("sales"));
  }

  private static void assertRefused(String error, String target) {
    Refusal.assertRefused(work, train(target), error);
  }

  @Test
  void targetThatIsWiderThanItsColumns() {
    assertRefused(
        "Input \"x\" of model \"linear.onnx\" has another width than its columns. Expected 3 columns, got 2: size, age. Name them in order under target.inputs.",
        "onnx: linear.onnx\n  inputs: {x: [size, age]}");
  }

  @Test
  void targetWhoseInputsAreNotNamed() {
    assertRefused(
        "Input \"x\" of model \"linear.onnx\" has another width than its columns. Expected 3 columns, got 1: x. Name them in order under target.inputs.",
        "onnx: linear.onnx");
  }

  @Test
  void targetWithoutTheInput() {
    assertRefused(
        "target.inputs names an input \"y\" that model \"linear.onnx\" does not have. Expected one of x. Maybe you meant \"x\".",
        "onnx: linear.onnx\n  inputs: {y: [size, age]}");
  }

  @Test
  void targetThatIsMissing() {
    assertRefused(
        "Model file \"@/linaer.onnx\" is not there. Expected an ONNX file.", "onnx: linaer.onnx");
  }

  @Test
  void targetThatIsEmpty() {
    assertRefused(
        "Model \"empty.onnx\" has no graph. Expected an ONNX model; maybe the file is empty or something else.",
        "onnx: empty.onnx");
  }

  @Test
  void targetThatIsCutOff() {
    assertCutOff(train("onnx: cut.onnx\n  inputs: {x: [size, age, east]}"));
  }

  @Test
  void sitesOfFileThatIsCutOff() {
    assertCutOff(() -> work.run("sites", work.at("cut.onnx")));
  }

  private static void assertCutOff(Supplier<Workplace.Run> command) {
    // What stands between is the protobuf library's.
    assertThat(Refusal.refused(work, command).error())
        .startsWith("error: Model \"cut.onnx\" is not a whole ONNX file: ")
        .endsWith(
            " Expected an ONNX protobuf, got %d bytes. Maybe the file was cut off."
                .formatted(Networks.linear().length - 5));
  }

  @Test
  void sitesOfSomethingElse() {
    Workplace.Run run = Refusal.refused(work, () -> work.run("sites", work.at("sales.csv")));
    assertThat(run.error())
        .startsWith("error: Model \"sales.csv\" is not a whole ONNX file: ")
        .endsWith(
            " Expected an ONNX protobuf, got %d bytes. Maybe the file was cut off."
                .formatted(work.read("sales.csv").length));
  }

  @Test
  void sitesOfFolder() {
    Refusal.assertRefused(
        work,
        () -> work.run("sites", work.at("")),
        "Model file \""
            + folder
            + "\" cannot be read: is a directory. Expected a readable ONNX file.");
  }
}
