package io.hyperdelta.autodiff;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Real numbers as numpy writes them, which ONNX's texts follow: the fewest digits that tell a
 * number from its neighbours of the same type. Java's own text of them may be longer and changes
 * between its versions. Stateless.
 */
final class NumberText {
  /** As many significant digits tell any two float64 apart. */
  private static final int MAX_DIGITS = 17;

  /** Outside of these numpy writes an exponent. */
  private static final double SMALLEST_PLAIN = 1e-4;

  private static final double SMALLEST_WITH_EXPONENT = 1e16;

  private NumberText() {}

  /**
   * A number's text.
   *
   * @param type of which floating type the number is an element
   */
  static String of(double number, ScalarType type) {
    if (Double.isNaN(number)) {
      return "nan";
    } else if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    } else if (number == 0) {
      return Double.toString(number);
    }
    BigDecimal shortest = shortest(number, type).stripTrailingZeros();
    double magnitude = Math.abs(number);
    return magnitude >= SMALLEST_PLAIN && magnitude < SMALLEST_WITH_EXPONENT
        ? plain(shortest)
        : scientific(shortest);
  }

  private static String plain(BigDecimal number) {
    String text = number.toPlainString();
    return text.contains(".") ? text : text + ".0";
  }

  private static String scientific(BigDecimal number) {
    String digits = number.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - number.scale();
    return "%s%s%se%s%02d"
        .formatted(
            number.signum() < 0 ? "-" : "",
            digits.substring(0, 1),
            digits.length() > 1 ? "." + digits.substring(1) : "",
            exponent < 0 ? "-" : "+",
            Math.abs(exponent));
  }

  private static BigDecimal shortest(double number, ScalarType type) {
    BigDecimal exact = new BigDecimal(number);
    for (int digits = 1; digits < MAX_DIGITS; digits++) {
      // The nearest first; beside a power of two a farther one may be the only that is read back.
      for (RoundingMode mode :
          new RoundingMode[] {RoundingMode.HALF_EVEN, RoundingMode.DOWN, RoundingMode.UP}) {
        BigDecimal candidate = exact.round(new MathContext(digits, mode));
        if (read(candidate.toString(), type) == number) {
          return candidate;
        }
      }
    }
    return exact.round(new MathContext(MAX_DIGITS));
  }

  /** What a text stands for in a type. */
  private static double read(String text, ScalarType type) {
    return switch (type) {
      case Float -> Float.parseFloat(text);
      case Half -> rounded(Double.parseDouble(text), 10, -14);
      case BFloat16 -> rounded(Double.parseDouble(text), 7, -126);
      default -> Double.parseDouble(text);
    };
  }

  private static double rounded(double number, int fractionBits, int minExponent) {
    int exponent = Math.max(Math.getExponent(number), minExponent);
    double step = Math.scalb(1.0, exponent - fractionBits);
    return Math.rint(number / step) * step;
  }
}
