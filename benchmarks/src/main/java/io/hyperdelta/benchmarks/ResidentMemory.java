package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.CachedRows;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Room;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains the weights of MiniLM's last layer for many steps and watches the memory of the process.
 * Linux only: resident memory is read from {@code /proc}.
 */
public final class ResidentMemory {
  private static final int WARM = 1_000;
  private static final int STEPS = 10_000;
  private static final int ROWS = 64;
  private static final int BATCH = 4;
  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentMemory() {}

  /** Trains in a process of its own, whose heap cannot move, and says what it took. */
  static String measure() {
    if (!Files.isReadable(STATUS)) {
      return "Resident memory: not measured, for lack of " + STATUS + ".\n";
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ResidentMemory.class.getName()));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("The training process failed.");
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Trains and prints. */
  @SuppressWarnings("try") // scopes work by being open
  public static void main(String[] arguments) {
    Model model = ModelReader.read(MiniLm.model(), "MiniLM");
    MiniLm.Tokens tokens = MiniLm.tokens(Sentences.make(ROWS, 4, 14, 11));
    long before = 0;
    try (PointerScope all = new PointerScope();
        Program program = Program.compile(model, lastLayer(model), Precision.FLOAT);
        CachedRows rows =
            CachedRows.of(
                program,
                inputs(tokens),
                ROWS,
                16,
                Room.inMemory(Runtime.getRuntime().maxMemory()))) {
      for (int step = 1; step <= STEPS; step++) {
        train(program, rows, step);
        if (step == WARM) {
          before = residentKilobytes();
        }
      }
      long after = residentKilobytes();
      System.out.printf(
          Locale.ROOT,
          "Resident memory, training the last layer of MiniLM (frozen part kept per row: %s, %d of %d nodes a step): %,d kB after %,d steps, %,d kB after %,d, %+.2f %%.%n",
          rows.isCached() ? "yes" : "no",
          rows.stepCount(),
          program.stepCount(),
          before,
          WARM,
          after,
          STEPS,
          100.0 * (after - before) / before);
    }
  }

  private static Map<String, Value> inputs(MiniLm.Tokens tokens) {
    Map<String, Value> inputs = new LinkedHashMap<>();
    inputs.put("input_ids", Value.of(Tensors.ofLongs(tokens.ids(), ROWS, tokens.length())));
    inputs.put("attention_mask", Value.of(Tensors.ofLongs(tokens.mask(), ROWS, tokens.length())));
    inputs.put("token_type_ids", Value.of(Tensors.ofLongs(tokens.types(), ROWS, tokens.length())));
    return inputs;
  }

  /** The matrices and biases of the last layer. */
  private static Set<String> lastLayer(Model model) {
    Set<String> names = new TreeSet<>();
    for (Node node : model.graph().nodes()) {
      if (node.name().startsWith("/encoder/layer.5/")) {
        node.inputs().stream()
            .filter(model.graph().initializers()::containsKey)
            .forEach(names::add);
      }
    }
    return names;
  }

  @SuppressWarnings("try") // scopes work by being open
  private static void train(Program program, CachedRows rows, int step) {
    int[] batch = new int[BATCH];
    for (int i = 0; i < BATCH; i++) {
      batch[i] = (step * BATCH + i) % ROWS;
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor output = ((Value.Device) rows.run(batch).get(0)).tensor();
      output.mul(output).mean().backward();
      try (NoGradGuard frozen = new NoGradGuard()) {
        for (Tensor leaf : program.parameters().tensors()) {
          leaf.sub_(leaf.grad(), new Scalar(1e-4));
          leaf.mutable_grad().reset();
        }
      }
    }
  }

  private static long residentKilobytes() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
