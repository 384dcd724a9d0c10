package io.hyperdelta.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** Two layers in blocks, of four and three units. */
  private static final List<Site> NETWORK =
      List.of(
          site("enc.0.fc.weight", SiteKind.WEIGHT, 5, 4),
          site("enc.0.fc.bias", SiteKind.BIAS, 1, 4),
          site("enc.1.norm.weight", SiteKind.SCALE, 1, 3),
          site("enc.10.fc.weight", SiteKind.KERNEL, 5, 3));

  private static Site site(String name, SiteKind kind, long in, long out) {
    return new Site(
        name,
        kind,
        name,
        List.of(in, out),
        Layout.IN_OUT,
        in,
        out,
        false,
        List.of(new Use("MatMul", "x", "y", 1)),
        Units.ALL);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "enc.0.fc | enc.0.fc.weight, enc.0.fc.bias",
        "kind:bias | enc.0.fc.bias",
        "layer:enc.*.fc | enc.0.fc.weight, enc.0.fc.bias, enc.10.fc.weight",
        "block:enc.1 | enc.1.norm.weight",
        "block:enc.0 - *.bias | enc.0.fc.weight",
        "kind:scale + enc.0.fc.bias | enc.0.fc.bias, enc.1.norm.weight",
        "enc.* & kind:kernel | enc.10.fc.weight",
        "enc.0.fc[1..2] | enc.0.fc.weight[1..2], enc.0.fc.bias[1..2]",
        "enc.0.fc.weight[3] | enc.0.fc.weight[3]",
        "enc.0.fc.weight[0..3] | enc.0.fc.weight",
        "enc.0.fc.weight - enc.0.fc.weight[1] | enc.0.fc.weight[0,2..3]",
        "*[0..1] & *[1..2] | enc.0.fc.weight[1], enc.0.fc.bias[1], enc.1.norm.weight[1], enc.10.fc.weight[1]",
        "enc.0.fc.bias[0] + enc.0.fc.bias[2] | enc.0.fc.bias[0,2]"
      })
  void partsSelectFamiliesAndUnits(String selector, String expected) {
    List<Site> selected = new Part(selector).select(NETWORK);

    assertThat(selected.stream().map(Site::title).collect(Collectors.joining(", ")))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "kind:weigth | Part \"kind:weigth\" matches no site of the target. Expected one of the kinds that it has, weight, kernel, scale, bias. Maybe you meant \"weight\".",
        "layer:enc.0.fcc | Part \"layer:enc.0.fcc\" matches no site of the target. Expected a name or glob over enc.0.fc, enc.1.norm, enc.10.fc. Maybe you meant \"enc.0.fc\".",
        "enc.0.fc[4] | Part \"enc.0.fc[4]\" asks for unit 4 of site \"enc.0.fc.weight\", which has 4. Expected units from 0 to 3.",
        "enc.0.fc[1..3,2] | Units \"1..3,2\" name unit 2 twice. Expected each unit once.",
        "enc.0.* + enc.0.fc.bias | Part \"enc.0.* + enc.0.fc.bias\" selects the same twice: all of \"enc.0.fc.bias\" is selected already. Expected every + to add something; leave it out, or look at it with sites --part.",
        "enc.0.fc[2..1] | Units \"2..1\" run backwards. Expected the lower end first, got 2..1.",
        "enc.* - * | Part \"enc.* - *\" selects nothing: its terms leave no unit of any site.",
        "enc.* - nothing | Part \"nothing\" matches no site of the target. Expected a name or glob over enc.0.fc.weight, enc.0.fc.bias, enc.1.norm.weight, enc.10.fc.weight."
      })
  void whatSelectsNothingIsRefused(String selector, String message) {
    assertThatThrownBy(() -> new Part(selector).select(NETWORK))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void aSiteMayHaveANameThatLooksLikeUnits() {
    assertThat(select("a[0]", "a", "a[0]")).containsExactly("a[0]");
  }

  @Test
  void aTermThatIsMissingIsSaid() {
    assertThatThrownBy(() -> new Part("enc.* - ").select(NETWORK))
        .hasMessage(
            "Part \"enc.* - \" lacks a term at its end. Expected one on either side of every +, - and &.");
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
