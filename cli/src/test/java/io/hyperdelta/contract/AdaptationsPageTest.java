package io.hyperdelta.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.delta.Form;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page that says which form goes with which site is what the forms themselves say. */
class AdaptationsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "adaptations.md");

  /** Writes the page instead of checking it. */
  private static final String WRITE = "hyperdelta.adaptations.write";

  @Test
  void isUpToDate() throws IOException {
    String page = page();
    if (Boolean.getBoolean(WRITE)) {
      Files.writeString(PAGE, page);
    }
    assertThat(PAGE)
        .as("docs/adaptations.md; mvn test with -D%s=true writes it anew", WRITE)
        .hasContent(page);
  }

  private static String page() {
    Map<String, Site> kinds = kinds();
    StringBuilder page =
        new StringBuilder(
            """
            # What can adapt

            Written by AdaptationsPageTest, not by hand. Every "yes" is tested on small networks by AdaptationContractTest, for all units of a site
            and for some: for one condition, one for every two rows and one per row, libtorch, ONNX Runtime (woven for few and for many conditions, and as a target with
            deltas) and the merged network agree within 2e-5; a fresh model and strength 0 give the target bit for bit, but for two, which are
            within 1e-6: a convolution right before a batch normalisation, which ONNX Runtime merges if nothing stands between them, and a recurrent layer,
            whose input's product is made in front of its node.

            Of a recurrent layer (LSTM, GRU, RNN) what its input meets adapts: W and the half of B that belongs to it, each direction by itself. What its
            state meets (R) does not, since it is inside the node and one for all rows: docs/decisions/009-recurrent-sites.md.

            """);
    page.append("| form | ").append(String.join(" | ", kinds.keySet())).append(" |\n|---|");
    page.append("---|".repeat(kinds.size())).append('\n');
    for (Form form : AdaptationContractTest.FORMS) {
      page.append("| ").append(form.name()).append(" | ");
      page.append(
              kinds.values().stream()
                  .map(site -> form.refusal(site).isEmpty() ? "yes" : "-")
                  .collect(Collectors.joining(" | ")))
          .append(" |\n");
    }
    page.append("\nWhat is refused, and what is advised instead:\n\n");
    for (Form form : AdaptationContractTest.FORMS) {
      kinds.forEach(
          (kind, site) ->
              form.refusal(site)
                  .ifPresent(
                      reason ->
                          page.append("- ").append(kind).append(": ").append(reason).append('\n')));
    }
    return page.toString();
  }

  /** One site of each kind; whether a layer has a bias is a difference, too. */
  private static Map<String, Site> kinds() {
    Map<String, Site> sites = new LinkedHashMap<>();
    Networks.all().stream()
        .map(sample -> sample.target().sites())
        .flatMap(List::stream)
        .forEach(site -> sites.putIfAbsent(kind(site), site));
    return sites;
  }

  private static String kind(Site site) {
    String kind = site.kind().word() + place(site);
    return switch (site.kind()) {
      case WEIGHT -> kind + (site.biased() ? " with bias" : " without bias");
      case KERNEL ->
          kind
              + (site.groups() > 1 ? " in groups" : "")
              + (site.biased() ? " with bias" : " without bias");
      default -> site.kind().word();
    };
  }

  private static String place(Site site) {
    if (site.layout() == Layout.CHANNELS_OUT_WINDOW) {
      return " of a transposed convolution";
    }
    return switch (site.uses().get(0).axes()) {
      case COLUMNS -> " on the left";
      case STEPS_FIRST -> " of a recurrent layer";
      default -> "";
    };
  }
}
