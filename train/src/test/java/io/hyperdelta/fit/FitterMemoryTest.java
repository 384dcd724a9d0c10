package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.Objective;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * Resident memory stays flat while steps go by, seen in a process of its own whose heap cannot
 * move.
 */
class FitterMemoryTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final int WARM = 1000;
  private static final int STEPS = 6000;

  @Test
  void residentMemoryIsFlatOverFiveThousandSteps() throws IOException, InterruptedException {
    assumeTrue(Files.exists(STATUS), "resident memory is known on Linux only");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // The heap is touched whole at the start: what grows after that is native.
    command.addAll(List.of("-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    // The second compiler's memory is native, too: up to 7 MB in some runs and not in others.
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Probe.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> kilobytes =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();

    assertThat(process.waitFor()).isZero();
    long before = Long.parseLong(kilobytes.get(0));
    long after = Long.parseLong(kilobytes.get(1));
    System.out.printf(
        Locale.ROOT,
        "resident: %,d kB after %,d steps, %,d kB after %,d%n",
        before,
        WARM,
        after,
        STEPS);
    assertThat(before).isGreaterThan(100_000);
    assertThat(after).isLessThan(before + before / 100);
  }

  /** Fits for a while and prints the resident kilobytes after warm-up and at the end. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] arguments) {
      long[] seen = new long[3];
      Progress progress =
          (title, total, unit) ->
              new Progress.Step() {
                @Override
                public void advance(long count) {
                  seen[0] += count;
                  if (seen[0] == WARM) {
                    seen[1] = residentKilobytes();
                  } else if (seen[0] == STEPS) {
                    seen[2] = residentKilobytes();
                  }
                }

                @Override
                public void note(String text) {}

                @Override
                public void close() {}
              };
      // 20 steps an epoch.
      FitSpec spec = FitSpec.builder().epochs(STEPS / 20).batch(50).patience(STEPS).build();
      FitterTest.fit(Objective.MSE, spec, progress);
      System.out.print(seen[1] + "\n" + seen[2] + "\n");
    }

    private static long residentKilobytes() {
      try {
        return Files.readAllLines(STATUS).stream()
            .filter(line -> line.startsWith("VmRSS"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElseThrow();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
  }
}
