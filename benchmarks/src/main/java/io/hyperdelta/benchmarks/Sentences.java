package io.hyperdelta.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;

/** Sentences of mixed length from a small vocabulary. Stateless. */
public final class Sentences {
  private static final List<String> WORDS =
      List.of(
          "the",
          "a",
          "small",
          "old",
          "quiet",
          "river",
          "house",
          "garden",
          "engine",
          "market",
          "teacher",
          "winter",
          "crosses",
          "repairs",
          "forgets",
          "measures",
          "between",
          "without",
          "slowly",
          "again",
          "unbelievably",
          "counterexample",
          "Zürich",
          "42",
          "prices",
          "of",
          "and",
          "glass",
          "signal",
          "tenant",
          "device",
          "rises",
          "falls",
          "near",
          "station",
          "hydraulics");

  private Sentences() {}

  /**
   * Makes sentences.
   *
   * @param shortest fewest words of one
   * @param longest most words of one
   */
  public static List<String> make(int count, int shortest, int longest, long seed) {
    Random random = new Random(seed);
    List<String> sentences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int words = shortest + random.nextInt(longest - shortest + 1);
      StringJoiner sentence = new StringJoiner(" ", "", ".");
      for (int w = 0; w < words; w++) {
        sentence.add(WORDS.get(random.nextInt(WORDS.size())));
      }
      sentences.add(sentence.toString());
    }
    return sentences;
  }
}
