package io.hyperdelta.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.condition.Categories;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Basis;
import io.hyperdelta.delta.Cap;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Core;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.ContextTable;
import io.hyperdelta.hypernetwork.HeadLayout;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.runtime.OrtGraph;
import io.hyperdelta.target.Axes;
import io.hyperdelta.target.Part;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Units;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every form on every kind of site that takes it, for all units and for some: what libtorch trains
 * is what ONNX Runtime serves and what merging one condition's delta into the weights gives.
 */
@SuppressWarnings("try") // scopes work by being open
class AdaptationContractTest {
  static final List<Form> FORMS =
      List.of(
          new Full(),
          new Full(true),
          new LowRank(2),
          new Core(2, false),
          new Core(2, true),
          new Basis(2),
          new Chunked(4, 2),
          new Chunked(4, 2, true),
          new Gain(),
          new Shift());

  /** So many conditions that even the smallest products meet all matrices of a head at once. */
  static final Workload EACH = new Workload(1 << 14, 1 << 14);

  private static final Categories TENANTS = new Categories(List.of("a", "b"), false);

  /** Where factors come from. */
  enum Origin {
    GENERATED {
      @Override
      Source source(List<Adaptation> adaptations) {
        ConditionEncoder encoder =
            new ConditionEncoder(
                List.of(
                    new ColumnEncoder.Standardise("long", 1, 2, false),
                    new ColumnEncoder.Standardise("lat", 0, 1, false),
                    new ColumnEncoder.Category("tenant", TENANTS, 2)),
                true);
        return new Hypernetwork("s", new Condition("place", encoder), List.of(5), 3, adaptations);
      }
    },
    SHARED_HEADS {
      @Override
      Source source(List<Adaptation> adaptations) {
        return ((Hypernetwork) GENERATED.source(adaptations)).withHeads(new HeadLayout.Shared(3));
      }
    },
    TABLE {
      @Override
      Source source(List<Adaptation> adaptations) {
        return new ContextTable("s", "tenant", TENANTS, adaptations);
      }
    },
    SHARED {
      @Override
      Source source(List<Adaptation> adaptations) {
        return new SharedSource("s", adaptations);
      }
    };

    abstract Source source(List<Adaptation> adaptations);
  }

  /** Adaptations of one network, most often a form on one site. */
  record Contract(Networks.Sample sample, List<Adaptation> adaptations, Origin origin) {
    static Contract of(Networks.Sample sample, String part, Form form, Origin origin) {
      return of(sample, part, form, origin, Cap.NONE);
    }

    static Contract of(Networks.Sample sample, String part, Form form, Origin origin, double cap) {
      Adaptation adaptation = new Adaptation(new Part(part), form, 0.5, cap);
      return new Contract(sample, List.of(adaptation), origin);
    }

    @Override
    public String toString() {
      return adaptations.stream()
          .map(
              adaptation ->
                  adaptation.form().title()
                      + (adaptation.cap() == Cap.NONE ? "" : " cap " + adaptation.cap())
                      + " on "
                      + adaptation.part().selector())
          .collect(
              Collectors.joining(
                  ", ",
                  sample.name() + ": ",
                  ", " + origin.name().toLowerCase(java.util.Locale.ROOT)));
    }

    /**
     * Whether the same numbers are added up by other nodes, whose rounding is their own: ONNX
     * Runtime multiplies a batch normalisation into the convolution before it, which weaving parts;
     * and the input's product of a recurrent node is made in front of it.
     */
    boolean mayRound() {
      return adaptations.stream()
          .flatMap(adaptation -> adaptation.part().select(sample.target().sites()).stream())
          .anyMatch(
              site ->
                  site.name().startsWith("conv1.")
                      || site.uses().get(0).axes() == Axes.STEPS_FIRST);
    }

    Weaver weaver() {
      return new Weaver(sample.target(), List.of(origin.source(adaptations)));
    }

    /** What the weaver needs to be told of the given conditions. */
    Map<String, TensorValue> conditions(int count) {
      Map<String, TensorValue> needed = AdaptationContractTest.conditions(count);
      needed
          .keySet()
          .retainAll(weaver().conditionInputs().keySet().stream().map(c -> c.column()).toList());
      return needed;
    }
  }

  /** Those of which the order of products is to be shown: caps and shared heads leave it alone. */
  static Stream<Contract> plain() {
    return Stream.concat(singles(), severals())
        .filter(contract -> contract.origin() != Origin.SHARED_HEADS);
  }

  static Stream<Contract> contracts() {
    return Stream.of(singles(), severals(), capped()).flatMap(contracts -> contracts);
  }

