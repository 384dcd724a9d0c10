package io.hyperdelta.weave;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.HypernetworkGraph;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Use;
import io.hyperdelta.weave.Addition.Contribution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a target graph so that it applies the adaptations of hypernetworks around it. The target
 * itself is never changed. Immutable, so safe to share between threads.
 *
 * <p>Rows and conditions: rows n come in K blocks of equal size, one block per condition in the
 * same order. K = n is a condition per row, K = 1 one condition for all.
 */
public final class Weaver {
  /**
   * Name of the optional input that scales every delta: float32 [], 1 by default; 0 gives the
   * target's own output.
   */
  public static final String STRENGTH = "strength";

  private final Target target;
  private final List<Hypernetwork> hypernetworks;
  private final List<SiteDelta> deltas;

  /**
   * Prepares to weave.
   *
   * @throws IllegalArgumentException if two hypernetworks share a name, a part matches nothing, or
   *     a site cannot take a form
   */
  public Weaver(Target target, List<Hypernetwork> hypernetworks) {
    this.target = target;
    this.hypernetworks = List.copyOf(hypernetworks);
    if (hypernetworks.stream().map(Hypernetwork::name).distinct().count() != hypernetworks.size()) {
      throw new IllegalArgumentException(
          "Two hypernetworks have the same name. Expected unique names.");
    }
    this.deltas = hypernetworks.stream().flatMap(h -> h.deltas(target).stream()).toList();
  }

  /** The target. */
  public Target target() {
    return target;
  }

  /** The hypernetworks, in order. */
  public List<Hypernetwork> hypernetworks() {
    return hypernetworks;
  }

  /** All deltas: one per adaptation and site. */
  public List<SiteDelta> deltas() {
    return deltas;
  }

