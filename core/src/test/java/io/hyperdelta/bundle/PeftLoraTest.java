package io.hyperdelta.bundle;

import static io.hyperdelta.bundle.SampleAdapter.CONFIG;
import static io.hyperdelta.bundle.SampleAdapter.module;
import static io.hyperdelta.bundle.SampleAdapter.random;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Merge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PeftLoraTest {
  private static final Target TARGET = SampleAdapter.target();

  @TempDir private Path folder;

  private PeftLora read(String config, Map<String, TensorValue> tensors) {
    return PeftLora.read(SampleAdapter.write(folder, config, tensors));
  }

  /** W + scale B A of a module, by PEFT's formula, in PyTorch's layout [out, in...]. */
  private static double merged(
      double weight, TensorValue a, TensorValue b, int in, int unit, int input, double scale) {
    int rank = (int) a.dim(0);
    double sum = weight;
    for (int k = 0; k < rank; k++) {
      sum += scale * b.floats()[unit * rank + k] * a.floats()[k * in + input];
    }
    return sum;
  }

  private static float[] values(Model model, String initializer) {
    return Objects.requireNonNull(model.graph().initializers().get(initializer)).floats();
  }

  private static void assertMerged(
      Model model,
      String initializer,
      boolean inputsFirst,
      TensorValue a,
      TensorValue b,
      double scale) {
    int in = a.elementCount() / (int) a.dim(0);
    int out = (int) b.dim(0);
    float[] before = values(TARGET.model(), initializer);
    float[] after = values(model, initializer);
    assertThat(after).hasSize(in * out);
    for (int unit = 0; unit < out; unit++) {
      for (int input = 0; input < in; input++) {
        int at = inputsFirst ? input * out + unit : unit * in + input;
        assertThat((double) after[at])
            .isCloseTo(merged(before[at], a, b, in, unit, input, scale), within(1e-6));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyKindOfModuleIsMergedByPeftsFormula(boolean rootScaled) {
    TensorValue queryA = random(21, 2, 3);
    TensorValue queryB = random(22, 4, 2);
    TensorValue keyA = random(23, 2, 3);
    TensorValue keyB = random(24, 5, 2);
    TensorValue wordsA = random(25, 2, 6);
    TensorValue wordsB = random(26, 4, 2);
    TensorValue convA = random(27, 2, 3, 1, 2);
    TensorValue convB = random(28, 4, 2, 1, 1);
    Map<String, TensorValue> tensors = new HashMap<>();
    tensors.put("base_model.model.bert.layer.0.query.lora_A.weight", queryA);
    tensors.put("base_model.model.bert.layer.0.query.lora_B.weight", queryB);
    tensors.put("base_model.model.bert.layer.0.key.lora_A.weight", keyA);
    tensors.put("base_model.model.bert.layer.0.key.lora_B.weight", keyB);
    tensors.put("base_model.model.bert.words.lora_embedding_A", wordsA);
    tensors.put("base_model.model.bert.words.lora_embedding_B", wordsB);
    tensors.put("base_model.model.bert.conv.lora_A.weight", convA);
    tensors.put("base_model.model.bert.conv.lora_B.weight", convB);
    PeftLora adapter =
        read(CONFIG.replace("\"use_dora\": false", "\"use_rslora\": " + rootScaled), tensors);

    List<LoraFactors> factors = adapter.on(TARGET);

    assertThat(SampleAdapter.names(factors))
        .as("in the order of the sites")
        .containsExactly(
            "bert.layer.0.query.weight",
            "bert.layer.0.key.weight",
            "bert.words.weight",
            "bert.conv.weight");
    double scale = rootScaled ? 3 / Math.sqrt(2) : 1.5;
    assertThat(factors).allSatisfy(own -> assertThat(own.scale()).isEqualTo(scale));
    Model model = Merge.merge(TARGET, factors.stream().map(LoraFactors::delta).toList());
    assertMerged(model, "bert.layer.0.query.weight", false, queryA, queryB, scale);
    assertMerged(model, "onnx::MatMul_12", true, keyA, keyB, scale);
    assertMerged(model, "bert.words.weight", true, wordsA, wordsB, scale);
    assertMerged(model, "bert.conv.weight", false, convA, convB, scale);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void howTheBaseWeightIsStoredChangesNoFactor(boolean fanInFanOut) {
    PeftLora adapter =
        read(
            CONFIG.replace("\"fan_in_fan_out\": false", "\"fan_in_fan_out\": " + fanInFanOut),
            module("layer.0.key", 2, 3, 5));

    LoraFactors factors = adapter.on(TARGET).get(0);

    assertThat(factors.a().dims()).containsExactly(3, 2);
    assertThat(factors.b().dims()).containsExactly(2, 5);
    // Row 1 of ours is column 1 of theirs.
    assertThat(factors.a().floats()[2]).isEqualTo(random(11, 2, 3).floats()[1]);
    assertThat(factors.b().floats()[5]).isEqualTo(random(12, 5, 2).floats()[1]);
  }

  @Test
  void patternsGiveModulesRanksAndScalesOfTheirOwn() {
    Map<String, TensorValue> tensors = new HashMap<>(module("bert.layer.0.query", 1, 3, 4));
    tensors.putAll(module("bert.layer.0.key", 2, 3, 5));
    String config =
        CONFIG.replace(
            "\"rank_pattern\": {}",
            "\"rank_pattern\": {\"layer.[0-9]+.query\": 1}, \"alpha_pattern\": {\"ey\": 9, \"key\": 7}");

    List<LoraFactors> factors = read(config, tensors).on(TARGET);

    assertThat(factors.get(0).rank()).isEqualTo(1);
    assertThat(factors.get(0).scale()).isEqualTo(3.0);
    assertThat(factors.get(1).rank()).isEqualTo(2);
    assertThat(factors.get(1).scale()).as("\"ey\" is no whole segment").isEqualTo(3.5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bert.layer.0.query",
        "layer.0.query",
        "query",
        "base.bert.layer.0.query",
        "model.encoder.bert.layer.0.query"
      })
  void prefixesMayBeMissingOnEitherSide(String name) {
    assertThat(SampleAdapter.names(read(CONFIG, module(name, 2, 3, 4)).on(TARGET)))
        .containsExactly("bert.layer.0.query.weight");
  }

  @Test
  void aModuleThatIsNoSiteIsRefusedWithTheNearest() {
    unfit(
        module("bert.layer.0.qeury", 2, 3, 4),
        "its module \"bert.layer.0.qeury\" is no site. Expected a module among bert.layer.0.query.weight, bert.layer.0.key.weight, bert.words.weight, bert.conv.weight. Maybe you meant \"bert.layer.0.query\".");
    unfit(
        module("decoder.stack.of.blocks.words.projection", 2, 3, 4),
        "its module \"decoder.stack.of.blocks.words.projection\" is no site. Expected a module among bert.layer.0.query.weight, bert.layer.0.key.weight, bert.words.weight, bert.conv.weight. The nearest is \"bert.words.weight\".");
    unfit(
        module("0.ry", 2, 3, 4),
        "its module \"0.ry\" is no site. Expected a module among bert.layer.0.query.weight, bert.layer.0.key.weight, bert.words.weight, bert.conv.weight. The nearest is \"bert.layer.0.query.weight\".");
  }

  @Test
  void twoModulesOnOneSiteAreRefused() {
    Map<String, TensorValue> tensors = new HashMap<>(module("query", 2, 3, 4));
    tensors.putAll(module("layer.0.query", 2, 3, 4));
    unfit(
        tensors,
        "its modules \"layer.0.query\" and \"query\" are both site \"bert.layer.0.query.weight\". Expected a site for each.");
  }

  @Test
  void factorsOfAnotherShapeThanTheSiteAreRefused() {
    unfit(
        module("query", 2, 5, 4),
        "its module \"query\" cannot be used. The LoRA factors of site \"bert.layer.0.query.weight\" do not fit it: its weight is [4, 3]. Expected A [3, rank] and B [rank, 4] of rank 1 or more, got FLOAT [5, 2] and FLOAT [2, 4].");
    Map<String, TensorValue> turned =
        Map.of(
            "conv.lora_A.weight", random(1, 2, 3, 2, 1),
            "conv.lora_B.weight", random(2, 4, 2, 1, 1));
    unfit(
        turned,
        "its module \"conv\" has lora_A FLOAT [2, 3, 2, 1] for the kernel [4, 3, 1, 2]. Expected the same axes but the first.");
    Map<String, TensorValue> infinite =
        Map.of(
            "query.lora_A.weight",
            TensorValue.ofFloats(new float[] {0, 0, 0, 0, 0, Float.POSITIVE_INFINITY}, 2, 3),
            "query.lora_B.weight",
            random(2, 4, 2));
    unfit(
        infinite,
        "its module \"query\" cannot be used. The factor A of a fixed delta has a number that is not finite. Expected finite numbers, got Infinity. Maybe the adaptation's training diverged, or its scale is too large.");
  }

  @Test
  void aGroupedKernelAndAScaledGemmAreRefused() {
    GraphEditor editor = GraphEditor.empty("net", 13);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.input("image", TensorType.of(Dtype.FLOAT, "rows", 4, 3));
    editor.initializer("fc.weight", random(1, 2, 2));
    editor.initializer("conv.weight", random(2, 4, 2, 1));
    editor.output(
        editor.node("Gemm", Map.of("alpha", new Attribute.Real(2)), "x", "fc.weight"),
        TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.output(
        editor.node("Conv", Map.of("group", new Attribute.Int(2)), "image", "conv.weight"),
        TensorType.of(Dtype.FLOAT, "rows", 4, 3));
    Target target = Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");

    PeftLora linear = read(CONFIG, module("fc", 2, 2, 2));
    assertThatThrownBy(() -> linear.on(target))
        .hasMessageEndingWith(
            "does not fit the target: site \"fc.weight\" of its module \"fc\" is multiplied with a number behind its weight. Expected a Gemm with alpha 1.");
    PeftLora grouped =
        read(
            CONFIG,
            Map.of(
                "conv.lora_A.weight", random(1, 2, 4, 1),
                "conv.lora_B.weight", random(2, 4, 2, 1)));
    assertThatThrownBy(() -> grouped.on(target))
        .isInstanceOf(BundleException.class)
        .hasMessageEndingWith(
            "does not fit the target: its module \"conv\" is the kernel [4, 2, 1] in 2 groups. Expected a kernel of one group.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "query.lora_magnitude_vector | 'tensor \"query.lora_magnitude_vector\", FLOAT [4, 2], is no factor of LoRA. Expected names that end in lora_A.weight, lora_B.weight, lora_embedding_A or lora_embedding_B, each of real numbers.'",
        "query.bias | 'tensor \"query.bias\", FLOAT [4, 2], is no factor of LoRA. Expected names that end in lora_A.weight, lora_B.weight, lora_embedding_A or lora_embedding_B, each of real numbers.'",
        "base_model.model.lora_A.weight | 'tensor \"base_model.model.lora_A.weight\", FLOAT [4, 2], is no factor of LoRA. Expected names that end in lora_A.weight, lora_B.weight, lora_embedding_A or lora_embedding_B, each of real numbers.'",
        "query.lora_B.weight | module \"query\" lacks lora_A. Expected both.",
      })
  void aTensorThatIsNoFactorIsRefused(String name, String message) {
    damaged(CONFIG, Map.of(name, random(1, 4, 2)), message);
  }

  @Test
  void factorsThatAreNotAsTheConfigurationSaysAreRefused() {
    damaged(
        CONFIG.replace("\"r\": 2", "\"r\": 4"),
        module("query", 2, 3, 4),
        "module \"query\" has lora_A FLOAT [2, 3] and lora_B FLOAT [4, 2]. Expected [4, in] and [out, 4], as adapter_config.json says.");
    damaged(CONFIG, Map.of(), "it has no module. Expected one or more.");
    Map<String, TensorValue> twice = new HashMap<>(module("query", 2, 3, 4));
    twice.put("query.lora_A.weight", random(1, 2, 3));
    damaged(
        CONFIG,
        twice,
        "tensor \"query.lora_A.weight\" is there under two names. Expected each once.");
  }

  @Test
  void aFolderWithoutItsFilesIsRefused() throws IOException {
    assertThatThrownBy(() -> PeftLora.read(folder))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "File \"%s\" cannot be read: there is no such file or folder. Expected a readable PEFT configuration file."
                .formatted(folder.resolve("adapter_config.json")));
    Files.writeString(folder.resolve("adapter_model.bin"), "");
    assertThatThrownBy(() -> PeftLora.read(folder))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "PEFT adapter \"%s\" cannot be read: it has its factors in adapter_model.bin, and such a file can hold programs. Expected adapter_model.safetensors. Save it again with safe_serialization."
                .formatted(folder));
  }

  private void damaged(String config, Map<String, TensorValue> tensors, String message) {
    assertThatThrownBy(() -> read(config, tensors))
        .isInstanceOf(BundleException.class)
        .hasMessage("PEFT adapter \"%s\" cannot be used: %s".formatted(folder, message));
  }

  private void unfit(Map<String, TensorValue> tensors, String message) {
    PeftLora adapter = read(CONFIG, tensors);
    assertThatThrownBy(() -> adapter.on(TARGET))
        .isInstanceOf(BundleException.class)
        .hasMessage("PEFT adapter \"%s\" does not fit the target: %s".formatted(folder, message));
  }
}
