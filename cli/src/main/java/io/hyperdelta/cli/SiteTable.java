package io.hyperdelta.cli;

import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Forms;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The sites of a target as a table, with the forms that each can take. Stateless. */
final class SiteTable {
  /** What is said of a network without sites. */
  static final String NONE =
      "The network has no adaptable site: no layer with float32 parameters in initializers.";

  private SiteTable() {}

  /** All sites of a target. */
  static void print(Target target, PrintWriter out) {
    if (target.sites().isEmpty()) {
      out.println(NONE);
      return;
    }
    TextTable table =
        new TextTable(List.of("site", "kind", "shape", "operator", "forms", "example part"));
    for (Site site : target.sites()) {
      table.add(
          site.name(),
          site.kind().word(),
          site.shape(),
          operators(site),
          forms(site),
          example(site, target));
    }
    table.print(out);
    count(target.sites(), out);
  }

  /** The sites that a part selects. */
  static void print(List<Site> selected, PrintWriter out) {
    TextTable table = new TextTable(List.of("site", "kind", "shape", "units", "numbers", "forms"));
    for (Site site : selected) {
      table.add(
          site.title(),
          site.kind().word(),
          site.shape(),
          site.width() + " of " + site.out(),
          String.format(Locale.ROOT, "%,d", site.parameterCount()),
          forms(site));
    }
    table.print(out);
    count(selected, out);
  }

  private static void count(List<Site> sites, PrintWriter out) {
    out.printf(
        Locale.ROOT,
        "%d site%s, %,d parameters.%n",
        sites.size(),
        sites.size() == 1 ? "" : "s",
        sites.stream().mapToLong(Site::parameterCount).sum());
  }

  private static String operators(Site site) {
    return site.uses().stream().map(use -> use.op()).distinct().collect(Collectors.joining(", "));
  }

  private static String forms(Site site) {
    return Forms.smallest().stream()
        .filter(form -> form.refusal(site).isEmpty())
        .map(Form::name)
        .collect(Collectors.joining(", "));
  }

  /** The narrowest glob that also takes the layer's other sites, where there are any. */
  private static String example(Site site, Target target) {
    int dot = site.name().lastIndexOf('.');
    if (dot > 0) {
      String layer = site.name().substring(0, dot + 1);
      if (target.sites().stream().filter(other -> other.name().startsWith(layer)).count() > 1) {
        return '"' + layer + "*\"";
      }
    }
    return '"' + site.name() + '"';
  }
}
