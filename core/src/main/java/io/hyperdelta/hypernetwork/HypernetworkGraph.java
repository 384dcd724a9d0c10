package io.hyperdelta.hypernetwork;

import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A hypernetwork's parameters and its nodes in a graph.
 *
 * <p>The trunk is a pre-norm residual network: {@code h <- skip(h) + W swish(norm(h)) + b}, as in
 * pre-activation residual networks (He et al. 2016, figure 1b) with layer normalisation (Ba et al.
 * 2016) and swish(x) = x sigmoid(x) (Ramachandran et al. 2017). The normalisation keeps the size of
 * the latent from following the size of the condition. Heads are linear in {@code [z; 1]}, and each
 * site's own or shared (see {@link SharedHeads}). Factors that are learned once for all conditions
 * are parameters beside the heads.
 */
public final class HypernetworkGraph {
  private static final String LATENT_NORM = "latent.norm";

  private final Hypernetwork hypernetwork;
  private final List<SiteDelta> deltas;

  /** The parameters and nodes of a hypernetwork with its deltas on a target. */
  public HypernetworkGraph(Hypernetwork hypernetwork, List<SiteDelta> deltas) {
    this.hypernetwork = hypernetwork;
    this.deltas = List.copyOf(deltas);
  }

  private String name(String what) {
    return "hyperdelta/" + hypernetwork.name() + "/" + what;
  }

  /**
   * Parameters of a fresh hypernetwork, by initializer name, in a fixed order. The factor that
   * starts at zero has a zero head.
   *
   * @param seed of the random ones
   */
  public Map<String, TensorValue> freshParameters(long seed) {
    Random random = new Random(seed);
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    int width = hypernetwork.condition().encoder().width();
    for (int i = 0; i < hypernetwork.trunk().size(); i++) {
      int next = hypernetwork.trunk().get(i);
      if (i > 0) {
        putNorm(parameters, trunkNorm(i), width);
        if (next != width) {
          parameters.put(
              name("trunk." + i + ".skip.weight"),
              Heads.normal(random, Math.sqrt(1.0 / width), width, next));
        }
      }
      // The first layer meets the condition itself; wide weights and biases spread its units over
      // the whole range of it.
      double deviation = i == 0 ? 1 : Math.sqrt(1.0 / width);
      parameters.put(name("trunk." + i + ".weight"), Heads.normal(random, deviation, width, next));
      parameters.put(
          name("trunk." + i + ".bias"), i == 0 ? Heads.normal(random, 1, next) : Heads.zeros(next));
      width = next;
    }
    if (!hypernetwork.trunk().isEmpty()) {
      putNorm(parameters, LATENT_NORM, width);
    }
    int latent = hypernetwork.latent();
    parameters.put(
        name("latent.weight"), Heads.normal(random, Math.sqrt(1.0 / width), width, latent));
    parameters.put(name("latent.bias"), Heads.zeros(latent));
    SharedHeads shared = sharedHeads();
    parameters.putAll(
        shared == null ? Heads.varied(latent).fresh(deltas, random) : shared.fresh(random));
    parameters.putAll(
        hypernetwork.condition().encoder().freshParameters(name("condition."), random));
    return parameters;
  }

  private @Nullable SharedHeads sharedHeads() {
    return hypernetwork.heads() instanceof HeadLayout.Shared shared
        ? new SharedHeads(name(""), hypernetwork.latent(), shared.embedding(), deltas)
        : null;
  }

  /** The heads in one graph that holds the parameters. */
  public HeadValues heads() {
    SharedHeads shared = sharedHeads();
    return shared == null ? HeadValues.OWN : shared;
  }

  private void putNorm(Map<String, TensorValue> parameters, String what, int width) {
    parameters.put(name(what + ".scale"), ones(width));
    parameters.put(name(what + ".shift"), Heads.zeros(width));
  }

