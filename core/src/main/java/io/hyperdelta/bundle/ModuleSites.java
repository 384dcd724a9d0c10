package io.hyperdelta.bundle;

import io.hyperdelta.problem.Spelling;
import io.hyperdelta.target.Site;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Finds the site of a PyTorch module in a target, whose exporter may have put prefixes before its
 * name, taken some away, or made a path such as {@code /encoder/query/MatMul} of it. Immutable.
 *
 * <p>A module is a site where both have the same segments between dots and slashes; failing that,
 * where all segments of one are the last of the other, and only one site is so.
 */
final class ModuleSites {
  private static final Pattern SEPARATOR = Pattern.compile("[./]+");

  /** What a path ends with behind the module: the parameter or the node that uses it. */
  private static final Pattern ROLE =
      Pattern.compile("(weight|kernel|(MatMul|Gemm|Conv|Gather)(_[0-9]+)?)");

  private final Map<Site, List<String>> segments = new LinkedHashMap<>();

  ModuleSites(List<Site> sites) {
    for (Site site : sites) {
      if (site.kind().isMatrix()) {
        segments.put(site, segments(site));
      }
    }
  }

  private static List<String> segments(Site site) {
    String name = site.name();
    // Of a path the last dot is not in front of what the site is in its layer.
    List<String> all = split(name.lastIndexOf('.') > name.lastIndexOf('/') ? site.layer() : name);
    return all.size() > 1 && ROLE.matcher(all.get(all.size() - 1)).matches()
        ? all.subList(0, all.size() - 1)
        : all;
  }

  /** The name of the module that a site belongs to, found again by {@link #find}. */
  static String module(Site site) {
    return String.join(".", segments(site));
  }

  private static List<String> split(String name) {
    return Arrays.stream(SEPARATOR.split(name)).filter(segment -> !segment.isEmpty()).toList();
  }

  /**
   * The site of a module.
   *
   * @param module its name, such as {@code "encoder.layer.0.attention.self.query"}
   * @param source what messages call the adapter
   * @throws BundleException if no site is the module, or more than one may be
   */
  Site find(String module, String source) {
    List<String> wanted = split(module);
    List<Site> found = sites(own -> own.equals(wanted));
    if (found.isEmpty()) {
      found = sites(own -> endsWith(own, wanted) || endsWith(wanted, own));
    }
    if (found.size() > 1) {
      throw new BundleException(
          "PEFT adapter \"%s\" does not fit the target: its module \"%s\" may be more than one site. Expected one, got %s."
              .formatted(source, module, listing(found.stream().map(Site::name).toList())));
    }
    if (found.isEmpty()) {
      throw new BundleException(
          "PEFT adapter \"%s\" does not fit the target: its module \"%s\" is no site. Expected a module among %s.%s"
              .formatted(
                  source,
                  module,
                  segments.isEmpty()
                      ? "the target's weights, but it has none"
                      : listing(segments.keySet().stream().map(Site::name).toList()),
                  nearest(module, wanted)));
    }
    return found.get(0);
  }

  private List<Site> sites(Predicate<List<String>> wanted) {
    return segments.entrySet().stream()
        .filter(entry -> wanted.test(entry.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static boolean endsWith(List<String> all, List<String> end) {
    return !end.isEmpty()
        && all.size() >= end.size()
        && all.subList(all.size() - end.size(), all.size()).equals(end);
  }

  /** By spelling; failing that, the site with the most segments in common. */
  private String nearest(String module, List<String> wanted) {
    Map<String, Site> byModule = new LinkedHashMap<>();
    segments.forEach((site, own) -> byModule.putIfAbsent(String.join(".", own), site));
    String advice = Spelling.advice(String.join(".", split(module)), byModule.keySet());
    if (!advice.isEmpty()) {
      return advice;
    }
    return segments.entrySet().stream()
        .max(
            Comparator.comparingLong(
                entry -> entry.getValue().stream().filter(wanted::contains).count()))
        .map(entry -> " The nearest is \"" + entry.getKey().name() + "\".")
        .orElse("");
  }

  private static String listing(List<String> names) {
    String shown = String.join(", ", names.subList(0, Math.min(8, names.size())));
    return names.size() > 8 ? shown + " and " + (names.size() - 8) + " more" : shown;
  }
}
