package io.hyperdelta.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Native libraries laid out in a folder once, when the command line is built. DuckDB and ONNX
 * Runtime would unpack theirs at every start, 100 MB together, which takes longer than most
 * predictions.
 *
 * <p>ONNX Runtime can be told where its libraries are. DuckDB looks for its own on the library path
 * only if its jar has none, so it gets a jar without.
 */
final class UnpackedNatives {
  private static final String DUCKDB_LIBRARY = "libduckdb_java.";
  private static final List<String> ORT_LIBRARIES = List.of("onnxruntime", "onnxruntime4j_jni");

  private UnpackedNatives() {}

  /**
   * Unpacks for Linux. On other systems, or where a jar is not laid out as expected, the folder
   * gets nothing, or an exception says what is missing.
   *
   * @param arguments the folder, which gets {@code natives/} and DuckDB's jar under its name
   */
  public static void main(String[] arguments) throws IOException {
    if (!System.getProperty("os.name").equals("Linux")) {
      return;
    }
    switch (System.getProperty("os.arch")) {
      case "amd64" -> unpack(Path.of(arguments[0]), "linux-x64", "linux_amd64");
      case "aarch64" -> unpack(Path.of(arguments[0]), "linux-aarch64", "linux_arm64");
      default -> {}
    }
  }

  private static void unpack(Path folder, String ortPlatform, String duckDbPlatform)
      throws IOException {
    Path natives = Files.createDirectories(folder.resolve("natives"));
    for (String library : ORT_LIBRARIES) {
      String name = System.mapLibraryName(library);
      copy(resource("/ai/onnxruntime/native/" + ortPlatform + "/" + name), natives.resolve(name));
    }
    URL duckDb = resource("/" + DUCKDB_LIBRARY + "so_" + duckDbPlatform);
    copy(duckDb, natives.resolve(System.mapLibraryName("duckdb_java")));
    if (duckDb.openConnection() instanceof JarURLConnection connection) {
      connection.setUseCaches(false);
      try (JarFile jar = connection.getJarFile()) {
        withoutLibraries(jar, folder.resolve(Path.of(jar.getName()).getFileName()));
      }
    }
  }

  private static URL resource(String name) throws IOException {
    URL found = UnpackedNatives.class.getResource(name);
    if (found == null) {
      throw new IOException(
          "The class path has no %s. Expected the library of this platform.".formatted(name));
    }
    return found;
  }

  private static void copy(URL library, Path to) throws IOException {
    try (InputStream content = library.openStream()) {
      Files.copy(content, to);
    }
  }

  private static void withoutLibraries(JarFile from, Path to) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(to))) {
      for (JarEntry entry : from.stream().toList()) {
        if (!entry.getName().startsWith(DUCKDB_LIBRARY)) {
          out.putNextEntry(new JarEntry(entry.getName()));
          try (InputStream content = from.getInputStream(entry)) {
            content.transferTo(out);
          }
          out.closeEntry();
        }
      }
    }
  }
}
