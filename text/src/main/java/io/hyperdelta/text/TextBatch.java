package io.hyperdelta.text;

import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tokenized texts as a graph takes them, row-major, shorter ones padded at their end.
 *
 * @param texts the rows, at least one
 * @param padId what stands where a text has no token any more
 */
record TextBatch(List<Tokens> texts, long padId) {
  /** Tokens of the longest text; 1 at least, because networks choke on axes of size 0. */
  private int tokenCount() {
    return Math.max(1, texts.stream().mapToInt(Tokens::count).max().orElse(1));
  }

  /**
   * The inputs of these names.
   *
   * @return int64 [texts, tokens] each
   */
  Map<String, TensorValue> inputs(List<String> names) {
    int tokenCount = tokenCount();
    int size = Math.multiplyExact(texts.size(), tokenCount);
    long[] ids = new long[size];
    long[] mask = new long[size];
    long[] types = new long[size];
    Arrays.fill(ids, padId);
    for (int row = 0; row < texts.size(); row++) {
      Tokens text = texts.get(row);
      int start = row * tokenCount;
      System.arraycopy(text.ids(), 0, ids, start, text.count());
      System.arraycopy(text.types(), 0, types, start, text.count());
      Arrays.fill(mask, start, start + text.count(), 1);
    }
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    for (String name : names) {
      long[] values =
          switch (name) {
            case PooledEncoder.IDS -> ids;
            case PooledEncoder.MASK -> mask;
            case PooledEncoder.TYPES -> types;
            default -> throw new IllegalArgumentException("Texts have no \"" + name + "\".");
          };
      inputs.put(name, TensorValue.ofLongs(values, texts.size(), tokenCount));
    }
    return inputs;
  }
}
