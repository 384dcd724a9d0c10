package io.hyperdelta.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The versions that this HyperDelta was built with. Stateless. */
public final class Versions {
  private static final String RESOURCE = "versions.properties";

  private Versions() {}

  /**
   * Versions by component: {@code hyperdelta}, {@code libtorch}, {@code onnxruntime}, {@code
   * duckdb}.
   */
  public static Map<String, String> all() {
    Properties properties = new Properties();
    try (InputStream in = Versions.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("Resource \"" + RESOURCE + "\" is missing from the jar.");
      }
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> versions = new LinkedHashMap<>();
    for (String component : List.of("hyperdelta", "libtorch", "onnxruntime", "duckdb")) {
      versions.put(component, properties.getProperty(component));
    }
    return versions;
  }
}
