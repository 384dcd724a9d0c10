package io.hyperdelta.sidebyside;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.Safetensors;
import io.hyperdelta.fit.Training;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.InputSpec;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SplitSpec;
import io.hyperdelta.spec.TargetSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * A bundle of an MLP 64-256-256-10 whose hidden layers take deltas of rank 4, which a linear
 * hypernetwork with a latent of 16 generates from 16 numbers of condition, and batches of 256 rows
 * to predict for.
 */
final class ServedMlp {
  static final int BATCH = 256;
  private static final int BATCHES = 64;
  private static final int LATENT = 16;
  private static final int RANK = 4;
  private static final int TRAINING_ROWS = 400;
  private static final long SEED = 7;
  private static final String BUNDLE = "bundle";

  private ServedMlp() {}

  /**
   * Writes the bundle, and for the other side {@code tensors.safetensors}: {@code weight/NAME} for
   * each initializer of the fused graph, {@code x} [batches, rows, in] and {@code contexts}
   * [contexts, condition].
   */
  static void write(Path folder, int contexts) {
    try {
      Bundle bundle = train(folder);
      Map<String, TensorValue> tensors = new LinkedHashMap<>();
      ModelReader.read(bundle.read(Bundle.FUSED), Bundle.FUSED)
          .graph()
          .initializers()
          .forEach((name, value) -> tensors.put("weight/" + name, value));
      float[] x = new float[BATCHES * BATCH * AdaptedMlp.IN];
      for (int i = 0; i < x.length; i++) {
        x[i] = row(i / AdaptedMlp.IN)[i % AdaptedMlp.IN];
      }
      float[] c = new float[contexts * AdaptedMlp.CONDITION];
      for (int i = 0; i < c.length; i++) {
        c[i] = number(i / AdaptedMlp.CONDITION, i % AdaptedMlp.CONDITION);
      }
      tensors.put("x", TensorValue.ofFloats(x, BATCHES, BATCH, AdaptedMlp.IN));
      tensors.put("contexts", TensorValue.ofFloats(c, contexts, AdaptedMlp.CONDITION));
      Files.write(
          folder.resolve("tensors.safetensors"), new Safetensors(tensors, Map.of()).bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bundle in a folder. */
  static Path bundle(Path folder) {
    return folder.resolve(BUNDLE);
  }

  private static Bundle train(Path folder) throws IOException {
    Random random = new Random(SEED);
    Path target = Files.write(folder.resolve("mlp.onnx"), AdaptedMlp.target(random).bytes());
    StringBuilder text = new StringBuilder();
    for (int row = 0; row < TRAINING_ROWS; row++) {
      text.append(
          "{\"label\": \"%d\", \"x\": %s"
              .formatted(row % AdaptedMlp.OUT, Arrays.toString(row(row))));
      for (int i = 0; i < AdaptedMlp.CONDITION; i++) {
        text.append(String.format(Locale.ROOT, ", \"c%d\": %f", i, number(row, i)));
      }
      text.append("}\n");
    }
    Path rows = Files.writeString(folder.resolve("rows.ndjson"), text);
    Spec spec =
        Spec.builder("served")
            .data(DataSpec.rows(rows).label("label").split(new SplitSpec(0, .1, .1, 1)))
            .target(new TargetSpec.Onnx(target, Map.of("x", InputSpec.vector("x")), "y"))
            .objective(Objective.CROSS_ENTROPY)
            .condition("c", columns())
            .hypernetwork(
                "hypernetwork",
                new HypernetworkSpec(
                    "c",
                    List.of(),
                    LATENT,
                    List.of(
                        AdaptationSpec.lowRank("fc1.weight", RANK),
                        AdaptationSpec.lowRank("fc2.weight", RANK))))
            .fit(FitSpec.builder().epochs(5).batch(32).learningRate(0.01).build())
            .build();
    return Training.of(spec).run(bundle(folder)).bundle();
  }

  private static String[] columns() {
    String[] names = new String[AdaptedMlp.CONDITION];
    Arrays.setAll(names, i -> "c" + i);
    return names;
  }

  /** What the target sees of a row. */
  private static float[] row(int row) {
    float[] x = new float[AdaptedMlp.IN];
    for (int i = 0; i < x.length; i++) {
      x[i] = number(-1 - row, i);
    }
    return x;
  }

  /** A number between -2 and 2 that looks random, the same whenever it is asked for. */
  private static float number(long row, int column) {
    long bits = (row * AdaptedMlp.CONDITION * 4 + column) * 0x9e3779b97f4a7c15L;
    bits = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
    return (int) (bits >>> 40) / (float) (1 << 22) - 2;
  }

  /**
   * What a user has in hand.
   *
   * @param x what the target sees, by row
   * @param conditions by column, then by row
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Batch(float[][] x, double[][] conditions) {
    /**
     * A batch of rows.
     *
     * @param number of the batch
     * @param contexts how many there are, of which a batch has the next 256
     */
    static Batch of(int number, int contexts) {
      float[][] x = new float[BATCH][];
      double[][] conditions = new double[AdaptedMlp.CONDITION][BATCH];
      for (int i = 0; i < BATCH; i++) {
        x[i] = row(number % BATCHES * BATCH + i);
        long context = ((long) number * BATCH + i) % contexts;
        for (int c = 0; c < conditions.length; c++) {
          conditions[c][i] = number(context, c);
        }
      }
      return new Batch(x, conditions);
    }

    /** The rows of a batch under one condition, that of its first row. */
    Batch underOne() {
      double[][] same = new double[conditions.length][BATCH];
      for (int c = 0; c < same.length; c++) {
        Arrays.fill(same[c], conditions[c][0]);
      }
      return new Batch(x, same);
    }

    /** What the target sees, in one array. */
    float[] flat() {
      float[] flat = new float[BATCH * AdaptedMlp.IN];
      for (int i = 0; i < BATCH; i++) {
        System.arraycopy(x[i], 0, flat, i * AdaptedMlp.IN, AdaptedMlp.IN);
      }
      return flat;
    }

    /** Rows as the runtime takes them. */
    Rows rows() {
      Rows.Builder rows = Rows.builder(BATCH).vectors("x", x);
      for (int c = 0; c < conditions.length; c++) {
        rows.numbers("c" + c, conditions[c]);
      }
      return rows.build();
    }

    /** Rows without their conditions. */
    Rows targetRows() {
      return Rows.builder(BATCH).vectors("x", x).build();
    }

    /** The condition of the first row, alone. */
    Rows first() {
      Rows.Builder rows = Rows.builder(1);
      for (int c = 0; c < conditions.length; c++) {
        rows.numbers("c" + c, conditions[c][0]);
      }
      return rows.build();
    }
  }
}
