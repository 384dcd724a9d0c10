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
import io.hyperdelta.hypernetwork.DropoutMask;
import io.hyperdelta.hypernetwork.Heads;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.HypernetworkGraph;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Use;
import io.hyperdelta.weave.Addition.Contribution;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Rewrites a target graph so that it applies the adaptations of the sources around it. The target
 * itself is never changed. Immutable, so safe to share between threads.
 *
 * <p>Rows and conditions: rows n come in K blocks of equal size, one block per condition in the
 * same order. K = n is a condition per row, K = 1 one condition for all. In a graph that is woven
 * for {@link Workload.Purpose#SERVING} rows may also name their conditions, which then go with any
 * numbers of rows in any order.
 */
public final class Weaver implements Weaving {
  /**
   * Name of the optional input that scales every delta: float32 [], 1 by default; 0 gives the
   * target's own output. Each source has a further one, with its name after a slash.
   */
  public static final String STRENGTH = "strength";

  /**
   * Name of the optional input that says which condition each row has: int64 [n], each from 0 to
   * K-1; without it, rows come in K blocks. Inputs that the target sees, too, have one entry per
   * row either way. Targets in operator set versions 7 and 8 get none.
   */
  public static final String CONDITION_OF_ROW = "condition-of-row";

  /**
   * Name of the output of a graph for training that says how large the deltas are: float32 [1], the
   * mean over conditions of the sum over deltas of |dW|^2 / |W|^2, before caps and strength; of a
   * shift the mean square of its terms.
   */
  public static final String SIZE = "hyperdelta/size";

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
    return freshParameters(seed, Map.of());
  }

  /**
   * The same where some sources have a seed of their own, and so start from the same parameters
   * wherever they stand among the others.
   *
   * @param seed of the other sources, to which their position is added
   * @param own seeds by the names of sources
   * @return by initializer name, in a fixed order
   */
  public Map<String, TensorValue> freshParameters(long seed, Map<String, Long> own) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      long start = own.getOrDefault(source.name(), seed + i);
      parameters.putAll(source.freshParameters(deltasOf(source), start));
    }
    for (SiteDelta delta : deltas) {
      if (delta.form().replaces()) {
        Heads.startFrozen(parameters, delta, frozen(delta));
      }
    }
    return parameters;
  }

  /** Names of the parameters that training changes: those of all sources but fixed ones. */
  public List<String> trainedParameters() {
    return sources.stream()
        .filter(Source::isTrained)
        .flatMap(source -> source.freshParameters(deltasOf(source), 0).keySet().stream())
        .toList();
  }

  @Override
  public Map<ColumnInput, String> conditionInputs() {
    GraphEditor names = GraphEditor.of(target.model());
    Map<ColumnInput, String> inputs = new LinkedHashMap<>();
    for (Source source : sources) {
      for (ColumnInput column : source.columns()) {
        boolean free = !names.has(column.column()) && !isReserved(column.column());
        inputs.putIfAbsent(
            column, free || shared(column) ? column.column() : "condition." + column.column());
      }
    }
    return inputs;
  }

  /** Whether the source of a delta sees an input of the target, which has one entry per row. */
  private boolean seesRows(SiteDelta delta) {
    return sources.stream()
        .filter(source -> source.name().equals(delta.owner()))
        .anyMatch(source -> source.columns().stream().anyMatch(this::shared));
  }

  private static boolean isReserved(String name) {
    return Strength.isInput(name) || name.equals(CONDITION_OF_ROW) || name.equals(Ensemble.SPREAD);
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
    return fused(parameters, workload, false);
  }

  /**
   * The same for training: with {@link #masks} as further optional inputs, and {@link #SIZE} as the
   * last output. Without the masks it computes what the fused graph does.
   */
  public Model training(Map<String, TensorValue> parameters, Workload workload) {
    return fused(parameters, workload, true);
  }

  /** The inputs of the graph for training that drop units of trunks. */
  public List<DropoutMask> masks() {
    return sources.stream()
        .filter(Hypernetwork.class::isInstance)
        .flatMap(h -> new HypernetworkGraph((Hypernetwork) h, deltasOf(h)).masks().stream())
        .toList();
  }

  private Model fused(Map<String, TensorValue> parameters, Workload workload, boolean training) {
    GraphEditor editor = GraphEditor.of(target.model());
    Map<String, String> strengths = strengths(editor);
    Map<String, FactorSource> factors = factors(editor, parameters, workload, training);
    Function<SiteDelta, FactorSource> source =
        delta -> Objects.requireNonNull(factors.get(delta.owner()));
    Set<SiteDelta> merged =
        Merging.chosen(
            deltas,
            workload,
            delta -> !delta.isCapped() && workload.merges(source.apply(delta), seesRows(delta)));
    Set<SiteDelta> kernels = ConditionKernels.chosen(deltas, workload, d -> !merged.contains(d));
    List<SiteDelta> others =
        deltas.stream().filter(d -> !merged.contains(d) && !kernels.contains(d)).toList();
    DeltaNorms norms = apply(editor, others, source, strengths);
    new Merging(editor, source, strengths).add(merged);
    new ConditionKernels(editor, source, strengths).add(kernels);
    if (training) {
      editor.nodeInto(SIZE, "Identity", norms.together(trainedDeltas()));
      editor.output(SIZE, TensorType.of(Dtype.FLOAT, 1));
    }
    return editor.finish("fused");
  }

  @Override
  public Model generator(Map<String, TensorValue> parameters) {
    GraphEditor editor = GraphEditor.empty("generator", target.model().opset());
    Map<String, FactorSource> factors = factors(editor, parameters, Workload.MIXED, false);
    forEachFactor(
        (delta, factor) -> {
          FactorSource source = Objects.requireNonNull(factors.get(delta.owner()));
          String value = source.factor(editor, delta, factor);
          editor.nodeInto(delta.factorName(factor), "Identity", value);
          Object conditions = source instanceof SharedFactors ? 1L : "conditions";
          editor.output(delta.factorName(factor), FactorTypes.output(factor, conditions));
        });
    return editor.finish("generator");
  }

  @Override
  public Model targetWithDeltas() {
    GraphEditor editor = GraphEditor.of(target.model());
    Map<String, String> strengths = strengths(editor);
    forEachFactor(
        (delta, factor) ->
            editor.optionalInput(
                delta.factorName(factor), FactorTypes.input(delta, factor), none(delta, factor)));
    FactorSource given = new InputFactors();
    apply(editor, deltas, delta -> given, strengths);
    return editor.finish("target-with-deltas");
  }

  /** What a factor is that is not given: none of the delta is left. */
  private TensorValue none(SiteDelta delta, Factor factor) {
    return factor.start() == Factor.Start.FROZEN
        ? TensorValue.ofFloats(frozen(delta).floats(), Mix.with(1, factor.shape()))
        : FactorTypes.none(factor);
  }

  private List<SiteDelta> deltasOf(Source source) {
    return deltas.stream().filter(delta -> delta.owner().equals(source.name())).toList();
  }

  /** What a delta is a delta of, float32 {@code [in, width]}. */
  private TensorValue frozen(SiteDelta delta) {
    Map<String, TensorValue> initializers = target.model().graph().initializers();
    return delta.frozen(Objects.requireNonNull(initializers.get(delta.site().initializer())));
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
    checkFree(editor, name);
    return editor.optionalInput(name, TensorType.of(Dtype.FLOAT), TensorValue.scalar(1));
  }

  private static void checkFree(GraphEditor editor, String name) {
    if (editor.has(name)) {
      throw new IllegalArgumentException(
          "The target has a value named \"%s\", which is the name of an input that weaving adds. Expected another name; rename it in the target."
              .formatted(name));
    }
  }

  /** Adds every source's parameters and nodes, up to what heads and tables are read with. */
  private Map<String, FactorSource> factors(
      GraphEditor editor,
      Map<String, TensorValue> parameters,
      Workload workload,
      boolean training) {
    Map<String, String> inputs = new LinkedHashMap<>();
    Set<String> own = new HashSet<>();
    conditionInputs()
        .forEach(
            (column, name) -> {
              inputs.put(column.column(), name);
              if (!editor.has(name)) {
                editor.input(name, column.type("conditions"));
                own.add(name);
              }
            });
    if (workload.purpose() == Workload.Purpose.SERVING) {
      checkFree(editor, CONDITION_OF_ROW);
    }
    ConditionInputs named = ConditionInputs.of(editor, inputs, own, workload.purpose());
    Map<String, FactorSource> factors = new LinkedHashMap<>();
    for (Source source : sources) {
      source
          .freshParameters(deltasOf(source), 0)
          .forEach((name, fresh) -> editor.initializer(name, parameter(parameters, name, fresh)));
      factors.put(source.name(), factors(editor, source, named, workload, training));
      editor.prefix("");
    }
    return factors;
  }

  private FactorSource factors(
      GraphEditor editor,
      Source source,
      ConditionInputs inputs,
      Workload workload,
      boolean training) {
    editor.prefix("hyperdelta/" + source.name() + "/");
    ConditionInputs.Seen seen = inputs.seenBy(source);
    if (source instanceof Hypernetwork hypernetwork) {
      HypernetworkGraph graph = new HypernetworkGraph(hypernetwork, deltasOf(source));
      String each =
          training ? graph.trainingLatent(editor, seen::input) : graph.latent(editor, seen::input);
      editor.prefix("hyperdelta/" + source.name() + "/");
      String latent = seen.rows(each);
      return new GeneratedFactors(
          latent, editor.firstDim(latent), hypernetwork.latent(), workload, graph.heads());
    }
    if (source instanceof ContextTable table) {
      String each = table.contexts().index(editor, seen.input(table.column()));
      return TableFactors.of(editor, seen.rows(each), table.contexts().count(), workload);
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
  private DeltaNorms apply(
      GraphEditor editor,
      List<SiteDelta> some,
      Function<SiteDelta, FactorSource> source,
      Map<String, String> strengths) {
    Map<String, List<Contribution>> byOutput = new LinkedHashMap<>();
    for (SiteDelta delta : some) {
      for (Use use : delta.site().uses()) {
        byOutput
            .computeIfAbsent(use.output(), k -> new ArrayList<>())
            .add(new Contribution(delta, use));
      }
    }
    DeltaNorms norms = new DeltaNorms(editor, source, target.model().graph().initializers());
    byOutput.forEach(new Addition(editor, source, strengths, norms)::to);
    return norms;
  }

  private interface FactorVisitor {
    void visit(SiteDelta delta, Factor factor);
  }

  private void forEachFactor(FactorVisitor visitor) {
    for (SiteDelta delta : deltas) {
      delta.form().factors(delta.site()).forEach(factor -> visitor.visit(delta, factor));
    }
  }
}
