package io.hyperdelta.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.delta.Basis;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same deltas added to the weights in the graph, and for rows that name their conditions: what
 * is computed is what merging each condition's delta into the weights gives, in ONNX Runtime and in
 * libtorch.
 */
class ContractionContractTest {
  /** So many rows that to merge is always cheaper where it can be done. */
  private static final int MANY = 1 << 20;

  /** One condition for all of them. */
  static final Workload ONE = Workload.oneCondition(MANY);

  /** Three conditions in no order; one is had by no row. */
  private static final long[] CONDITION_OF_ROW = {2, 0, 2, 2, 0, 0};

  /** Whether a graph adds deltas of a site to its weight before a node reads it. */
  static boolean isMerged(Model woven, Site site) {
    return woven.graph().nodes().stream()
        .filter(node -> node.inputs().contains(site.initializer()))
        .anyMatch(node -> node.op().equals("Add") && node.name().startsWith("hyperdelta/"));
  }

  @ParameterizedTest
  @MethodSource("io.hyperdelta.contract.Contract#plain")
  void mergedWeightsAgreeWithMergingByHand(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = AdaptationContractTest.trained(weaver);
    Map<String, TensorValue> one = contract.conditions(1);
    Map<String, TensorValue> rows = contract.sample().rows();
    Map<String, TensorValue> inputs = AdaptationContractTest.with(rows, one);
    inputs.put(Weaver.STRENGTH, TensorValue.scalar(-0.75f));
    float[] expected = merged(weaver, parameters, one, rows, -0.75);
    for (Workload workload : workloads(contract)) {
      Model woven = weaver.fused(parameters, workload);
      // In training a product of few numbers stays cheaper than the gradient of a whole weight.
      if (contract.adaptations().size() == 1
          && workload.purpose() == Workload.Purpose.ONE_CONDITION) {
        boolean all = weaver.deltas().stream().allMatch(delta -> isMerged(woven, delta.site()));
        assertThat(all).as("merged, %s", workload).isEqualTo(merges(contract));
      }
      AdaptationContractTest.assertClose(
          "ONNX Runtime, " + workload, AdaptationContractTest.run(woven, inputs), expected);
      AdaptationContractTest.assertClose(
          "libtorch, " + workload, AdaptationContractTest.train(woven, inputs), expected);
    }
  }

  /** Those in which deltas of one condition may be merged. */
  private static List<Workload> workloads(Contract contract) {
    List<Workload> workloads = new ArrayList<>();
    workloads.add(ONE);
    if (contract.origin() == Contract.Origin.SHARED) {
      workloads.add(Workload.training(MANY, 1));
    }
    return workloads;
  }

  /**
   * What docs/adaptations.md says: all but tables, batch normalisations, a bias to be made, chunks,
   * and weights that are replaced.
   */
  private static boolean merges(Contract contract) {
    return contract.weaver().deltas().stream()
        .allMatch(
            delta ->
                !delta.form().makesBias(delta.site())
                    && !delta.form().replaces()
                    && !(delta.form() instanceof Chunked)
                    && !delta.site().name().startsWith("table.")
                    && !(contract.sample().name().equals("images")
                        && delta.site().name().startsWith("norm.")));
  }

  @ParameterizedTest
  @MethodSource("io.hyperdelta.contract.Contract#plain")
  void mergedWeightsOfStrengthZeroAreTheTargetWithinRounding(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> rows = contract.sample().rows();
    float[] target = AdaptationContractTest.run(weaver.target().model(), rows);
    Map<String, TensorValue> inputs = AdaptationContractTest.with(rows, contract.conditions(1));
    List<float[]> same = new ArrayList<>();
    if (weaver.deltas().stream().allMatch(SiteDelta::startsAtTarget)) {
      same.add(AdaptationContractTest.run(weaver.fused(weaver.freshParameters(5), ONE), inputs));
    }
    inputs.put(Weaver.STRENGTH, TensorValue.scalar(0));
    Model trained = weaver.fused(AdaptationContractTest.trained(weaver), ONE);
    same.add(AdaptationContractTest.run(trained, inputs));

    for (float[] output : same) {
      // Another kernel than for a weight that is constant: another order of sums.
      assertThat(output).containsExactly(target, Offset.offset(2e-6f));
    }
  }

