package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.bundle.DeltaFile;
import io.hyperdelta.bundle.LoraFactors;
import io.hyperdelta.bundle.PeftLora;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Deltas of conditions, and what is computed with them, against plain formulas. */
class DeltaCommandTest {
  @TempDir private static Path folder;

  private static Workplace work;
  private static Target target;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 2").succeeded();
    target = Target.read(work.path("sales/target.onnx"));
    condition("here.safetensors", "9000.5", "1200").succeeded();
    condition("there.safetensors", "1000", "8000").succeeded();
  }

  private static Workplace.Run condition(String out, String east, String north, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "delta",
                work.at("sales"),
                "-c",
                "east=" + east,
                "-c",
                "north=" + north,
                "--out",
                work.at(out)));
    arguments.addAll(List.of(more));
    return work.run(arguments.toArray(String[]::new));
  }

  /** The arguments of computing with files. */
  private static Workplace.Run compute(List<String> files, String... options) {
    List<String> arguments = new ArrayList<>(List.of("delta"));
    files.forEach(file -> arguments.add(work.at(file)));
    arguments.addAll(List.of("--target", work.at("sales/target.onnx")));
    arguments.addAll(List.of(options));
    return work.run(arguments.toArray(String[]::new));
  }

  private static List<FixedDelta> deltas(String file) {
    return DeltaFile.read(work.path(file)).on(target);
  }

  /** Every number, by site. */
  private static Map<String, double[]> numbers(String file) {
    Map<String, double[]> numbers = new TreeMap<>();
    deltas(file).forEach(delta -> numbers.put(delta.site().name(), delta.stored()));
    return numbers;
  }

  private static void assertNumbers(String actual, DoubleBinaryOperator formula) {
    Map<String, double[]> here = numbers("here.safetensors");
    Map<String, double[]> there = numbers("there.safetensors");
    Map<String, double[]> result = numbers(actual);
    assertThat(result.keySet()).isEqualTo(here.keySet()).hasSize(6);
    result.forEach(
        (site, values) -> {
          double[] left = Objects.requireNonNull(here.get(site));
          double[] right = Objects.requireNonNull(there.get(site));
          for (int i = 0; i < values.length; i++) {
            assertThat(values[i])
                .as("%s, %d", site, i)
                .isCloseTo(formula.applyAsDouble(left[i], right[i]), within(1e-6));
          }
        });
  }

  @Test
  void whatAConditionAddsIsWhatMergingItAdds() {
    work.run(
            "merge",
            work.at("sales"),
            "-c",
            "east=9000.5",
            "-c",
            "north=1200",
            "-o",
            work.at("merged.onnx"))
        .succeeded();
    work.run(
            "merge",
            work.at("sales/target.onnx"),
            "--delta",
            work.at("here.safetensors"),
            "--out",
            work.at("from-file.onnx"))
        .succeeded();

    assertSame("from-file.onnx", "merged.onnx");
    assertThat(numbers("here.safetensors")).isNotEqualTo(numbers("there.safetensors"));
  }

  private static void assertSame(String actual, String expected) {
    Model one = ModelReader.read(work.path(actual));
    Model other = ModelReader.read(work.path(expected));
    assertThat(one.graph().nodes()).isEqualTo(other.graph().nodes());
    other
        .graph()
        .initializers()
        .forEach(
            (name, value) -> {
              TensorValue own = Objects.requireNonNull(one.graph().initializers().get(name), name);
              if (name.startsWith("fc")) {
                assertThat(own.floats()).as(name).containsExactly(value.floats(), within(1e-6f));
              } else {
                assertThat(own).isEqualTo(value);
              }
            });
  }

  @Test
  void severalDeltaFilesAddUpInAMergedNetwork() {
    work.run(
            "merge",
            work.at("sales/target.onnx"),
            "--delta",
            work.at("here.safetensors"),
            "--delta",
            work.at("there.safetensors"),
            "--out",
            work.at("both.onnx"))
        .succeeded();
    compute(
            List.of("here.safetensors", "there.safetensors"),
            "--add",
            "--out",
            work.at("sum.safetensors"))
        .succeeded();
    work.run(
            "merge",
            work.at("sales/target.onnx"),
            "--delta",
            work.at("sum.safetensors"),
            "--out",
            work.at("sum.onnx"))
        .succeeded();

    assertSame("both.onnx", "sum.onnx");
  }

  @Test
  void deltasAreCombinedNumberByNumber() {
    List<String> both = List.of("here.safetensors", "there.safetensors");

    compute(both, "--add", "-o", work.at("r.safetensors")).succeeded();
    assertNumbers("r.safetensors", (x, y) -> x + y);
    compute(both, "--average", "--negate", "-o", work.at("r.safetensors")).succeeded();
    assertNumbers("r.safetensors", (x, y) -> -(x + y) / 2);
    compute(both, "--interpolate", "0.3", "-o", work.at("r.safetensors")).succeeded();
    assertNumbers("r.safetensors", (x, y) -> 0.7 * x + 0.3 * y);
    compute(both, "--interpolate=-1", "--scale", "0.5", "-o", work.at("r.safetensors")).succeeded();
    assertNumbers("r.safetensors", (x, y) -> 0.5 * (2 * x - y));
    compute(both, "--interpolate", "0", "-o", work.at("r.safetensors")).succeeded();
    assertNumbers("r.safetensors", (x, y) -> x);
    compute(List.of("there.safetensors"), "--scale=-2", "-o", work.at("r.safetensors")).succeeded();
    assertNumbers("r.safetensors", (x, y) -> -2 * y);
  }

  @Test
  void theStrengthOfASourceIsInTheDelta() {
    condition("half.safetensors", "9000.5", "1200", "--strength", "neighbourhood=0.5").succeeded();

    assertNumbers("half.safetensors", (x, y) -> 0.5 * x);
  }

  @Test
  void aCapHoldsAndKeepsTheDirection() {
    compute(List.of("here.safetensors"), "--cap", "0.01", "-o", work.at("capped.safetensors"))
        .succeeded();

    List<FixedDelta> before = deltas("here.safetensors");
    List<FixedDelta> after = deltas("capped.safetensors");
    for (int i = 0; i < after.size(); i++) {
      FixedDelta delta = after.get(i);
      double weight = norm(weight(delta.site().initializer()));
      double full = norm(before.get(i).stored());
      double expected = Math.min(full, 0.01 * weight);
      assertThat(norm(delta.stored())).isCloseTo(expected, within(1e-6));
      double[] numbers = delta.stored();
      for (int k = 0; k < numbers.length; k++) {
        assertThat(numbers[k] * full).isCloseTo(before.get(i).stored()[k] * expected, within(1e-6));
      }
    }
    assertThat(norm(weight("fc1.weight"))).isPositive();
  }

  private static double[] weight(String name) {
    return Objects.requireNonNull(target.model().graph().initializers().get(name)).doubles();
  }

  private static double norm(double[] values) {
    return Math.sqrt(DoubleStream.of(values).map(x -> x * x).sum());
  }

  @Test
  void aShareOfTheNumbersIsKept() {
    compute(List.of("here.safetensors"), "--sparsify", "0.25", "-o", work.at("s.safetensors"))
        .succeeded();

    Map<String, double[]> all = numbers("here.safetensors");
    numbers("s.safetensors")
        .forEach(
            (site, values) -> {
              long kept = DoubleStream.of(values).filter(x -> x != 0).count();
              assertThat(kept).as(site).isEqualTo(Math.max(1, Math.round(0.25 * values.length)));
              double smallest =
                  DoubleStream.of(values).filter(x -> x != 0).map(Math::abs).min().orElse(0);
              assertThat(
                      DoubleStream.of(Objects.requireNonNull(all.get(site)))
                          .filter(x -> Math.abs(x) > smallest * (1 + 1e-6))
                          .count())
                  .as(site)
                  .isLessThan(kept);
            });
  }

  @Test
  void aSumIsCutBackToARank() {
    List<String> both = List.of("here.safetensors", "there.safetensors");
    compute(both, "--add", "-o", work.at("wide.safetensors")).succeeded();
    compute(both, "--add", "--rank", "3", "-o", work.at("cut.safetensors")).succeeded();

    assertThat(rank("wide.safetensors")).isEqualTo(4);
    assertThat(rank("cut.safetensors")).isEqualTo(3);
  }

  private static int rank(String file) {
    return deltas(file).stream()
        .filter(delta -> delta.site().name().equals("fc1.weight"))
        .mapToInt(delta -> ((LowRankMatrix) delta.matrix()).rank())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void weightsTravelThroughPeftAndBack() {
    Workplace.Run run =
        compute(
                List.of("here.safetensors"),
                "--part",
                "kind:weight",
                "--peft",
                work.at("adapters/here"))
            .succeeded();
    assertThat(run.out()).contains("PEFT adapter: " + work.at("adapters/here"));
    assertThat(PeftLora.read(work.path("adapters/here")).on(target))
        .extracting(LoraFactors::rank)
        .containsExactly(2, 2, 1);
    compute(List.of("adapters/here"), "-o", work.at("back.safetensors")).succeeded();
    compute(List.of("here.safetensors"), "--part", "kind:weight", "-o", work.at("kept.safetensors"))
        .succeeded();

    assertThat(deltas("back.safetensors")).isEqualTo(deltas("kept.safetensors")).hasSize(3);
  }

  @Test
  void theTableSaysHowLargeDeltasAre() {
    Map<String, String> before = work.snapshot();
    Workplace.Run run = compute(List.of("here.safetensors")).succeeded();

    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(7);
    assertThat(lines.get(0)).matches("site +form +\\|delta\\| +\\|delta\\|/\\|W\\|");
    assertThat(lines.get(1)).matches("fc1\\.weight +low-rank 2 +[0-9.e-]+ +[0-9.e-]+");
    assertThat(lines.get(2)).matches("fc1\\.bias +dense +[0-9.e-]+ +[0-9.e-]+");
    String[] cells = lines.get(1).split(" {2,}", -1);
    double norm = norm(Objects.requireNonNull(numbers("here.safetensors").get("fc1.weight")));
    assertThat(Double.parseDouble(cells[2])).isCloseTo(norm, within(1e-3 * norm));
    assertThat(Double.parseDouble(cells[3]))
        .isCloseTo(norm / norm(weight("fc1.weight")), within(1e-3));
    assertThat(work.snapshot()).as("nothing is written unasked").isEqualTo(before);
  }

  @Test
  void theSameDeltasGiveTheSameBytesAndReplaceAnEarlierFile() {
    work.write("again.safetensors", "something else");
    condition("again.safetensors", "9000.5", "1200").succeeded();

    assertThat(work.read("again.safetensors")).isEqualTo(work.read("here.safetensors"));
    compute(List.of("again.safetensors"), "--scale", "1", "-o", work.at("again.safetensors"))
        .succeeded();
    assertThat(work.read("again.safetensors")).isEqualTo(work.read("here.safetensors"));
  }

  private static void assertRefused(String error, String... arguments) {
    List<String> all = new ArrayList<>(List.of("delta"));
    for (String argument : arguments) {
      all.add(argument.startsWith("@/") ? work.at(argument.substring(2)) : argument);
    }
    Refusal.assertRefused(work, () -> work.run(all.toArray(String[]::new)), error);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--interpolate 0.5 | --interpolate is given with 1 delta. Expected exactly two.",
        "@/there.safetensors @/here.safetensors --interpolate 0.5 | --interpolate is given with 3 deltas. Expected exactly two.",
        "--add | --add is given with 1 delta. Expected two or more.",
        "@/there.safetensors | 2 deltas are given, but not how to combine them. Expected --add, --average or --interpolate T.",
        "@/there.safetensors --add --average | --add and --average are given together. Expected one way to combine deltas.",
        "@/there.safetensors --interpolate NaN | --interpolate is out of range. Expected a finite number, such as 0.3, got NaN.",
        "--rank 0 | --rank is out of range. Expected a whole number of 1 or more, got 0.",
        "--rank 2 --sparsify 0.5 | --sparsify and --rank are given together. Expected one of them: each undoes the other.",
        "--sparsify 0 | --sparsify is out of range. Expected a share above 0 and of at most 1, got 0.0.",
        "--sparsify 1.5 | --sparsify is out of range. Expected a share above 0 and of at most 1, got 1.5.",
        "--cap -1 | --cap is out of range. Expected a finite number above 0, got -1.0.",
        "--scale 0 | --scale is out of range. Expected a finite number other than 0, got 0.0.",
        "-c east=1 | -c is given with \"@/here.safetensors\", which is no bundle. Expected it only with a folder that \"train\" wrote.",
        "--strength 0.5 | --strength is given with \"@/here.safetensors\", which is no bundle. Expected it only with a folder that \"train\" wrote. Maybe you meant --scale.",
        "--part fc9* | Part \"fc9*\" matches no site of the target. Expected a name or glob over fc1.weight, fc1.bias, fc2.weight, fc2.bias, fc3.weight, fc3.bias.",
        "--part fc1[0..1] | Part \"fc1[0..1]\" selects some units of site \"fc1.weight\". Expected whole sites.",
        "--scale 1e39 | The fixed delta on site",
        "--peft @/p | The delta on site \"fc1.bias\" cannot be written for PEFT: the site is a bias [16]. Expected low-rank deltas of weights, embeddings and kernels of one group. Leave the site out with --part, such as --part kind:weight.",
        "--part kind:weight --sparsify 0.5 --peft @/p | The delta on site \"fc1.weight\" cannot be written for PEFT: it is dense. Expected low-rank deltas of weights, embeddings and kernels of one group. Cut it to a rank with --rank.",
      })
  void whatHasNoMeaningIsRefused(String options, String error) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "delta", work.at("here.safetensors"), "--target", work.at("sales/target.onnx")));
    for (String option : options.split(" ", -1)) {
      arguments.add(option.startsWith("@/") ? work.at(option.substring(2)) : option);
    }
    arguments.addAll(List.of("--out", work.at("never.safetensors")));
    Workplace.Run run = Refusal.refused(work, () -> work.run(arguments.toArray(String[]::new)));
    assertThat(run.error())
        .startsWith("error: " + error.replace("@/", work.path(".").normalize() + "/"));
  }

  @Test
  void sourcesThatDoNotGoTogetherAreRefused() {
    assertRefused(
        "The target of \"@/here.safetensors\" is not given. Expected --target MODEL.onnx, or a folder that \"train\" wrote. See \"hyperdelta delta --help\".",
        "@/here.safetensors");
    assertRefused(
        "A bundle is given among 2 deltas. Expected it alone, with -c. Make a delta file of a condition first, then compute with that. See \"hyperdelta delta --help\".",
        "@/sales",
        "@/here.safetensors",
        "--add");
    assertRefused(
        "--target is given with a bundle. Expected it only with delta files and PEFT folders: a bundle has its target. See \"hyperdelta delta --help\".",
        "@/sales",
        "--target",
        "@/sales/target.onnx");
    assertRefused(
        "Condition column \"north\" is not given. Expected a value for each of east, north; add -c north=VALUE.",
        "@/sales",
        "-c",
        "east=1");
    assertRefused(
        "The strength names a source \"neighborhood\" that the bundle does not have. Expected one of neighbourhood. Maybe you meant \"neighbourhood\". See \"hyperdelta delta --help\".",
        "@/sales",
        "-c",
        "east=1",
        "-c",
        "north=1",
        "--strength",
        "neighborhood=1");
    assertRefused(
        "File \"@/none.safetensors\" cannot be read: there is no such file or folder. Expected a readable safetensors file.",
        "@/none.safetensors",
        "--target",
        "@/sales/target.onnx");
    assertRefused(
        "Missing required parameter: 'DELTAS'. See \"hyperdelta delta --help\".",
        "--target",
        "@/sales/target.onnx");
  }

  @Test
  void deltasOfAnotherTargetAreRefused() {
    work.write("linear.onnx", Networks.linear());
    Target linear = Target.read(work.path("linear.onnx"));
    String error =
        "Delta file \"@/here.safetensors\" was made for another target. Expected one for the target with SHA-256 %s, got one for %s. Deltas belong to the very weights that they were made for; give that target, or make them anew for this one."
            .formatted(linear.digest(), target.digest());

    assertRefused(error, "@/here.safetensors", "--target", "@/linear.onnx");
    Refusal.assertRefused(
        work,
        () ->
            work.run(
                "merge",
                work.at("linear.onnx"),
                "--delta",
                work.at("here.safetensors"),
                "--out",
                work.at("m.onnx")),
        error);
  }

  @Test
  void aFolderThatHoldsSomethingIsNotOverwritten() {
    work.write("full/notes.txt", "mine");
    assertRefused(
        "A PEFT adapter cannot be written to \"@/full\": it is a file or holds something. Expected a new or empty folder.",
        "@/here.safetensors",
        "--target",
        "@/sales/target.onnx",
        "--part",
        "kind:weight",
        "--peft",
        "@/full",
        "--out",
        "@/never.safetensors");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "@/sales/target.onnx | \"@/sales/target.onnx\" is given without deltas. Expected a bundle, or a network and --delta FILE.",
        "@/sales --delta @/here.safetensors | --delta is given with the folder \"@/sales\". Expected it with a network alone; \"delta\" makes a delta file of a bundle's condition, and scales it.",
        "@/sales/target.onnx --delta @/here.safetensors -c east=1 | --delta is given with -c. Expected it with a network alone; \"delta\" makes a delta file of a bundle's condition, and scales it.",
        "@/sales/target.onnx --delta @/here.safetensors -s 2 | --delta is given with --strength. Expected it with a network alone; \"delta\" makes a delta file of a bundle's condition, and scales it.",
      })
  void mergingWhatDoesNotGoTogetherIsRefused(String options, String error) {
    List<String> arguments = new ArrayList<>(List.of("merge"));
    for (String option : options.split(" ", -1)) {
      arguments.add(option.startsWith("@/") ? work.at(option.substring(2)) : option);
    }
    arguments.addAll(List.of("--out", work.at("never.onnx")));
    Workplace.Run run = Refusal.refused(work, () -> work.run(arguments.toArray(String[]::new)));
    assertThat(run.error())
        .startsWith("error: " + error.replace("@/", work.path(".").normalize() + "/"));
  }

  @Test
  void aWeightThatLeavesFloat32IsRefused() {
    Workplace.Run run =
        Refusal.refused(
            work,
            () ->
                work.run(
                    "merge",
                    work.at("sales"),
                    "-c",
                    "east=1",
                    "-c",
                    "north=2",
                    "--strength",
                    "3.4e38,neighbourhood=3.4e38",
                    "--out",
                    work.at("never.onnx")));
    assertThat(run.error())
        .contains("cannot be merged with its delta: a weight leaves the range of float32.");
  }
}
