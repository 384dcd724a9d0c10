package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Operators that ONNX Runtime's optimiser puts in place of several. */
final class FusedCases {
  private static final @Nullable TensorValue NONE = null;

  private FusedCases() {}

  static Stream<Case> gradients() {
    return Stream.of(runtimeCases(), beyondRuntime()).flatMap(cases -> cases);
  }

  /** What ONNX Runtime runs on processors, too. */
  static Stream<Case> runtimeCases() {
    return Stream.of(
            activations(), norms(), products(), attention(), multiHead(), rotary(), embeddings())
        .flatMap(cases -> cases);
  }

  /** What it runs elsewhere only, or leaves out. */
  private static Stream<Case> beyondRuntime() {
    return Stream.of(
        attention(mixed(2, 3, 4), small(4, 12)),
        fused("LayerNormalization", mixed(2, 4), positive(4), other(4)),
        fused("SimplifiedLayerNormalization", mixed(2, 4), positive(4)).outputs(2),
        fused("SkipLayerNormalization", mixed(2, 3, 4), other(2, 3, 4), positive(4), other(4))
            .outputs(4),
        fused("SkipSimplifiedLayerNormalization", mixed(2, 3, 4), other(2, 3, 4), positive(4))
            .outputs(4));
  }

  private static Stream<Case> activations() {
    return Stream.of(
        fused("Gelu", mixed(2, 3)),
        fused("BiasGelu", mixed(2, 3), other(3)),
        fused("FastGelu", mixed(2, 3)),
        fused("FastGelu", mixed(2, 3), other(3)),
        fused("QuickGelu", mixed(2, 3)),
        fused("QuickGelu", mixed(2, 3)).with("alpha", 0.9f));
  }

  private static Stream<Case> norms() {
    return Stream.of(
        Case.of("SimplifiedLayerNormalization", 17, mixed(2, 4), positive(4)),
        Case.of("SimplifiedLayerNormalization", 17, mixed(2, 3, 2), positive(3, 2))
            .with("axis", 1)
            .with("epsilon", 0.1f),
        skip("SkipLayerNormalization", mixed(2, 3, 4), other(2, 3, 4), positive(4)),
        skip("SkipLayerNormalization", mixed(2, 3, 4), other(2, 3, 4), positive(4), other(4)),
        skip("SkipLayerNormalization", mixed(2, 3, 4), other(3, 4), positive(4), NONE, mixed(4)),
        skip("SkipSimplifiedLayerNormalization", mixed(2, 3, 4), other(2, 3, 4), positive(4)),
        skip(
            "SkipSimplifiedLayerNormalization",
            mixed(2, 3, 4),
            other(2, 3, 4),
            positive(4),
            other(4)));
  }

  private static Stream<Case> products() {
    return Stream.of(
        fused("FusedMatMul", mixed(2, 3), other(3, 2)),
        fused("FusedMatMul", mixed(2, 3, 2), other(2, 4, 3))
            .with("transA", 1)
            .with("transB", 1)
            .with("alpha", 0.5f),
        fused("FusedMatMul", mixed(3, 2, 4), other(2, 4, 3)).with("transBatchA", 1),
        fused("FusedMatMul", mixed(2, 3, 4), other(3, 2, 4))
            .with("transBatchB", 1)
            .with("transB", 1),
        fused("FusedGemm", mixed(2, 3), other(3, 4), floats(1, 2, 3, 4))
            .with("activation", Attribute.of("Relu")),
        fused("FusedGemm", mixed(2, 3), other(4, 3))
            .with("transB", 1)
            .with("alpha", 0.5f)
            .with("activation", Attribute.of("LeakyRelu"))
            .with("activation_alpha", 0.2f),
        fused("FusedGemm", mixed(2, 3), other(3, 4))
            .with("activation", Attribute.of("HardSigmoid"))
            .with("activation_alpha", 0.1f)
            .with("activation_beta", 0.4f),
        fused("FusedConv", mixed(1, 2, 4, 3), other(3, 2, 2, 2), mixed(3))
            .with("activation", Attribute.of("Relu")),
        fused("FusedConv", mixed(1, 2, 4, 3), other(2, 1, 2, 2), mixed(2), other(1, 2, 3, 3))
            .with("group", 2)
            .with("strides", Attribute.ints(2, 1))
            .with("dilations", Attribute.ints(1, 2))
            .with("pads", Attribute.ints(1, 0, 1, 2))
            .with("activation", Attribute.of("LeakyRelu"))
            .with("activation_params", new Attribute.Reals(List.of(0.1f))));
  }

