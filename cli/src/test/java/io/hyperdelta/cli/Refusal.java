package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.function.Supplier;

/** How bad input is refused: one paragraph, exit code 2, and nothing else happens. Stateless. */
final class Refusal {
  private Refusal() {}

  /**
   * Asserts that a command is refused.
   *
   * @param error the whole paragraph after {@code error: }, with {@code @} for the folder of the
   *     workplace
   */
  static void assertRefused(Workplace work, Supplier<Workplace.Run> command, String error) {
    Workplace.Run run = refused(work, command);
    assertThat(run.error())
        .isEqualTo("error: " + error.replace("@/", work.path(".").normalize() + "/"));
  }

  /** The run of a command that is refused with whatever words. */
  static Workplace.Run refused(Workplace work, Supplier<Workplace.Run> command) {
    Map<String, String> before = work.snapshot();
    Workplace.Run run = command.get();
    assertThat(run.exitCode()).as(run.err()).isEqualTo(ErrorReport.EXIT_INPUT);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).doesNotContain("\tat ", "Exception");
    assertThat(work.snapshot()).isEqualTo(before);
    return run;
  }
}
