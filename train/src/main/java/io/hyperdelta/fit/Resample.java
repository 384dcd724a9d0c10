package io.hyperdelta.fit;

import io.hyperdelta.data.Split;
import io.hyperdelta.spec.EnsembleSpec.Bootstrap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The training rows of a member, drawn with replacement, so that members see different samples of
 * the same population. A row that is drawn twice is there twice. Stateless.
 *
 * <p>Source: bagging (Breiman 1996, section 1); of whole contexts since rows of one context are not
 * independent, as in Efron and Tibshirani 1993, chapter 8.3.
 */
final class Resample {
  private Resample() {}

  /**
   * Training rows drawn.
   *
   * @param seed of the drawing
   * @return in the order of drawing; all training rows as they are if nothing is to be drawn
   */
  static int[] training(Split split, Bootstrap bootstrap, long seed) {
    int[] rows = split.train();
    // Away from the streams that other uses of the member's seed take.
    Random random = new Random(seed ^ 0x5DEECE66DL << 16);
    return switch (bootstrap) {
      case NONE -> rows;
      case ROWS -> random.ints(rows.length, 0, rows.length).map(i -> rows[i]).toArray();
      case CONTEXTS -> contexts(rows, split.contextOfRow(), random);
    };
  }

  private static int[] contexts(int[] rows, int[] contextOfRow, Random random) {
    Map<Integer, List<Integer>> byContext = new TreeMap<>();
    for (int row : rows) {
      byContext.computeIfAbsent(contextOfRow[row], k -> new ArrayList<>()).add(row);
    }
    List<List<Integer>> contexts = List.copyOf(byContext.values());
    List<Integer> drawn = new ArrayList<>();
    for (int i = 0; i < contexts.size(); i++) {
      drawn.addAll(contexts.get(random.nextInt(contexts.size())));
    }
    return drawn.stream().mapToInt(Integer::intValue).toArray();
  }
}
