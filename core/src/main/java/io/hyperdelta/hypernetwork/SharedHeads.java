package io.hyperdelta.hypernetwork;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * One head for all factors of a shape. The head of site s is the sum over k of e_s[k] H[k], where H
 * belongs to the shape and e_s is the sum of an embedding of the site's layer and one of its type,
 * so what is generated stays linear in {@code [z; 1]}. The layer is the numbers in the site's name,
 * the type the name without them.
 *
 * <p>Source: Text-to-LoRA (Charakorn et al. 2025, section 3), whose embeddings of layer and module
 * type go through the trunk together with the condition. Here they only choose the head, so that
 * the trunk runs once for each condition and contractions stay free.
 *
 * <p>Not thread-safe; one for each graph.
 */
final class SharedHeads implements HeadValues {
  private static final Pattern NUMBER = Pattern.compile("[0-9]+");

  private final String prefix;
  private final int width;
  private final int embedding;
  private final List<SiteDelta> deltas;
  private final List<String> layers;
  private final List<String> types;
  private final Map<String, String> made = new HashMap<>();

  /**
   * Creates the heads.
   *
   * @param prefix what the names of parameters begin with
   * @param width of the latent
   */
  SharedHeads(String prefix, int width, int embedding, List<SiteDelta> deltas) {
    this.prefix = prefix;
    this.width = width;
    this.embedding = embedding;
    this.deltas = deltas;
    this.layers = deltas.stream().map(delta -> layer(delta.site())).distinct().toList();
    this.types = deltas.stream().map(delta -> type(delta.site())).distinct().toList();
  }

  /** All numbers in the name, so that layer and type together are the name. */
  private static String layer(Site site) {
    return NUMBER
        .matcher(site.name())
        .results()
        .map(MatchResult::group)
        .collect(Collectors.joining("."));
  }

  /** The name without its numbers, and the units that are meant. */
  private static String type(Site site) {
    return NUMBER.matcher(site.name()).replaceAll("*") + "[" + site.units() + "]";
  }

  private String layersName() {
    return prefix + "embedding.layers";
  }

  private String typesName() {
    return prefix + "embedding.types";
  }

  /**
   * Factors of a form that share dims start alike, and so may share a head; those of a weight that
   * is replaced do only where they are summed over as many inputs.
   */
  private String headName(SiteDelta delta, Factor factor) {
    String alike = delta.form().replaces() ? "." + factor.fanIn() : "";
    return factor.dims().stream()
        .map(String::valueOf)
        .collect(
            Collectors.joining(
                "x", prefix + "heads." + delta.form().name() + "." + factor.role() + ".", alike));
  }

  /**
   * Fresh embeddings, shared heads float32 {@code [embedding, (width + 1) elements]}, and learned
   * factors. Embeddings have length 1 in the mean, so that random factors keep their variance.
   */
  Map<String, TensorValue> fresh(Random random) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    double deviation = Math.sqrt(0.5 / embedding);
    parameters.put(layersName(), Heads.normal(random, deviation, layers.size(), embedding));
    parameters.put(typesName(), Heads.normal(random, deviation, types.size(), embedding));
    Heads each = Heads.varied(width);
    for (SiteDelta delta : deltas) {
      Heads.checkStart(delta);
      checkNotFrozen(delta);
      for (Factor factor : delta.form().factors(delta.site())) {
        if (!factor.isGenerated()) {
          parameters.put(Heads.parameterName(delta, factor), Heads.learned(factor, random));
        } else if (!parameters.containsKey(headName(delta, factor))) {
          parameters.put(headName(delta, factor), stacked(each, factor, random));
        }
      }
    }
    return parameters;
  }

  /** A head that many sites share cannot start at the weight of each. */
  private static void checkNotFrozen(SiteDelta delta) {
    if (delta.form().factors(delta.site()).stream()
        .anyMatch(factor -> factor.start() == Factor.Start.FROZEN)) {
      throw new IllegalArgumentException(
          "Delta \"%s\" would not start at the target: it replaces the weight by what a shared head makes. Expected a head for each site; leave out heads: shared, or replace."
              .formatted(delta.name()));
    }
  }

  private TensorValue stacked(Heads each, Factor factor, Random random) {
    int size = size(factor);
    float[] values = new float[Math.multiplyExact(embedding, size)];
    for (int k = 0; k < embedding; k++) {
      System.arraycopy(each.fresh(factor, random).floats(), 0, values, k * size, size);
    }
    return TensorValue.ofFloats(values, embedding, size);
  }

  /** Numbers in a head, of which there are as many as the embedding is wide. */
  private int size(Factor factor) {
    return Math.multiplyExact(width + 1, factor.elementCount());
  }

  @Override
  public String of(GraphEditor editor, SiteDelta delta, Factor factor) {
    if (!factor.isGenerated()) {
      return Heads.parameterName(delta, factor);
    }
    String known = made.get(delta.factorName(factor));
    if (known != null) {
      return known;
    }
    String own =
        editor.node(
            "Add",
            row(editor, layersName(), layers.indexOf(layer(delta.site()))),
            row(editor, typesName(), types.indexOf(type(delta.site()))));
    String flat = editor.node("MatMul", own, headName(delta, factor));
    String shape = editor.constant(TensorValue.longs(width + 1L, factor.elementCount()));
    String head = editor.node("Reshape", flat, shape);
    made.put(delta.factorName(factor), head);
    return head;
  }

  /** Name of one row of an embedding, float32 {@code [1, embedding]}. */
  private static String row(GraphEditor editor, String table, int index) {
    return editor.node("Gather", table, editor.constant(TensorValue.longs(index)));
  }
}
