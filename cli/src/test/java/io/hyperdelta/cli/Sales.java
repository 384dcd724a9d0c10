package io.hyperdelta.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;

/** Made-up sales whose price depends on where they are, for tests. Stateless. */
final class Sales {
  static final String HEADER = "id,size,age,wall,east,north,price,sold,grade";

  private static final List<String> WALLS = List.of("brick", "stone", "wood");

  private Sales() {}

  /** The sales as a CSV file; the same seed gives the same text. */
  static String csv(int count, long seed) {
    return csv(count, seed, row -> row);
  }

  /** The sales as a CSV file, each row changed. */
  static String csv(int count, long seed, UnaryOperator<List<String>> change) {
    Random random = new Random(seed);
    StringJoiner lines = new StringJoiner("\n", HEADER + "\n", "\n");
    for (int i = 0; i < count; i++) {
      lines.add(String.join(",", change.apply(row(i, random))));
    }
    return lines.toString();
  }

  /** What one sale has in the columns of {@link #HEADER}. */
  private static List<String> row(int i, Random random) {
    double size = 50 + 200 * random.nextDouble();
    int age = random.nextInt(100);
    int wall = random.nextInt(WALLS.size());
    double east = 10_000 * random.nextDouble();
    double north = 10_000 * random.nextDouble();
    // What a square metre is worth changes with the place, so one network for all places is wrong.
    double log =
        10
            + 0.01 * (size - 150) * (east / 5_000 - 1)
            - 0.01 * age * north / 10_000
            + 0.2 * wall
            + 0.05 * random.nextGaussian();
    boolean sold = log + 0.2 * random.nextGaussian() > 10;
    String grade = log < 9.7 ? "low" : log < 10.2 ? "middle" : "high";
    return new ArrayList<>(
        List.of(
            "s-" + i,
            number("%.1f", size),
            Integer.toString(age),
            WALLS.get(wall),
            number("%.2f", east),
            number("%.2f", north),
            number("%.3f", Math.exp(log)),
            sold ? "1" : "0",
            grade));
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  /** Sets a cell of a row. */
  static List<String> set(List<String> row, String column, String value) {
    row.set(List.of(HEADER.split(",", -1)).indexOf(column), value);
    return row;
  }
}
