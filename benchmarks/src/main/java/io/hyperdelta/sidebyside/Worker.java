package io.hyperdelta.sidebyside;

import io.hyperdelta.autodiff.Engine;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.fit.Trainer;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.ProductPrecision;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;

/**
 * Our side: trains a {@link Job} when it is told to. It reads numbers of steps, one a line, and
 * answers with the seconds that they took and the loss of each; it ends with its input. The other
 * side does the same in {@code side-by-side/worker.py}.
 */
public final class Worker {
  private Worker() {}

  /**
   * Serves one job.
   *
   * @param arguments the job's folder, and in which precision its products are, float32 if nothing
   *     is said
   */
  @SuppressWarnings("try") // scopes work by being open
  public static void main(String[] arguments) throws IOException {
    long begin = System.nanoTime();
    try (PointerScope scope = new PointerScope();
        Work work = Work.of(Path.of(arguments[0]), precision(arguments));
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      // What was read is in libtorch now; Java's heap shrinks only when all of it is collected.
      System.gc();
      answer(System.nanoTime() - begin, new double[0]);
      int done = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        double[] losses = new double[Integer.parseInt(line)];
        long start = System.nanoTime();
        for (int i = 0; i < losses.length; i++) {
          losses[i] = work.step(done++);
        }
        answer(System.nanoTime() - start, losses);
      }
    }
  }

  private static ProductPrecision precision(String[] arguments) {
    return arguments.length < 2 ? FitSpec.DEFAULT_PRODUCTS : ProductPrecision.of(arguments[1]);
  }

  /** What is left of a job while it is trained: not its model, nor its inputs. */
  private record Work(
      Trainer trainer, List<int[]> rows, List<int[]> conditions, double learningRate)
      implements AutoCloseable {
    static Work of(Path folder, ProductPrecision products) {
      Job.Settings settings = Job.readSettings(folder);
      FitSpec fit =
          FitSpec.builder()
              .weightDecay(settings.weightDecay())
              .clip(settings.clip())
              .products(products)
              .build();
      System.setProperty(Engine.THREADS_PROPERTY, Integer.toString(settings.threads()));
      Engine.start();
      Job.Data data = Job.readData(folder);
      Program program =
          Trainer.compile(
              Job.readModel(folder), settings.parameters(), data.inputs().keySet(), fit);
      // The model's weights are in libtorch now; Java's heap shrinks only when all of it is
      // collected.
      System.gc();
      Map<String, Value> inputs = new LinkedHashMap<>();
      data.inputs()
          .forEach((name, value) -> inputs.put(name, Value.of(Tensors.of(value, Precision.FLOAT))));
      Trainer trainer =
          Trainer.of(
              program,
              inputs,
              Set.copyOf(settings.conditionInputs()),
              data.labels().doubles(),
              settings.objective(),
              fit);
      for (Value input : inputs.values()) {
        if (input instanceof Value.Device device) {
          device.tensor().close();
        }
      }
      return new Work(trainer, data.rows(), data.conditions(), settings.learningRate());
    }

    double step(int number) {
      int batch = number % rows.size();
      return trainer.step(rows.get(batch), conditions.get(batch), learningRate);
    }

    @Override
    public void close() {
      trainer.close();
    }
  }

  /** Writes seconds and numbers on a line. */
  static void answer(long nanos, double[] losses) {
    String text =
        Arrays.stream(losses)
            .mapToObj(loss -> String.format(Locale.ROOT, " %.9g", loss))
            .collect(Collectors.joining());
    System.out.println(nanos / 1e9 + text);
  }
}
