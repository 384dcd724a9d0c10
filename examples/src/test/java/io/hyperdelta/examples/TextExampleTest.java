package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.evaluate.Difference;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.target.Target;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextExampleTest {
  /** How sales follow temperature and rain, and what such shops sell. */
  private record Kind(double temperature, double rain, List<String> goods) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              1,
              -0.5,
              List.of(
                  "ice cream", "gelato", "sorbet", "popsicles", "frozen yoghurt", "milkshakes")),
          new Kind(
              0,
              1,
              List.of("umbrellas", "raincoats", "rubber boots", "parasols", "ponchos", "wellies")),
          new Kind(
              -1,
              0.3,
              List.of("hot soup", "stew", "mulled wine", "warm broth", "chowder", "goulash")),
          new Kind(
              0,
              -1,
              List.of(
                  "bicycles",
                  "racing bikes",
                  "cycling gear",
                  "bike tyres",
                  "tandems",
                  "scooters")));

  private static final List<String> SENTENCES =
      List.of(
          "A small shop that sells %s.",
          "We offer the best %s in town!",
          "Family business, known for its %s since 1950",
          "%s and nothing else",
          "Come to us for %s; open every day",
          "Street stall with %s",
          "Here you get all kinds of %s at fair prices.",
          "Our customers love our %s");

  private static final int ROWS = 12;

  @TempDir private Path folder;

  @Test
  void descriptionsThatNobodyHasSeenAdaptAsWhatTheyMean() throws IOException {
    Path encoder = Files.createDirectory(folder.resolve("minilm"));
    copy(
        "/all-minilm-l6-v2.onnx",
        "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e",
        encoder.resolve("model.onnx"));
    copy(
        "/all-minilm-l6-v2-tokenizer.json",
        "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0",
        encoder.resolve("tokenizer.json"));

    TextExample.Results results =
        TextExample.run(
            Files.writeString(folder.resolve("shops.csv"), csv()),
            encoder,
            folder.resolve("bundle"),
            "Italian ices on a stick",
            "A pot of lentil soup, steaming");

    Gains.assertBetterThanFrozen(results.training());
    Difference shuffled =
        results
            .training()
            .evaluation()
            .difference(Evaluation.SHUFFLED, Evaluation.ADAPTIVE, Evaluation.UNSEEN)
            .orElseThrow();
    assertThat(shuffled.low()).as("other shops' descriptions are worse: %s", shuffled).isPositive();
    assertThat(results.hotDay()[0] - results.hotDay()[1]).isGreaterThan(1);
  }

  private static void copy(String resource, String sha256, Path file) throws IOException {
    try (InputStream stream = TextExampleTest.class.getResourceAsStream(resource)) {
      byte[] bytes = Objects.requireNonNull(stream, resource).readAllBytes();
      assertThat(Target.sha256(bytes)).as(resource).isEqualTo(sha256);
      Files.write(file, bytes);
    }
  }

  /** Made-up sales: each of 192 descriptions is a context, and a quarter of them is held out. */
  private static String csv() {
    Random random = new Random(3);
    StringJoiner lines = new StringJoiner("\n", "description,temperature,rain,sales\n", "\n");
    for (Kind kind : KINDS) {
      for (String goods : kind.goods()) {
        for (String sentence : SENTENCES) {
          for (int row = 0; row < ROWS; row++) {
            double temperature = 2 * random.nextDouble() - 1;
            double rain = 2 * random.nextDouble() - 1;
            double sales =
                2
                    + kind.temperature() * temperature
                    + kind.rain() * rain
                    + 0.1 * random.nextGaussian();
            lines.add(
                String.format(
                    Locale.ROOT,
                    "\"%s\",%.4f,%.4f,%.4f",
                    sentence.formatted(goods),
                    temperature,
                    rain,
                    sales));
          }
        }
      }
    }
    return lines.toString();
  }
}
