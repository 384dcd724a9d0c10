package io.hyperdelta.sidebyside;

import io.hyperdelta.benchmarks.MiniLm;
import io.hyperdelta.benchmarks.OrtReference;
import io.hyperdelta.benchmarks.Sentences;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * MiniLM, and a hypernetwork that sees 16 numbers with each sentence and generates low-rank deltas
 * of the attention of its last two layers. What is learned is a number for each sentence: the one
 * that the frozen network gives, changed by the condition. An epoch is 125 batches of 16 sentences
 * of 64 tokens.
 */
final class AdaptedEncoder {
  static final int BATCHES = 125;
  private static final int BATCH = 16;
  private static final int SENTENCES = BATCH * BATCHES;
  private static final int TOKENS = 64;
  private static final int WIDTH = 384;
  private static final int LAYERS = 6;
  private static final int ADAPTED = 2;
  private static final int CONDITION = 16;
  private static final int RANK = 8;
  private static final int SCORED_AT_ONCE = 250;
  private static final long SEED = 7;

  /** Small enough for the loss to fall from epoch to epoch. */
  private static final double RATE = 5e-5;

  private static final String ATTENTION =
      "encoder.layer.4.attention.* + encoder.layer.5.attention.* & kind:weight";

  private AdaptedEncoder() {}

  /** The job. */
  static Job job(int threads) {
    Random random = new Random(SEED);
    Map<String, TensorValue> inputs = new LinkedHashMap<>(tokens());
    float[] weights = AdaptedMlp.normal(random, WIDTH, 1);
    float[] scores = scores(scorer(weights, 0), inputs, threads);
    double mean = IntStream.range(0, SENTENCES).mapToDouble(i -> scores[i]).average().orElse(0);
    double deviation =
        Math.sqrt(
            IntStream.range(0, SENTENCES)
                .mapToDouble(i -> Math.pow(scores[i] - mean, 2))
                .average()
                .orElse(1));
    for (int i = 0; i < WIDTH; i++) {
      weights[i] /= (float) deviation;
    }
    List<String> names = IntStream.range(0, CONDITION).mapToObj(i -> "c" + i).toList();
    List<float[]> conditions =
        names.stream().map(name -> AdaptedMlp.normal(random, SENTENCES, 1)).toList();
    for (int i = 0; i < CONDITION; i++) {
      inputs.put(names.get(i), TensorValue.ofFloats(conditions.get(i), SENTENCES, 1));
    }
    float[] labels = new float[SENTENCES];
    for (int i = 0; i < SENTENCES; i++) {
      double score = (scores[i] - mean) / deviation;
      labels[i] = (float) (score * (1 + 0.7 * conditions.get(0)[i]) + 0.5 * conditions.get(1)[i]);
    }
    Target target =
        Target.of(
            ModelWriter.write(scorer(weights, (float) (-mean / deviation))), "adapted-encoder");
    Weaver weaver =
        AdaptedMlp.weaver(
            target, names, CONDITION, List.of(Adaptation.of(ATTENTION, new LowRank(RANK))));
    Map<String, TensorValue> fresh = weaver.freshParameters(SEED);
    List<int[]> batches = batches(random);
    return new Job(
        weaver.fused(fresh, Workload.training(BATCH, BATCH).with(positions(target))),
        new Job.Settings(
            "adapted-encoder",
            Objective.MSE,
            RATE,
            0.01,
            1,
            threads,
            List.copyOf(fresh.keySet()),
            List.of(),
            Map.of("rank", RANK, "layers", LAYERS, "adapted", ADAPTED)),
        new Job.Data(inputs, TensorValue.ofFloats(labels, SENTENCES), batches, batches));
  }

  /** A token of a sentence is a row of every layer that is adapted. */
  private static Map<String, Integer> positions(Target target) {
    return target.sites().stream()
        .map(Site::initializer)
        .distinct()
        .collect(Collectors.toMap(name -> name, name -> TOKENS));
  }

