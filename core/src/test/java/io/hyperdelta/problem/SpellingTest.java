package io.hyperdelta.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SpellingTest {
  @Test
  void theNearestIsAdvised() {
    assertThat(Spelling.advice("trnk", List.of("latent", "trunk", "trunks")))
        .isEqualTo(" Maybe you meant \"trunk\".");
  }

  @Test
  void caseIsNoDifference() {
    assertThat(Spelling.advice("TRUNK", List.of("latent", "Trunk")))
        .isEqualTo(" Maybe you meant \"Trunk\".");
  }

  @Test
  void aThirdOfTheWordMayDiffer() {
    assertThat(Spelling.advice("abcdef", List.of("abcdXY"))).isNotEmpty();
    assertThat(Spelling.advice("abcdef", List.of("abcXYZ"))).isEmpty();
    assertThat(Spelling.advice("abcdef", List.of("abcdefXY"))).isNotEmpty();
    assertThat(Spelling.advice("abcdef", List.of("abcdefXYZ"))).isEmpty();
  }

  @Test
  void aShortWordMayDifferInOneCharacter() {
    assertThat(Spelling.advice("a", List.of("b"))).isEqualTo(" Maybe you meant \"b\".");
    assertThat(Spelling.advice("", List.of("b"))).isEqualTo(" Maybe you meant \"b\".");
    assertThat(Spelling.advice("a", List.of("bc"))).isEmpty();
  }

  @Test
  void amongEquallyNearTheFirstByNameIsAdvisedWhateverTheOrder() {
    assertThat(Spelling.advice("fc1", List.of("fc3", "fc2")))
        .isEqualTo(Spelling.advice("fc1", List.of("fc2", "fc3")))
        .isEqualTo(" Maybe you meant \"fc2\".");
  }

  @Test
  void nothingIsAdvisedWhereThereIsNothing() {
    assertThat(Spelling.advice("trunk", List.of())).isEmpty();
  }
}
