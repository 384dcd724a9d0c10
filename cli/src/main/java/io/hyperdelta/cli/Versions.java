package io.hyperdelta.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Properties;

/** The versions that this command line was built with. Stateless. */
final class Versions {
  private static final String RESOURCE = "versions.properties";

  private Versions() {}

  /** One line per component, ours first. */
  static List<String> lines() {
    Properties versions = new Properties();
    try (InputStream in = Versions.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("Resource \"" + RESOURCE + "\" is missing from the jar.");
      }
      versions.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.of(
        "hyperdelta " + versions.getProperty("hyperdelta"),
        "libtorch " + versions.getProperty("libtorch"),
        "ONNX Runtime " + versions.getProperty("onnxruntime"),
        "DuckDB " + versions.getProperty("duckdb"),
        "Java "
            + System.getProperty("java.version")
            + ", "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch"));
  }
}
