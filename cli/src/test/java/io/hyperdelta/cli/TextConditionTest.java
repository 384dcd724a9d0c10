package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.EncodedTexts;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.fit.Progress;
import io.hyperdelta.fit.Training;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.spec.SpecReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts as conditions, from spec to prediction. */
class TextConditionTest {
  private static final String CONDITION = "[{column: text, type: text, encoder: words/tiny}]";
  private static final List<String> EAST = List.of("ash", "birch", "cedar", "oak");
  private static final List<String> NORTH = List.of("iron", "iron iron", "jade", "jade jade");

  @TempDir private static Path folder;

  private static Workplace work;
  private static PreparedSales sales;

  @BeforeAll
  static void train() throws Exception {
    work = new Workplace(folder);
    sales = new PreparedSales(work);
    sales.write(
        "texts.csv",
        "text",
        cells ->
            EAST.get(PreparedSales.strip(cells, 4))
                + " "
                + NORTH.get(PreparedSales.strip(cells, 5)));
    TinyTextEncoder.write(work, "words/tiny");
    Workplace.Run run =
        sales.train("texts", "texts.csv", CONDITION, PreparedSales.LONGER).succeeded();
    assertThat(run.out())
        .contains("Verified: both engines prepare the same \"text.tiny\"")
        .contains("Verified: libtorch and ONNX Runtime agree on fused.onnx");
    // What follows needs nothing but the bundle.
    for (String file : List.of("words/tiny/model.onnx", "words/tiny/tokenizer.json")) {
      Files.move(work.path(file), work.path("kept-" + Path.of(file).getFileName()));
    }
  }

  private static void putBack() {
    work.write("words/tiny/model.onnx", work.read("kept-model.onnx"));
    work.write("words/tiny/tokenizer.json", work.read("kept-tokenizer.json"));
  }

  private static String rows(String... texts) {
    return "size,age,wall,text\n100,10,wood," + String.join("\n100,10,wood,", texts) + "\n";
  }

  @Test
  void theTextsAreWhatAdapts() {
    sales.assertGains("texts", "seen-contexts");
  }

  @Test
  void theManifestSaysWhichInputIsMadeByWhichEncoder() {
    Manifest manifest = Bundle.open(work.path("texts")).manifest();

    assertThat(manifest.prepared())
        .containsExactly(new EncodedTexts("text.tiny", "text", "tiny", 128, true));
    assertThat(manifest.inputs())
        .filteredOn(binding -> binding.columns().equals(List.of("text.tiny")))
        .singleElement()
        .satisfies(binding -> assertThat(binding.vector()).isEqualTo(TinyTextEncoder.DIM));
    assertThat(manifest.files().keySet()).contains("encoder-tiny.onnx", "tokenizer-tiny.json");
    assertThat(work.read("texts/encoder-tiny.onnx")).isEqualTo(work.read("kept-model.onnx"));
    assertThat(work.text("texts/model-card.md"))
        .contains("vectors that the frozen encoder `tiny` makes of the texts of `text`");
    assertThat(work.text("texts/manifest.json")).doesNotContain(folder.toString());
  }

  @Test
  void rawTextsArePredictedAsTheGraphPredictsTheirVectors() {
    String[] texts = {"ash iron", "oak jade jade", "cedar unknown", "ash iron"};
    work.write("new.csv", rows(texts));
    float[] predictions = sales.predict("texts", "new.csv");
    float[][] vectors = new float[texts.length][];
    for (int row = 0; row < texts.length; row++) {
      vectors[row] = TinyTextEncoder.vector(texts[row]);
    }
    float[] expected = sales.fused("texts", "text.tiny", vectors);

    assertThat(predictions).hasSize(4).containsExactly(expected, within(1e-4f));
    assertThat(predictions[0]).isEqualTo(predictions[3]).isNotEqualTo(predictions[1]);
  }

  @Test
  void aMissingTextIsTheEmptyText() {
    work.write("gap.csv", rows("", "\"  \"", "ash iron"));
    float[] predictions = sales.predict("texts", "gap.csv");
    float[] empty = sales.fused("texts", "text.tiny", TinyTextEncoder.vector(""));

    assertThat(predictions[0]).isCloseTo(empty[0], within(1e-4f));
    assertThat(predictions[1]).isEqualTo(predictions[0]);
  }

