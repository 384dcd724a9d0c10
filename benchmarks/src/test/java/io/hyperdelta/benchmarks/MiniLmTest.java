package io.hyperdelta.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.text.PooledEncoder;
import io.hyperdelta.text.VectorNorm;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A transformer encoder that PyTorch wrote: values and gradients. */
@SuppressWarnings("try") // scopes work by being open
class MiniLmTest {
  private static final double TOLERANCE = 1e-4;

  /** Query matrix of the first layer. */
  private static final String ATTENTION_WEIGHT = "onnx::MatMul_787";

  private static final String NORM_SCALE = "encoder.layer.3.attention.output.LayerNorm.weight";
  private static final String WORD_EMBEDDING = "embeddings.word_embeddings.weight";

  private static Map<String, TensorValue> inputs(MiniLm.Tokens tokens) {
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    long[] dims = {tokens.batch(), tokens.length()};
    inputs.put("input_ids", TensorValue.ofLongs(tokens.ids(), dims));
    inputs.put("attention_mask", TensorValue.ofLongs(tokens.mask(), dims));
    inputs.put("token_type_ids", TensorValue.ofLongs(tokens.types(), dims));
    return inputs;
  }

  @Test
  void tokensAreThoseOfTheModelsOwnTokenizer() {
    MiniLm.Tokens tokens = MiniLm.tokens(List.of("the house.", "a"));

    // [CLS] the house . [SEP], as in the vocabulary of BERT, uncased.
    assertThat(tokens.length()).isEqualTo(5);
    assertThat(tokens.ids()).containsExactly(101, 1996, 2160, 1012, 102, 101, 1037, 102, 0, 0);
    assertThat(tokens.mask()).containsExactly(1, 1, 1, 1, 1, 1, 1, 1, 0, 0);
  }

  @Test
  void equalsOnnxRuntimeForPaddedSentencesOfMixedLength() {
    MiniLm.Tokens tokens = MiniLm.tokens(Sentences.make(64, 1, 40, 2));
    long padding = Arrays.stream(tokens.mask()).filter(bit -> bit == 0).count();
    assertThat(padding).isGreaterThan(tokens.mask().length / 4);

    // What stands at padding, which nobody reads, is the hard part: there rounding errors grow
    // fifty times.
    double largest =
        Arrays.stream(Parity.differences(MiniLm.model(), inputs(tokens))).max().orElseThrow();
    System.out.printf(
        Locale.ROOT, "MiniLM, 64 sentences: %.1e from ONNX Runtime at most%n", largest);
    assertThat(largest).isLessThan(TOLERANCE);
  }

  /** Then nothing is masked, and attention is libtorch's own. */
  @Test
  void equalsOnnxRuntimeMoreCloselyWhereNothingIsPadding() {
    MiniLm.Tokens tokens = MiniLm.tokens(Sentences.make(1, 40, 40, 2));
    assertThat(tokens.mask()).containsOnly(1);

    double largest = Parity.difference(MiniLm.model(), inputs(tokens));
    System.out.printf(
        Locale.ROOT, "MiniLM, a whole sentence: %.1e from ONNX Runtime at most%n", largest);
    assertThat(largest).isLessThan(TOLERANCE / 10);
  }

  @ParameterizedTest
  @EnumSource
  void pooledVectorsEqualOnnxRuntime(VectorNorm norm) {
    MiniLm.Tokens tokens = MiniLm.tokens(Sentences.make(16, 1, 40, 4));
    PooledEncoder pooled = PooledEncoder.of(MiniLm.model(), "MiniLM", norm);

    double[] differences = Parity.differences(ModelWriter.write(pooled.model()), inputs(tokens));

    assertThat(differences).hasSize(16 * 384);
    assertThat(Arrays.stream(differences).max().orElseThrow()).isLessThan(TOLERANCE);
  }

  /** One sentence has no padding. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void gradientsEqualFiniteDifferences(int sentences) {
    MiniLm.Tokens tokens = MiniLm.tokens(Sentences.make(sentences, 2, 5, 3));
    Set<String> trainable = Set.of(ATTENTION_WEIGHT, NORM_SCALE, WORD_EMBEDDING);
    try (PointerScope all = new PointerScope();
        Program program =
            Program.compile(
                ModelReader.read(MiniLm.model(), "MiniLM"), trainable, Precision.DOUBLE)) {
      Map<String, Value> values = new LinkedHashMap<>();
      inputs(tokens).forEach((name, value) -> values.put(name, Value.of(value, Precision.DOUBLE)));
      List<String> names = program.parameters().names();
      assertThat(names).containsExactlyInAnyOrderElementsOf(trainable);
      loss(program, values).backward();
      for (int p = 0; p < names.size(); p++) {
        Tensor leaf = program.parameters().tensors().get(p);
        int element = names.get(p).equals(WORD_EMBEDDING) ? (int) (tokens.ids()[1] * 384 + 7) : 5;
        double gradient = Tensors.doubles(leaf.grad())[element];
        double expected = difference(program, values, leaf, element);

        assertThat(expected).as("gradient of %s", names.get(p)).isNotZero();
        assertThat(gradient)
            .as("gradient of %s", names.get(p))
            .isCloseTo(expected, Offset.offset(1e-6 * (1 + Math.abs(expected))));
      }
    }
  }

  private static double difference(
      Program program, Map<String, Value> values, Tensor leaf, int element) {
    double step = 1e-5;
    try (PointerScope scope = new PointerScope();
        NoGradGuard frozen = new NoGradGuard()) {
      DoublePointer data = leaf.data_ptr_double();
      double value = data.get(element);
      data.put(element, value + step);
      double above = loss(program, values).item_double();
      data.put(element, value - step);
      double below = loss(program, values).item_double();
      data.put(element, value);
      return (above - below) / (2 * step);
    }
  }

  /** A weighted sum of the last hidden state, float64 []. */
  private static Tensor loss(Program program, Map<String, Value> values) {
    Tensor output = ((Value.Device) program.run(values).get(0)).tensor();
    double[] weights = new double[(int) output.numel()];
    Arrays.setAll(weights, i -> Math.sin(1 + 0.37 * i));
    return output.reshape(weights.length).mul(Tensors.ofDoubles(weights, weights.length)).sum();
  }
}
