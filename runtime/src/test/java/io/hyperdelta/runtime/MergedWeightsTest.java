package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which deltas are added to the weights that nodes read, beside others that are not. */
final class MergedWeightsTest {
  /** Parameters of the target that deltas are added to. */
  private static Set<String> merged(Model woven) {
    return woven.graph().nodes().stream()
        .filter(node -> node.op().equals("Add") && node.name().startsWith("hyperdelta/"))
        .map(node -> node.inputs().get(0))
        .filter(name -> name.startsWith("fc"))
        .collect(Collectors.toSet());
  }

  private static Weaver shared(Adaptation... adaptations) {
    return new Weaver(
        ConditionOfRowTest.target(17, "size"),
        List.of(new SharedSource("all", List.of(adaptations))));
  }

  @Test
  void aGainOfEachRowSeesTheFrozenWeightAlone() {
    ConditionEncoder encoder =
        new ConditionEncoder(List.of(new ColumnEncoder.Standardise("long", 0.5, 2, false)));
    Weaver weaver =
        new Weaver(
            ConditionOfRowTest.target(17, "size"),
            List.of(
                new SharedSource(
                    "all",
                    List.of(
                        Adaptation.of("*.weight", new LowRank(1)),
                        Adaptation.of("fc1.bias", new Shift()))),
                new Hypernetwork(
                    "each",
                    new Condition("each", encoder),
                    List.of(),
                    2,
                    List.of(Adaptation.of("fc1.weight[1..3]", new Gain())))));
    Map<String, TensorValue> parameters = ConditionOfRowTest.trained(weaver);
    Map<String, TensorValue> conditions =
        Map.of("long", TensorValue.ofFloats(new float[] {1, -2, 0, 3, 0.5f, -1, 2}, 7, 1));
    Model woven = weaver.fused(parameters, Workload.training(1 << 20, 1 << 10));

    assertThat(merged(woven)).containsExactlyInAnyOrder("fc1.bias", "fc2.weight");
    ConditionOfRowTest.assertClose(
        ConditionOfRowTest.run(woven, List.of(ConditionOfRowTest.rows(), conditions)),
        ConditionOfRowTest.run(
            weaver.fused(parameters, Workload.MIXED),
            List.of(ConditionOfRowTest.rows(), conditions)));
  }

  @Test
  void trainingMergesOnlyWhatAWholeGradientIsWorth() {
    Workload training = Workload.training(1 << 20, 1);
    Weaver full = shared(Adaptation.of("fc1.weight", new Full()));
    assertThat(merged(full.fused(full.freshParameters(1), training))).containsExactly("fc1.weight");
    Weaver gain = shared(Adaptation.of("fc1.weight", new Gain()));
    Map<String, TensorValue> parameters = gain.freshParameters(1);
    assertThat(merged(gain.fused(parameters, Workload.oneCondition(1 << 20))))
        .containsExactly("fc1.weight");
    // So few rows that to add to the weight is more work than to multiply.
    assertThat(merged(full.fused(full.freshParameters(1), Workload.training(1, 1)))).isEmpty();
  }

  @Test
  void whatServesManyConditionsKeepsFrozenWeights() {
    Weaver weaver = shared(Adaptation.of("*.weight", new Full()));
    for (Workload workload : List.of(Workload.MIXED, Workload.SERVED, new Workload(1 << 20, 1))) {
      assertThat(merged(weaver.fused(weaver.freshParameters(1), workload))).isEmpty();
    }
  }

  @Test
  void aGraphForOneConditionLeavesDeltasThatChangeWithTheRowUnmerged() {
    Weaver weaver = ConditionOfRowTest.weaver(17);
    Map<String, TensorValue> parameters = ConditionOfRowTest.trained(weaver);
    Map<String, TensorValue> one = new LinkedHashMap<>();
    one.put("long", TensorValue.ofFloats(new float[] {1}, 1, 1));
    one.put("lat", TensorValue.ofFloats(new float[] {-1}, 1, 1));
    one.put("tenant", TensorValue.ofStrings(List.of("b"), 1, 1));
    Weaver apart =
        new Weaver(
            weaver.target(),
            weaver.sources().stream().filter(s -> !s.name().equals("both")).toList());
    Model alone = apart.fused(parameters, Workload.oneCondition(1 << 20));

    assertThat(alone.graph().nodes())
        .anyMatch(node -> node.name().equals("hyperdelta/own/fc1.weight/low-rank/Add"))
        .noneMatch(
            node ->
                node.name().startsWith("hyperdelta/rows/")
                    && node.op().equals("Add")
                    && node.inputs().contains("fc1.weight"));
    ConditionOfRowTest.assertClose(
        ConditionOfRowTest.run(alone, List.of(ConditionOfRowTest.rows(), one)),
        ConditionOfRowTest.run(
            apart.fused(parameters, Workload.MIXED), List.of(ConditionOfRowTest.rows(), one)));
  }
}
