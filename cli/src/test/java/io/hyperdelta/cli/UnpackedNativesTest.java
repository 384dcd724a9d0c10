package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OrtEnvironment;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Started with the libraries that were laid out before, a process unpacks none. */
class UnpackedNativesTest {
  @Test
  void nothingIsUnpackedAtTheStart(@TempDir Path folder, @TempDir Path temporary) throws Exception {
    assumeTrue(System.getProperty("os.name").equals("Linux"), "laid out on Linux alone");

    UnpackedNatives.main(new String[] {folder.toString()});

    Path natives = folder.resolve("natives");
    String classPath =
        Arrays.stream(
                System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
            .map(entry -> inPlaceOf(Path.of(entry), folder))
            .map(Path::toString)
            .collect(Collectors.joining(File.pathSeparator));
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-Djava.library.path=" + natives,
                "-Donnxruntime.native.path=" + natives,
                Probe.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("CLASSPATH", classPath);
    Process process = builder.start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).as("%s", lines).isZero();
    assertThat(lines)
        .containsExactly("42", "ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion());
  }

  private static Path inPlaceOf(Path entry, Path folder) {
    Path own = folder.resolve(entry.getFileName());
    return Files.isRegularFile(own) ? own : entry;
  }

  /** Uses both libraries, and prints what it finds unpacked. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] arguments) throws Exception {
      try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
          ResultSet rows = connection.createStatement().executeQuery("select 42")) {
        rows.next();
        System.out.println(rows.getInt(1));
      }
      System.out.println("ONNX Runtime " + OrtEnvironment.getEnvironment().getVersion());
      try (Stream<Path> files = Files.walk(Path.of(System.getProperty("java.io.tmpdir")))) {
        files.filter(Files::isRegularFile).forEach(System.out::println);
      }
    }
  }
}
