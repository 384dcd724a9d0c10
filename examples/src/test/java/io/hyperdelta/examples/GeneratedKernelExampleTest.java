package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeneratedKernelExampleTest {
  /** Folder with MNIST's files, which may not be copied into the project. */
  private static final String MNIST = "hyperdelta.mnist";

  @TempDir private Path folder;

  @Test
  void aKernelGeneratedFromAThirdOfItsNumbersIsAsGoodAsALearnedOne() {
    Path mnist = Path.of(System.getProperty(MNIST, "none"));
    assumeTrue(Files.isDirectory(mnist), "-D" + MNIST + " names no folder with the digits");

    GeneratedKernelExample.Results results =
        GeneratedKernelExample.run(mnist, folder, 4_000, 2_000, 3);

    long kernel = 7 * 7 * 16 * 16;
    long others = 7 * 7 * 16 + 16 + 16 + 7 * 7 * 16 * 10 + 10;
    assertThat(results.plain().learned()).isEqualTo(kernel + others);
    assertThat(results.generated().learned()).isEqualTo(16 * 5 + 5 * 784 + others);
    assertThat(results.plain().accuracy()).isGreaterThan(0.9);
    assertThat(results.generated().accuracy()).isGreaterThan(results.plain().accuracy() - 0.03);
  }
}
