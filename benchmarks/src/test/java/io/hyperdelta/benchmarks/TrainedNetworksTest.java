package io.hyperdelta.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.data.Column;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.evaluate.Measurement;
import io.hyperdelta.fit.Training;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.InputSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Networks that others trained, adapted from a spec: trained, exported, and run by ONNX Runtime.
 */
class TrainedNetworksTest {
  /** Of an output's size: six layers of attention sum some ten thousand products. */
  private static final double TOLERANCE = 2e-4;

  private static final int SENTENCES = 320;
  private static final int IMAGES = 320;
  private static final int PIXELS = 3 * 48 * 192;

  @TempDir private Path folder;

  private static AdaptationSpec adaptation(String part, Form form) {
    return new AdaptationSpec(part, form, AdaptationSpec.DEFAULT_SCALE);
  }

  private static final AdaptationSpec ATTENTION =
      AdaptationSpec.lowRank("*.attention.* & kind:weight", 4);
  private static final AdaptationSpec NORMS = adaptation("kind:scale", new Gain());
  private static final AdaptationSpec NEURON =
      adaptation("encoder.layer.2.intermediate.dense.weight[7]", new Full());

  private static HypernetworkSpec seeing(String condition, AdaptationSpec... adaptations) {
    return new HypernetworkSpec(condition, List.of(8), 4, List.of(adaptations));
  }

  @Test
  void attentionOfMiniLm() throws IOException {
    double gain = trainMiniLm(Map.of("first", seeing("a", ATTENTION)));
    assertThat(gain).isGreaterThan(0.05);
  }

  @Test
  void normsOfMiniLm() throws IOException {
    double gain = trainMiniLm(Map.of("first", seeing("a", NORMS)));
    assertThat(gain).isGreaterThan(0.05);
  }

  @Test
  void oneNeuronOfMiniLm() throws IOException {
    // One of 9,216 neurons, in the third of six layers: it changes with the condition, and cannot
    // do much.
    double gain = trainMiniLm(Map.of("first", seeing("a", NEURON)));
    assertThat(gain).isNotZero().isGreaterThan(-0.02);
  }

  @Test
  void allThreeOfMiniLmByTwoHypernetworks() throws IOException {
    Map<String, HypernetworkSpec> both = new LinkedHashMap<>();
    both.put("first", seeing("a", ATTENTION, NEURON));
    both.put("second", seeing("b", NORMS));
    assertThat(trainMiniLm(both)).isGreaterThan(0.05);
  }

  @Test
  void kernelsOfTheClassifierForEachRow() throws IOException {
    double gain =
        trainClassifier(
            seeing(
                "a",
                AdaptationSpec.lowRank("kind:kernel", 2),
                adaptation("kind:kernel", new Gain())));
    assertThat(gain).isGreaterThan(0.05);
  }

  /** Sentences scored by a frozen network; the condition says how the score is to be read. */
  private double trainMiniLm(Map<String, HypernetworkSpec> hypernetworks) throws IOException {
    MiniLm.Tokens tokens = MiniLm.tokens(Sentences.make(SENTENCES, 2, 4, 3));
    byte[] model = scorer();
    Path file = Files.write(folder.resolve("scorer.onnx"), model);
    long[] dims = {tokens.batch(), tokens.length()};
    Map<String, TensorValue> inputs =
        Map.of(
            "input_ids", TensorValue.ofLongs(tokens.ids(), dims),
            "attention_mask", TensorValue.ofLongs(tokens.mask(), dims),
            "token_type_ids", TensorValue.ofLongs(tokens.types(), dims));
    Map<String, InputSpec> filled = new LinkedHashMap<>();
    inputs.keySet().stream().sorted().forEach(name -> filled.put(name, InputSpec.vector(name)));
    Map<String, long[]> columns =
        Map.of(
            "input_ids", tokens.ids(),
            "attention_mask", tokens.mask(),
            "token_type_ids", tokens.types());
    Path rows =
        write(
            output(model, inputs),
            row -> {
              StringBuilder text = new StringBuilder();
              columns.forEach((name, all) -> text.append(vector(name, all, row, tokens.length())));
              return text.toString();
            });
    return train(rows, new TargetSpec.Onnx(file, filled, "score"), hypernetworks, 4);
  }

  private static String vector(String name, long[] all, int row, int length) {
    long[] own = Arrays.copyOfRange(all, row * length, (row + 1) * length);
    return ", \"%s\": %s".formatted(name, Arrays.toString(own));
  }