  private static TensorValue ones(long... dims) {
    float[] ones = new float[Math.toIntExact(dims[dims.length - 1])];
    Arrays.fill(ones, 1);
    return TensorValue.ofFloats(ones, dims);
  }

  /**
   * Adds the nodes up to the latent to a graph that holds the parameters.
   *
   * @param inputs from a condition column to the name of its value, {@code [conditions, 1]}
   * @return name of {@code [z; 1]}, float32 {@code [conditions, latent + 1]}
   */
  public String latent(GraphEditor editor, UnaryOperator<String> inputs) {
    return latent(editor, inputs, Map.of());
  }

  /** The same for training: adds {@link #masks} as optional inputs, whose default drops nothing. */
  public String trainingLatent(GraphEditor editor, UnaryOperator<String> inputs) {
    Map<String, String> masks = new LinkedHashMap<>();
    forEachNorm(
        (norm, width) -> {
          DropoutMask mask = mask(norm, width);
          TensorType type = TensorType.of(Dtype.FLOAT, mask.input(), width);
          masks.put(norm, editor.optionalInput(mask.input(), type, ones(1, width)));
        });
    return latent(editor, inputs, masks);
  }

  /**
   * The masks that training may give: one for every activation of the trunk, where the residual
   * branch is about to be multiplied, as in wide residual networks (Zagoruyko and Komodakis 2016,
   * section 2.4). The skips carry on whole.
   */
  public List<DropoutMask> masks() {
    List<DropoutMask> masks = new ArrayList<>();
    forEachNorm((norm, width) -> masks.add(mask(norm, width)));
    return masks;
  }

  private interface NormVisitor {
    void visit(String norm, int width);
  }

  /** Visits the activations that are dropped from: none without dropout. */
  private void forEachNorm(NormVisitor visitor) {
    List<Integer> trunk = hypernetwork.dropout() > 0 ? hypernetwork.trunk() : List.of();
    for (int i = 0; i < trunk.size(); i++) {
      visitor.visit(i + 1 < trunk.size() ? trunkNorm(i + 1) : LATENT_NORM, trunk.get(i));
    }
  }

  private DropoutMask mask(String norm, int width) {
    return new DropoutMask(name(norm + ".mask"), width, hypernetwork.dropout());
  }

  private static String trunkNorm(int layer) {
    return "trunk." + layer + ".norm";
  }

  private String latent(
      GraphEditor editor, UnaryOperator<String> inputs, Map<String, String> masks) {
    editor.prefix(name(""));
    String h = hypernetwork.condition().encoder().encode(editor, name("condition."), inputs);
    int width = hypernetwork.condition().encoder().width();
    for (int i = 0; i < hypernetwork.trunk().size(); i++) {
      String skip = h;
      if (i > 0) {
        h = activation(editor, h, trunkNorm(i), masks);
      }
      h = editor.node("Gemm", h, name("trunk." + i + ".weight"), name("trunk." + i + ".bias"));
      int next = hypernetwork.trunk().get(i);
      if (i > 0) {
        h =
            editor.node(
                "Add",
                h,
                next == width
                    ? skip
                    : editor.node("MatMul", skip, name("trunk." + i + ".skip.weight")));
      }
      width = next;
    }
    if (!hypernetwork.trunk().isEmpty()) {
      h = activation(editor, h, LATENT_NORM, masks);
    }
    String z = editor.node("Gemm", h, name("latent.weight"), name("latent.bias"));
    String one = editor.pad(z, 1, 0, 0, 0, 1);
    editor.prefix("");
    return one;
  }

  private String activation(GraphEditor editor, String h, String norm, Map<String, String> masks) {
    String normed = editor.layerNormalization(h, name(norm + ".scale"), name(norm + ".shift"));
    String active = editor.node("Mul", normed, editor.node("Sigmoid", normed));
    String mask = masks.get(norm);
    return mask == null ? active : editor.node("Mul", active, mask);
  }
}
