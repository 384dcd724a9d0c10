package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * A process that computes products of all sizes, and prints whose they were, who had threads, what
 * memory it may have, and the libraries that were loaded then.
 */
final class ProductsProbe {
  private static final Path MAPS = Path.of("/proc/self/maps");

  private ProductsProbe() {}

  /**
   * Runs it.
   *
   * @param kept entries of the class path that it has
   * @param environment what is set beside what this process has
   * @return the lines that it prints
   */
  static List<String> run(Predicate<String> kept, Map<String, String> environment)
      throws IOException, InterruptedException {
    String classPath =
        Arrays.stream(
                System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator)))
            .filter(kept)
            .collect(Collectors.joining(File.pathSeparator));
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-D" + Engine.THREADS_PROPERTY + "=2",
                "-cp",
                classPath,
                ProductsProbe.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process process = builder.start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(process.waitFor()).isZero();
    return lines;
  }

  public static void main(String[] arguments) throws IOException {
    Blas blas = Engine.blas();
    say("at first");
    blas.prepare(Blas.Work.CONVOLUTIONS);
    say("convolving");
    blas.prepare(Blas.Work.PRODUCTS);
    blas.useThreads(1);
    say("alone");
    blas.useThreads(Blas.ALL_THREADS);
    say("again");
    blas.prepare(Blas.Work.SHARD);
    say("a shard");
    blas.prepare(Blas.Work.PRODUCTS);
    say("the whole");
    LinearLayerTest products = new LinearLayerTest();
    LinearLayerTest.layers().forEach(products::isTheProduct);
    System.out.println("products: " + Engine.products());
    System.out.println("memory that JavaCPP allows: " + Pointer.maxPhysicalBytes());
    try (Stream<String> maps = Files.lines(MAPS)) {
      maps.filter(line -> line.contains("/") && line.contains(".so"))
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .forEach(path -> System.out.println(Path.of(path).getFileName()));
    }
  }

  private static void say(String when) {
    // A function without arguments can be called with one.
    openblas_nolapack.MklSetNumThreadsLocal count =
        new openblas_nolapack.MklSetNumThreadsLocal() {};
    count.put(Loader.addressof("openblas_get_num_threads"));
    System.out.printf(
        "%s: %d of OpenMP's, %d of OpenBLAS's%n", when, torch.get_num_threads(), count.call(0));
  }
}
