package io.hyperdelta.sidebyside;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.benchmarks.PpOcr;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.fit.Positions;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * PP-OCR's classifier of turned lines, a convolutional network with its own weights, and a
 * hypernetwork that sees 16 numbers and has a latent of 16, which is a linear function of them:
 * batches of 16 images, each with a condition of its own.
 */
final class AdaptedClassifier {
  private static final int BATCH = 16;
  private static final int HEIGHT = 48;
  private static final int WIDTH = 192;
  private static final int CHANNELS = 3;
  private static final int CONDITION = 16;
  private static final int LATENT = 16;
  private static final int CLASSES = 2;
  private static final int IMAGES = 512;
  private static final int BATCHES = 64;
  private static final long SEED = 7;

  /** Small, since AdamW makes steps of this size also where a gradient is but rounding. */
  private static final double RATE = 1e-4;

  private AdaptedClassifier() {}

  /** The job. */
  static Job job(List<Adaptation> adaptations, int threads) {
    Random random = new Random(SEED);
    List<String> names = IntStream.range(0, CONDITION).mapToObj(i -> "c" + i).toList();
    Target target = target();
    Weaver weaver = AdaptedMlp.weaver(target, names, LATENT, adaptations);
    Map<String, TensorValue> fresh = weaver.freshParameters(SEED);
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    int pixels = IMAGES * CHANNELS * HEIGHT * WIDTH;
    inputs.put(
        "x",
        TensorValue.ofFloats(
            AdaptedMlp.normal(random, pixels, 0.5), IMAGES, CHANNELS, HEIGHT, WIDTH));
    names.forEach(
        name ->
            inputs.put(
                name, TensorValue.ofFloats(AdaptedMlp.normal(random, IMAGES, 1), IMAGES, 1)));
    List<int[]> rows = new ArrayList<>();
    for (int i = 0; i < BATCHES; i++) {
      rows.add(random.ints(BATCH, 0, IMAGES).toArray());
    }
    return new Job(
        weaver.fused(fresh, Workload.training(BATCH, BATCH).with(positions(target))),
        new Job.Settings(
            "adapted-classifier",
            Objective.CROSS_ENTROPY,
            RATE,
            0.01,
            1,
            threads,
            List.copyOf(fresh.keySet()),
            List.of(),
            Map.of()),
        new Job.Data(
            inputs,
            TensorValue.ofLongs(random.longs(IMAGES, 0, CLASSES).toArray(), IMAGES),
            rows,
            rows));
  }

  /** Pixels that layers see of an image. */
  private static Map<String, Integer> positions(Target target) {
    TensorValue image =
        TensorValue.ofFloats(new float[CHANNELS * HEIGHT * WIDTH], 1, CHANNELS, HEIGHT, WIDTH);
    try (PointerScope scope = new PointerScope()) {
      return Positions.of(target, Map.of("x", Value.of(image, Precision.FLOAT)), 1);
    }
  }

  /** The classifier up to its logits. */
  private static Target target() {
    Model model = ModelReader.read(PpOcr.classifier(), "PP-OCR classifier");
    GraphEditor editor = GraphEditor.of(model);
    String probabilities = model.graph().outputs().get(0).name();
    String softmax = editor.maker(probabilities).inputs().get(0);
    String logits = editor.maker(softmax).inputs().get(0);
    editor.clearOutputs();
    editor.output(logits, TensorType.of(Dtype.FLOAT, "rows", CLASSES));
    return Target.of(ModelWriter.write(editor.finish("classifier")), "classifier.onnx");
  }
}
