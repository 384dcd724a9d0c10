package io.hyperdelta.target;

import io.hyperdelta.problem.Spelling;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A selection of sites by name.
 *
 * @param selector a site's name, or a glob: {@code *} stands for any characters, {@code ?} for one
 */
public record Part(String selector) {
  public Part {
    if (selector.isBlank()) {
      throw new IllegalArgumentException(
          "A part is empty. Expected a site's name or a glob such as \"fc1.*\".");
    }
  }

  /** Whether the part names one site rather than a family. */
  public boolean isName() {
    return selector.indexOf('*') < 0 && selector.indexOf('?') < 0;
  }

  /**
   * The sites that the part selects, in their order.
   *
   * @throws IllegalArgumentException if there is none
   */
  public List<Site> select(List<Site> sites) {
    Pattern pattern = pattern();
    List<Site> selected =
        sites.stream().filter(site -> pattern.matcher(site.name()).matches()).toList();
    if (selected.isEmpty()) {
      List<String> names = sites.stream().map(Site::name).toList();
      throw new IllegalArgumentException(
          "Part \"%s\" matches no site of the target. Expected a name or glob over %s.%s"
              .formatted(selector, listing(names), Spelling.advice(selector, names)));
    }
    return selected;
  }

  private static String listing(List<String> names) {
    if (names.isEmpty()) {
      return "its sites, but it has none";
    }
    String shown = String.join(", ", names.subList(0, Math.min(8, names.size())));
    return names.size() > 8 ? shown + " and " + (names.size() - 8) + " more" : shown;
  }

  private Pattern pattern() {
    StringBuilder regex = new StringBuilder();
    // By code point: a quoted half of a surrogate pair would match nothing.
    selector
        .codePoints()
        .forEach(
            c ->
                regex.append(
                    c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c))));
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }
}