  /**
   * Parameters of fresh hypernetworks, with which the adaptive model equals its target.
   *
   * @param seed of the random ones
   * @return by initializer name, in a fixed order
   */
  public Map<String, TensorValue> freshParameters(long seed) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    for (int i = 0; i < hypernetworks.size(); i++) {
      parameters.putAll(graphOf(hypernetworks.get(i)).freshParameters(seed + i));
    }
    return parameters;
  }

  /**
   * Input of the woven graphs by condition column. A column that is also an input of the target by
   * the same name and type is one input; a name that means something else in the target gets the
   * prefix {@code "condition."}.
   */
  public Map<String, String> conditionInputs() {
    GraphEditor names = GraphEditor.of(target.model());
    Map<String, String> inputs = new LinkedHashMap<>();
    for (Hypernetwork hypernetwork : hypernetworks) {
      for (ColumnEncoder column : hypernetwork.condition().encoder().columns()) {
        boolean free = !names.has(column.column()) && !column.column().equals(STRENGTH);
        inputs.putIfAbsent(
            column.column(),
            free || shared(column) ? column.column() : "condition." + column.column());
      }
    }
    return inputs;
  }

  private boolean shared(ColumnEncoder column) {
    Optional<ValueInfo> input =
        target.model().graph().inputs().stream()
            .filter(i -> i.name().equals(column.column()))
            .findFirst();
    Dtype expected = column.isText() ? Dtype.STRING : Dtype.FLOAT;
    return input.isPresent()
        && input.get().type().dtype() == expected
        && input.get().type().dims() != null
        && input.get().type().dims().size() == 2
        && input.get().type().dims().get(1).equals(Dim.of(1));
  }

  /**
   * The adaptive model in one graph: the target's inputs and the conditions' columns in, the
   * target's outputs out.
   *
   * @param parameters of the hypernetworks, named as by {@link #freshParameters}
   * @param workload the sizes to be fast for
   */
  public Model fused(Map<String, TensorValue> parameters, Workload workload) {
    GraphEditor editor = GraphEditor.of(target.model());
    String strength = strengthInput(editor);
    Map<String, GeneratedFactors.Latent> latents = latents(editor, parameters);
    apply(editor, new GeneratedFactors(latents, workload), strength);
    return editor.finish("fused");
  }

  /**
   * The hypernetworks alone: the conditions' columns in, every factor {@code [conditions, ...]}
   * out; those that are learned once as {@code [1, ...]}.
   */
  public Model generator(Map<String, TensorValue> parameters) {
    GraphEditor editor = GraphEditor.empty("generator", target.model().opset());
    FactorSource source = new GeneratedFactors(latents(editor, parameters), Workload.MIXED);
    forEachFactor(
        (delta, factor) -> {
          String value = source.factor(editor, delta, factor);
          editor.nodeInto(delta.factorName(factor), "Identity", value);
          editor.output(delta.factorName(factor), factorType(factor, "conditions"));
        });
    return editor.finish("generator");
  }

  /**
   * The target with factors as optional inputs, learned ones for one condition. The defaults have
   * width zero, or are zero, and give the target itself.
   */
  public Model targetWithDeltas() {
    GraphEditor editor = GraphEditor.of(target.model());
    String strength = strengthInput(editor);
    forEachFactor(
        (delta, factor) ->
            editor.optionalInput(delta.factorName(factor), openType(delta, factor), none(factor)));
    apply(editor, new InputFactors(), strength);
    return editor.finish("target-with-deltas");
  }

  private HypernetworkGraph graphOf(Hypernetwork hypernetwork) {
    return new HypernetworkGraph(
        hypernetwork, deltas.stream().filter(d -> d.owner().equals(hypernetwork.name())).toList());
  }

  private static String strengthInput(GraphEditor editor) {
    if (editor.has(STRENGTH)) {
      throw new IllegalArgumentException(
          "The target has a value named \"%s\", which is the name of an input that weaving adds. Expected another name; rename it in the target."
              .formatted(STRENGTH));
    }
    return editor.optionalInput(STRENGTH, TensorType.of(Dtype.FLOAT), TensorValue.scalar(1));
  }

  private Map<String, GeneratedFactors.Latent> latents(
      GraphEditor editor, Map<String, TensorValue> parameters) {
    Map<String, String> inputs = conditionInputs();
    Map<String, GeneratedFactors.Latent> latents = new LinkedHashMap<>();
    for (Hypernetwork hypernetwork : hypernetworks) {
      for (ColumnEncoder column : hypernetwork.condition().encoder().columns()) {
        String name = Objects.requireNonNull(inputs.get(column.column()));
        if (!editor.has(name)) {
          editor.input(name, ConditionEncoder.inputType(column, "conditions"));
        }
      }
      HypernetworkGraph graph = graphOf(hypernetwork);
      Map<String, TensorValue> own = new LinkedHashMap<>();
      graph
          .freshParameters(0)
          .forEach((name, fresh) -> own.put(name, parameter(parameters, name, fresh)));
      String value =
          graph.latent(editor, own, column -> Objects.requireNonNull(inputs.get(column)));
      editor.prefix("hyperdelta/" + hypernetwork.name() + "/");
      latents.put(
          hypernetwork.name(),
          new GeneratedFactors.Latent(value, editor.firstDim(value), hypernetwork.latent()));
      editor.prefix("");
    }
    return latents;
  }

  private static TensorValue parameter(
      Map<String, TensorValue> parameters, String name, TensorValue fresh) {
    TensorValue value = parameters.get(name);
    if (value == null || !Arrays.equals(value.dims(), fresh.dims())) {
      throw new IllegalArgumentException(
          "Parameter \"%s\" does not fit the hypernetwork. Expected %s, got %s."
              .formatted(name, fresh, value == null ? "none" : value));
    }
    return value;
  }

  /** Puts the contributions on the outputs of the layers they belong to. */
  private void apply(GraphEditor editor, FactorSource source, String strength) {
    Map<String, List<Contribution>> byOutput = new LinkedHashMap<>();
    for (SiteDelta delta : deltas) {
      for (Use use : delta.site().uses()) {
        byOutput
            .computeIfAbsent(use.output(), k -> new ArrayList<>())
            .add(new Contribution(delta, use));
      }
    }
    byOutput.forEach(new Addition(editor, source, strength)::to);
  }

  private interface FactorVisitor {
    void visit(SiteDelta delta, Factor factor);
  }

  private void forEachFactor(FactorVisitor visitor) {
    for (SiteDelta delta : deltas) {
      delta.form().factors(delta.site()).forEach(factor -> visitor.visit(delta, factor));
    }
  }

  private static TensorType factorType(Factor factor, String conditions) {
    return type(factor, conditions, null);
  }

  /** Inner axes are left open, so that a default of width zero fits. */
  private static TensorType openType(SiteDelta delta, Factor factor) {
    return type(factor, delta.name() + "/conditions", delta.name() + "/inner");
  }

  private static TensorType type(Factor factor, String conditions, @Nullable String inner) {
    List<Object> axes = new ArrayList<>();
    axes.add(factor.isGenerated() ? conditions : 1L);
    for (int axis = 0; axis < factor.dims().size(); axis++) {
      boolean open = inner != null && factor.inner().contains(axis);
      axes.add(open ? inner : factor.dims().get(axis));
    }
    return TensorType.of(Dtype.FLOAT, axes.toArray());
  }

  /** The factor of a delta that is zero: without inner axes, or zeros. */
  private static TensorValue none(Factor factor) {
    long[] dims = new long[factor.dims().size() + 1];
    dims[0] = 1;
    long count = 1;
    for (int axis = 0; axis < factor.dims().size(); axis++) {
      dims[axis + 1] = factor.inner().contains(axis) ? 0 : factor.dims().get(axis);
      count *= dims[axis + 1];
    }
    return TensorValue.ofFloats(new float[Math.toIntExact(count)], dims);
  }
}
