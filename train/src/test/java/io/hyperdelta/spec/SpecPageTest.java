package io.hyperdelta.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each block of docs/spec.md is read as part of a spec. */
class SpecPageTest {
  private static final Path PAGE = Path.of("../docs/spec.md");
  private static final Pattern BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

  /** What a block leaves out, by key. */
  private static final Map<String, String> REST =
      Map.of(
          "data", "data: {rows: rows.csv, label: y, features: [a, b], contexts: [site]}\n",
          "target", "target: {train: {network: mlp, hidden: [8]}}\n");

  private static final List<String> SOURCES = List.of("hypernetworks", "tables", "shared", "fixed");

  private static final String SOURCE = "shared: {all: {adaptations: [{part: x, form: shift}]}}\n";

  @TempDir private Path folder;

  static Stream<String> blocks() throws IOException {
    return BLOCK.matcher(Files.readString(PAGE)).results().map(match -> match.group(1));
  }

  private static boolean has(String block, String key) {
    return block.startsWith(key + ":") || block.contains("\n" + key + ":");
  }

  @ParameterizedTest
  @MethodSource("blocks")
  void isReadAsItStands(String block) throws IOException {
    StringBuilder spec = new StringBuilder("name: page\n");
    REST.forEach((key, text) -> spec.append(has(block, key) ? "" : text));
    spec.append(SOURCES.stream().anyMatch(key -> has(block, key)) ? "" : SOURCE).append(block);
    Path file = Files.writeString(folder.resolve("spec.yaml"), spec);

    Spec read = SpecReader.read(file);

    assertThat(read.name()).isEqualTo("page");
  }

  @ParameterizedTest
  @MethodSource("keys")
  void theSchemasKeysAreAllOnThePage(String key) throws IOException {
    assertThat(Files.readString(PAGE)).contains(key + ":");
  }

  static Stream<String> keys() {
    return Stream.of(
        "rows",
        "label",
        "features",
        "contexts",
        "split",
        "missing",
        "train",
        "onnx",
        "inputs",
        "output",
        "objective",
        "conditions",
        "constantNorm",
        "table",
        "key",
        "unknown",
        "encoder",
        "period",
        "trunk",
        "latent",
        "dropout",
        "heads",
        "embedding",
        "seed",
        "learningRate",
        "rank",
        "count",
        "chunk",
        "replace",
        "scale",
        "cap",
        "tables",
        "shared",
        "fixed",
        "peft",
        "safetensors",
        "members",
        "combine",
        "bootstrap",
        "epochs",
        "batch",
        "weightDecay",
        "warmup",
        "clip",
        "patience",
        "penalty");
  }
}