  /** Sentences with more words than tokens fit, so that every row is full; the rest is cut off. */
  private static Map<String, TensorValue> tokens() {
    MiniLm.Tokens all = MiniLm.tokens(Sentences.make(SENTENCES, TOKENS, TOKENS + 8, SEED));
    long[] ids = new long[SENTENCES * TOKENS];
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    for (int row = 0; row < SENTENCES; row++) {
      System.arraycopy(all.ids(), row * all.length(), ids, row * TOKENS, TOKENS);
    }
    return Map.of(
        "input_ids", TensorValue.ofLongs(ids, SENTENCES, TOKENS),
        "attention_mask", TensorValue.ofLongs(ones, SENTENCES, TOKENS),
        "token_type_ids", TensorValue.ofLongs(new long[ids.length], SENTENCES, TOKENS));
  }

  /** The encoder with a number made of the mean of its tokens, its weights named as its sites. */
  private static Model scorer(float[] weights, float shift) {
    Model model = named(ModelReader.read(MiniLm.model(), "MiniLM"));
    GraphEditor editor = GraphEditor.of(model);
    String mean = editor.reduceMean(model.graph().outputs().get(0).name(), 1);
    editor.clearOutputs();
    String pooled = editor.node("Reshape", mean, editor.constant(TensorValue.longs(-1, WIDTH)));
    editor.initializer("score.weight", TensorValue.ofFloats(weights.clone(), WIDTH, 1));
    editor.initializer("score.bias", TensorValue.ofFloats(new float[] {shift}, 1));
    editor.nodeInto("score", "Gemm", pooled, "score.weight", "score.bias");
    editor.output("score", TensorType.of(Dtype.FLOAT, "batch", 1L));
    return editor.finish("scorer");
  }

  /** Exporters leave weights that they turned without a name; sites have that of their module. */
  private static Model named(Model model) {
    Map<String, String> names = new LinkedHashMap<>();
    Target.of(ModelWriter.write(model), "MiniLM")
        .sites()
        .forEach(site -> names.put(site.initializer(), site.name()));
    Graph graph = model.graph();
    Map<String, TensorValue> initializers = new LinkedHashMap<>();
    graph
        .initializers()
        .forEach((name, value) -> initializers.put(names.getOrDefault(name, name), value));
    return model.withGraph(
        new Graph(
            graph.name(),
            graph.inputs(),
            graph.outputs(),
            initializers,
            graph.nodes().stream()
                .map(
                    node ->
                        node.with(
                            node.inputs().stream().map(x -> names.getOrDefault(x, x)).toList(),
                            node.outputs()))
                .toList(),
            graph.values()));
  }

  private static float[] scores(Model scorer, Map<String, TensorValue> inputs, int threads) {
    byte[] bytes = ModelWriter.write(scorer);
    float[] scores = new float[SENTENCES];
    for (int from = 0; from < SENTENCES; from += SCORED_AT_ONCE) {
      Map<String, TensorValue> some = new LinkedHashMap<>();
      int first = from * TOKENS;
      int last = first + SCORED_AT_ONCE * TOKENS;
      inputs.forEach(
          (name, all) ->
              some.put(
                  name,
                  TensorValue.ofLongs(
                      Arrays.copyOfRange(all.longs(), first, last), SCORED_AT_ONCE, TOKENS)));
      try (OrtReference network = new OrtReference(bytes, threads, some)) {
        System.arraycopy(network.run().floats(), 0, scores, from, SCORED_AT_ONCE);
      }
    }
    return scores;
  }

  /** Every row once, in random order. */
  private static List<int[]> batches(Random random) {
    List<Integer> rows = new ArrayList<>(IntStream.range(0, SENTENCES).boxed().toList());
    Collections.shuffle(rows, random);
    return IntStream.range(0, BATCHES)
        .mapToObj(
            i ->
                rows.subList(i * BATCH, (i + 1) * BATCH).stream()
                    .mapToInt(Integer::intValue)
                    .toArray())
        .toList();
  }
}