  private static Stream<Case> attention() {
    TensorValue x = mixed(2, 3, 4);
    TensorValue weights = small(4, 12);
    TensorValue bias = small(12);
    TensorValue past = small(2, 2, 2, 2, 2);
    return Stream.of(
        attention(x, weights, bias),
        attention(x, weights, bias).with("scale", 0.4f),
        attention(x, weights, bias).with("unidirectional", 1),
        attention(x, small(4, 14), small(14)).with("qkv_hidden_sizes", Attribute.ints(4, 4, 6)),
        attention(x, weights, bias, ints(numbers(3, 1), 2)),
        attention(x, weights, bias, ints(numbers(3, 2, 1, 0), 4)),
        attention(x, weights, bias, ints(numbers(3, 3, 1, 0), 4)).with("unidirectional", 1),
        attention(x, weights, bias, ints(numbers(1, 1, 0, 0, 1, 1), 2, 3)),
        attention(x, weights, bias, ints(numbers(1, 1, 0, 1, 0, 1), 2, 3))
            .with("unidirectional", 1)
            .with("mask_filter_value", -50f),
        attention(
            x,
            weights,
            bias,
            ints(numbers(1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1), 2, 3, 3)),
        attention(x, weights, bias, NONE, past).outputs(2),
        attention(x, weights, bias, ints(numbers(1, 1, 1, 1, 0, 1, 0, 1, 1, 1), 2, 5), past)
            .with("unidirectional", 1)
            .outputs(2),
        attention(x, weights, bias, NONE, NONE, other(1, 2, 3, 3)),
        attention(x, weights, bias, ints(numbers(3, 2), 2), NONE, other(2, 2, 3, 3))
            .with("unidirectional", 1));
  }

  private static Stream<Case> multiHead() {
    TensorValue query = mixed(2, 3, 4);
    TensorValue key = other(2, 5, 4);
    TensorValue value = mixed(2, 5, 4);
    TensorValue past = small(2, 2, 2, 2);
    return Stream.of(
        multiHead(query, key, value),
        multiHead(query, key, mixed(2, 5, 6), small(14)).with("scale", 0.3f),
        multiHead(query, key, value, NONE, ints(numbers(1, 1, 1, 0, 0, 1, 1, 0, 1, 1), 2, 5)),
        multiHead(query, key, value, NONE, ints(numbers(4, 2), 2)),
        multiHead(query, key, value, NONE, NONE, other(2, 2, 3, 5)),
        multiHead(query, other(2, 2, 5, 2), mixed(2, 2, 5, 2)),
        multiHead(query, other(2, 3, 4), mixed(2, 3, 4), small(12)).with("unidirectional", 1),
        multiHead(query, other(2, 3, 4), mixed(2, 3, 4), NONE, NONE, NONE, past, past)
            .with("unidirectional", 1)
            .outputs(3));
  }

  private static Stream<Case> rotary() {
    return Stream.of(
        fused("RotaryEmbedding", mixed(2, 3, 8), positions(), other(5, 2), mixed(5, 2)).fix(2, 3),
        fused("RotaryEmbedding", mixed(2, 3, 8), longs(1), other(5, 2), mixed(5, 2))
            .with("interleaved", 1),
        fused("RotaryEmbedding", mixed(2, 2, 3, 4), positions(), other(5, 2), mixed(5, 2)),
        fused("RotaryEmbedding", mixed(2, 3, 12), positions(), other(5, 2), mixed(5, 2))
            .with("rotary_embedding_dim", 4)
            .with("num_heads", 2));
  }

  private static Stream<Case> embeddings() {
    TensorValue ids = ints(numbers(1, 4, 0, 2, 2, 3), 2, 3);
    TensorValue segments = ints(numbers(0, 0, 1, 0, 1, 1), 2, 3);
    TensorValue mask = ints(numbers(1, 1, 0, 1, 1, 1), 2, 3);
    TensorValue positions = ints(numbers(2, 0, 1, 3, 2, 1), 2, 3);
    TensorValue words = mixed(5, 4);
    TensorValue places = other(4, 4);
    TensorValue kinds = small(2, 4);
    return Stream.of(
        fused(
                "EmbedLayerNormalization",
                ids,
                segments,
                words,
                places,
                kinds,
                positive(4),
                other(4),
                mask)
            .with("epsilon", 1e-5f)
            .outputs(3),
        fused("EmbedLayerNormalization", ids, NONE, words, places, NONE, positive(4), other(4))
            .with("epsilon", 0.1f)
            .outputs(2),
        fused(
                "EmbedLayerNormalization",
                ids,
                segments,
                words,
                places,
                kinds,
                positive(4),
                other(4),
                NONE,
                positions)
            .with("epsilon", 1e-5f)
            .with("mask_index_type", 0));
  }

  private static Case fused(String op, @Nullable TensorValue... inputs) {
    return Case.in(FusedKernels.DOMAIN, op, inputs);
  }

  private static Case skip(String op, @Nullable TensorValue... inputs) {
    return fused(op, inputs).with("epsilon", 1e-5f);
  }

  private static Case attention(@Nullable TensorValue... inputs) {
    return fused("Attention", inputs).with("num_heads", 2);
  }

  private static Case multiHead(@Nullable TensorValue... inputs) {
    return fused("MultiHeadAttention", inputs).with("num_heads", 2);
  }

  private static TensorValue positions() {
    return TensorValue.ofLongs(new long[] {0, 1, 2, 4, 1, 3}, 2, 3);
  }

  private static TensorValue small(long... dims) {
    float[] values = other(dims).floats();
    for (int i = 0; i < values.length; i++) {
      values[i] *= 0.5f;
    }
    return TensorValue.ofFloats(values, dims);
  }

  private static long[] numbers(long... values) {
    return values;
  }

  private static TensorValue ints(long[] values, long... dims) {
    return TensorValue.ofIntegers(Dtype.INT32, values, dims);
  }
}
