package io.hyperdelta.cli;

import io.hyperdelta.weave.Strength;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option that scales deltas, all of them or those of a source. */
final class StrengthOption {
  @Option(
      names = {"-s", "--strength"},
      paramLabel = "[SOURCE=]NUMBER",
      split = ",",
      description = {
        "What the deltas are multiplied with: 1 as trained, 0 for the frozen target.",
        "SOURCE=NUMBER scales those of one source, such as a hypernetwork, alone."
      })
  private List<String> written = new ArrayList<>();

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  StrengthOption() {}

  /** Whether a strength is asked for. */
  boolean isGiven() {
    return !written.isEmpty();
  }

  /**
   * The strength that is asked for; of several numbers for the same the last counts.
   *
   * @param sources that may be named
   */
  Strength value(List<String> sources) {
    try {
      Strength strength = Strength.FULL;
      for (String part : written) {
        int equals = part.lastIndexOf('=');
        double number = number(part.substring(equals + 1));
        strength =
            equals < 0
                ? new Strength(number, strength.bySource())
                : strength.with(part.substring(0, equals), number);
      }
      return strength.among(sources);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "The strength is not usable. Expected a number, or a source and a number such as lora=0.5, got \"%s\"."
              .formatted(text),
          e);
    }
  }
}
