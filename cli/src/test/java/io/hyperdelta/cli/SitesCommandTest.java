package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SitesCommandTest {
  @TempDir private Path folder;

  private Workplace work;

  @BeforeEach
  void makeModels() {
    work = new Workplace(folder);
    work.write("linear.onnx", Networks.linear());
    work.write("bare.onnx", Networks.bare());
  }

  @Test
  void listsEverySiteWithPartThatSelectsIt() {
    Workplace.Run run = work.run("sites", work.at("linear.onnx")).succeeded();
    assertThat(run.out())
        .isEqualTo(
            """
            site       kind    shape   operator  forms                                                      example part
            fc.weight  weight  [3, 1]  Gemm      full, low-rank, core, diagonal-core, basis, chunked, gain  "fc.*"
            fc.bias    bias    [1]     Gemm      shift                                                      "fc.*"
            2 sites, 4 parameters.
            """);
    assertThat(run.err()).isEmpty();
  }

  @Test
  void showsWhatPartSelects() {
    Workplace.Run run =
        work.run("sites", work.at("linear.onnx"), "--part", "fc[0] - kind:bias").succeeded();
    assertThat(run.out())
        .isEqualTo(
            """
            site       kind    shape   units   numbers  forms
            fc.weight  weight  [3, 1]  1 of 1  3        full, low-rank, core, diagonal-core, basis, chunked, gain
            1 site, 3 parameters.
            """);
  }

  @Test
  void refusesPartThatSelectsNothing() {
    Workplace.Run run = work.run("sites", work.at("linear.onnx"), "--part", "kind:biass");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            """
            error: Part "kind:biass" matches no site of the target. Expected one of the
            kinds that it has, weight, bias. Maybe you meant "bias". See "hyperdelta sites
            --help".
            """);
  }

  @Test
  void saysThatThereAreNone() {
    assertThat(work.run("sites", work.at("bare.onnx")).succeeded().out())
        .isEqualTo(
            "The network has no adaptable site: no layer with float32 parameters in initializers.\n");
  }
}
