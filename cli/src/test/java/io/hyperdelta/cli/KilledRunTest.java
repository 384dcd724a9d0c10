package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is killed costs nothing but its time. */
class KilledRunTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 1").succeeded();
  }

  @Test
  void earlierBundleOutlivesKilledRunAndTheNextRunClearsUp() throws Exception {
    Map<String, String> before = work.snapshot("sales");
    work.write("long.yaml", Workplace.spec("epochs: 8", "epochs: 100000, patience: 100000"));
    Process process = start("train", work.at("long.yaml"), "--out", work.at("sales"));
    try {
      awaitTraining(process);
      assertThat(hidden()).containsExactly(".sales.draft-" + process.pid());
    } finally {
      process.destroyForcibly().waitFor();
    }
    // Killed, not ended: nothing could tidy up.
    assertThat(hidden()).containsExactly(".sales.draft-" + process.pid());
    assertThat(work.snapshot("sales")).isEqualTo(before);

    work.train("sales", "epochs: 8", "epochs: 2").succeeded();
    assertThat(hidden()).isEmpty();
    assertThat(work.snapshot("sales").keySet()).isEqualTo(before.keySet());
    assertThat(work.snapshot("sales")).isNotEqualTo(before);
  }

  @Test
  void bundleThatKilledRunHadMovedAwayIsPutBack() throws Exception {
    work.train("moved", "epochs: 8", "epochs: 1").succeeded();
    Map<String, String> before = work.snapshot("moved");
    Process ended = new ProcessBuilder(java(), "-version").redirectErrorStream(true).start();
    ended.getInputStream().readAllBytes();
    ended.waitFor();
    Files.move(work.path("moved"), work.path(".moved.previous-" + ended.pid()));

    assertThat(work.train("moved", "[size, age, wall]", "[sise]").exitCode()).isEqualTo(2);
    assertThat(work.snapshot("moved")).isEqualTo(before);
    assertThat(work.path(".moved.previous-" + ended.pid())).doesNotExist();
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(java()));
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-agentlib"))
        .forEach(command::add);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectOutput(work.path("killed.out").toFile())
        .redirectError(work.path("killed.err").toFile())
        .start();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static void awaitTraining(Process process) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!work.text("killed.err").contains("train target: ")) {
      assertThat(process.isAlive()).as(() -> work.text("killed.err")).isTrue();
      assertThat(System.nanoTime()).as(() -> work.text("killed.err")).isLessThan(end);
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static List<String> hidden() throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith(".sales."))
          .toList();
    }
  }
}
