package io.hyperdelta.bundle;

import static io.hyperdelta.bundle.SampleAdapter.random;
import static io.hyperdelta.bundle.SampleAdapter.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PeftWriterTest {
  private static final Target TARGET = SampleAdapter.target();

  @TempDir private Path parent;

  private static LoraFactors factors(String name, int rank, double scale) {
    Site site = site(TARGET, name);
    return new LoraFactors(
        site, random(31, site.in(), rank), random(32, rank, site.width()), scale);
  }

  private static List<LoraFactors> sample() {
    return List.of(
        factors("bert.layer.0.query.weight", 2, 0.5),
        factors("bert.layer.0.key.weight", 2, 0.5),
        factors("bert.words.weight", 3, 0.25),
        factors("bert.conv.weight", 1, -2));
  }

  @Test
  void whatWasWrittenIsReadBitForBit() {
    Path folder = parent.resolve("adapter");
    PeftWriter.write(folder, sample(), "org/base");

    PeftLora read = PeftLora.read(folder);

    assertThat(read.on(TARGET)).isEqualTo(sample());
    assertThat(read.baseModel()).isEqualTo("org/base");
    assertThat(read.modules())
        .containsExactly("bert.conv", "bert.layer.0.key", "bert.layer.0.query", "bert.words");
  }

  @Test
  void theFolderHasPeftsKeysAndShapes() throws IOException {
    Path folder = parent.resolve("adapter");
    PeftWriter.write(folder, sample(), "org/base");

    assertThat(Files.readString(folder.resolve("adapter_config.json")))
        .isEqualTo(
            """
            {
              "alpha_pattern" : {
                "bert\\\\.words" : 0.75,
                "bert\\\\.conv" : -2
              },
              "base_model_name_or_path" : "org/base",
              "bias" : "none",
              "fan_in_fan_out" : false,
              "inference_mode" : true,
              "lora_alpha" : 1,
              "lora_dropout" : 0.0,
              "modules_to_save" : null,
              "peft_type" : "LORA",
              "r" : 2,
              "rank_pattern" : {
                "bert\\\\.words" : 3,
                "bert\\\\.conv" : 1
              },
              "target_modules" : [ "bert.conv", "bert.layer.0.key", "bert.layer.0.query", "bert.words" ],
              "task_type" : null,
              "use_dora" : false,
              "use_rslora" : false
            }
            """);
    Safetensors weights = Safetensors.read(folder.resolve("adapter_model.safetensors"));
    assertThat(weights.metadata()).isEqualTo(Map.of("format", "pt"));
    assertThat(weights.tensors().entrySet().stream().map(e -> e.getKey() + " " + e.getValue()))
        .containsExactly(
            "base_model.model.bert.conv.lora_A.weight FLOAT [1, 3, 1, 2]",
            "base_model.model.bert.conv.lora_B.weight FLOAT [4, 1, 1, 1]",
            "base_model.model.bert.layer.0.key.lora_A.weight FLOAT [2, 3]",
            "base_model.model.bert.layer.0.key.lora_B.weight FLOAT [5, 2]",
            "base_model.model.bert.layer.0.query.lora_A.weight FLOAT [2, 3]",
            "base_model.model.bert.layer.0.query.lora_B.weight FLOAT [4, 2]",
            "base_model.model.bert.words.lora_embedding_A FLOAT [3, 6]",
            "base_model.model.bert.words.lora_embedding_B FLOAT [4, 3]");
  }

  @Test
  void theSameFactorsAreTheSameBytes() throws IOException {
    for (String name : new String[] {"one", "other"}) {
      PeftWriter.write(parent.resolve(name), sample(), "");
    }
    for (String file : new String[] {PeftLora.CONFIG, PeftLora.WEIGHTS}) {
      assertThat(parent.resolve("one").resolve(file))
          .hasSameBinaryContentAs(parent.resolve("other").resolve(file));
    }
    try (Stream<Path> left = Files.list(parent)) {
      assertThat(left).as("no draft stays").hasSize(2);
    }
  }

  @Test
  void unitsThatAreNotMeantGetZeros() {
    Site some = site(TARGET, "bert.layer.0.query.weight").only(Units.of("1,3"));
    LoraFactors two =
        new LoraFactors(some, random(1, 3, 1), TensorValue.ofFloats(new float[] {5, 7}, 1, 2), 1);
    PeftWriter.write(parent.resolve("adapter"), List.of(two), "");

    LoraFactors read = PeftLora.read(parent.resolve("adapter")).on(TARGET).get(0);

    assertThat(read.b().floats()).containsExactly(0, 5, 0, 7);
    assertThat(read.a()).isEqualTo(two.a());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 1.0 / 3, 1e-7, 0.7, 123.456, 0})
  void everyScaleComesBackToItsLastDigit(double scale) {
    for (int rank : new int[] {1, 3, 5, 7}) {
      Path folder = parent.resolve("rank" + rank);
      PeftWriter.write(folder, List.of(factors("bert.words.weight", rank, scale)), "");
      double read = PeftLora.read(folder).on(TARGET).get(0).scale();
      assertThat(Math.abs(read - scale)).isLessThanOrEqualTo(Math.ulp(scale));
    }
  }

  @Test
  void aFolderThatHoldsSomethingIsLeftAlone() throws IOException {
    Path file = Files.writeString(parent.resolve("notes"), "mine");

    for (Path taken : List.of(parent, file)) {
      assertThatThrownBy(() -> PeftWriter.write(taken, sample(), ""))
          .isInstanceOf(BundleException.class)
          .hasMessage(
              "A PEFT adapter cannot be written to \"%s\": it is a file or holds something. Expected a new or empty folder."
                  .formatted(taken));
    }
    assertThat(file).hasContent("mine");
    Path empty = Files.createDirectory(parent.resolve("empty"));
    PeftWriter.write(empty, sample(), "");
    assertThat(empty.resolve(PeftLora.WEIGHTS)).exists();
  }

  @Test
  void whatPeftHasNoFactorsForIsRefused() {
    assertThatThrownBy(() -> PeftWriter.write(parent.resolve("a"), List.of(), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("No factors are to be written for PEFT. Expected those of one site or more.");
    LoraFactors query = factors("bert.layer.0.query.weight", 1, 1);
    assertThatThrownBy(() -> PeftWriter.write(parent.resolve("a"), List.of(query, query), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Sites \"bert.layer.0.query.weight\" and \"bert.layer.0.query.weight\" cannot both be written for PEFT: they are one module. Expected one pair of factors for each; add them up first.");
  }

  @Test
  void factorsThatDoNotFitTheirSiteAreRefused() {
    Site site = site(TARGET, "bert.words.weight");
    assertThatThrownBy(
            () ->
                new LoraFactors(
                    site,
                    TensorValue.ofFloats(new float[0], 6, 0),
                    TensorValue.ofFloats(new float[0], 0, 4),
                    1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The LoRA factors of site \"bert.words.weight\" do not fit it: its embedding is [6, 4]. Expected A [6, rank] and B [rank, 4] of rank 1 or more, got FLOAT [6, 0] and FLOAT [0, 4].");
    assertThatThrownBy(() -> new LoraFactors(site, random(1, 6, 1), random(1, 1, 4), Double.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The LoRA factors of site \"bert.words.weight\" have no usable scale. Expected a finite number, got NaN.");
    assertThatThrownBy(
            () ->
                new LoraFactors(
                    site, TensorValue.ofDoubles(new double[6], 6, 1), random(1, 1, 4), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The LoRA factors of site \"bert.words.weight\" have the wrong type. Expected float32, got DOUBLE [6, 1] and FLOAT [1, 4].");
  }
}
