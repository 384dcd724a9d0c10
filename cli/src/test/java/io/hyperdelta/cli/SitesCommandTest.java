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
            site       kind    shape   operator  forms                                              example part
            fc.weight  weight  [3, 1]  Gemm      full, low-rank, core, diagonal-core, basis, gain  "fc.*"
            fc.bias    bias    [1]     Gemm      shift                                              "fc.*"
            2 sites, 4 parameters.
            """);
    assertThat(run.err()).isEmpty();
  }

  @Test
  void saysThatThereAreNone() {
    assertThat(work.run("sites", work.at("bare.onnx")).succeeded().out())
        .isEqualTo(
            "The network has no adaptable site: no linear layer with its weight in an initializer.\n");
  }
}
