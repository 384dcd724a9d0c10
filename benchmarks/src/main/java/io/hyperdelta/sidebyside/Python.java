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
   * The command that runs a program. What holds our older oneDNN back where it computes wrongly
   * must not hold back PyTorch's (docs/decisions/022).
   */
  List<String> running(Path program, String... arguments) {
    List<String> line = new ArrayList<>();
    line.addAll(List.of("env", "-u", "ONEDNN_MAX_CPU_ISA", command, program.toString()));
    line.addAll(List.of(arguments));
    return line;
  }
}
