package io.hyperdelta.sidebyside;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * One side at work: a process that is given numbers of steps, one a line, and answers each with the
 * seconds that they took and their losses. Not thread-safe.
 */
final class Side implements AutoCloseable {
  /**
   * What some steps took and gave.
   *
   * @param seconds for all of them
   * @param losses of each, before its update
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Answer(double seconds, double[] losses) {}

  private final Process process;
  private final BufferedReader output;
  private final BufferedWriter input;
  private final double startSeconds;

  /**
   * Starts the process and waits until it is ready.
   *
   * @throws IllegalStateException if it ends instead
   */
  Side(List<String> command) {
    try {
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    output = process.inputReader(StandardCharsets.UTF_8);
    input = process.outputWriter(StandardCharsets.UTF_8);
    startSeconds = answer().seconds();
  }

  /** Seconds from its start, as it counts them, until it was ready. */
  double startSeconds() {
    return startSeconds;
  }

  /** Does some steps. */
  Answer steps(int count) {
    try {
      input.write(count + "\n");
      input.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return answer();
  }

  private Answer answer() {
    try {
      String line = output.readLine();
      if (line == null) {
        throw new IllegalStateException(
            "A side of a comparison ended early, with code %d. What it said is above."
                .formatted(process.waitFor()));
      }
      double[] numbers =
          Arrays.stream(line.split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
      return new Answer(numbers[0], Arrays.copyOfRange(numbers, 1, numbers.length));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("A comparison was interrupted.", e);
    }
  }

  /** The most memory that it ever held, in bytes; 0 where the system does not tell. */
  long peakBytes() {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    if (!Files.isReadable(status)) {
      return 0;
    }
    try (var lines = Files.lines(status)) {
      Predicate<String> peak = line -> line.startsWith("VmHWM");
      return lines
          .filter(peak)
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroy();
  }
}
