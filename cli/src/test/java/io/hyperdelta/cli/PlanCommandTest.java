package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a spec costs, said before anything is trained. */
class PlanCommandTest {
  private static final String SIZES =
      """
      source         kind          generated  parameters  encoder  trunk  heads  adapted  parameters / adapted
      neighbourhood  hypernetwork  124        768         0        148    620    241      3.19

      FLOPs per row               target  adaptation  encoder and trunk  heads and deltas  slowdown
      """;

  @TempDir private Path folder;

  private Workplace work;

  @BeforeEach
  void writeSpec() {
    work = new Workplace(folder);
    work.write("spec.yaml", Workplace.spec());
  }

  private Workplace.Run plan(String... options) {
    String[] arguments = new String[options.length + 2];
    arguments[0] = "plan";
    arguments[1] = work.at("spec.yaml");
    System.arraycopy(options, 0, arguments, 2, options.length);
    return work.run(arguments);
  }

  /**
   * The trunk by hand: two numbers standardised (4), a layer of 16 units (80), its normalisation
   * (80) and swish (32), and a latent of 4 (132).
   */
  @Test
  void countsWithoutTraining() {
    var before = work.snapshot();
    Workplace.Run run = plan().succeeded();
    assertThat(run.out()).startsWith(SIZES);
    assertThat(run.out().substring(SIZES.length()).lines())
        .hasSize(2)
        .anyMatch(
            line ->
                line.matches("a condition per row +490 +[\\d,]+ +328 +[\\d,]+ +about \\d+\\.\\d"))
        .anyMatch(
            line ->
                line.matches("one condition for all rows +490 +\\d+ +1 +\\d+ +about \\d+\\.\\d"));
    assertThat(work.snapshot()).isEqualTo(before);
  }

  @Test
  void trainingSaysItFirst() {
    Workplace.Run run = work.train("sales", "epochs: 8", "epochs: 1").succeeded();
    String said = run.err().replaceAll("\\s+", " ");
    assertThat(
            said.indexOf("Bottleneck: 768 parameters generate 124 numbers per condition for 241"))
        .isPositive()
        .isLessThan(said.indexOf("train target"));
    assertThat(said)
        .containsPattern(
            "FLOPs per row: 490 for the target; for the adaptation [\\d,]+ with a condition");
    assertThat(work.text("sales/model-card.md")).contains("- FLOPs per row: 490 for the target; ");
  }

  @Test
  void explainsTheOrderOfEachProduct() {
    String out = plan("--explain").succeeded().out();
    // Batches of 64 rows, in blocks of rows that share a place.
    assertThat(out)
        .containsPattern(
            "Trained in batches of 6\\d rows with \\d+ conditions?; microseconds of a training step, estimated:")
        .contains(
            "Planned for 256 rows with 256 conditions; microseconds of a training step, estimated:")
        .contains(
            "Planned for 256 rows with 1 condition; microseconds of a training step, estimated:")
        .containsPattern("neighbourhood/fc1.weight/low-rank +A \\[5, 2] +factors first +\\d+")
        .contains(
            "256 rows times all 5 matrices at once, then their 2,560 numbers weighted and added");
    // Two factors of each of three layers, in training and for two workloads.
    assertThat(out.split("  taken  ", -1)).hasSize(1 + 3 * 3 * 2);
  }

  @Test
  void proposalCanBePasted() {
    String out = plan("--budget", "parameters=500").succeeded().out();
    assertThat(out).contains("\nWithin parameters=500:\n").contains("\nhypernetworks:\n");
    String first =
        out.lines().dropWhile(line -> !line.startsWith("form ")).skip(1).findFirst().orElseThrow();
    String[] cells = first.split(" {2,}", -1);
    assertThat(Integer.parseInt(cells[4])).isLessThanOrEqualTo(500);

    String spec = Workplace.spec();
    int from = spec.indexOf("hypernetworks:");
    String rest =
        spec.substring(spec.indexOf("fit: {epochs: 8, batch: 64, learningRate: 0.01}\nevaluate"));
    String section = out.substring(out.indexOf("\nhypernetworks:\n") + 1);
    work.write("spec.yaml", spec.substring(0, from) + section + rest);
    assertThat(plan().succeeded().out())
        .containsPattern("neighbourhood +hypernetwork +" + cells[3] + " +" + cells[4] + " ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "params=10|Budget \"params\" is unknown. Expected one of parameters, generated, slowdown,"
            + " got \"params\".",
        "parameters=0|Budget parameters is out of range. Expected a whole number from 1 to"
            + " 2147483647, got 0.",
        "slowdown=0.9|Budget slowdown is out of range. Expected a number above 1, such as 1.3 for"
            + " three tenths more time, got 0.9."
      })
  void budgetThatCannotBeUsed(String budget, String error) {
    Refusal.assertRefused(
        work, () -> plan("--budget", budget), error + " See \"hyperdelta plan --help\".");
  }

  @Test
  void budgetThatNothingMeets() {
    Refusal.assertRefused(
        work,
        () -> plan("--budget", "parameters=10"),
        "Budget parameters=10 cannot be met. Expected at least parameters=103, which the smallest"
            + " form, a latent of 1 and no trunk need, got less. Select smaller parts, or loosen"
            + " the budget.");
  }

  @Test
  void specWithAMistakeIsRefusedAsForTraining() {
    work.write("spec.yaml", Workplace.spec("rank: 2", "rank: 99"));
    Workplace.Run planned = Refusal.refused(work, this::plan);
    Workplace.Run trained =
        Refusal.refused(work, () -> work.run("train", work.at("spec.yaml"), "--out", work.at("x")));
    assertThat(planned.error()).isEqualTo(trained.error());
  }
}
