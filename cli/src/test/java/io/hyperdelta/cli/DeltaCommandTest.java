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
}
