package io.hyperdelta.sidebyside;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Python that has torch.
 *
 * @param command how it is started
 * @param version of torch, and the library that it multiplies with
 */
record Python(String command, String version) {
  /** Environment variable that names the Python to use. */
  static final String VARIABLE = "HYPERDELTA_PYTHON";

  private static final List<String> OURS =
      List.of(
          "ONEDNN_MAX_CPU_ISA",
          "MALLOC_ARENA_MAX",
          "MALLOC_MMAP_THRESHOLD_",
          "MALLOC_TRIM_THRESHOLD_");

  private static final String PROGRAM =
      "import torch; print('PyTorch ' + torch.__version__ + (', MKL' if torch.backends.mkl.is_available() else ''))";

  /** The one that the environment names, or else one on the path; empty if none has torch. */
  static Optional<Python> find() {
    String named = System.getenv(VARIABLE);
    return (named == null ? Stream.of("python3", "python") : Stream.of(named))
        .flatMap(command -> version(command).map(v -> new Python(command, v)).stream())
        .findFirst();
  }

  private static Optional<String> version(String command) {
    try {
      Process process =
          new ProcessBuilder(command, "-c", PROGRAM)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor() == 0 ? Optional.of(output) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The search for Python was interrupted.", e);
    }
  }

  /** The command that serves a job. */
  List<String> worker(Path programs, Path job, String variant) {
    return running(programs.resolve("worker.py"), job.toString(), variant);
  }

  /**
   * The command that runs a program, as PyTorch is run: without what {@code ./hyperdelta} sets for
   * our older oneDNN (docs/decisions/022) and for memory that other threads than the first use
   * (docs/decisions/024).
   */
  List<String> running(Path program, String... arguments) {
    List<String> line = new ArrayList<>(List.of("env"));
    OURS.forEach(variable -> line.addAll(List.of("-u", variable)));
    line.addAll(List.of(command, program.toString()));
    line.addAll(List.of(arguments));
    return line;
  }
}
