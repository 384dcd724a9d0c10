package io.hyperdelta.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Cap;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How large capped deltas are, measured in plain Java on the merged weights. That every graph
 * computes what the merged ones do is AdaptationContractTest's.
 */
@SuppressWarnings("try") // scopes work by being open
class CapContractTest {
  /** Capped deltas of sites that are an initializer each, all units meant. */
  static Stream<Contract> whole() {
    return Contract.capped()
        .filter(
            contract -> {
              List<Site> sites =
                  contract.adaptations().get(0).part().select(contract.sample().target().sites());
              Site site = sites.get(0);
              Map<String, TensorValue> frozen =
                  contract.sample().target().model().graph().initializers();
              return site.units().isAll()
                  && frozen.get(site.initializer()).elementCount() == site.in() * site.out();
            });
  }

  private static Contract uncapped(Contract contract) {
    List<Adaptation> adaptations =
        contract.adaptations().stream().map(adaptation -> adaptation.withCap(Cap.NONE)).toList();
    return new Contract(contract.sample(), adaptations, contract.origin());
  }

  @ParameterizedTest
  @MethodSource("whole")
  void noConditionsDeltaIsLargerThanItsCap(Contract contract) {
    double cap = contract.adaptations().get(0).cap();
    for (int condition = 0; condition < 3; condition++) {
      double free = size(uncapped(contract), condition, 1);
      double capped = size(contract, condition, 1);

      assertThat(capped).isCloseTo(Math.min(free, cap), within(1e-5 * cap + 1e-6));
      assertThat(size(contract, condition, 2))
          .as("strength comes after the cap")
          .isCloseTo(2 * capped, within(1e-5 * cap + 1e-6));
      assertThat(free).as("deltas of these tests").isPositive().isLessThan(1000);
    }
  }

  @Test
  void theTestsHaveCapsThatBindAndCapsThatDoNot() {
    List<Boolean> binding =
        whole()
            .map(contract -> size(uncapped(contract), 0, 1) > contract.adaptations().get(0).cap())
            .toList();
    assertThat(binding.stream().filter(binds -> binds).count()).isGreaterThan(binding.size() / 3);
    assertThat(binding.stream().filter(binds -> !binds).count()).isGreaterThan(binding.size() / 6);
  }

  /** The norm of what merging adds to the weight, over the norm of the weight. */
  private static double size(Contract contract, int condition, double strength) {
    Weaver weaver = contract.weaver();
    Model generator = weaver.generator(AdaptationContractTest.trained(weaver));
    Map<String, TensorValue> factors =
        AdaptationContractTest.generated(generator, contract, condition);
    Model merged = Merge.merge(weaver.target(), weaver.deltas(), factors, Strength.of(strength));
    String name = weaver.deltas().get(0).site().initializer();
    double[] after = merged.graph().initializers().get(name).doubles();
    double[] before = weaver.target().model().graph().initializers().get(name).doubles();
    double[] delta = new double[before.length];
    Arrays.setAll(delta, i -> after[i] - before[i]);
    return norm(delta) / norm(before);
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(x -> x * x).sum());
  }

  /** What the graph for training says of it, against the dense delta. */
  @ParameterizedTest
  @MethodSource("whole")
  void theSizeForTrainingIsThatOfTheDenseDeltas(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = AdaptationContractTest.trained(weaver);
    Site site = weaver.deltas().get(0).site();
    double[] weight =
        weaver.target().model().graph().initializers().get(site.initializer()).doubles();
    double measure = site.kind() == SiteKind.BIAS ? weight.length : norm(weight) * norm(weight);
    double expected = 0;
    for (int condition = 0; condition < 3; condition++) {
      double size = size(uncapped(contract), condition, 1) * norm(weight);
      expected += size * size / measure / 3;
    }
    Map<String, Value> inputs = new LinkedHashMap<>();
    AdaptationContractTest.with(contract.sample().rows(), contract.conditions(3))
        .forEach((name, value) -> inputs.put(name, Value.of(value, Precision.FLOAT)));
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(
                weaver.training(parameters, Workload.MIXED), Set.of(), Precision.FLOAT)) {
      int place = program.outputNames().indexOf(Weaver.SIZE);
      double got = ((Value.Device) program.run(inputs).get(place)).tensor().item_double();
      assertThat(got).isCloseTo(expected, within(1e-4 * expected));
    }
  }

  /** Norm and contribution read the same factor, but of tables, which meet whole heads. */
  @ParameterizedTest
  @MethodSource("whole")
  void whatACapMeasuresIsGeneratedOnce(Contract contract) {
    Weaver weaver = contract.weaver();
    Model woven = weaver.fused(AdaptationContractTest.trained(weaver), new Workload(4096, 1));
    List<Node> nodes = woven.graph().nodes();
    boolean made = weaver.deltas().get(0).site().kind() != SiteKind.EMBEDDING;
    for (String head : weaver.freshParameters(0).keySet()) {
      if (made && contract.origin() == Contract.Origin.GENERATED && head.endsWith("/head")) {
        assertThat(nodes.stream().filter(node -> node.inputs().contains(head)).map(Node::op))
            .as(head)
            .hasSize(1);
      }
    }
  }

  /** A fresh delta is zero, where a norm has no gradient. */
  @ParameterizedTest
  @MethodSource("whole")
  void gradientsOfAFreshModelAreFiniteAndReachTheZeroFactor(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> fresh = weaver.freshParameters(5);
    Map<String, Value> inputs = new LinkedHashMap<>();
    AdaptationContractTest.with(contract.sample().rows(), contract.conditions(3))
        .forEach((name, value) -> inputs.put(name, Value.of(value, Precision.FLOAT)));
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(weaver.fused(fresh, Workload.MIXED), fresh.keySet(), Precision.FLOAT)) {
      ((Value.Device) program.run(inputs).get(0)).tensor().sin().sum().backward();
      double largest = 0;
      for (Tensor leaf : program.parameters().tensors()) {
        for (double gradient : Tensors.doubles(leaf.grad())) {
          assertThat(gradient).isFinite();
          largest = Math.max(largest, Math.abs(gradient));
        }
      }
      assertThat(largest).isPositive();
    }
  }
}
