package io.hyperdelta.target;

import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A selection of sites and of their units.
 *
 * @param selector terms between {@code " + "} (both), {@code " - "} (without) and {@code " & "} (in
 *     common), read from left to right. A term is a site's name, a layer's name, a glob over sites'
 *     names ({@code *} stands for any characters, {@code ?} for one), {@code kind:} with a kind of
 *     site, {@code layer:} or {@code block:} with a name or glob. Units in brackets behind a term
 *     narrow it: {@code fc1[0..31]}, {@code fc2[7]}
 */
public record Part(String selector) {
  private static final Pattern OPERATOR = Pattern.compile(" +([-+&]) +");
  private static final Pattern WITH_UNITS = Pattern.compile("(.+)\\[([0-9.,]+)\\]", Pattern.DOTALL);

  public Part {
    if (selector.isBlank()) {
      throw new IllegalArgumentException(
          "A part is empty. Expected a site's name or a glob such as \"fc1.*\".");
    }
  }

  /**
   * The sites that the part selects, in their order, with the units that it selects of each.
   *
   * @throws IllegalArgumentException if a term or the whole part selects nothing, or what is
   *     selected already, asks for units that a site does not have, or gives a range backwards
   */
  public List<Site> select(List<Site> sites) {
    // A site's own name may look like anything.
    if (sites.stream().anyMatch(site -> site.name().equals(selector))) {
      return sites.stream().filter(site -> site.name().equals(selector)).toList();
    }
    Map<Site, BitSet> selection = new LinkedHashMap<>();
    sites.forEach(site -> selection.put(site, new BitSet()));
    Matcher operator = OPERATOR.matcher(selector);
    String next = "+";
    int start = 0;
    while (operator.find()) {
      combine(selection, next, selector.substring(start, operator.start()), sites);
      next = operator.group(1);
      start = operator.end();
    }
    combine(selection, next, selector.substring(start), sites);
    List<Site> selected = new ArrayList<>();
    selection.forEach(
        (site, units) -> {
          if (!units.isEmpty()) {
            selected.add(site.only(Units.of(units)));
          }
        });
    if (selected.isEmpty()) {
      throw new IllegalArgumentException(
          "Part \"%s\" selects nothing: its terms leave no unit of any site.".formatted(selector));
    }
    return selected;
  }

  private void combine(
      Map<Site, BitSet> selection, String operator, String written, List<Site> sites) {
    Map<Site, BitSet> term = term(written, sites);
    long before = count(selection);
    selection.forEach(
        (site, units) -> {
          BitSet other = Objects.requireNonNullElseGet(term.get(site), BitSet::new);
          switch (operator) {
            case "+" -> units.or(other);
            case "-" -> units.andNot(other);
            default -> units.and(other);
          }
        });
    // A filter may happen to keep everything; whoever adds something expects it to be new.
    if (operator.equals("+") && count(selection) == before) {
      throw new IllegalArgumentException(
          "Part \"%s\" selects the same twice: all of \"%s\" is selected already. Expected every + to add something; leave it out, or look at it with sites --part."
              .formatted(selector, written.strip()));
    }
  }

  private static long count(Map<Site, BitSet> selection) {
    return selection.values().stream().mapToLong(BitSet::cardinality).sum();
  }

  private Map<Site, BitSet> term(String written, List<Site> sites) {
    String term = written.strip();
    if (term.isEmpty()) {
      throw new IllegalArgumentException(
          "Part \"%s\" lacks a term at its end. Expected one on either side of every +, - and &."
              .formatted(selector));
    }
    List<Site> matching = matching(term, sites);
    Units units = Units.ALL;
    Matcher narrowed = WITH_UNITS.matcher(term);
    if (matching.isEmpty() && narrowed.matches() && Units.isWritten(narrowed.group(2))) {
      units = Units.of(narrowed.group(2));
      term = narrowed.group(1);
      matching = matching(term, sites);
    }
    if (matching.isEmpty()) {
      throw unknown(term, sites);
    }
    Map<Site, BitSet> chosen = new LinkedHashMap<>();
    for (Site site : matching) {
      if (units.highest() >= site.out()) {
        throw new IllegalArgumentException(
            "Part \"%s\" asks for unit %d of site \"%s\", which has %d. Expected units from 0 to %d."
                .formatted(
                    written.strip(), units.highest(), site.name(), site.out(), site.out() - 1));
      }
      BitSet bits = new BitSet();
      if (units.isAll()) {
        bits.set(0, Math.toIntExact(site.out()));
      } else {
        units.indices().forEach(bits::set);
      }
      chosen.put(site, bits);
    }
    return chosen;
  }

  private static List<Site> matching(String term, List<Site> sites) {
    if (term.startsWith("kind:")) {
      String kind = term.substring("kind:".length());
      return filter(sites, site -> site.kind().word().equals(kind));
    }
    if (term.startsWith("layer:")) {
      Pattern layer = glob(term.substring("layer:".length()));
      return filter(sites, site -> layer.matcher(site.layer()).matches());
    }
    if (term.startsWith("block:")) {
      Pattern block = glob(term.substring("block:".length()) + ".*");
      return filter(sites, site -> block.matcher(site.name() + ".").matches());
    }
    Pattern name = glob(term);
    List<Site> named = filter(sites, site -> name.matcher(site.name()).matches());
    return named.isEmpty() ? filter(sites, site -> site.layer().equals(term)) : named;
  }

  private static List<Site> filter(List<Site> sites, Predicate<Site> wanted) {
    return sites.stream().filter(wanted).toList();
  }

  private static IllegalArgumentException unknown(String term, List<Site> sites) {
    if (term.startsWith("kind:") && !sites.isEmpty()) {
      List<String> kinds =
          Arrays.stream(SiteKind.values())
              .map(SiteKind::word)
              .filter(kind -> sites.stream().anyMatch(site -> site.kind().word().equals(kind)))
              .toList();
      String kind = term.substring("kind:".length());
      return new IllegalArgumentException(
          "Part \"%s\" matches no site of the target. Expected one of the kinds that it has, %s.%s"
              .formatted(term, listing(kinds), Spelling.advice(kind, kinds)));
    }
    boolean layers = term.startsWith("layer:") || term.startsWith("block:");
    List<String> names = sites.stream().map(layers ? Site::layer : Site::name).distinct().toList();
    return new IllegalArgumentException(
        "Part \"%s\" matches no site of the target. Expected a name or glob over %s.%s"
            .formatted(
                term,
                listing(names),
                Spelling.advice(term.substring(layers ? "layer:".length() : 0), names)));
  }

  private static String listing(List<String> names) {
    if (names.isEmpty()) {
      return "its sites, but it has none";
    }
    String shown = String.join(", ", names.subList(0, Math.min(8, names.size())));
    return names.size() > 8 ? shown + " and " + (names.size() - 8) + " more" : shown;
  }

  private static Pattern glob(String text) {
    StringBuilder regex = new StringBuilder();
    // By code point: a quoted half of a surrogate pair would match nothing.
    text.codePoints()
        .forEach(
            c ->
                regex.append(
                    c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c))));
    return Pattern.compile(regex.toString(), Pattern.DOTALL);
  }
}