  @ParameterizedTest
  @MethodSource("io.hyperdelta.contract.Contract#plain")
  void rowsThatNameTheirConditionsGetThem(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = AdaptationContractTest.trained(weaver);
    Map<String, TensorValue> conditions = contract.conditions(3);
    Map<String, TensorValue> rows = contract.sample().rows();
    float[] expected = new float[0];
    for (int row = 0; row < CONDITION_OF_ROW.length; row++) {
      Map<String, TensorValue> condition =
          AdaptationContractTest.rows(conditions, (int) CONDITION_OF_ROW[row], 1);
      Map<String, TensorValue> one = AdaptationContractTest.rows(rows, row, 1);
      expected = joined(expected, merged(weaver, parameters, condition, one, 1));
    }
    Model woven = weaver.fused(parameters, Workload.SERVED);
    Map<String, TensorValue> inputs = AdaptationContractTest.with(rows, conditions);
    if (!conditions.isEmpty()) {
      inputs.put(
          Weaver.CONDITION_OF_ROW, TensorValue.ofLongs(CONDITION_OF_ROW, CONDITION_OF_ROW.length));
    }
    AdaptationContractTest.assertClose(
        "ONNX Runtime", AdaptationContractTest.run(woven, inputs), expected);
    AdaptationContractTest.assertClose(
        "libtorch", AdaptationContractTest.train(woven, inputs), expected);
  }

  @ParameterizedTest
  @MethodSource("io.hyperdelta.contract.Contract#plain")
  void withoutNamesRowsComeInBlocks(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = AdaptationContractTest.trained(weaver);
    Model plain = weaver.fused(parameters, Workload.MIXED);
    Model served = weaver.fused(parameters, Workload.SERVED);
    for (int count : new int[] {1, 3, Networks.ROWS}) {
      Map<String, TensorValue> inputs =
          AdaptationContractTest.with(contract.sample().rows(), contract.conditions(count));
      assertThat(AdaptationContractTest.run(served, inputs))
          .as("%d conditions", count)
          .containsExactly(AdaptationContractTest.run(plain, inputs));
    }
  }

  /** With a narrow latent each product with a head is planned in either order. */
  @ParameterizedTest
  @MethodSource("generated")
  void bothOrdersOfProductsWithAHeadAgree(Contract contract) {
    Hypernetwork wide = (Hypernetwork) contract.weaver().sources().get(0);
    Hypernetwork narrow =
        new Hypernetwork(wide.name(), wide.condition(), wide.trunk(), 1, wide.adaptations());
    Weaver weaver = new Weaver(contract.sample().target(), List.of(narrow));
    Map<String, TensorValue> parameters = AdaptationContractTest.trained(weaver);
    Model inputFirst = weaver.fused(parameters, AdaptationContractTest.EACH);
    Model factorsFirst = weaver.fused(parameters, new Workload(MANY, 1));
    if (contract.adaptations().size() == 1 && hasBothOrders(weaver.deltas().get(0))) {
      assertThat(inputFirst.equals(factorsFirst)).as("woven alike").isFalse();
    }
    for (int count : new int[] {1, 3, Networks.ROWS}) {
      Map<String, TensorValue> inputs =
          AdaptationContractTest.with(contract.sample().rows(), contract.conditions(count));
      float[] expected = AdaptationContractTest.run(inputFirst, inputs);
      AdaptationContractTest.assertClose(
          "ONNX Runtime", AdaptationContractTest.run(factorsFirst, inputs), expected);
      AdaptationContractTest.assertClose(
          "libtorch", AdaptationContractTest.train(factorsFirst, inputs), expected);
      AdaptationContractTest.assertClose(
          "libtorch, input first", AdaptationContractTest.train(inputFirst, inputs), expected);
    }
  }

  static Stream<Contract> generated() {
    return Contract.plain().filter(contract -> contract.origin() == Contract.Origin.GENERATED);
  }

  /**
   * Whether a value meets a matrix that a head generates, and either order can be the cheaper one:
   * windows and tables of embeddings are rarely laid out for each condition, and a very wide input
   * always meets the few matrices of a narrow latent first.
   */
  private static boolean hasBothOrders(SiteDelta delta) {
    Form form = delta.form();
    return (form instanceof Full || form instanceof LowRank || form instanceof Basis)
        && delta.site().kind() == SiteKind.WEIGHT
        && delta.site().in() < 40;
  }

  /** Rows through the target with one condition's delta in its weights. */
  private static float[] merged(
      Weaver weaver,
      Map<String, TensorValue> parameters,
      Map<String, TensorValue> condition,
      Map<String, TensorValue> rows,
      double strength) {
    Map<String, TensorValue> factors =
        AdaptationContractTest.runAll(weaver.generator(parameters), condition);
    Model model = Merge.merge(weaver.target(), weaver.deltas(), factors, Strength.of(strength));
    return AdaptationContractTest.run(model, rows);
  }

  private static float[] joined(float[] first, float[] second) {
    float[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }
}
