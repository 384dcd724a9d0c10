package io.hyperdelta.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.autodiff.OperatorSupport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * ONNX's official suite, where it is installed (Debian's package libonnx-testdata; elsewhere the
 * system property {@code hyperdelta.conformance} names its folder), and the page that says what
 * came out.
 */
class OfficialSuiteTest {
  private static final Path SUITE =
      Path.of(System.getProperty("hyperdelta.conformance", "/usr/share/libonnx-testdata/data"));
  private static final Path PAGE = Path.of("..", "docs", "operators.md");
  private static final String ADVICE =
      "docs/operators.md is out of date. Write it anew: ./hyperdelta conformance FOLDER --page docs/operators.md";

  /** Version 1.12 of the suite. */
  private static final int CASES = 1072;

  private static final int MIN_PASSED = 880;

  private static String page() throws IOException {
    return Files.readString(PAGE);
  }

  @Test
  void noneFailsAndThePageSaysWhatPasses() throws IOException {
    Assumptions.assumeTrue(Files.isDirectory(SUITE), "the official suite is not installed");
    SuiteResult result = SuiteResult.run(ConformanceCase.below(SUITE), entry -> {});

    System.out.println("conformance: " + result.counts());
    assertThat(result.outcomes()).hasSize(CASES);
    assertThat(result.outcomes()).noneMatch(entry -> entry.outcome() instanceof Outcome.Failed);
    assertThat(result.count(Outcome.Passed.class)).isGreaterThanOrEqualTo(MIN_PASSED);
    assertThat(page()).as(ADVICE).isEqualTo(result.operatorsPage());
  }

  @Test
  void thePageListsTheOperatorsThatThereAre() throws IOException {
    List<String> listed =
        page()
            .lines()
            .filter(line -> line.startsWith("| ") && line.split("\\|", -1).length == 6)
            .skip(1)
            .map(line -> line.substring(0, line.lastIndexOf('|', line.length() - 2)))
            .toList();
    List<String> expected =
        OperatorSupport.all().stream()
            .map(
                o ->
                    "| %s | %s | %s ".formatted(o.title(), o.opsets(), o.gradient() ? "yes" : "no"))
            .toList();

    assertThat(listed).as(ADVICE).isEqualTo(expected);
  }
}
