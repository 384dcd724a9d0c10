package io.hyperdelta.text;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A frozen text encoder with the pooling in its graph, so that one ONNX model maps tokens to
 * vectors, whichever engine runs it. Immutable.
 *
 * <p>A vector is the mean of the encoder's output over a text's tokens, special ones included,
 * padding left out: the pooling of Reimers and Gurevych 2019, section 3, called MEAN there. A text
 * without any token gets zeros.
 */
public final class PooledEncoder {
  /** Input for the tokens: int64 [texts, tokens], positions in the vocabulary. */
  public static final String IDS = "input_ids";

  /** Input that tells tokens from padding: int64 [texts, tokens], 1 or 0. */
  public static final String MASK = "attention_mask";

  /** Input for the part of a text that a token is in: int64 [texts, tokens]. */
  public static final String TYPES = "token_type_ids";

  private final Model model;
  private final String source;
  private final List<String> inputs;
  private final String output;
  private final boolean ignoresPadding;
  private final OptionalLong vocabularySize;

  private PooledEncoder(EncoderGraph encoder, Model model, List<String> inputs, String output) {
    this.model = model;
    this.source = encoder.source();
    this.inputs = List.copyOf(inputs);
    this.output = output;
    this.ignoresPadding = encoder.asksFor(MASK);
    this.vocabularySize = encoder.vocabularySize();
  }

  /**
   * Adds the pooling to an encoder.
   *
   * @param onnx the bytes of an ONNX file; see {@link #of(Model, String, VectorNorm)}
   * @param source what messages call the encoder, usually its file name
   * @throws ModelException if the bytes are no ONNX model, or no text encoder
   */
  public static PooledEncoder of(byte[] onnx, String source, VectorNorm norm) {
    return of(ModelReader.read(onnx, source), source, norm);
  }

  /**
   * Adds the pooling to an encoder.
   *
   * @param encoder asks for {@value #IDS} and maybe for {@value #MASK} and {@value #TYPES}, each
   *     int64 [texts, tokens], and for nothing else; its first output of real numbers [texts,
   *     tokens, dim] is pooled
   * @param source what messages call the encoder, usually its file name
   * @throws ModelException if the model asks for something else, has no such output, or is of an
   *     operator set version that is not supported
   */
  public static PooledEncoder of(Model encoder, String source, VectorNorm norm) {
    EncoderGraph graph = EncoderGraph.of(encoder, source);
    GraphEditor editor = GraphEditor.of(encoder);
    editor.prefix("hyperdelta/text/");
    List<String> inputs = new ArrayList<>(graph.inputs());
    if (!graph.asksFor(MASK)) {
      if (editor.has(MASK)) {
        throw new ModelException(
            "Text encoder \"%s\" makes a value \"%s\" of its own. Expected an input of that name, or nothing. Export the encoder with the mask as input."
                .formatted(source, MASK));
      }
      inputs.add(editor.input(MASK, TensorType.of(Dtype.INT64, "texts", "tokens")));
    }
    String hidden = cast(editor, graph.hidden().name(), Dtype.FLOAT);
    String vectors = mean(editor, hidden, cast(editor, MASK, Dtype.FLOAT));
    if (norm == VectorNorm.UNIT) {
      vectors = unit(editor, vectors);
    }
    editor.clearOutputs();
    editor.output(vectors, TensorType.of(Dtype.FLOAT, "texts", "dim"));
    return new PooledEncoder(graph, editor.finish(encoder.graph().name()), inputs, vectors);
  }

  /**
   * Mean over the tokens.
   *
   * @param hidden name of a float32 [texts, tokens, dim]
   * @param mask name of a float32 [texts, tokens], 1 or 0
   * @return name of a float32 [texts, dim]
   */
  private static String mean(GraphEditor editor, String hidden, String mask) {
    String weights = editor.unsqueeze(mask, 2);
    String sum = editor.reduceSum(editor.node("Mul", hidden, weights), 1);
    String count = editor.reduceSum(weights, 1);
    return editor.node("Div", sum, orOne(editor, count, Dtype.FLOAT));
  }

  /**
   * Rows divided by their norms, in float64, where squares of float32 neither overflow nor vanish.
   */
  private static String unit(GraphEditor editor, String rows) {
    String wide = cast(editor, rows, Dtype.DOUBLE);
    String squares = editor.reduceSum(editor.node("Mul", wide, wide), 1);
    String norm = editor.unsqueeze(editor.node("Sqrt", squares), 1);
    return cast(editor, editor.node("Div", wide, orOne(editor, norm, Dtype.DOUBLE)), Dtype.FLOAT);
  }

  /** A value with its zeros replaced by ones; of nodes that every operator set version has. */
  private static String orOne(GraphEditor editor, String x, Dtype dtype) {
    String zero = editor.node("Not", cast(editor, x, Dtype.BOOL));
    return editor.node("Add", x, cast(editor, zero, dtype));
  }

  private static String cast(GraphEditor editor, String x, Dtype dtype) {
    return editor.node("Cast", Map.of("to", Attribute.of(dtype.code())), x);
  }

  /** From tokens to vectors: {@link #inputs} to {@link #output}, the only one. */
  public Model model() {
    return model;
  }

  /** What messages call the encoder. */
  public String source() {
    return source;
  }

  /**
   * Names of the inputs to give, {@link #IDS} and {@link #MASK} and maybe {@link #TYPES}: int64
   * [texts, tokens] each.
   */
  public List<String> inputs() {
    return inputs;
  }

  /** Name of the vectors, float32 [texts, dim]. */
  public String output() {
    return output;
  }

  /**
   * Whether padding changes no vector. An encoder that asks for no mask takes padding for tokens,
   * so texts of different length must not be in one batch.
   */
  public boolean ignoresPadding() {
    return ignoresPadding;
  }

  /** Rows of the embedding that {@link #IDS} points into, if the graph shows it plainly. */
  public OptionalLong vocabularySize() {
    return vocabularySize;
  }
}