  /**
   * Caps of which the first is below nearly every delta, the second above some of them, and the
   * last above all.
   */
  static Stream<Contract> capped() {
    return Networks.all().stream()
        .flatMap(
            sample ->
                sample.target().sites().stream()
                    .flatMap(site -> Stream.of(site, site.only(Units.of("0,2..3"))))
                    .flatMap(site -> cappedOnSite(sample, site)));
  }

  private static Stream<Contract> cappedOnSite(Networks.Sample sample, Site site) {
    return FORMS.stream()
        .filter(form -> form.refusal(site).isEmpty() && !form.makesBias(site) && !form.replaces())
        .flatMap(
            form ->
                site.units().isAll()
                    ? Stream.of(
                        Contract.of(sample, site.title(), form, Origin.GENERATED, 0.01),
                        Contract.of(sample, site.title(), form, Origin.TABLE, 0.4),
                        Contract.of(sample, site.title(), form, Origin.SHARED, 0.01),
                        Contract.of(sample, site.title(), form, Origin.SHARED_HEADS, 1000))
                    : Stream.of(Contract.of(sample, site.title(), form, Origin.GENERATED, 0.01)));
  }

  /** Adaptations that meet at the same nodes. */
  private static Stream<Contract> severals() {
    return Stream.of(Networks.recurrent(), Networks.sequences(), Networks.left())
        .flatMap(
            sample ->
                Stream.of(Origin.values()).map(origin -> new Contract(sample, meeting(), origin)));
  }

  private static List<Adaptation> meeting() {
    return List.of(
        new Adaptation(new Part("*"), new LowRank(2), 0.5),
        new Adaptation(new Part("* - *[0..1]"), new Shift(), -1),
        new Adaptation(new Part("*[1..2]"), new Gain(), 0.5));
  }

  private static Stream<Contract> singles() {
    return Networks.all().stream()
        .flatMap(
            sample ->
                sample.target().sites().stream()
                    .flatMap(
                        site ->
                            Stream.of(
                                    site,
                                    site.only(Units.of("0..2")),
                                    site.only(Units.of("0,2..3")))
                                .flatMap(some -> onSite(sample, some))));
  }

  private static Stream<Contract> onSite(Networks.Sample sample, Site site) {
    return FORMS.stream()
        .filter(form -> form.refusal(site).isEmpty())
        .flatMap(
            form ->
                Stream.of(Origin.values())
                    // Which units are adapted is the site's affair, not the source's.
                    .filter(origin -> site.units().isAll() || origin == Origin.GENERATED)
                    // A head that many sites share cannot start at the weight of each.
                    .filter(origin -> origin != Origin.SHARED_HEADS || !form.replaces())
                    .map(origin -> Contract.of(sample, site.title(), form, origin)));
  }

