package io.hyperdelta.contract;

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
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.ContextTable;
import io.hyperdelta.hypernetwork.HeadLayout;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.target.Axes;
import io.hyperdelta.target.Part;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Units;
import io.hyperdelta.weave.Weaver;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Adaptations of one network, most often a form on one site, of which all contracts are to hold.
 */
record Contract(Networks.Sample sample, List<Adaptation> adaptations, Contract.Origin origin) {
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
   * Whether the same numbers are added up by other nodes, whose rounding is their own: ONNX Runtime
   * multiplies a batch normalisation into the convolution before it, which weaving parts; and the
   * input's product of a recurrent node is made in front of it.
   */
  boolean mayRound() {
    return adaptations.stream()
        .flatMap(adaptation -> adaptation.part().select(sample.target().sites()).stream())
        .anyMatch(
            site ->
                site.name().startsWith("conv1.") || site.uses().get(0).axes() == Axes.STEPS_FIRST);
  }

  Weaver weaver() {
    return new Weaver(sample.target(), List.of(origin.source(adaptations)));
  }

  /** What the weaver needs to be told of the given conditions. */
  Map<String, TensorValue> conditions(int count) {
    Map<String, TensorValue> needed = allConditions(count);
    needed
        .keySet()
        .retainAll(weaver().conditionInputs().keySet().stream().map(c -> c.column()).toList());
    return needed;
  }

  private static Map<String, TensorValue> allConditions(int count) {
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

  /** Those of which the order of products is to be shown: caps and shared heads leave it alone. */
  static Stream<Contract> plain() {
    return Stream.concat(singles(), severals())
        .filter(contract -> contract.origin() != Origin.SHARED_HEADS);
  }

  static Stream<Contract> all() {
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
}
