package io.hyperdelta.weave;

import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.hypernetwork.ContextTable;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.HypernetworkGraph;
import io.hyperdelta.hypernetwork.Source;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a target graph so that it applies the adaptations of the sources around it. The target
 * itself is never changed. Immutable, so safe to share between threads.
 *
 * <p>Rows and conditions: rows n come in K blocks of equal size, one block per condition in the
 * same order. K = n is a condition per row, K = 1 one condition for all.
 */
public final class Weaver implements Weaving {
  /**
   * Name of the optional input that scales every delta: float32 [], 1 by default; 0 gives the
   * target's own output. Each source has a further one, with its name after a slash.
   */
  public static final String STRENGTH = "strength";

  private final Target target;
  private final List<Source> sources;
  private final List<SiteDelta> deltas;

  /**
   * Prepares to weave.
   *
   * @throws IllegalArgumentException if two sources share a name, a part matches nothing, or a site
   *     cannot take a form
   */
  public Weaver(Target target, List<? extends Source> sources) {
    this.target = target;
    this.sources = List.copyOf(sources);
    if (sources.stream().map(Source::name).distinct().count() != sources.size()) {
      throw new IllegalArgumentException(
          "Two of the sources have the same name. Expected unique names, got %s."
              .formatted(sources.stream().map(Source::name).toList()));
    }
    this.deltas = sources.stream().flatMap(source -> source.deltas(target).stream()).toList();
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public List<Source> sources() {
    return sources;
  }

  @Override
  public List<SiteDelta> deltas() {
    return deltas;
  }

  @Override
  public Map<String, TensorValue> freshParameters(long seed) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      parameters.putAll(source.freshParameters(deltasOf(source), seed + i));
    }
    return parameters;
  }

  @Override
  public Map<ColumnInput, String> conditionInputs() {
    GraphEditor names = GraphEditor.of(target.model());
    Map<ColumnInput, String> inputs = new LinkedHashMap<>();
    for (Source source : sources) {
      for (ColumnInput column : source.columns()) {
        boolean free = !names.has(column.column()) && !Strength.isInput(column.column());
        inputs.putIfAbsent(
            column, free || shared(column) ? column.column() : "condition." + column.column());
      }
    }
    return inputs;
  }

  private boolean shared(ColumnInput column) {
    Optional<ValueInfo> input =
        target.model().graph().inputs().stream()
            .filter(i -> i.name().equals(column.column()))
            .findFirst();
    Dtype expected = column.text() ? Dtype.STRING : Dtype.FLOAT;
    return input.isPresent()
        && input.get().type().dtype() == expected
        && input.get().type().dims() != null
        && input.get().type().dims().size() == 2
        && input.get().type().dims().get(1).equals(Dim.of(column.width()));
  }

  @Override
  public Model fused(Map<String, TensorValue> parameters, Workload workload) {
    GraphEditor editor = GraphEditor.of(target.model());
    Map<String, String> strengths = strengths(editor);
    Map<String, FactorSource> factors = factors(editor, parameters, workload);
    apply(editor, delta -> Objects.requireNonNull(factors.get(delta.owner())), strengths);
    return editor.finish("fused");
  }

  @Override
  public Model generator(Map<String, TensorValue> parameters) {
    GraphEditor editor = GraphEditor.empty("generator", target.model().opset());
    Map<String, FactorSource> factors = factors(editor, parameters, Workload.MIXED);
    forEachFactor(
        (delta, factor) -> {
          FactorSource source = Objects.requireNonNull(factors.get(delta.owner()));
          String value = source.factor(editor, delta, factor);
          editor.nodeInto(delta.factorName(factor), "Identity", value);
          Object conditions = source instanceof SharedFactors ? 1L : "conditions";
          editor.output(delta.factorName(factor), type(factor, conditions, null));
        });
    return editor.finish("generator");
  }

  @Override
  public Model targetWithDeltas() {
    GraphEditor editor = GraphEditor.of(target.model());
    Map<String, String> strengths = strengths(editor);
    forEachFactor(
        (delta, factor) ->
            editor.optionalInput(delta.factorName(factor), openType(delta, factor), none(factor)));
    FactorSource given = new InputFactors();
    apply(editor, delta -> given, strengths);
    return editor.finish("target-with-deltas");
  }

  private List<SiteDelta> deltasOf(Source source) {
    return deltas.stream().filter(delta -> delta.owner().equals(source.name())).toList();
  }

  /** Adds the inputs and gives the name of the product that scales each source's deltas. */
  private Map<String, String> strengths(GraphEditor editor) {
    String all = strengthInput(editor, STRENGTH);
    Map<String, String> inputs = new LinkedHashMap<>();
    Map<String, String> strengths = new LinkedHashMap<>();
    for (Source source : sources) {
      String own =
          inputs.computeIfAbsent(
              Strength.input(source.name()), name -> strengthInput(editor, name));
      editor.prefix("hyperdelta/" + source.name() + "/");
      strengths.put(source.name(), editor.node("Mul", all, own));
      editor.prefix("");
    }
    return strengths;
  }

  private static String strengthInput(GraphEditor editor, String name) {
    if (editor.has(name)) {
      throw new IllegalArgumentException(
          "The target has a value named \"%s\", which is the name of an input that weaving adds. Expected another name; rename it in the target."
              .formatted(name));
    }
    return editor.optionalInput(name, TensorType.of(Dtype.FLOAT), TensorValue.scalar(1));
  }

  /** Adds every source's parameters and nodes, up to what heads and tables are read with. */
  private Map<String, FactorSource> factors(
      GraphEditor editor, Map<String, TensorValue> parameters, Workload workload) {
    Map<String, String> inputs = new LinkedHashMap<>();
    conditionInputs()
        .forEach(
            (column, name) -> {
              inputs.put(column.column(), name);
              if (!editor.has(name)) {
                editor.input(name, column.type("conditions"));
              }
            });
    Map<String, FactorSource> factors = new LinkedHashMap<>();
    for (Source source : sources) {
      source
          .freshParameters(deltasOf(source), 0)
          .forEach((name, fresh) -> editor.initializer(name, parameter(parameters, name, fresh)));
      factors.put(source.name(), factors(editor, source, inputs, workload));
      editor.prefix("");
    }
    return factors;
  }

  private FactorSource factors(
      GraphEditor editor, Source source, Map<String, String> inputs, Workload workload) {
    String prefix = "hyperdelta/" + source.name() + "/";
    if (source instanceof Hypernetwork hypernetwork) {
      String latent =
          new HypernetworkGraph(hypernetwork, deltasOf(source))
              .latent(editor, column -> Objects.requireNonNull(inputs.get(column)));
      editor.prefix(prefix);
      return new GeneratedFactors(latent, editor.firstDim(latent), hypernetwork.latent(), workload);
    }
    editor.prefix(prefix);
    if (source instanceof ContextTable table) {
      String input = Objects.requireNonNull(inputs.get(table.column()));
      String index = table.contexts().index(editor, input);
      return TableFactors.of(editor, index, table.contexts().count(), workload);
    }
    return new SharedFactors();
  }

  private static TensorValue parameter(
      Map<String, TensorValue> parameters, String name, TensorValue fresh) {
    TensorValue value = parameters.get(name);
    if (value == null || !Arrays.equals(value.dims(), fresh.dims())) {
      throw new IllegalArgumentException(
          "Parameter \"%s\" does not fit its source. Expected %s, got %s."
              .formatted(name, fresh, value == null ? "none" : value));
    }
    return value;
  }

  /** Puts the contributions on the outputs of the layers they belong to. */
  private void apply(
      GraphEditor editor, Function<SiteDelta, FactorSource> source, Map<String, String> strengths) {
    Map<String, List<Contribution>> byOutput = new LinkedHashMap<>();
    for (SiteDelta delta : deltas) {
      for (Use use : delta.site().uses()) {
        byOutput
            .computeIfAbsent(use.output(), k -> new ArrayList<>())
            .add(new Contribution(delta, use));
      }
    }
    byOutput.forEach(new Addition(editor, source, strengths)::to);
  }

  private interface FactorVisitor {
    void visit(SiteDelta delta, Factor factor);
  }

  private void forEachFactor(FactorVisitor visitor) {
    for (SiteDelta delta : deltas) {
      delta.form().factors(delta.site()).forEach(factor -> visitor.visit(delta, factor));
    }
  }

  /** Inner axes are left open, so that a default of width zero fits. */
  private static TensorType openType(SiteDelta delta, Factor factor) {
    return type(factor, delta.name() + "/conditions", delta.name() + "/inner");
  }

  private static TensorType type(Factor factor, Object conditions, @Nullable String inner) {
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
