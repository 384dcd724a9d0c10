package io.hyperdelta.contract;

import static io.hyperdelta.contract.AdaptationContractTest.assertClose;
import static io.hyperdelta.contract.AdaptationContractTest.run;
import static io.hyperdelta.contract.AdaptationContractTest.runAll;
import static io.hyperdelta.contract.AdaptationContractTest.train;
import static io.hyperdelta.contract.AdaptationContractTest.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.delta.DeltaAlgebra;
import io.hyperdelta.delta.DeltaMatrix;
import io.hyperdelta.delta.DenseMatrix;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.FixedSource;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Units;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Given deltas on every kind of site: a woven graph with them computes, in libtorch and in ONNX
 * Runtime, what the target computes with sums of them in its weights.
 */
class FixedSourceContractTest {
  /** Deltas of a network. */
  record Contract(Networks.Sample sample, String kind, boolean some, boolean lowRank) {
    List<FixedDelta> deltas(long seed) {
      List<FixedDelta> deltas = new ArrayList<>();
      for (Site site : sample.target().sites()) {
        // What is only multiplied takes a multiple of itself, which the last test is about.
        if (site.kind() != SiteKind.SCALE && site.groups() == 1) {
          Site meant = some && site.out() > 3 ? site.only(Units.of("0,2..3")) : site;
          deltas.add(new FixedDelta(meant, matrix(meant, new Random(seed + deltas.size()))));
        }
      }
      return deltas;
    }

    private DeltaMatrix matrix(Site site, Random random) {
      return lowRank && site.kind().isMatrix()
          ? new LowRankMatrix(
              normal(random, site.in(), 2).values(), normal(random, 2, site.width()).values())
          : normal(random, site.in(), site.width());
    }

    private static DenseMatrix normal(Random random, long rows, long columns) {
      double[] values = new double[Math.toIntExact(rows * columns)];
      for (int i = 0; i < values.length; i++) {
        values[i] = 0.2 * random.nextGaussian();
      }
      return new DenseMatrix(TensorValue.ofDoubles(values, rows, columns));
    }

    FixedSource source(String name, List<FixedDelta> deltas) {
      return FixedSource.of(name, sample.target(), deltas);
    }

    float[] merged(List<FixedDelta> deltas) {
      return run(Merge.merge(sample.target(), deltas), sample.rows());
    }

    @Override
    public String toString() {
      return sample.name() + ", " + kind;
    }
  }

  static Stream<Contract> contracts() {
    return Networks.all().stream()
        .flatMap(
            sample ->
                Stream.of(
                    new Contract(sample, "dense", false, false),
                    new Contract(sample, "low-rank", false, true),
                    new Contract(sample, "dense on some units", true, false),
                    new Contract(sample, "low-rank on some units", true, true)));
  }

  @ParameterizedTest
  @MethodSource("contracts")
  void wovenAtAStrengthIsMergedTimesTheStrength(Contract contract) {
    List<FixedDelta> deltas = contract.deltas(1);
    Weaver weaver =
        new Weaver(contract.sample().target(), List.of(contract.source("style", deltas)));
    Map<String, TensorValue> parameters = weaver.freshParameters(1);
    Model fused = weaver.fused(parameters, Workload.MIXED);
    Map<String, TensorValue> rows = contract.sample().rows();
    for (double strength : new double[] {1, -0.5}) {
      float[] expected =
          contract.merged(
              deltas.stream().map(delta -> DeltaAlgebra.scaled(delta, strength)).toList());
      Map<String, TensorValue> scale = Strength.FULL.with("style", strength).inputs();
      Map<String, TensorValue> inputs = with(rows, scale);
      assertClose("ONNX Runtime", run(fused, inputs), expected);
      assertClose("libtorch", train(fused, inputs), expected);
      Map<String, TensorValue> factors = runAll(weaver.generator(parameters), Map.of());
      assertClose(
          "target with deltas", run(weaver.targetWithDeltas(), with(inputs, factors)), expected);
    }
    assertThat(contract.merged(deltas))
        .as("the deltas do something")
        .isNotEqualTo(run(contract.sample().target().model(), rows));
  }

  @ParameterizedTest
  @MethodSource("contracts")
  void twoSourcesAddUpAndALineBetweenThemIsTwoStrengths(Contract contract) {
    List<FixedDelta> one = contract.deltas(1);
    List<FixedDelta> other = contract.deltas(100);
    Weaver weaver =
        new Weaver(
            contract.sample().target(),
            List.of(contract.source("one", one), contract.source("other", other)));
    Model fused = weaver.fused(weaver.freshParameters(1), Workload.MIXED);
    Map<String, TensorValue> rows = contract.sample().rows();
    List<FixedDelta> sum = new ArrayList<>();
    List<FixedDelta> between = new ArrayList<>();
    for (int i = 0; i < one.size(); i++) {
      sum.add(DeltaAlgebra.sum(one.get(i), other.get(i)));
      between.add(DeltaAlgebra.interpolated(one.get(i), other.get(i), 0.3));
    }

    assertClose("sum", run(fused, rows), contract.merged(sum));
    Strength line = Strength.FULL.with("one", 0.7).with("other", 0.3);
    assertClose("line", run(fused, with(rows, line.inputs())), contract.merged(between));
  }

  static Stream<Contract> multiplied() {
    return contracts()
        .filter(contract -> contract.kind().equals("dense"))
        .filter(
            contract ->
                contract.sample().target().sites().stream()
                    .anyMatch(site -> site.kind() == SiteKind.SCALE || site.groups() > 1));
  }

  @ParameterizedTest
  @MethodSource("multiplied")
  void whatIsOnlyMultipliedTakesAMultiple(Contract contract) {
    List<FixedDelta> deltas = new ArrayList<>();
    for (Site site : contract.sample().target().sites()) {
      if (site.kind() == SiteKind.SCALE || site.groups() > 1) {
        deltas.add(new FixedDelta(site, new DenseMatrix(half(contract, site))));
      }
    }
    Weaver weaver =
        new Weaver(contract.sample().target(), List.of(contract.source("style", deltas)));
    Model fused = weaver.fused(weaver.freshParameters(1), Workload.MIXED);

    assertClose("half", run(fused, contract.sample().rows()), contract.merged(deltas));
  }

  /** Half of a site's own numbers, [in, out]: what a gain of 0.5 adds. */
  private static TensorValue half(Contract contract, Site site) {
    TensorValue frozen =
        Objects.requireNonNull(
            contract.sample().target().model().graph().initializers().get(site.initializer()));
    SiteDelta gain = new SiteDelta("g", site, new Gain(), 0.5);
    float[] ones = new float[Math.toIntExact(site.out())];
    Arrays.fill(ones, 1);
    return FixedDelta.of(gain, frozen, List.of(TensorValue.ofFloats(ones, site.out())))
        .matrix()
        .dense()
        .values();
  }
}