  @ParameterizedTest
  @MethodSource("contracts")
  void aFreshModelThatStartsThereAndStrengthZeroAreTheTargetBitForBit(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> rows = contract.sample().rows();
    float[] target = run(weaver.target().model(), rows);
    Map<String, TensorValue> inputs = with(rows, contract.conditions(Networks.ROWS));
    List<float[]> same = new ArrayList<>();
    float[] fresh = run(weaver.fused(weaver.freshParameters(5), Workload.MIXED), inputs);
    if (weaver.deltas().stream().allMatch(SiteDelta::startsAtTarget)) {
      same.add(fresh);
    } else {
      assertThat(fresh).as("with random weights in the target's place").isNotEqualTo(target);
    }
    inputs.put(Weaver.STRENGTH, TensorValue.scalar(0));
    same.add(run(weaver.fused(trained(weaver), Workload.MIXED), inputs));
    same.add(run(weaver.targetWithDeltas(), rows));

    for (float[] output : same) {
      if (contract.mayRound()) {
        assertThat(output).containsExactly(target, Offset.offset(1e-6f));
      } else {
        assertThat(output).containsExactly(target);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("contracts")
  void everyWayToComputeItAgrees(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = trained(weaver);
    Map<String, TensorValue> rows = contract.sample().rows();
    Model generator = weaver.generator(parameters);
    for (int count : new int[] {1, 2, Networks.ROWS}) {
      Map<String, TensorValue> conditions = contract.conditions(count);
      float[] expected = merged(contract, weaver, generator, conditions, count);
      Map<String, TensorValue> inputs = with(rows, conditions);
      for (Workload workload : List.of(EACH, new Workload(4096, 1))) {
        Model fused = weaver.fused(parameters, workload);
        assertClose("ONNX Runtime, " + workload, run(fused, inputs), expected);
        assertClose("libtorch, " + workload, train(fused, inputs), expected);
      }
      Map<String, TensorValue> factors = runAll(generator, conditions);
      assertClose(
          "target with deltas", run(weaver.targetWithDeltas(), with(rows, factors)), expected);
    }
    assertThat(merged(contract, weaver, generator, contract.conditions(1), 1))
        .as("the delta does something")
        .isNotEqualTo(run(weaver.target().model(), rows));
  }

  /** What a generator gives for one of the first conditions. */
  static Map<String, TensorValue> generated(Model generator, Contract contract, int condition) {
    return runAll(generator, rows(contract.conditions(3), condition, 1));
  }

  /** The rows of each condition through the target with that condition's delta in its weights. */
  private static float[] merged(
      Contract contract,
      Weaver weaver,
      Model generator,
      Map<String, TensorValue> conditions,
      int count) {
    List<float[]> blocks = new ArrayList<>();
    int each = Networks.ROWS / count;
    for (int k = 0; k < count; k++) {
      Model model =
          Merge.merge(
              weaver.target(),
              weaver.deltas(),
              runAll(generator, rows(conditions, k, 1)),
              Strength.of(1));
      blocks.add(run(model, rows(contract.sample().rows(), k * each, each)));
    }
    int length = blocks.stream().mapToInt(block -> block.length).sum();
    float[] all = new float[length];
    int next = 0;
    for (float[] block : blocks) {
      System.arraycopy(block, 0, all, next, block.length);
      next += block.length;
    }
    return all;
  }

  static Map<String, TensorValue> rows(Map<String, TensorValue> values, int first, int count) {
    Map<String, TensorValue> some = new LinkedHashMap<>();
    values.forEach((name, value) -> some.put(name, rows(value, first, count)));
    return some;
  }

  private static TensorValue rows(TensorValue value, int first, int count) {
    long[] dims = value.dims();
    int width = Math.toIntExact(value.elementCount() / dims[0]);
    dims[0] = count;
    return switch (value.dtype()) {
      case STRING ->
          TensorValue.ofStrings(
              value.strings().subList(first * width, (first + count) * width), dims);
      case INT64 ->
          TensorValue.ofLongs(
              Arrays.copyOfRange(value.longs(), first * width, (first + count) * width), dims);
      default ->
          TensorValue.ofFloats(
              Arrays.copyOfRange(value.floats(), first * width, (first + count) * width), dims);
    };
  }

  private static Map<String, TensorValue> conditions(int count) {
    Random random = new Random(9);
    float[] longs = new float[count];
    float[] lats = new float[count];
    for (int i = 0; i < count; i++) {
      longs[i] = (float) random.nextGaussian();
      lats[i] = (float) random.nextGaussian();
    }
    List<String> tenants = List.of("b", "unknown", "a", "b", "a", "").subList(0, count);
    Map<String, TensorValue> conditions = new LinkedHashMap<>();
    conditions.put("long", TensorValue.ofFloats(longs, count, 1));
    conditions.put("lat", TensorValue.ofFloats(lats, count, 1));
    conditions.put("tenant", TensorValue.ofStrings(tenants, count, 1));
    return conditions;
  }

  /** Parameters as after training: none of them zero. */
  static Map<String, TensorValue> trained(Weaver weaver) {
    Random random = new Random(11);
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    weaver
        .freshParameters(5)
        .forEach(
            (name, value) -> {
              float[] values = value.floats();
              for (int i = 0; i < values.length; i++) {
                values[i] += (float) (0.3 * random.nextGaussian());
              }
              parameters.put(name, TensorValue.ofFloats(values, value.dims()));
            });
    return parameters;
  }

  static Map<String, TensorValue> with(
      Map<String, TensorValue> inputs, Map<String, TensorValue> more) {
    Map<String, TensorValue> all = new LinkedHashMap<>(inputs);
    all.putAll(more);
    return all;
  }

  static float[] run(Model model, Map<String, TensorValue> inputs) {
    return runAll(model, inputs).values().iterator().next().floats();
  }

  static Map<String, TensorValue> runAll(Model model, Map<String, TensorValue> inputs) {
    try (OrtGraph graph = OrtGraph.load(ModelWriter.write(model), "test")) {
      return graph.run(inputs);
    }
  }

  static float[] train(Model model, Map<String, TensorValue> inputs) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard frozen = new NoGradGuard();
        Program program = Program.compile(model, Set.of(), Precision.FLOAT)) {
      Map<String, Value> values = new LinkedHashMap<>();
      inputs.forEach((name, value) -> values.put(name, Value.of(value, Precision.FLOAT)));
      return Tensors.floats(((Value.Device) program.run(values).get(0)).tensor());
    }
  }

  static void assertClose(String what, float[] actual, float[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i])
          .as("%s, element %d", what, i)
          .isCloseTo(expected[i], within(2e-5f * Math.max(1, Math.abs(expected[i]))));
    }
  }
}
