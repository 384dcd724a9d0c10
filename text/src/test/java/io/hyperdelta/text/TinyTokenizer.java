package io.hyperdelta.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A WordPiece tokenizer with ten entries: {@code [CLS] the house un ##do [SEP]} are the ids 1, 4,
 * 5, 6, 7, 2. Padding is 3, so that nobody can mistake it for 0.
 */
final class TinyTokenizer {
  static final int VOCABULARY = 10;

  private static final String JSON =
      """
      {
        "version": "1.0",
        "truncation": %TRUNCATION%,
        "padding": {
          "strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": 4,
          "pad_id": 3, "pad_type_id": 0, "pad_token": "[PAD]"
        },
        "added_tokens": [],
        "normalizer": {
          "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
          "strip_accents": null, "lowercase": true
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
          "type": "TemplateProcessing",
          "single": [
            {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 1}},
            {"SpecialToken": {"id": "[SEP]", "type_id": 0}}
          ],
          "pair": [],
          "special_tokens": {
            "[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]},
            "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}
          }
        },
        "decoder": null,
        "model": {
          "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
          "max_input_chars_per_word": 100,
          "vocab": {
            "[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[PAD]": 3, "the": 4, "house": 5, "un": 6,
            "##do": 7, "a": 8, "garden": 9
          }
        }
      }
      """;

  private TinyTokenizer() {}

  /** Without a limit of its own. */
  static TokenizerFile file() {
    return of(JSON.replace("%TRUNCATION%", "null"));
  }

  /** With a limit of its own, and an overlap that its encoder must not see. */
  static TokenizerFile limitedTo(long tokens) {
    return of(
        JSON.replace(
            "%TRUNCATION%",
            "{\"direction\": \"Right\", \"max_length\": %d, \"strategy\": \"LongestFirst\", \"stride\": %d}"
                .formatted(tokens, Math.max(0, tokens - 3))));
  }

  /** Without an entry for words that it does not know. */
  static TokenizerFile withoutUnknown() {
    return of(JSON.replace("%TRUNCATION%", "null").replace("\"[UNK]\": 0, ", ""));
  }

  /** Without special tokens. */
  static TokenizerFile withoutSpecialTokens() {
    String json = JSON.replace("%TRUNCATION%", "null");
    int start = json.indexOf("\"post_processor\"");
    return of(
        json.substring(0, start)
            + "\"post_processor\": null, "
            + json.substring(json.indexOf("\"decoder\"")));
  }

  static TokenizerFile of(String json) {
    return TokenizerFile.of(json.getBytes(StandardCharsets.UTF_8), "tiny.json");
  }

  /** Ids of words in the vocabulary, between the special ones. */
  static List<Integer> ids(String... words) {
    List<String> known =
        List.of("[UNK]", "[CLS]", "[SEP]", "[PAD]", "the", "house", "un", "##do", "a", "garden");
    List<Integer> ids = new ArrayList<>(List.of(1));
    for (String word : words) {
      ids.add(known.indexOf(word));
    }
    ids.add(2);
    return ids;
  }
}