  @Test
  void javaUsersGiveTextsOrVectors() {
    try (AdaptiveModel model = AdaptiveModel.open(work.path("texts"))) {
      float[] texts = model.predict(house().texts("text", "birch jade", null).build()).values();
      float[] vectors =
          model
              .predict(
                  house()
                      .vectors(
                          "text.tiny",
                          TinyTextEncoder.vector("birch jade"),
                          TinyTextEncoder.vector(""))
                      .build())
              .values();
      assertThat(texts).containsExactly(vectors, within(1e-4f));
    }
  }

  private static Rows.Builder house() {
    return Rows.builder(2)
        .numbers("size", 100, 100)
        .numbers("age", 10, 10)
        .texts("wall", "wood", "wood");
  }

  @Test
  void aModelIsMergedForAText() {
    work.run("merge", work.at("texts"), "-c", "text=oak jade", "-o", work.at("m.onnx")).succeeded();
    Workplace.Run refused =
        work.run("merge", work.at("texts"), "-c", "txt=oak", "-o", work.at("m.onnx"));
    assertThat(refused.error())
        .isEqualTo(
            "error: Column \"txt\" is in no condition of the bundle. Expected text. Maybe you meant \"text\".");
  }

  @Test
  void rowsWithoutTheTextAreRefused() {
    work.write("none.csv", "size,age,wall\n100,10,wood\n");
    Workplace.Run run = work.run("predict", work.at("texts"), "--data", work.at("none.csv"));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.error()).contains("\"text\"");
  }

  @Test
  void encodersThatWereTamperedWithOrLostAreRefused() throws Exception {
    work.write("one.csv", rows("ash iron"));
    for (String file : List.of("encoder-tiny.onnx", "tokenizer-tiny.json")) {
      byte[] published = work.read("texts/" + file);
      byte[] changed = published.clone();
      changed[changed.length / 2] ^= 1;
      work.write("texts/" + file, changed);
      Workplace.Run tampered =
          Refusal.refused(
              work, () -> work.run("predict", work.at("texts"), "--data", work.at("one.csv")));
      assertThat(tampered.error())
          .contains("File \"" + file + "\"")
          .contains("is not the one that was published");
      Files.delete(work.path("texts/" + file));
      Workplace.Run lost =
          Refusal.refused(
              work, () -> work.run("predict", work.at("texts"), "--data", work.at("one.csv")));
      assertThat(lost.error()).contains("cannot be read: there is no such file or folder");
      work.write("texts/" + file, published);
    }
    assertThat(sales.predict("texts", "one.csv")).hasSize(1);
  }

  @Test
  void everyDistinctTextIsEncodedOnceAndEncodersAreCarriedOnce() {
    putBack();
    work.write(
        "twice.yaml",
        Workplace.spec(
            "rows: sales.csv",
            "rows: texts.csv",
            "place: [east, north]",
            """
            place: [{column: text, type: text, encoder: words/tiny}]
              short: [{column: text, type: text, encoder: words/tiny, maxTokens: 3, norm: none}]
              again: {columns: [{column: text, type: text, encoder: words/tiny}], constantNorm: true}
            """,
            "epochs: 8",
            "epochs: 1"));
    List<String> steps = new ArrayList<>();
    Progress recorded =
        (title, total, unit) -> {
          steps.add(title + " " + total);
          return Progress.silent().begin(title, total, unit);
        };
    Training.of(SpecReader.read(work.path("twice.yaml")))
        .progress(recorded)
        .run(work.path("twice"));

    assertThat(steps)
        .filteredOn(step -> step.startsWith("encode"))
        .as("once whole and once cut; the third condition shares the first one's vectors")
        .containsExactly("encode text 16", "encode text 16");
    assertThat(Bundle.open(work.path("twice")).manifest().preparations().columns())
        .containsExactly("text.tiny", "text.tiny-2");
    assertThat(Bundle.open(work.path("twice")).manifest().files().keySet())
        .filteredOn(name -> name.startsWith("encoder") || name.startsWith("tokenizer"))
        .containsExactlyInAnyOrder("encoder-tiny.onnx", "tokenizer-tiny.json");
  }

  @Test
  void folderWithoutAnEncoderIsRefused() {
    Workplace.Run run = sales.train("no", "texts.csv", CONDITION.replace("tiny", "none"));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.error())
        .contains(
            "The encoder of condition column \"text\" is not there. Expected a folder with model.onnx and tokenizer.json, relative to the spec's folder; there is no file");
    assertThat(work.path("no")).doesNotExist();
  }
}
