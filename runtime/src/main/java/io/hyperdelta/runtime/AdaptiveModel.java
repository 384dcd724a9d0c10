package io.hyperdelta.runtime;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.EnsembleEntry;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.bundle.JoinedColumns;
import io.hyperdelta.bundle.JoinedTable;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.MemberSource;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Ensemble;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import io.hyperdelta.weave.Weaver;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A bundle ready to predict. Each of its graphs is loaded when it is first needed. Safe to use from
 * many threads; {@link #close} must come after all of them.
 */
public final class AdaptiveModel implements AutoCloseable {
  /**
   * From so many rows of one condition on it pays to make its factors once, in a graph of their
   * own: an MLP 64-256-256-10 with deltas of rank 4 takes as long either way at 16 rows, and two
   * thirds of the time at 64.
   */
  private static final int MIN_ROWS_OF_ONE_CONDITION = 32;

  private final Bundle bundle;
  private final Target target;
  private final List<SiteDelta> deltas;
  private final List<String> sources;
  private final KnownCategories known;
  private final Set<String> conditionInputs;
  private final List<String> conditionColumns;
  private final RowPreparation preparation;
  private final Map<String, OrtGraph> graphs = new HashMap<>();
  private final int threads;
  private boolean closed;

  private AdaptiveModel(Bundle bundle, int threads) {
    this.bundle = bundle;
    this.threads = threads;
    this.target = bundle.target();
    this.deltas = bundle.deltas(target);
    this.sources =
        deltas.stream().map(delta -> MemberSource.plain(delta.owner())).distinct().toList();
    this.known = KnownCategories.of(bundle.manifest().inputs());
    this.conditionInputs = SharedConditions.inputs(bundle.manifest());
    this.conditionColumns =
        bundle.manifest().inputs().stream()
            .filter(InputBinding::condition)
            .flatMap(binding -> binding.columns().stream())
            .distinct()
            .toList();
    this.preparation = new RowPreparation(bundle);
  }

  /**
   * Opens a bundle folder. Predictions of small networks have one thread up to some hundred rows,
   * all others one for each processor.
   *
   * @throws io.hyperdelta.bundle.BundleException if it is no bundle, or not as it was published
   */
  public static AdaptiveModel open(Path folder) {
    return of(Bundle.open(folder));
  }

  /**
   * Opens a bundle folder for predictions on so many threads, whatever their size. A service may
   * want fewer where many predictions run at once.
   *
   * @param threads that each prediction has, the caller's among them, 1 or more
   * @throws io.hyperdelta.bundle.BundleException if it is no bundle, or not as it was published
   * @throws IllegalArgumentException if there are fewer threads
   */
  public static AdaptiveModel open(Path folder, int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "A prediction cannot have %d threads. Expected 1 or more.".formatted(threads));
    }
    return new AdaptiveModel(Bundle.open(folder), threads);
  }

  /** A bundle that is already open. */
  public static AdaptiveModel of(Bundle bundle) {
    return new AdaptiveModel(bundle, OrtGraph.DEFAULT_THREADS);
  }

  /**
   * Loads the graph that predicts, as the first prediction does otherwise.
   *
   * @throws io.hyperdelta.graph.ModelException if it does not load
   */
  public void load() {
    graph(Bundle.FUSED);
  }

  /** The bundle's table of contents. */
  public Manifest manifest() {
    return bundle.manifest();
  }

  /**
   * Predicts, every row under its own condition. What the bundle prepares is prepared here: texts
   * are encoded, and context tables looked up by their keys, unless the rows have what is made of
   * them already. Conditions that several rows share are then looked at once, and for many rows of
   * one condition its factors are made once; that changes a prediction by rounding at most.
   *
   * @param rows the columns of target and conditions
   * @throws RowsException if a column is missing, has the wrong type, is not finite, or cannot be
   *     encoded
   * @throws io.hyperdelta.bundle.JoinException if a context table lacks keys, and was trained to
   *     refuse that
   */
  public Prediction predict(Rows rows) {
    return predict(rows, 1);
  }

  /**
   * Predicts with scaled deltas, every row under its own condition.
   *
   * @param strength finite; 1 is the model as trained, 0 runs the target itself, so gives its
   *     output bit for bit
   */
  public Prediction predict(Rows rows, double strength) {
    return predict(rows, Strength.of(strength));
  }

  /**
   * Predicts with deltas scaled by their source, every row under its own condition.
   *
   * @param strength where it is 0 for all sources the target itself runs
   * @throws IllegalArgumentException if it names a source that the bundle does not have
   */
  public Prediction predict(Rows rows, Strength strength) {
    if (strength.among(sources).isZero(sources)) {
      return prediction(Bundle.TARGET, inputs(rows, InputBinding::target));
    }
    List<InputBinding> bindings = bundle.manifest().inputs();
    Rows prepared = preparation.prepare(rows, bindings);
    if (rows.count() >= MIN_ROWS_OF_ONE_CONDITION
        && !conditionColumns.isEmpty()
        && prepared.agreeIn(conditionColumns)) {
      Map<String, TensorValue> factors = generate(prepared.first(conditionColumns));
      return apply(inputs(prepared, InputBinding::target), factors, strength);
    }
    Map<String, TensorValue> inputs =
        new LinkedHashMap<>(InputTensors.of(prepared, bindings, known));
    if (graph(Bundle.FUSED).hasOptional(Weaver.CONDITION_OF_ROW)) {
      inputs = SharedConditions.named(inputs, conditionInputs);
    }
    inputs.putAll(strength.inputs());
    return prediction(Bundle.FUSED, inputs);
  }

  /**
   * Looks keys up in a newer context table from now on, so that contexts are known that were not
   * there in training. Predictions that run meanwhile take the one or the other.
   *
   * @param name the table's name, which is that of the condition that joins it
   * @param table has the columns that the bundle takes over; replaces the bundle's as a whole
   * @throws io.hyperdelta.bundle.JoinException if the bundle joins no table of that name, or the
   *     table lacks a column
   */
  public void useTable(String name, JoinedTable table) {
    preparation.use(name, table);
  }

  /**
   * Which categories of the conditions were not in training; a prediction says nothing of them.
   *
   * @throws io.hyperdelta.bundle.JoinException if a context table lacks keys, and was trained to
   *     refuse that
   */
  public List<UnknownCategories> unknownCategories(Rows rows) {
    List<InputBinding> conditions =
        bundle.manifest().inputs().stream().filter(InputBinding::condition).toList();
    return known.unknown(
        preparation.prepare(rows, conditions, step -> step instanceof JoinedColumns));
  }

  /**
   * The factors that the hypernetworks generate.
   *
   * @param conditions the conditions' columns, K rows
   * @return by factor name, float32 {@code [K, ...]}
   */
  public Map<String, TensorValue> generate(Rows conditions) {
    return graph(Bundle.GENERATOR).run(inputs(conditions, InputBinding::condition));
  }

  /**
   * Predicts with factors made before.
   *
   * @param rows the target's columns: K blocks of equal size, in the order of the factors'
   *     conditions
   * @param factors as {@link #generate} gives them, for K conditions
   * @param strength finite; 0 runs the target itself
   * @throws IllegalArgumentException if the strength is not finite
   */
  public Prediction apply(Rows rows, Map<String, TensorValue> factors, double strength) {
    Map<String, TensorValue> inputs = inputs(rows, InputBinding::target);
    if (strength == 0) {
      return prediction(Bundle.TARGET, inputs);
    }
    for (Map.Entry<String, TensorValue> factor : factors.entrySet()) {
      long conditions = factor.getValue().rank() == 0 ? 0 : factor.getValue().dim(0);
      if (conditions < 1 || rows.count() % conditions != 0) {
        throw new RowsException(
            "Factor \"%s\" does not go with the rows. Expected conditions that divide the %d rows into equal blocks, got %d."
                .formatted(factor.getKey(), rows.count(), conditions));
      }
    }
    return apply(inputs, factors, Strength.of(strength));
  }

  private Prediction apply(
      Map<String, TensorValue> rows, Map<String, TensorValue> factors, Strength strength) {
    rows.putAll(factors);
    rows.putAll(strength.inputs());
    return prediction(Bundle.TARGET_WITH_DELTAS, rows);
  }

  /**
   * The target with the deltas of one condition merged into its weights: a plain model, as fast as
   * the target. An ensemble has merged weights for each member, and its outputs are prediction and
   * spread; what does not differ between members is there once.
   *
   * @param condition the conditions' columns, one row
   * @param strength what the deltas are multiplied with
   * @throws RowsException if there is more than one row
   * @throws IllegalArgumentException if the strength names a source that the bundle does not have
   */
  public Model merged(Rows condition, Strength strength) {
    checkOne(condition);
    return MergedModel.graph(
        bundle.manifest(), target, deltas, generate(condition), strength.among(sources()));
  }

  /** The model under one condition, ready to predict; see the other method. */
  public MergedModel under(Rows condition) {
    return under(condition, Strength.FULL);
  }

  /**
   * The model under one condition, ready to predict: what {@link #merged} gives, loaded. For a
   * tenant, a place or a device that many batches of rows are of.
   *
   * @param condition the conditions' columns, one row
   * @param strength what the deltas are multiplied with
   * @return to be closed before this; later tables of {@link #useTable} do not change it
   * @throws RowsException if there is more than one row
   * @throws IllegalArgumentException if the strength names a source that the bundle does not have
   */
  public MergedModel under(Rows condition, Strength strength) {
    byte[] merged = ModelWriter.write(merged(condition, strength));
    return new MergedModel(this, OrtGraph.load(merged, "merged", threads));
  }

  /** Predicts by a graph that only the target's inputs go into. */
  Prediction predict(OrtGraph merged, Rows rows) {
    return prediction(merged, spreads(), inputs(rows, InputBinding::target));
  }

  /**
   * What the deltas of one condition add to the target's weights: a fixed delta for each site that
   * has any. Sources whose strength is 0 are left out.
   *
   * @param condition the conditions' columns, one row
   * @param strength what the deltas are multiplied with
   * @throws RowsException if there is more than one row
   * @throws IllegalArgumentException if the strength names a source that the bundle does not have,
   *     or a delta is the bias of a layer without one, which no weight can take
   */
  public List<FixedDelta> fixed(Rows condition, Strength strength) {
    checkOne(condition);
    if (spreads()) {
      throw new IllegalArgumentException(
          "The bundle is an ensemble whose members predict by themselves, so no single delta stands for it. Expected one model, or an ensemble with combine: mean-delta. Merge it instead.");
    }
    return Merge.fixed(target, deltas, generate(condition), strength.among(sources()));
  }

  /** Whether the bundle is an ensemble whose members predict by themselves. */
  private boolean spreads() {
    EnsembleEntry ensemble = bundle.manifest().ensemble();
    return ensemble != null && ensemble.spreads();
  }

  private static void checkOne(Rows condition) {
    if (condition.count() != 1) {
      throw new RowsException(
          "Weights are merged for one condition at a time. Expected 1 row, got "
              + condition.count()
              + ".");
    }
  }

  /** The frozen target. */
  public Target target() {
    return target;
  }

  /** The names of the sources of deltas, in order; members of an ensemble share a name. */
  public List<String> sources() {
    return sources;
  }

  private Map<String, TensorValue> inputs(Rows rows, Predicate<InputBinding> wanted) {
    List<InputBinding> bindings = bundle.manifest().inputs().stream().filter(wanted).toList();
    return new LinkedHashMap<>(
        InputTensors.of(preparation.prepare(rows, bindings), bindings, known));
  }

  private Prediction prediction(String file, Map<String, TensorValue> inputs) {
    return prediction(graph(file), spreads() && !file.equals(Bundle.TARGET), inputs);
  }

  private Prediction prediction(
      OrtGraph graph, boolean hasSpread, Map<String, TensorValue> inputs) {
    String name = bundle.manifest().output();
    Set<String> wanted = hasSpread ? Set.of(name, Ensemble.SPREAD) : Set.of(name);
    Map<String, TensorValue> made = graph.run(inputs, wanted);
    TensorValue value = Objects.requireNonNull(made.get(name), name);
    TensorValue spread = spreads() ? made.getOrDefault(Ensemble.SPREAD, zeros(value)) : null;
    return new Prediction(name, value, spread);
  }

  /** Of the target itself, on which all members agree. */
  private static TensorValue zeros(TensorValue like) {
    return TensorValue.ofFloats(new float[like.elementCount()], like.dims());
  }

  private synchronized OrtGraph graph(String file) {
    if (closed) {
      throw new IllegalStateException("The adaptive model is closed.");
    }
    return graphs.computeIfAbsent(file, name -> OrtGraph.load(bundle.read(name), name, threads));
  }

  /** Frees the native sessions; later calls do nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    graphs.values().forEach(OrtGraph::close);
    graphs.clear();
    preparation.close();
  }
}
