package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.EnsembleEntry;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ValueInfo;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Ensembles from spec to prediction. */
class TrainEnsembleTest {
  private static final List<String> SPLITS = List.of("seen-contexts", "unseen-contexts");

  @TempDir private static Path folder;

  private static Workplace work;
  private static Workplace.Run trained;

  private static Workplace.Run train(String bundle, String ensemble, String... changes) {
    String[] all = Arrays.copyOf(changes, changes.length + 2);
    all[changes.length] = "evaluate: {bootstrap: 100}";
    all[changes.length + 1] = "evaluate: {bootstrap: 100}\nensemble: " + ensemble;
    return work.train(bundle, all);
  }

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    trained = train("three", "{members: 3, bootstrap: contexts}").succeeded();
  }

  private static JsonNode metrics(String bundle) {
    return JsonMapper.shared().readTree(work.text(bundle + "/metrics.json"));
  }

  private static double rmse(String bundle, String model, String split) {
    for (JsonNode result : metrics(bundle).path("results")) {
      if (result.path("model").stringValue().equals(model)
          && result.path("split").stringValue().equals(split)) {
        return result.path("value").doubleValue();
      }
    }
    throw new AssertionError("no " + model + " on " + split);
  }

  private static EnsembleEntry ensemble(String bundle) {
    return Objects.requireNonNull(Bundle.open(work.path(bundle)).manifest().ensemble());
  }

  private static List<String> outputs(Model model) {
    return model.graph().outputs().stream().map(ValueInfo::name).toList();
  }

  private static double[] column(String csv, String name) {
    List<String> lines = csv.lines().toList();
    int at = List.of(lines.get(0).split(",", -1)).indexOf(name);
    return lines.stream()
        .skip(1)
        .mapToDouble(line -> Double.parseDouble(line.split(",", -1)[at]))
        .toArray();
  }

  @Test
  void membersAreMeasuredWithTheEnsemble() {
    for (String split : SPLITS) {
      double mean = 0;
      for (String member : List.of("1", "2", "3")) {
        mean += rmse("three", "member/" + member, split) / 3;
      }
      assertThat(rmse("three", "members-mean", split)).isCloseTo(mean, within(1e-9));
      // By Minkowski's inequality it cannot be otherwise, whatever the members learned.
      assertThat(rmse("three", "adaptive", split)).isLessThan(mean);
    }
    assertThat(rmse("three", "member/1", SPLITS.get(0)))
        .isNotCloseTo(rmse("three", "member/2", SPLITS.get(0)), within(1e-6));
    assertThat(
            List.of(
                rmse("three", "member/1", SPLITS.get(1)),
                rmse("three", "member/2", SPLITS.get(1)),
                rmse("three", "member/3", SPLITS.get(1))))
        .contains(rmse("three", "best-member", SPLITS.get(1)));
    assertThat(metrics("three").path("spreads")).hasSize(2);
    assertThat(trained.out())
        .contains("adaptive - members-mean")
        .contains("adaptive - best-member")
        .contains("Bottleneck: in all 3 members, ")
        .contains("Verified: libtorch and ONNX Runtime agree on fused.onnx")
        .contains("Verified: generator and target with deltas agree with the fused graph")
        .contains("Verified: prediction plus spread agrees in the two as well")
        .contains("Verified: merged agrees with the fused graph")
        .contains("Verified: strength 0 gives the target's output bit for bit")
        .contains("rank correlation of spread and error");
  }

  @Test
  void theBundleSaysWhatTheEnsembleIs() {
    assertThat(ensemble("three"))
        .isEqualTo(
            new EnsembleEntry(
                List.of("1", "2", "3"), "mean", "contexts", List.of(1 / 3.0, 1 / 3.0, 1 / 3.0)));
    assertThat(Bundle.open(work.path("three")).manifest().seeds())
        .containsEntry("hypernetworks/1", 7L)
        .containsEntry("hypernetworks/3", 2007L);
    assertThat(work.text("three/model-card.md"))
        .contains("- ensemble of 3 members, the mean of their outputs; output `spread`")
        .contains("each learned from training contexts drawn with replacement")
        .contains("- member `2` fitted in ")
        .contains("| 3/neighbourhood | fc1.weight |");
    Model fused = ModelReader.read(Bundle.open(work.path("three")).read(Bundle.FUSED), "fused");
    assertThat(outputs(fused)).hasSize(2).contains("spread");
    assertThat(fused.graph().inputs())
        .extracting(ValueInfo::name)
        .contains("strength", "strength/neighbourhood")
        .doesNotHaveDuplicates();
  }

  @Test
  void predictionsComeWithTheirSpread() {
    String csv =
        work.run("predict", work.at("three"), "--data", work.at("sales.csv")).succeeded().out();
    assertThat(csv).startsWith("prediction,spread\n");
    assertThat(column(csv, "spread")).hasSize(Workplace.ROWS).doesNotContain(0);

    String off =
        work.run("predict", work.at("three"), "-s", "0", "--data", work.at("sales.csv"))
            .succeeded()
            .out();
    assertThat(column(off, "spread")).containsOnly(0);
    String half =
        work.run(
                "predict",
                work.at("three"),
                "-s",
                "neighbourhood=0.5",
                "--data",
                work.at("sales.csv"))
            .succeeded()
            .out();
    assertThat(column(half, "prediction")).isNotEqualTo(column(csv, "prediction"));
  }

  @Test
  void eachMemberIsMergedForOneCondition() {
    work.run(
            "merge",
            work.at("three"),
            "-c",
            "east=1000",
            "-c",
            "north=2000",
            "-o",
            work.at("one.onnx"))
        .succeeded();
    Model merged = ModelReader.read(work.path("one.onnx"));
    assertThat(outputs(merged)).hasSize(2).contains("spread");
    assertThat(merged.graph().inputs())
        .extracting(ValueInfo::name)
        .doesNotContain("east", "strength");
  }

  @Test
  void theSameSpecGivesTheSameBundle() {
    train("again", "{members: 3, bootstrap: contexts}").succeeded();
    assertThat(work.snapshot("again")).isEqualTo(work.snapshot("three"));
  }

  @Test
  void membersMayDifferInAllTheySayAndHaveLearnedWeights() {
    Workplace.Run run =
        train(
                "learned",
                """
                {combine: learned, members: {
                  near: {},
                  east: {objective: huber, conditions: {place: [east]}},
                  poor: {fit: {epochs: 1, learningRate: 0.000001},
                         hypernetworks: {neighbourhood: {latent: 2}}}}}
                """)
            .succeeded();
    assertThat(run.out()).contains("Verified: merged agrees with the fused graph");
    List<Double> weights = ensemble("learned").weights();
    assertThat(weights.stream().mapToDouble(w -> w).sum()).isCloseTo(1, within(1e-6));
    assertThat(weights.get(0)).as("the best has the most").isGreaterThan(weights.get(1));
    assertThat(weights.get(2)).as("who learned nothing has little").isLessThan(1 / 3.0);
    for (String split : SPLITS) {
      assertThat(rmse("learned", "adaptive", split))
          .isLessThan(rmse("learned", "members-mean", split));
    }
    assertThat(work.text("learned/model-card.md"))
        .contains("by weights that were learned on the validation rows: `near` 0.");
  }

  @Test
  void theMeanDeltaIsOneNetworkWithoutSpread() {
    Workplace.Run run = train("delta", "{members: 2, combine: mean-delta}").succeeded();
    assertThat(run.out())
        .contains("Verified: merged agrees with the fused graph")
        .contains("adaptive - members-mean")
        .doesNotContain("rank correlation of spread");
    assertThat(metrics("delta").path("spreads")).isEmpty();
    assertThat(work.text("delta/model-card.md"))
        .contains("one network with the mean of their deltas, so without a spread");
    assertThat(
            work.run("predict", work.at("delta"), "--data", work.at("sales.csv")).succeeded().out())
        .startsWith("prediction\n");
  }

  @Test
  void anEnsembleOfClassifiersGivesTheSpreadOfEveryLogit() {
    train(
            "grades",
            "{members: 2, bootstrap: rows}",
            "label: ln(price)",
            "label: grade",
            "conditions:\n",
            "objective: cross-entropy\nconditions:\n")
        .succeeded();
    String csv =
        work.run("predict", work.at("grades"), "--data", work.at("sales.csv")).succeeded().out();
    assertThat(csv)
        .startsWith("logit high,logit low,logit middle,spread high,spread low,spread middle\n");
  }

  @Test
  void aMemberThatDoesNotFitTheTargetIsNamed() {
    Workplace.Run run =
        train(
            "bad",
            "{members: {a: {}, b: {hypernetworks: {neighbourhood: {adaptations: [{part: fc9, form: shift}]}}}}}");
    assertThat(run.exitCode()).isNotZero();
    assertThat(run.error())
        .contains("ensemble.members.b: hypernetworks.neighbourhood: ")
        .contains("fc9");
  }
}