  /** The encoder, with a number made of the first token's vector. */
  private static byte[] scorer() {
    Model model = ModelReader.read(MiniLm.model(), "MiniLM");
    GraphEditor editor = GraphEditor.of(model);
    String tokens = model.graph().outputs().get(0).name();
    editor.clearOutputs();
    String first =
        editor.node(
            "Gather",
            Map.of("axis", Attribute.of(1)),
            tokens,
            editor.constant(TensorValue.ofLongs(new long[] {0})));
    float[] weights = new float[384];
    Random random = new Random(8);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (random.nextGaussian() / Math.sqrt(weights.length) * 4);
    }
    editor.initializer("score.weight", TensorValue.ofFloats(weights, 384, 1));
    editor.nodeInto("score", "MatMul", first, "score.weight");
    editor.output("score", TensorType.of(Dtype.FLOAT, "batch", 1L));
    return ModelWriter.write(editor.finish("scorer"));
  }

  private double trainClassifier(HypernetworkSpec hypernetwork) throws IOException {
    Random random = new Random(4);
    // Few grey levels, so that a row's text stays short.
    float[] pixels = new float[Math.multiplyExact(IMAGES, PIXELS)];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (random.nextInt(9) - 4) / 4f * (1 + i / PIXELS % 3);
    }
    byte[] model = turned();
    Path file = Files.write(folder.resolve("turned.onnx"), model);
    float[] scores = output(model, Map.of("x", TensorValue.ofFloats(pixels, IMAGES, 3, 48, 192)));
    Path rows =
        write(
            scores,
            row -> {
              float[] own = Arrays.copyOfRange(pixels, row * PIXELS, (row + 1) * PIXELS);
              return ", \"image\": " + Arrays.toString(own);
            });
    Map<String, InputSpec> filled = Map.of("x", InputSpec.vector("image", 3, 48, 192));
    return train(
        rows, new TargetSpec.Onnx(file, filled, "score"), Map.of("first", hypernetwork), 4);
  }

  /** The classifier up to its logits, and their difference. */
  private static byte[] turned() {
    Model model = ModelReader.read(PpOcr.classifier(), "PP-OCR classifier");
    GraphEditor editor = GraphEditor.of(model);
    String logits = editor.maker(model.graph().outputs().get(0).name()).inputs().get(0);
    editor.clearOutputs();
    editor.initializer("score.weight", TensorValue.ofFloats(new float[] {-1, 1}, 2, 1));
    editor.nodeInto("score", "MatMul", logits, "score.weight");
    editor.output("score", TensorType.of(Dtype.FLOAT, "batch", 1L));
    return ModelWriter.write(editor.finish("turned"));
  }

  private static float[] output(byte[] model, Map<String, TensorValue> inputs) {
    try (OrtReference reference = new OrtReference(model, Threads.COUNT, inputs)) {
      return reference.run().floats();
    }
  }

  /** Rows whose label is the network's own score, made larger or smaller by two conditions. */
  private Path write(float[] scores, IntFunction<String> columns) throws IOException {
    double mean = IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).average().orElse(0);
    Random random = new Random(9);
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < scores.length; row++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      double label = mean + (scores[row] - mean) * (1 + 0.7 * a) * (1 + 0.3 * b);
      text.append("{\"a\": %f, \"b\": %f, \"label\": %f".formatted(a, b, label))
          .append(columns.apply(row))
          .append("}\n");
    }
    return Files.writeString(folder.resolve("rows.ndjson"), text);
  }

  /**
   * Trains, and compares what ONNX Runtime makes of the bundle with libtorch.
   *
   * @return how much lower the error on test rows became, as a share of the frozen network's
   */
  private double train(
      Path rows, TargetSpec target, Map<String, HypernetworkSpec> hypernetworks, int epochs) {
    Spec.Builder spec =
        Spec.builder("trained").data(DataSpec.rows(rows).label("label")).target(target);
    spec.condition("a", "a").condition("b", "b");
    spec.fit(FitSpec.builder().epochs(epochs).batch(16).learningRate(0.002).build());
    hypernetworks.forEach(spec::hypernetwork);
    AtomicReference<double[]> apart = new AtomicReference<>();
    TrainingResult result =
        Training.of(spec.build())
            .check(
                (bundle, table, expected) -> {
                  try (AdaptiveModel model = AdaptiveModel.of(bundle)) {
                    apart.set(differences(model.predict(rows(table)).values(), expected));
                  }
                  return List.of();
                })
            .run(folder.resolve("bundle"));
    double gain = 1 - error(result, Evaluation.ADAPTIVE) / error(result, Evaluation.FROZEN);
    double largest = Arrays.stream(apart.get()).max().orElseThrow();
    System.out.printf(
        Locale.ROOT,
        "%s: error %.1f %% lower than frozen, %.1e from ONNX Runtime at most%n",
        hypernetworks.keySet(),
        100 * gain,
        largest);
    assertThat(largest).isLessThan(TOLERANCE);
    return gain;
  }

  private static double error(TrainingResult result, String model) {
    return result.evaluation().results().stream()
        .filter(m -> m.model().equals(model))
        .mapToDouble(Measurement::value)
        .findFirst()
        .orElseThrow();
  }

  /** Relative to the size of the expected values. */
  private static double[] differences(float[] got, float[][] expected) {
    assertThat(got).hasSameSizeAs(expected);
    double[] differences = new double[got.length];
    for (int i = 0; i < got.length; i++) {
      double difference = Math.abs(got[i] - (double) expected[i][0]);
      differences[i] = difference / Math.max(1, Math.abs(expected[i][0]));
    }
    return differences;
  }

  private static Rows rows(Table table) {
    Rows.Builder rows = Rows.builder(table.rowCount());
    for (Column column : table.columns()) {
      if (column instanceof NumericColumn numbers) {
        rows.numbers(column.name(), numbers.values());
      } else if (column instanceof VectorColumn vectors) {
        float[][] values = new float[vectors.rowCount()][vectors.width()];
        for (int row = 0; row < values.length; row++) {
          for (int i = 0; i < vectors.width(); i++) {
            values[row][i] = vectors.value(row, i);
          }
        }
        rows.vectors(column.name(), values);
      }
    }
    return rows.build();
  }
}
