package io.hyperdelta.conformance;

import java.util.List;
import java.util.Set;

/** What became of a case. */
public sealed interface Outcome {
  /** Titles of the operators that the case's model uses; none if it could not be read. */
  Set<String> operators();

  /**
   * Every output was as expected.
   *
   * @param operators as {@link Outcome#operators}
   */
  record Passed(Set<String> operators) implements Outcome {
    public Passed {
      operators = Set.copyOf(operators);
    }
  }

  /**
   * The model ran, or should have, and an output was not as expected.
   *
   * @param operators as {@link Outcome#operators}
   * @param reason what was wrong
   */
  record Failed(Set<String> operators, String reason) implements Outcome {
    public Failed {
      operators = Set.copyOf(operators);
    }
  }

  /**
   * The model uses what programs cannot run, and was refused for it.
   *
   * @param operators as {@link Outcome#operators}
   * @param reasons the operators or variants that are missing
   */
  record Unsupported(Set<String> operators, List<String> reasons) implements Outcome {
    public Unsupported {
      operators = Set.copyOf(operators);
      reasons = List.copyOf(reasons);
    }
  }
}
