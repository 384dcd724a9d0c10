package io.hyperdelta.weave;

import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.GraphUnion;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.hypernetwork.MemberSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.target.Target;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Several adaptive models around one target whose predictions are combined: their mean, and their
 * spread beside it. All of them are one graph, in which whatever is equal, such as frozen layers in
 * front of the first delta, is computed once. Immutable, so safe to share between threads.
 *
 * <p>Source: deep ensembles (Lakshminarayanan et al. 2017, section 2.4), with one difference: where
 * outputs are logits, it is logits whose mean is taken, so that what comes out is still logits.
 */
public final class Ensemble implements Weaving {
  /**
   * Name of the output that says how far the members' predictions lie apart: float32 of the
   * prediction's shape, their weighted standard deviation.
   */
  public static final String SPREAD = "spread";

  /**
   * Name of the factor that weighs the members, where weights are learned: float32 {@code [1,
   * members]}, adding up to 1.
   */
  public static final String WEIGHTS = "ensemble/weights";

  /** Name of the parameter behind the weights, their logits: float32 {@code [1, members]}. */
  public static final String WEIGHT_LOGITS = "hyperdelta/ensemble/weights";

  /** Apart by more than a model has sources, each of which takes the next seed. */
  public static final long SEED_STEP = 1000;

  private final Target target;
  private final String output;
  private final Map<String, Weaver> members;
  private final boolean learned;

  /**
   * Prepares to weave.
   *
   * @param output the target's output that is the prediction, float32; the others are left out
   * @param members sources by member; sources of different members may have the same name, which
   *     then have one strength
   * @param learned whether the members' weights are learned; else they are equal
   * @throws IllegalArgumentException if there are fewer than two members, or as by {@link Weaver}
   */
  public Ensemble(
      Target target,
      String output,
      Map<String, ? extends List<? extends Source>> members,
      boolean learned) {
    if (members.size() < 2) {
      throw new IllegalArgumentException(
          "An ensemble needs members to combine. Expected 2 or more, got %d."
              .formatted(members.size()));
    }
    if (target.model().graph().inputs().stream().anyMatch(i -> i.name().equals(SPREAD))) {
      throw new IllegalArgumentException(
          "The target has an input named \"%s\", which is the name of an output that an ensemble adds. Expected another name; rename it in the target."
              .formatted(SPREAD));
    }
    this.target = target;
    this.output = output;
    this.learned = learned;
    Map<String, Weaver> weavers = new LinkedHashMap<>();
    members.forEach(
        (name, sources) -> weavers.put(name, new Weaver(target, inMember(name, sources, 1))));
    this.members = Collections.unmodifiableMap(weavers);
    Combination.type(target, output);
  }

  /**
   * One adaptive model with the deltas of all members, each with its share: deltas add up, so this
   * is the model with the mean delta. It has no spread, and runs the target once.
   *
   * @throws IllegalArgumentException as by {@link Weaver}
   */
  public static Weaver meanDelta(
      Target target, Map<String, ? extends List<? extends Source>> members) {
    List<Source> all = new ArrayList<>();
    members.forEach((name, sources) -> all.addAll(inMember(name, sources, 1.0 / members.size())));
    return new Weaver(target, all);
  }

  private static List<Source> inMember(
      String member, List<? extends Source> sources, double share) {
    return sources.stream().map(source -> MemberSource.of(member, source, share)).toList();
  }

  /** The members' own weavers, by name, in order; their sources carry the member's name. */
  public Map<String, Weaver> members() {
    return members;
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public List<Source> sources() {
    return members.values().stream().flatMap(member -> member.sources().stream()).toList();
  }

  @Override
  public List<SiteDelta> deltas() {
    return members.values().stream().flatMap(member -> member.deltas().stream()).toList();
  }

  @Override
  public Map<String, TensorValue> freshParameters(long seed) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    long next = seed;
    for (Weaver member : members.values()) {
      parameters.putAll(member.freshParameters(next));
      next += SEED_STEP;
    }
    if (learned) {
      parameters.put(
          WEIGHT_LOGITS, TensorValue.ofFloats(new float[members.size()], 1, members.size()));
    }
    return parameters;
  }

  @Override
  public Map<ColumnInput, String> conditionInputs() {
    Map<ColumnInput, String> inputs = new LinkedHashMap<>();
    members.values().forEach(member -> inputs.putAll(member.conditionInputs()));
    return inputs;
  }

