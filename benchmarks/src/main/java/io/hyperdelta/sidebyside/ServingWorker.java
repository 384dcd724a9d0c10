package io.hyperdelta.sidebyside;

import io.hyperdelta.runtime.AdaptiveModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Our side of prediction: does batches of {@link ServedMlp} when it is told to, as {@link Worker}
 * does steps. In the place of losses it answers with the mean squares of predictions. The other
 * side does the same in {@code side-by-side/serving.py}.
 */
public final class ServingWorker {
  /** Batches that lie ready; later ones are made while the clock stands. */
  private static final int READY = 64;

  private ServingWorker() {}

  /**
   * Serves.
   *
   * @param arguments the folder, how many contexts there are, and "each" or "one": whether each row
   *     of a batch has its own condition or all have that of the first
   */
  public static void main(String[] arguments) throws IOException {
    long begin = System.nanoTime();
    int contexts = Integer.parseInt(arguments[1]);
    boolean one = arguments[2].equals("one");
    try (AdaptiveModel model = AdaptiveModel.open(ServedMlp.bundle(Path.of(arguments[0])));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      model.predict(ServedMlp.Batch.of(0, contexts).rows());
      Worker.answer(System.nanoTime() - begin, new double[0]);
      int done = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        double[] squares = new double[Integer.parseInt(line)];
        long nanos = 0;
        for (int i = 0; i < squares.length; i += READY) {
          List<ServedMlp.Batch> ready = new ArrayList<>();
          for (int k = i; k < Math.min(i + READY, squares.length); k++) {
            ServedMlp.Batch batch = ServedMlp.Batch.of(done++, contexts);
            ready.add(one ? batch.underOne() : batch);
          }
          long start = System.nanoTime();
          for (int k = 0; k < ready.size(); k++) {
            float[] predictions = model.predict(ready.get(k).rows()).values();
            squares[i + k] = meanSquare(predictions);
          }
          nanos += System.nanoTime() - start;
        }
        Worker.answer(nanos, squares);
      }
    }
  }

  private static double meanSquare(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value * value;
    }
    return sum / values.length;
  }
}
