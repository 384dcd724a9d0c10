package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.bundle.DeltaFile;
import io.hyperdelta.delta.DenseMatrix;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a spec can say, said at once: every source, condition and option around one target. */
class TrainTogetherTest {
  private static final String SOURCES =
      """
      conditions:
        place: [east, north]
        material: {table: walls.csv, key: wall, unknown: allow, columns: [density, {column: origin, type: category}]}
      hypernetworks:
        ground:
          condition: place
          trunk: [8, 8]
          latent: 4
          dropout: 0.1
          heads: shared
          seed: 3
          learningRate: 0.02
          adaptations: [{part: "*", form: low-rank, rank: 2, cap: 0.5}, {part: "*", form: shift}]
        walls:
          condition: material
          trunk: []
          latent: 2
          adaptations: [{part: fc1.weight, form: chunked, chunk: 16, embedding: 2}]
      tables:
        per-wall: {column: wall, adaptations: [{part: fc2, form: gain}]}
      shared:
        outright: {adaptations: [{part: fc3.weight, form: full, replace: true}]}
      fixed:
        base: {safetensors: base.safetensors, scale: 0.5}
      fit: {epochs: 6, batch: 64, learningRate: 0.01, penalty: 0.001}
      """;

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 2").succeeded();
    Target target = Target.read(work.path("sales/target.onnx"));
    Site bias =
        target.sites().stream().filter(s -> s.name().equals("fc1.bias")).findFirst().orElseThrow();
    float[] shift = new float[Math.toIntExact(bias.width())];
    Arrays.fill(shift, 0.1f);
    DenseMatrix matrix = new DenseMatrix(TensorValue.ofFloats(shift, 1, shift.length));
    work.write("base.safetensors", DeltaFile.bytes(target, List.of(new FixedDelta(bias, matrix))));
    // Of the walls one is not in the table.
    work.write("walls.csv", "wall,density,origin\nbrick,1.9,kiln\nstone,2.6,quarry\n");
    train("single", "");
    train(
        "several",
        """
        ensemble:
          bootstrap: contexts
          members:
            first: {}
            second: {objective: huber, conditions: {place: [east]}, hypernetworks: {walls: null}}
        """);
    train("merged", "ensemble: {members: 2, combine: mean-delta}\n");
    train("weighed", "ensemble: {members: 2, combine: learned}\n");
  }

  private static void train(String bundle, String ensemble) {
    String spec = Workplace.SPEC;
    work.write(
        bundle + ".yaml",
        spec.substring(0, spec.indexOf("target:"))
            + "target: {onnx: sales/target.onnx}\n"
            + SOURCES
            + ensemble
            + "evaluate: {bootstrap: 100}\n");
    work.run("train", work.at(bundle + ".yaml"), "--out", work.at(bundle)).succeeded();
  }

  private static JsonNode json(String file) {
    return JsonMapper.shared().readTree(work.text(file));
  }

  /** Lines of predictions. */
  private static List<String> predicted(String bundle, String... more) {
    String[] all =
        new String[] {
          "predict", work.at(bundle), "--data", work.at("sales.csv"), "--out", work.at("p.csv")
        };
    String[] arguments = Arrays.copyOf(all, all.length + more.length);
    System.arraycopy(more, 0, arguments, all.length, more.length);
    work.run(arguments).succeeded();
    return work.text("p.csv").lines().toList();
  }

  private static double[] first(List<String> lines) {
    return lines.stream()
        .skip(1)
        .mapToDouble(line -> Double.parseDouble(line.split(",", -1)[0]))
        .toArray();
  }

  @Test
  void aSingleModelAdaptsFromAllItsSources() {
    assertThat(json("single/manifest.json").path("deltas").findValuesAsString("source"))
        .contains("ground", "walls", "per-wall", "outright", "base");
    double[] adapted = first(predicted("single"));
    double[] without = first(predicted("single", "--strength", "walls=0"));
    assertThat(adapted).isNotEqualTo(without);
    assertThat(adapted).doesNotContain(Double.NaN);
  }

  @Test
  void strengthZeroIsTheTargetInEveryBundle() {
    double[] target = first(predicted("sales", "--strength", "0"));
    for (String bundle : List.of("single", "several", "merged", "weighed")) {
      assertThat(first(predicted(bundle, "--strength", "0"))).as(bundle).isEqualTo(target);
    }
  }

  @Test
  void membersDifferAndSpread() {
    List<String> lines = predicted("several");
    assertThat(lines.get(0)).contains("spread");
    assertThat(lines.stream().skip(1).map(line -> line.split(",", -1)[1]))
        .anyMatch(spread -> Double.parseDouble(spread) > 0);
    List<String> sources =
        json("several/manifest.json").path("deltas").findValuesAsString("source");
    assertThat(sources).contains("first/ground", "first/walls", "second/ground", "second/base");
    assertThat(sources).doesNotContain("second/walls");
    assertThat(predicted("merged").get(0)).doesNotContain("spread");
  }

  @Test
  void eachBundleMergesToAPlainNetwork() {
    for (String bundle : List.of("single", "several", "merged", "weighed")) {
      work.run(
              "merge",
              work.at(bundle),
              "-c",
              "east=5000",
              "-c",
              "north=2500",
              "-c",
              "wall=brick",
              "--out",
              work.at(bundle + "-here.onnx"))
          .succeeded();
      work.run("check", work.at(bundle + "-here.onnx")).succeeded();
    }
  }

  @Test
  void theDeltaOfASingleModelIsAFileAndThatOfMembersIsNot() {
    String[] here = {"-c", "east=5000", "-c", "north=2500", "-c", "wall=brick"};
    assertThat(run("delta", "single", here).succeeded().out()).contains("fc3.weight");
    assertThat(run("delta", "merged", here).succeeded().out()).contains("fc3.weight");
    assertThat(run("delta", "several", here).error())
        .contains("The bundle is an ensemble whose members predict by themselves");
  }

  private static Workplace.Run run(String command, String bundle, String... more) {
    String[] arguments = new String[more.length + 2];
    arguments[0] = command;
    arguments[1] = work.at(bundle);
    System.arraycopy(more, 0, arguments, 2, more.length);
    return work.run(arguments);
  }

  @Test
  void whatItCostsIsToldBefore() {
    for (String bundle : List.of("single", "several")) {
      assertThat(work.run("plan", work.at(bundle + ".yaml"), "--explain").succeeded().out())
          .contains("ground", "per-wall", "base", "FLOPs per row");
    }
  }

  @Test
  void aBudgetKeepsWhatItDoesNotChoose() {
    String out =
        work.run("plan", work.at("single.yaml"), "--budget", "parameters=3000").succeeded().out();
    assertThat(out).contains("cap: 0.5", "heads: \"shared\"", "dropout: 0.1", "learningRate: 0.02");
    assertThat(work.run("plan", work.at("several.yaml"), "--budget", "parameters=3000").error())
        .contains("A budget is for one model, and the spec has an ensemble.");
  }

  @Test
  void ofMembersTooASourceLearnsAtItsOwnRate() {
    String spec = work.text("single.yaml").replace("learningRate: 0.02", "learningRate: 1e-7");
    work.write("slow.yaml", spec + "ensemble: {members: 2}\n");
    work.run("train", work.at("slow.yaml"), "--out", work.at("slow")).succeeded();
    assertThat(relative("slow", "1/ground")).isLessThan(1e-4);
    assertThat(relative("slow", "2/walls")).isGreaterThan(1e-3);
  }

  /** The largest delta of a source, relative to what it adapts. */
  private static double relative(String bundle, String source) {
    return work.text(bundle + "/model-card.md")
        .lines()
        .filter(line -> line.startsWith("| " + source + " |") && line.contains(".weight"))
        .mapToDouble(
            line -> {
              String[] cells = line.split("\\|", -1);
              return Double.parseDouble(cells[cells.length - 3].strip());
            })
        .max()
        .orElseThrow();
  }

  @Test
  void capsHoldInTheModelCard() {
    work.text("single/model-card.md")
        .lines()
        .filter(line -> line.contains("cap 0.5"))
        .forEach(
            line -> {
              String[] cells = line.split("\\|", -1);
              assertThat(Double.parseDouble(cells[cells.length - 3].strip()))
                  .as(line)
                  .isLessThanOrEqualTo(0.5001);
            });
    assertThat(work.text("single/model-card.md")).contains("cap 0.5");
  }

  @Test
  void weightsGeneratedOutrightCannotComeFromSharedHeads() {
    work.write(
        "wrong.yaml",
        work.text("single.yaml")
            .replace(
                "{part: \"*\", form: shift}]", "{part: fc3.weight, form: full, replace: true}]"));
    Workplace.Run run = work.run("train", work.at("wrong.yaml"), "--out", work.at("wrong"));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.error())
        .contains(
            "it replaces the weight by what a shared head makes. Expected a head for each site");
  }
}