  /** Its outputs are the prediction, under its own name, and {@link #SPREAD}. */
  @Override
  public Model fused(Map<String, TensorValue> parameters, Workload workload) {
    return new Combination(target, output)
        .of(
            "fused",
            all(m -> m.fused(parameters, workload)),
            editor -> weights(editor, parameters));
  }

  /** The factors of all members; with learned weights, these too, as {@link #WEIGHTS}. */
  @Override
  public Model generator(Map<String, TensorValue> parameters) {
    Map<String, Model> generators = all(member -> member.generator(parameters));
    GraphUnion union = new GraphUnion(List.copyOf(generators.values()), List.of());
    Map<ValueInfo, String> made = new LinkedHashMap<>();
    generators.forEach(
        (name, model) -> {
          Map<String, String> values = union.add(name + "/", model);
          for (ValueInfo factor : model.graph().outputs()) {
            made.put(factor, Objects.requireNonNull(values.get(factor.name())));
          }
        });
    GraphEditor editor = union.editor();
    made.forEach(
        (factor, value) -> {
          if (!value.equals(factor.name())) {
            editor.nodeInto(factor.name(), "Identity", value);
          }
          editor.output(factor.name(), factor.type());
        });
    if (learned) {
      editor.nodeInto(WEIGHTS, "Identity", weights(editor, parameters));
      editor.output(WEIGHTS, weightsType());
    }
    return editor.finish("generator");
  }

  /** Weights are an optional input as well; without them members count alike. */
  @Override
  public Model targetWithDeltas() {
    return new Combination(target, output)
        .of(
            "target-with-deltas",
            all(Weaver::targetWithDeltas),
            editor ->
                learned
                    ? editor.optionalInput(WEIGHTS, weightsType(), equal(members.size()))
                    : editor.constant(equal(members.size())));
  }

  /**
   * The ensemble for one condition: the members' weights merged with their deltas, and what is
   * equal in several of them kept once.
   *
   * @param output as for the constructor
   * @param members names
   * @param deltas of all members, as {@link #deltas} lists them
   * @param factors by name, each float32 {@code [1, ...]}, as the generator gives them
   * @param strength what the deltas are multiplied with
   * @return with the outputs of {@link #fused}
   * @throws IllegalArgumentException as by {@link Merge#merge}
   */
  public static Model merged(
      Target target,
      String output,
      List<String> members,
      List<SiteDelta> deltas,
      Map<String, TensorValue> factors,
      Strength strength) {
    Map<String, Model> models = new LinkedHashMap<>();
    for (String member : members) {
      List<SiteDelta> own =
          deltas.stream().filter(delta -> MemberSource.isIn(member, delta.owner())).toList();
      models.put(member, Merge.merge(target, own, factors, strength));
    }
    TensorValue weights = factors.getOrDefault(WEIGHTS, equal(members.size()));
    return new Combination(target, output).of("merged", models, editor -> editor.constant(weights));
  }

  private Map<String, Model> all(Function<Weaver, Model> graph) {
    Map<String, Model> models = new LinkedHashMap<>();
    members.forEach((name, member) -> models.put(name, graph.apply(member)));
    return models;
  }

  /** Name of float32 {@code [1, members]}. */
  private String weights(GraphEditor editor, Map<String, TensorValue> parameters) {
    if (!learned) {
      return editor.constant(equal(members.size()));
    }
    TensorValue logits = parameters.get(WEIGHT_LOGITS);
    if (logits == null || logits.elementCount() != members.size()) {
      throw new IllegalArgumentException(
          "Parameter \"%s\" does not fit the ensemble. Expected float32 [1, %d], got %s."
              .formatted(WEIGHT_LOGITS, members.size(), logits == null ? "none" : logits));
    }
    return editor.node(
        "Softmax", Map.of("axis", Attribute.of(1)), editor.initializer(WEIGHT_LOGITS, logits));
  }

  private TensorType weightsType() {
    return TensorType.of(Dtype.FLOAT, 1, members.size());
  }

  private static TensorValue equal(int count) {
    float[] values = new float[count];
    Arrays.fill(values, 1f / count);
    return TensorValue.ofFloats(values, 1, count);
  }
}
