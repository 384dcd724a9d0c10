package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where OpenBLAS multiplies instead of MKL, and who has the threads then. */
class OpenBlasTest {
  private static final Map<String, String> ZEN_5 =
      Map.of(
          "vendor_id", "AuthenticAMD", "cpu family", "26", "flags", "fpu avx512f avx512_bf16 sse");

  @Test
  void newerProcessorsOfAmdsHaveItOnTwoThreadsAtMost() {
    assertThat(OpenBlas.isWide(ZEN_5, null, 1)).isTrue();
    assertThat(OpenBlas.isWide(ZEN_5, null, 2)).isTrue();
    assertThat(OpenBlas.isWide(ZEN_5, null, 3)).isFalse();
  }

  @Test
  void otherProcessorsHaveNot() {
    assertThat(isWideWith("vendor_id", "GenuineIntel")).isFalse();
    assertThat(isWideWith("cpu family", "25")).isFalse();
    assertThat(isWideWith("cpu family", "new")).isFalse();
    assertThat(isWideWith("flags", "fpu avx512f sse")).isFalse();
    assertThat(OpenBlas.isWide(Map.of(), null, 2)).isFalse();
  }

  @Test
  void itIsNotForAnotherProcessorThanItIsTold() {
    assertThat(OpenBlas.isWide(ZEN_5, "Haswell", 2)).isFalse();
    assertThat(OpenBlas.isWide(ZEN_5, "cooperlake", 2)).isTrue();
  }

  @Test
  void productsHaveTheThreadsUnlessSomethingConvolves() throws Exception {
    assumeTrue(
        OpenBlas.isWide(OpenBlas.processor(), null, 2),
        "OpenBLAS is the faster one on AMD's newer processors");

    List<String> lines =
        ProductsProbe.run(entry -> true, Map.of("OPENBLAS_CORETYPE", "COOPERLAKE"));

    assertThat(lines)
        .contains(
            "products: OpenBLAS with AVX-512",
            "at first: 1 of OpenMP's, 2 of OpenBLAS's",
            "convolving: 2 of OpenMP's, 1 of OpenBLAS's",
            "alone: 1 of OpenMP's, 1 of OpenBLAS's",
            "again: 1 of OpenMP's, 2 of OpenBLAS's",
            "a shard: 1 of OpenMP's, 1 of OpenBLAS's",
            "the whole: 1 of OpenMP's, 2 of OpenBLAS's")
        .noneMatch(line -> line.startsWith("libmkl"));
  }

  @Test
  void whateverConvolvesIsKnownToDoSo() {
    assertThat(Operators.all().values().stream().flatMap(List::stream))
        .filteredOn(Operator::convolving)
        .extracting(Operator::title)
        .containsOnly(
            "Conv",
            "ConvInteger",
            "ConvTranspose",
            "QLinearConv",
            Operator.title(FusedKernels.DOMAIN, "FusedConv"),
            Operator.title(Fusion.DOMAIN, "NormalizedConv"));
  }

  private static boolean isWideWith(String field, String value) {
    Map<String, String> processor = new LinkedHashMap<>(ZEN_5);
    processor.put(field, value);
    return OpenBlas.isWide(processor, null, 2);
  }
}
