package io.hyperdelta.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every safetensors file that fuzzing starts from, and every one that it ever crashed with, without
 * Jazzer.
 *
 * <p>After a change of {@link SafetensorsCorpus}, {@code mvn test -pl core
 * -Dtest=SafetensorsCorpusTest -Dcorpus.write=true} writes the files again.
 */
@Timeout(60)
final class SafetensorsCorpusTest {
  static final String FILES = "SafetensorsFuzzTestInputs/read";

  static List<Path> files() throws IOException {
    try {
      URL url = Objects.requireNonNull(SafetensorsCorpusTest.class.getResource(FILES), FILES);
      try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
        return files.sorted().toList();
      }
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyFileIsReadOrRefused(Path file) throws IOException {
    boolean sound = HostileSafetensors.isSound(Files.readAllBytes(file));

    String name = file.getFileName().toString();
    // Of files that fuzzing found it is enough that nothing else happened.
    if (SafetensorsCorpus.files().containsKey(name)) {
      assertThat(sound).as(name).isEqualTo(!name.startsWith("bad-"));
    }
  }

  @Test
  void theFilesAreTheGenerators() {
    Path folder =
        Path.of(
            "src/test/resources",
            SafetensorsCorpusTest.class.getPackageName().replace('.', '/'),
            FILES);
    Map<String, byte[]> generated = SafetensorsCorpus.files();
    if (Boolean.getBoolean("corpus.write")) {
      generated.forEach((name, bytes) -> write(folder.resolve(name), bytes));
    }
    generated.forEach((name, bytes) -> assertThat(folder.resolve(name)).hasBinaryContent(bytes));
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
