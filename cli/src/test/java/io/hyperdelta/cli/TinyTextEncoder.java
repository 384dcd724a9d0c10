package io.hyperdelta.cli;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A text encoder that looks up a vector for each word, and the same in plain Java, for tests.
 * Stateless.
 */
final class TinyTextEncoder {
  static final int DIM = 3;

  private static final List<String> WORDS =
      List.of("[UNK]", "[CLS]", "[SEP]", "[PAD]", "ash", "birch", "cedar", "oak", "iron", "jade");

  private TinyTextEncoder() {}

  /** Writes model.onnx and tokenizer.json. */
  static void write(Workplace work, String folder) {
    GraphEditor editor = GraphEditor.empty("tiny", 13);
    TensorType tokens = TensorType.of(Dtype.INT64, "texts", "tokens");
    editor.input("input_ids", tokens);
    editor.input("attention_mask", tokens);
    float[] values = new float[WORDS.size() * DIM];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(i / DIM, i % DIM);
    }
    editor.initializer("embedding", TensorValue.ofFloats(values, WORDS.size(), DIM));
    String hidden = editor.node("Gather", "embedding", "input_ids");
    editor.output(hidden, TensorType.of(Dtype.FLOAT, "texts", "tokens", DIM));
    work.write(folder + "/model.onnx", ModelWriter.write(editor.finish("tiny")));
    List<String> vocabulary = new ArrayList<>();
    for (int i = 0; i < WORDS.size(); i++) {
      vocabulary.add("\"%s\": %d".formatted(WORDS.get(i), i));
    }
    work.write(
        folder + "/tokenizer.json",
        """
        {
          "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
          "normalizer": {
            "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true
          },
          "pre_tokenizer": {"type": "BertPreTokenizer"},
          "post_processor": {
            "type": "TemplateProcessing",
            "single": [
              {"SpecialToken": {"id": "[CLS]", "type_id": 0}},
              {"Sequence": {"id": "A", "type_id": 0}},
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
            "max_input_chars_per_word": 100, "vocab": {%s}
          }
        }
        """
            .formatted(String.join(", ", vocabulary)));
  }

  private static float value(int word, int element) {
    return (float) Math.sin(1.7 * word + 2.3 * element + 0.4 * word * element);
  }

  /** The vector of a text: the mean over its words and the two special tokens, of norm 1. */
  static float[] vector(String text) {
    List<Integer> ids = new ArrayList<>(List.of(1, 2));
    for (String word : text.toLowerCase(Locale.ROOT).strip().split("\\s+", -1)) {
      if (!word.isEmpty()) {
        ids.add(Math.max(0, WORDS.indexOf(word)));
      }
    }
    double[] mean = new double[DIM];
    double squares = 0;
    for (int i = 0; i < DIM; i++) {
      for (int id : ids) {
        mean[i] += value(id, i) / (double) ids.size();
      }
      squares += mean[i] * mean[i];
    }
    float[] vector = new float[DIM];
    for (int i = 0; i < DIM; i++) {
      vector[i] = (float) (mean[i] / Math.sqrt(squares));
    }
    return vector;
  }
}
