package io.hyperdelta.sidebyside;

import io.hyperdelta.autodiff.Engine;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.fit.Trainer;
import io.hyperdelta.spec.FitSpec;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
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
   * @param arguments the job's folder
   */
  @SuppressWarnings("try") // scopes work by being open
  public static void main(String[] arguments) throws IOException {
    long begin = System.nanoTime();
    Job job = Job.read(Path.of(arguments[0]));
    System.setProperty(Engine.THREADS_PROPERTY, Integer.toString(job.settings().threads()));
    Engine.start();
    try (PointerScope scope = new PointerScope();
        Trainer trainer = trainer(job);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      answer(System.nanoTime() - begin, new double[0]);
      int done = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        double[] losses = new double[Integer.parseInt(line)];
        long start = System.nanoTime();
        for (int i = 0; i < losses.length; i++) {
          int batch = done++ % job.rows().size();
          losses[i] =
              trainer.step(
                  job.rows().get(batch),
                  job.conditions().get(batch),
                  job.settings().learningRate());
        }
        answer(System.nanoTime() - start, losses);
      }
    }
  }

  private static Trainer trainer(Job job) {
    Map<String, Value> inputs = new LinkedHashMap<>();
    job.inputs()
        .forEach((name, value) -> inputs.put(name, Value.of(Tensors.of(value, Precision.FLOAT))));
    Job.Settings settings = job.settings();
    FitSpec fit =
        FitSpec.builder().weightDecay(settings.weightDecay()).clip(settings.clip()).build();
    return Trainer.of(
        job.model(),
        settings.parameters(),
        inputs,
        Set.copyOf(settings.conditionInputs()),
        job.labels().doubles(),
        settings.objective(),
        fit);
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
