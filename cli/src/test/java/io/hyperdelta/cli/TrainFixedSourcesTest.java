package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.bundle.DeltaFile;
import io.hyperdelta.bundle.LoraFactors;
import io.hyperdelta.bundle.PeftWriter;
import io.hyperdelta.delta.DenseMatrix;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Given deltas under what is trained, from spec to prediction. */
class TrainFixedSourcesTest {
  private static final String TRAINED =
      "train: {network: mlp, hidden: [16, 8], fit: {epochs: 8, batch: 64, learningRate: 0.01}}";

  private static final String FIXED =
      """
      fixed:
        style: {peft: adapters/style}
        base: {safetensors: base.safetensors, scale: -0.5}
      """;

  @TempDir private static Path folder;

  private static Workplace work;
  private static Target target;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 2").succeeded();
    target = Target.read(work.path("sales/target.onnx"));
    PeftWriter.write(work.path("adapters/style"), lora(), "");
    Site bias = site("fc1.bias");
    DenseMatrix shift = new DenseMatrix(normal(7, 1, bias.width()));
    work.write("base.safetensors", DeltaFile.bytes(target, List.of(new FixedDelta(bias, shift))));
    train("fixed", FIXED).succeeded();
    train("plain", "").succeeded();
  }

  /** On the first layer of rank 2, on the second of rank 8, which is no low rank there. */
  private static List<LoraFactors> lora() {
    Site first = site("fc1.weight");
    Site second = site("fc2.weight");
    return List.of(
        new LoraFactors(first, normal(1, first.in(), 2), normal(2, 2, 16), 1),
        new LoraFactors(second, normal(3, 16, 8), normal(4, 8, 8), 1));
  }

  private static Site site(String name) {
    return target.sites().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  private static TensorValue normal(long seed, long rows, long columns) {
    Random random = new Random(seed);
    float[] values = new float[Math.toIntExact(rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (0.1 * random.nextGaussian());
    }
    return TensorValue.ofFloats(values, rows, columns);
  }

  /** Around the target of the first bundle, with a section more. */
  private static Workplace.Run train(String bundle, String fixed) {
    return work.train(
        bundle, TRAINED, "onnx: sales/target.onnx", "fit: {epochs: 8", fixed + "fit: {epochs: 3");
  }

  private static JsonNode json(String file) {
    return JsonMapper.shared().readTree(work.text(file));
  }

  private static double rmse(String bundle, String model) {
    for (JsonNode result : json(bundle + "/metrics.json").path("results")) {
      if (result.path("model").stringValue().equals(model)
          && result.path("split").stringValue().equals("seen-contexts")) {
        return result.path("value").doubleValue();
      }
    }
    throw new AssertionError("no " + model);
  }

  @Test
  void theFixedDeltasAloneAreAControlAndAdaptingOnTopGains() {
    assertThat(rmse("fixed", "frozen")).isEqualTo(rmse("plain", "frozen"));
    assertThat(rmse("fixed", "fixed")).isNotEqualTo(rmse("fixed", "frozen"));
    assertThat(rmse("fixed", "adaptive")).isLessThan(0.98 * rmse("fixed", "fixed"));
    assertThat(work.text("plain/metrics.json")).doesNotContain("\"fixed\"");
    assertThat(work.text("fixed/model-card.md"))
        .contains(
            "- fixed `style`: 2 given deltas, the same for all rows and not trained, from peft `style` times 1.0",
            "- fixed `base`: 1 given deltas, the same for all rows and not trained, from safetensors `base.safetensors` times -0.5",
            "| adaptive - fixed | seen-contexts |",
            "than the target with its fixed deltas alone on seen-contexts");
  }

  @Test
  void whatIsGivenCountsAsNoneTrained() {
    assertThat(json("fixed/manifest.json").path("parameters"))
        .isEqualTo(json("plain/manifest.json").path("parameters"));
    List<String> given = new ArrayList<>();
    for (JsonNode delta : json("fixed/manifest.json").path("deltas")) {
      if (!delta.path("source").stringValue().equals("neighbourhood")) {
        assertThat(delta.path("generated").intValue()).isZero();
        given.add(delta.path("site").stringValue() + " " + delta.path("form").stringValue());
      }
    }
    assertThat(given).containsExactly("fc1.weight low-rank", "fc2.weight full", "fc1.bias shift");
  }

  @Test
  void trainingLeavesTheGivenNumbersAsTheyAre() {
    Model fused = ModelReader.read(work.path("fixed/fused.onnx"));
    Map<String, TensorValue> initializers = fused.graph().initializers();
    LoraFactors first = lora().get(0);
    assertThat(initializers)
        .containsEntry(
            "hyperdelta/style/fc1.weight/low-rank/A/head",
            first.a().reshaped(1, first.a().elementCount()))
        .containsEntry(
            "hyperdelta/style/fc1.weight/low-rank/B/head",
            first.b().reshaped(1, first.b().elementCount()));
    float[] shift = normal(7, 1, 16).floats();
    for (int i = 0; i < shift.length; i++) {
      shift[i] *= -0.5f;
    }
    assertThat(initializers)
        .containsEntry("hyperdelta/base/fc1.bias/shift/b/head", TensorValue.ofFloats(shift, 1, 16));
    assertThat(
            Objects.requireNonNull(
                    initializers.get("hyperdelta/neighbourhood/fc1.weight/low-rank/B/head"))
                .floats())
        .as("what is trained changes")
        .isNotEqualTo(new float[5 * 32]);
  }

  @Test
  void withoutWhatIsTrainedItIsTheTargetWithTheDeltas() {
    work.run(
            "delta",
            work.at("base.safetensors"),
            "--target",
            work.at("sales/target.onnx"),
            "--scale=-0.5",
            "-o",
            work.at("scaled.safetensors"))
        .succeeded();
    work.run(
            "merge",
            work.at("sales/target.onnx"),
            "--delta",
            work.at("adapters/style"),
            "--delta",
            work.at("scaled.safetensors"),
            "-o",
            work.at("given.onnx"))
        .succeeded();
    work.run(
            "merge",
            work.at("fixed"),
            "-c",
            "east=1",
            "-c",
            "north=1",
            "-s",
            "neighbourhood=0",
            "-o",
            work.at("off.onnx"))
        .succeeded();

    Model given = ModelReader.read(work.path("given.onnx"));
    Model off = ModelReader.read(work.path("off.onnx"));
    given
        .graph()
        .initializers()
        .forEach(
            (name, value) -> {
              if (name.startsWith("fc")) {
                assertThat(Objects.requireNonNull(off.graph().initializers().get(name)).floats())
                    .as(name)
                    .containsExactly(value.floats(), within(1e-6f));
              }
            });
    work.write("new.csv", Sales.csv(20, 5));
    assertThat(predict("fixed", "neighbourhood=0")).isNotEqualTo(predict("fixed", "1"));
    assertThat(predict("fixed", "style=0,base=0,neighbourhood=0"))
        .isEqualTo(predict("plain", "neighbourhood=0"));
  }

  private static String predict(String bundle, String strength) {
    return work.run("predict", work.at(bundle), "-d", work.at("new.csv"), "-s", strength)
        .succeeded()
        .out();
  }

  private static void assertRefused(String error, String fixed) {
    work.write(
        "bad.yaml",
        Workplace.spec(
            TRAINED, "onnx: sales/target.onnx", "fit: {epochs: 8", fixed + "\nfit: {epochs: 3"));
    Refusal.assertRefused(
        work, () -> work.run("train", work.at("bad.yaml"), "--out", work.at("fixed")), error);
  }

  @Test
  void deltasThatDoNotFitAreRefusedBeforeTraining() {
    assertRefused(
        "fixed.style: File \"@/adapters/none/adapter_config.json\" cannot be read: there is no such file or folder. Expected a readable PEFT configuration file.",
        "fixed: {style: {peft: adapters/none}}");
    work.write("linear.onnx", Networks.linear());
    Target linear = Target.read(work.path("linear.onnx"));
    Site weight = weight(linear);
    work.write(
        "other.safetensors",
        DeltaFile.bytes(
            linear,
            List.of(
                new FixedDelta(weight, new DenseMatrix(normal(1, weight.in(), weight.out()))))));
    assertRefused(
        "fixed.other: Delta file \"@/other.safetensors\" was made for another target. Expected one for the target with SHA-256 %s, got one for %s. Deltas belong to the very weights that they were made for; give that target, or make them anew for this one."
            .formatted(target.digest(), linear.digest()),
        "fixed: {other: {safetensors: other.safetensors}}");
    PeftWriter.write(
        work.path("adapters/linear"),
        List.of(new LoraFactors(weight(linear), normal(1, 3, 1), normal(2, 1, 1), 1)),
        "");
    Workplace.Run run = refused("fixed: {style: {peft: adapters/linear}}");
    assertThat(run.error())
        .startsWith("error: fixed.style: PEFT adapter \"")
        .contains("does not fit the target");
    assertThat(
            refused(
                    "fixed: {style: {peft: adapters/style, scale: 1.0e+6}, b: {safetensors: base.safetensors, scale: 1e7}}")
                .error())
        .contains("fixed.b.scale has an unusable value");
  }

  private static Site weight(Target linear) {
    return linear.sites().stream()
        .filter(site -> site.name().equals("fc.weight"))
        .findFirst()
        .orElseThrow();
  }

  private static Workplace.Run refused(String fixed) {
    work.write(
        "bad.yaml",
        Workplace.spec(
            TRAINED, "onnx: sales/target.onnx", "fit: {epochs: 8", fixed + "\nfit: {epochs: 3"));
    return Refusal.refused(
        work, () -> work.run("train", work.at("bad.yaml"), "--out", work.at("fixed")));
  }
}
