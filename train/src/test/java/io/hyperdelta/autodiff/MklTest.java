package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who computes the products, seen in processes of their own. */
class MklTest {
  private static final Path MAPS = Path.of("/proc/self/maps");

  @BeforeAll
  static void onItsPlatform() {
    assumeTrue(Loader.getPlatform().equals("linux-x86_64"), "MKL is there for Linux on x86-64");
  }

  @Test
  void productsAreMklsInLibtorchsOpenMp() throws Exception {
    List<String> lines = run(entry -> true, Map.of());

    assertThat(lines).contains("MKL: true").anyMatch(line -> line.startsWith("libmkl_gnu_thread"));
    assertThat(lines).filteredOn(line -> line.startsWith("libgomp")).hasSize(1);
    assertThat(lines).noneMatch(line -> line.startsWith("libiomp"));
  }

  @Test
  void layersOfTheEnvironmentDoNotReachIt() throws Exception {
    List<String> lines =
        run(
            entry -> true,
            Map.of("MKL_THREADING_LAYER", "SEQUENTIAL", "MKL_INTERFACE_LAYER", "GNU,ILP64"));

    assertThat(lines).contains("MKL: true").anyMatch(line -> line.startsWith("libmkl_gnu_thread"));
  }

  @Test
  void withoutItProductsAreRightAllTheSame() throws Exception {
    List<String> lines = run(entry -> !new File(entry).getName().startsWith("mkl-"), Map.of());

    assertThat(lines).contains("MKL: false").noneMatch(line -> line.startsWith("libmkl"));
  }

  private interface Entries {
    boolean keep(String entry);
  }

  private static List<String> run(Entries entries, Map<String, String> environment)
      throws IOException, InterruptedException {
    String classPath =
        Arrays.stream(
                System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
            .filter(entries::keep)
            .collect(Collectors.joining(File.pathSeparator));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", classPath, Probe.class.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).isZero();
    return lines;
  }

  /** Computes products of all sizes and prints whose they were, with the libraries loaded then. */
  static final class Probe {
    private Probe() {}

    public static void main(String[] arguments) throws IOException {
      LinearLayerTest products = new LinearLayerTest();
      LinearLayerTest.layers().forEach(products::isTheProduct);
      System.out.println("MKL: " + Engine.hasMkl());
      try (Stream<String> maps = Files.lines(MAPS)) {
        maps.filter(line -> line.contains("/") && line.contains(".so"))
            .map(line -> line.substring(line.indexOf('/')))
            .distinct()
            .forEach(path -> System.out.println(Path.of(path).getFileName()));
      }
    }
  }
}
