package io.hyperdelta.fit;

import io.hyperdelta.problem.Spelling;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What an adaptation may cost at most.
 *
 * @param limits the largest value allowed of each figure that is limited, at least one
 */
public record Budget(Map<Figure, Double> limits) {
  /** A figure that can be limited. */
  public enum Figure {
    /** Numbers that are learned by all sources. */
    PARAMETERS,
    /** Numbers that are generated for one condition. */
    GENERATED,
    /** Estimated time over the target's, for the dearest workload. */
    SLOWDOWN;

    /** Its name in budgets. */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** Its value in a bottleneck. */
    double of(Bottleneck bottleneck) {
      return switch (this) {
        case PARAMETERS -> bottleneck.parameters();
        case GENERATED -> bottleneck.generated();
        case SLOWDOWN -> bottleneck.slowdown();
      };
    }
  }

  /** Copies and checks the limits. */
  public Budget {
    if (limits.isEmpty()) {
      throw new IllegalArgumentException(
          "The budget is empty. Expected one of %s, got nothing.".formatted(examples()));
    }
    limits.forEach(Budget::check);
    limits = Collections.unmodifiableMap(new EnumMap<>(limits));
  }

  private static void check(Figure figure, double limit) {
    boolean fine =
        figure == Figure.SLOWDOWN
            ? limit > 1 && Double.isFinite(limit)
            : limit >= 1 && limit <= Integer.MAX_VALUE && limit == Math.rint(limit);
    if (!fine) {
      throw new IllegalArgumentException(
          "Budget %s is out of range. Expected %s, got %s."
              .formatted(
                  figure.key(),
                  figure == Figure.SLOWDOWN
                      ? "a number above 1, such as 1.3 for three tenths more time"
                      : "a whole number from 1 to " + Integer.MAX_VALUE,
                  limit == Math.rint(limit) && Math.abs(limit) < 1e15
                      ? Long.toString((long) limit)
                      : Double.toString(limit)));
    }
  }

  /**
   * A budget as it is written.
   *
   * @param parts each such as {@code "parameters=20000"}
   * @throws IllegalArgumentException if a figure is unknown or given twice, or a limit is no number
   *     or out of range
   */
  public static Budget parse(List<String> parts) {
    Map<Figure, Double> limits = new EnumMap<>(Figure.class);
    for (String part : parts) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException(
            "The budget is not usable. Expected one of %s, got \"%s\"."
                .formatted(examples(), part));
      }
      Figure figure = figure(part.substring(0, equals).strip());
      double limit = number(figure, part.substring(equals + 1).strip());
      if (limits.put(figure, limit) != null) {
        throw new IllegalArgumentException(
            "Budget %s is given twice. Expected each figure once.".formatted(figure.key()));
      }
    }
    return new Budget(limits);
  }

  private static Figure figure(String key) {
    List<String> keys = List.of(Figure.values()).stream().map(Figure::key).toList();
    if (!keys.contains(key)) {
      throw new IllegalArgumentException(
          "Budget \"%s\" is unknown. Expected one of %s, got \"%s\".%s"
              .formatted(key, String.join(", ", keys), key, Spelling.advice(key, keys)));
    }
    return Figure.values()[keys.indexOf(key)];
  }

  private static double number(Figure figure, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "Budget %s is not a number. Expected one such as %s, got \"%s\"."
              .formatted(figure.key(), figure == Figure.SLOWDOWN ? "1.3" : "20000", text),
          e);
    }
  }

  private static String examples() {
    return "parameters=20000, generated=500, slowdown=1.3";
  }

  /** Whether a value of a figure is within the budget. */
  boolean allows(Figure figure, double value) {
    Double limit = limits.get(figure);
    return limit == null || value <= limit;
  }

  /** Whether all figures are within the budget. */
  boolean allows(Bottleneck bottleneck) {
    return limits.keySet().stream().allMatch(figure -> allows(figure, figure.of(bottleneck)));
  }

  /** A value as people write it. */
  static String text(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  /** As it is written, {@code parameters=20000, slowdown=1.3}. */
  @Override
  public String toString() {
    return limits.entrySet().stream()
        .map(limit -> limit.getKey().key() + "=" + text(limit.getValue()))
        .collect(Collectors.joining(", "));
  }
}
