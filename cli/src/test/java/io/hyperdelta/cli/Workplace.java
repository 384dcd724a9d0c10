package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.target.Target;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder with data and specs in which the command line is run, for tests. */
final class Workplace {
  /** A run of this takes about a second. */
  static final String SPEC =
      """
      name: sales
      data:
        rows: sales.csv
        label: ln(price)
        features: [size, age, wall]
        contexts: [floor(east / 2500), floor(north / 2500)]
        split: {unseenContexts: 0.25, test: 0.15, validation: 0.10, seed: 7}
      target:
        train: {network: mlp, hidden: [16, 8], fit: {epochs: 8, batch: 64, learningRate: 0.01}}
      conditions:
        place: [east, north]
      hypernetworks:
        neighbourhood:
          condition: place
          trunk: [16]
          latent: 4
          adaptations:
            - {part: "*", form: low-rank, rank: 2}
            - {part: "*", form: shift}
      fit: {epochs: 8, batch: 64, learningRate: 0.01}
      evaluate: {bootstrap: 100}
      """;

  static final int ROWS = 1_500;

  private final Path folder;

  /** Makes sales.csv in a folder. */
  Workplace(Path folder) {
    this.folder = folder;
    write("sales.csv", Sales.csv(ROWS, 1));
  }

  /**
   * What a command printed.
   *
   * @param exitCode how it ended
   * @param out standard output
   * @param err standard error
   */
  record Run(int exitCode, String out, String err) {
    /** Standard error from the error on as one line, whatever progress was printed before it. */
    String error() {
      String text = "\n" + err;
      int start = Math.max(text.indexOf("\nerror: "), text.indexOf("\nfailure: "));
      assertThat(start).as(err).isNotNegative();
      return text.substring(start).strip().replaceAll("\\R", " ");
    }

    /** This run, which went well. */
    Run succeeded() {
      assertThat(exitCode).as(err).isZero();
      return this;
    }
  }

  /** The path of a file or folder in the folder. */
  Path path(String name) {
    return folder.resolve(name);
  }

  /** The same as text, for arguments. */
  String at(String name) {
    return path(name).toString();
  }

  Path write(String name, String text) {
    return write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  Path write(String name, byte[] bytes) {
    try {
      Files.createDirectories(path(name).getParent());
      return Files.write(path(name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] read(String name) {
    try {
      return Files.readAllBytes(path(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String text(String name) {
    return new String(read(name), StandardCharsets.UTF_8);
  }

  /** The spec with changes: each text is replaced by the one after it. */
  static String spec(String... changes) {
    String spec = SPEC;
    for (int i = 0; i < changes.length; i += 2) {
      assertThat(spec).contains(changes[i]);
      spec = spec.replace(changes[i], changes[i + 1]);
    }
    return spec;
  }

  /** Trains a bundle from {@link #spec}. */
  Run train(String bundle, String... changes) {
    write("spec.yaml", spec(changes));
    return run("train", at("spec.yaml"), "--out", at(bundle));
  }

  /** Runs the command line in this process. */
  Run run(String... arguments) {
    RecordedTerminal recorded = new RecordedTerminal();
    int exitCode = recorded.run(arguments);
    return new Run(exitCode, recorded.out(), recorded.err());
  }

  /**
   * SHA-256 of every file below the folder, hidden ones too, by path; folders are there as well.
   */
  Map<String, String> snapshot() {
    return snapshot(".");
  }

  /** The same of a folder below. */
  Map<String, String> snapshot(String below) {
    Path root = folder.resolve(below).normalize();
    Map<String, String> digests = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.toList()) {
        digests.put(
            root.relativize(path).toString(),
            Files.isDirectory(path) ? "folder" : Target.sha256(Files.readAllBytes(path)));
      }
      return digests;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
