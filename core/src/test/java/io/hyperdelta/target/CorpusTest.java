package io.hyperdelta.target;

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
 * Every input that fuzzing starts from, and every one that it ever crashed with, without Jazzer: so
 * on any platform and in moments.
 *
 * <p>After a change of {@link Corpus}, {@code mvn test -pl core -Dtest=CorpusTest
 * -Dcorpus.write=true} writes the files again.
 */
@Timeout(60)
final class CorpusTest {
  static final String MODELS = "ModelFuzzTestInputs/read";
  static final String TENSORS = "TensorFuzzTestInputs/decode";
  private static final String CHOICES = "EditedModelFuzzTestInputs/read";

  /** All of it travels with every checkout. */
  private static final long MAX_BYTES = 300_000;

  static List<Path> models() {
    return files(MODELS);
  }

  static List<Path> tensors() {
    return files(TENSORS);
  }

  private static List<Path> files(String folder) {
    try {
      URL url = Objects.requireNonNull(CorpusTest.class.getResource(folder), folder);
      try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
        return files.sorted().toList();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void models(Path file) throws IOException {
    assertExpected(file, Corpus.models(), HostileInput.isTarget(Files.readAllBytes(file)));
  }

  @ParameterizedTest
  @MethodSource("tensors")
  void tensors(Path file) throws IOException {
    assertExpected(file, Corpus.tensors(), HostileInput.isTensor(Files.readAllBytes(file)));
  }

  /** Of files that fuzzing found it is enough that nothing else happened. */
  private static void assertExpected(Path file, Map<String, byte[]> generated, boolean isSound) {
    String name = file.getFileName().toString();
    if (generated.containsKey(name)) {
      assertThat(isSound).as(name).isEqualTo(!name.startsWith("bad-"));
    }
  }

  @Test
  void theFilesAreTheGenerators() throws IOException {
    assertGenerated(MODELS, Corpus.models());
    assertGenerated(TENSORS, Corpus.tensors());
    assertGenerated(CHOICES, Corpus.choices());
  }

  private static void assertGenerated(String folder, Map<String, byte[]> generated)
      throws IOException {
    Path source =
        Path.of("src/test/resources", CorpusTest.class.getPackageName().replace('.', '/'), folder);
    if (Boolean.getBoolean("corpus.write")) {
      Files.createDirectories(source);
      for (Map.Entry<String, byte[]> file : generated.entrySet()) {
        Files.write(source.resolve(file.getKey()), file.getValue());
      }
    }
    for (Map.Entry<String, byte[]> file : generated.entrySet()) {
      assertThat(source.resolve(file.getKey())).hasBinaryContent(file.getValue());
    }
  }

  @Test
  void theCorpusIsSmall() throws IOException {
    long size = 0;
    for (String folder : List.of(MODELS, TENSORS, CHOICES)) {
      for (Path file : files(folder)) {
        size += Files.size(file);
      }
    }
    assertThat(size).isLessThan(MAX_BYTES);
  }
}
