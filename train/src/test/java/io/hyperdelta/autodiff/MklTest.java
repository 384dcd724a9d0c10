package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Where products are MKL's, seen in processes of their own. */
class MklTest {
  /** Without AVX-512 OpenBLAS is nowhere faster. */
  private static final Map<String, String> SLOWER_OPENBLAS = Map.of("OPENBLAS_CORETYPE", "Haswell");

  @BeforeAll
  static void onItsPlatform() {
    assumeTrue(Loader.getPlatform().equals("linux-x86_64"), "MKL is there for Linux on x86-64");
  }

  @Test
  void productsAreMklsInLibtorchsOpenMp() throws Exception {
    List<String> lines = ProductsProbe.run(entry -> true, SLOWER_OPENBLAS);

    assertThat(lines)
        .contains("products: MKL", "memory that JavaCPP allows: 0")
        .anyMatch(line -> line.startsWith("at first: 2 of OpenMP's"))
        .anyMatch(line -> line.startsWith("libmkl_gnu_thread"));
    assertThat(lines).filteredOn(line -> line.startsWith("libgomp")).hasSize(1);
    assertThat(lines).noneMatch(line -> line.startsWith("libiomp"));
  }

  @Test
  void layersOfTheEnvironmentDoNotReachIt() throws Exception {
    List<String> lines =
        ProductsProbe.run(
            entry -> true,
            Map.of(
                "OPENBLAS_CORETYPE",
                "Haswell",
                "MKL_THREADING_LAYER",
                "SEQUENTIAL",
                "MKL_INTERFACE_LAYER",
                "GNU,ILP64"));

    assertThat(lines)
        .contains("products: MKL")
        .anyMatch(line -> line.startsWith("libmkl_gnu_thread"));
  }

  @Test
  void withoutItProductsAreRightAllTheSame() throws Exception {
    List<String> lines =
        ProductsProbe.run(entry -> !new File(entry).getName().startsWith("mkl-"), SLOWER_OPENBLAS);

    assertThat(lines)
        .contains("products: OpenBLAS on one thread", "at first: 2 of OpenMP's, 1 of OpenBLAS's")
        .noneMatch(line -> line.startsWith("libmkl"));
  }
}
