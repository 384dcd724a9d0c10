package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be computed with deltas, or merged, is refused and nothing is written. */
class BadDeltaTest {
  @TempDir private static Path folder;

  private static Workplace work;
  private static Target target;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 2").succeeded();
    target = Target.read(work.path("sales/target.onnx"));
    delta("here.safetensors", "east=9000.5", "north=1200");
    delta("there.safetensors", "east=1000", "north=8000");
  }

  private static void delta(String out, String east, String north) {
    work.run("delta", work.at("sales"), "-c", east, "-c", north, "--out", work.at(out)).succeeded();
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
