package io.hyperdelta.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PartTest {
  private static List<Site> sites(String... names) {
    return Stream.of(names)
        .map(
            name ->
                new Site(
                    name,
                    SiteKind.WEIGHT,
                    name,
                    List.of(4L, 3L),
                    Layout.IN_OUT,
                    4,
                    3,
                    false,
                    List.of(new Use("MatMul", "x", "y", 1)),
                    Units.ALL))
        .toList();
  }

  private static List<String> select(String selector, String... names) {
    return new Part(selector).select(sites(names)).stream().map(Site::name).toList();
  }

  @Test
  void aNameSelectsItself() {
    assertThat(select("fc1.weight", "fc1.weight", "fc1xweight", "a.fc1.weight"))
        .containsExactly("fc1.weight");
  }

  @Test
  void aStarStandsForAnyCharacters() {
    assertThat(
            select(
                "fc*.weight", "fc1.weight", "fc.weight", "fc1.bias", "a.fc2.weight", "fc/2.weight"))
        .containsExactly("fc1.weight", "fc.weight", "fc/2.weight");
    assertThat(select("*", "b", "a")).containsExactly("b", "a");
  }

  @Test
  void aQuestionMarkStandsForOneCharacter() {
    assertThat(select("fc?", "fc", "fc1", "fc12", "fc.")).containsExactly("fc1", "fc.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.b", "a[0]", "(a)", "a+b", "a|b", "^a$", "a\\Eb", "a\\Qb", "{2}", "ünï", "日本", "😀"
      })
  void otherCharactersStandForThemselves(String name) {
    assertThat(select(name, "other", name)).containsExactly(name);
    assertThat(select(name + "*", "other", name + "/x")).containsExactly(name + "/x");
    assertThat(select("*" + name, "other", "x" + name)).containsExactly("x" + name);
  }

  @Test
  void aNearMissIsAdvised() {
    assertThatThrownBy(() -> select("fc1.wieght", "fc1.weight", "fc1.bias"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Part \"fc1.wieght\" matches no site of the target. Expected a name or glob over"
                + " fc1.weight, fc1.bias. Maybe you meant \"fc1.weight\".");
  }

  @Test
  void withoutANearMissThereIsNoAdvice() {
    assertThatThrownBy(() -> select("conv*", "fc1.weight"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Part \"conv*\" matches no site of the target. Expected a name or glob over"
                + " fc1.weight.");
  }

  @Test
  void longListsAreCutAndEmptyOnesSaidSo() {
    String[] names = IntStream.range(0, 10).mapToObj(i -> "site" + i).toArray(String[]::new);
    assertThatThrownBy(() -> select("nothing", names))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Part \"nothing\" matches no site of the target. Expected a name or glob over site0,"
                + " site1, site2, site3, site4, site5, site6, site7 and 2 more.");
    assertThatThrownBy(() -> select("nothing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Part \"nothing\" matches no site of the target. Expected a name or glob over its"
                + " sites, but it has none.");
  }

  @Test
  void anEmptyPartIsRefused() {
    assertThatThrownBy(() -> new Part(" "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A part is empty. Expected a site's name or a glob such as \"fc1.*\".");
  }

  @Test
  void aSiteWithoutUsesIsRefused() {
    assertThatThrownBy(
            () ->
                new Site(
                    "s",
                    SiteKind.BIAS,
                    "s",
                    List.of(3L),
                    Layout.IN_OUT,
                    1,
                    3,
                    false,
                    List.of(),
                    Units.ALL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Site \"s\" is used by no node.");
  }
}
