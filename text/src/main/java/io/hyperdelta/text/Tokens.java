package io.hyperdelta.text;

import java.util.Arrays;

/**
 * A text as its encoder reads it.
 *
 * @param text what was tokenized
 * @param ids int64 [tokens]: positions in the vocabulary
 * @param types int64 [tokens]: which part of a text a token belongs to, 0 in most tokenizers
 */
record Tokens(String text, long[] ids, long[] types) {
  /** Number of tokens. */
  int count() {
    return ids.length;
  }

  /** The largest id, or -1 if there is no token. */
  long largestId() {
    return Arrays.stream(ids).max().orElse(-1);
  }
}
