package io.hyperdelta.cli;

import io.hyperdelta.bundle.Versions;
import java.util.List;
import java.util.Map;

/** What {@code --version} prints. Stateless. */
final class VersionLines {
  private VersionLines() {}

  /** One line per component, ours first. */
  static List<String> lines() {
    Map<String, String> versions = Versions.all();
    return List.of(
        "hyperdelta " + versions.get("hyperdelta"),
        "libtorch " + versions.get("libtorch"),
        "ONNX Runtime " + versions.get("onnxruntime"),
        "DuckDB " + versions.get("duckdb"),
        "Java "
            + System.getProperty("java.version")
            + ", "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch"));
  }
}
