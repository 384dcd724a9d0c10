package io.hyperdelta.target;

import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Sites while their uses are being collected. Not thread-safe. */
final class Drafts {
  private final Map<Place, Draft> drafts = new LinkedHashMap<>();

  /** Where a site is stored. */
  private record Place(String initializer, long offset) {}

  /**
   * What a site is; all uses must agree in it.
   *
   * @param dims as stored
   * @param groups of a convolution
   */
  record Shape(
      SiteKind kind,
      List<Long> dims,
      Layout layout,
      long in,
      long out,
      boolean biased,
      long groups) {
    static Shape vector(SiteKind kind, long[] dims, long out) {
      return new Shape(kind, boxed(dims), Layout.IN_OUT, 1, out, false, 1);
    }

    static Shape matrix(
        SiteKind kind, long[] dims, Layout layout, long in, long out, boolean biased) {
      return new Shape(kind, boxed(dims), layout, in, out, biased, 1);
    }

    Shape inGroups(long count) {
      return new Shape(kind, dims, layout, in, out, biased, count);
    }

    private static List<Long> boxed(long[] dims) {
      return Arrays.stream(dims).boxed().toList();
    }
  }

  private record Draft(String name, Shape shape, List<Use> uses) {}

  /** A use of an initializer that a node reads at a position. */
  void add(Node node, int position, String role, Shape shape, Use use) {
    String initializer = node.inputs().get(position);
    add(initializer, 0, SiteNames.wish(initializer, node, role), shape, use);
  }

  /** A use of an initializer, or of the part of it that begins at an offset. */
  void add(String initializer, long offset, String name, Shape shape, Use use) {
    Draft draft =
        drafts.computeIfAbsent(
            new Place(initializer, offset), k -> new Draft(name, shape, new ArrayList<>()));
    if (draft.shape().equals(shape)) {
      draft.uses().add(use);
    }
  }

  /**
   * The sites, in the order in which they came.
   *
   * @param readCounts how often each initializer is read; one that is also read in another way than
   *     a draft's is no site
   */
  List<Site> sites(Graph graph, Map<String, Integer> readCounts) {
    List<Site> sites = new ArrayList<>();
    SiteNames names = new SiteNames(graph.initializers().keySet());
    drafts.forEach(
        (place, draft) -> {
          String initializer = place.initializer();
          if (draft.uses().size() == Objects.requireNonNullElse(readCounts.get(initializer), 0)) {
            sites.add(
                new Site(
                    names.give(initializer, draft.name()),
                    draft.shape().kind(),
                    initializer,
                    place.offset(),
                    draft.shape().dims(),
                    draft.shape().layout(),
                    draft.shape().in(),
                    draft.shape().out(),
                    draft.shape().biased(),
                    draft.uses(),
                    Units.ALL));
          }
        });
    return sites;
  }
}
