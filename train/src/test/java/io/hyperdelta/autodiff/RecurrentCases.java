package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Recurrent layers: 4 steps of 3 sequences of 2 numbers, 2 hidden units. */
final class RecurrentCases {
  private static final long HIDDEN = 2;
  private static final @Nullable TensorValue NONE = null;

  private RecurrentCases() {}

  static Stream<Case> gradients() {
    return Stream.of(lstm(), gru(), rnn()).flatMap(cases -> cases);
  }

  private static Stream<Case> lstm() {
    return Stream.of(
        Case.of("LSTM", 14, x(), w(4, 1), r(4, 1)),
        lstm(1, NONE, NONE).outputs(3),
        lstm(1, NONE, NONE).fix(1, 2, 3).outputs(3),
        reverse(lstm(1, NONE, NONE)).outputs(3),
        both(lstm(2, NONE, NONE)).outputs(3),
        lstm(1, lengths(2, 4, 1), NONE).outputs(3),
        reverse(lstm(1, lengths(2, 4, 1), NONE)).outputs(3),
        both(lstm(2, lengths(2, 3, 1), NONE)).outputs(3),
        both(lstm(2, lengths(2, 0, 4), NONE)).outputs(3),
        lstm(1, NONE, other(1, 3 * HIDDEN)).outputs(3),
        both(lstm(2, lengths(1, 4, 2), other(2, 3 * HIDDEN))).outputs(3),
        lstm(1, NONE, NONE).with("input_forget", 1),
        lstm(1, NONE, other(1, 3 * HIDDEN)).with("clip", 0.7f).outputs(3),
        activations(lstm(1, NONE, NONE), "HardSigmoid", "Softsign", "ScaledTanh")
            .with("activation_alpha", reals(0.3f, 1.2f))
            .with("activation_beta", reals(0.4f, 0.6f)),
        lstm(1, lengths(2, 4, 3), NONE, x(3, 4), other(3, 1, HIDDEN), mixed(3, 1, HIDDEN))
            .with("layout", 1)
            .outputs(3));
  }

  private static Stream<Case> gru() {
    return Stream.of(
        Case.of("GRU", 14, x(), w(3, 1), r(3, 1)).outputs(2),
        gru(1, NONE).outputs(2),
        reverse(gru(1, lengths(2, 4, 1))).outputs(2),
        both(gru(2, NONE)).with("clip", 0.9f),
        activations(gru(1, NONE), "Softplus", "Affine")
            .with("activation_alpha", reals(0.5f))
            .with("activation_beta", reals(0.1f)),
        linearFirst(gru(1, NONE)).outputs(2),
        linearFirst(gru(1, NONE)).fix(1, 2, 3, 5),
        linearFirst(Case.of("GRU", 14, x(), w(3, 1), r(3, 1))),
        linearFirst(reverse(gru(1, lengths(2, 4, 1)))).outputs(2),
        linearFirst(both(gru(2, lengths(2, 3, 1)))).outputs(2),
        linearFirst(both(gru(2, lengths(0, 3, 1)))).outputs(2),
        linearFirst(gru(1, NONE)).with("clip", 0.9f),
        linearFirst(Case.of("GRU", 14, x(3, 4), w(3, 1), r(3, 1))).with("layout", 1).outputs(2));
  }

  private static Stream<Case> rnn() {
    return Stream.of(
        Case.of("RNN", 14, x(), w(1, 1), r(1, 1)),
        rnn(1, NONE).outputs(2),
        both(rnn(2, lengths(4, 1, 2))).outputs(2),
        activations(rnn(1, NONE), "Relu").outputs(2),
        activations(reverse(rnn(1, lengths(4, 1, 2))), "Relu").outputs(2),
        activations(both(rnn(2, lengths(4, 1, 2))), "Elu", "LeakyRelu")
            .with("activation_alpha", reals(0.6f, 0.2f))
            .outputs(2),
        activations(both(rnn(2, NONE)), "ThresholdedRelu", "Sigmoid")
            .with("activation_alpha", reals(0.25f))
            .outputs(2),
        rnn(1, NONE).with("clip", 0.8f));
  }

  /**
   * What ONNX Runtime takes, too: it knows one layout only, wants the hidden size said, and gives
   * sequences without steps no last state, where ours is the first one.
   */
  static Stream<Case> runtimeCases() {
    return gradients()
        .filter(testCase -> !testCase.attributes().containsKey("layout") && allHaveSteps(testCase))
        .map(testCase -> testCase.with("hidden_size", HIDDEN));
  }

  private static boolean allHaveSteps(Case testCase) {
    TensorValue lengths = testCase.inputs().size() > 4 ? testCase.inputs().get(4) : null;
    return lengths == null || Arrays.stream(lengths.longs()).allMatch(length -> length > 0);
  }

  private static Case lstm(
      int directions, @Nullable TensorValue lengths, @Nullable TensorValue peepholes) {
    return lstm(
        directions,
        lengths,
        peepholes,
        x(),
        other(directions, 3, HIDDEN),
        mixed(directions, 3, HIDDEN));
  }

  private static Case lstm(
      int directions,
      @Nullable TensorValue lengths,
      @Nullable TensorValue peepholes,
      TensorValue x,
      TensorValue hiddenState,
      TensorValue cellState) {
    return Case.of(
            "LSTM",
            14,
            x,
            w(4, directions),
            r(4, directions),
            b(4, directions),
            lengths,
            hiddenState,
            cellState,
            peepholes)
        .with("hidden_size", HIDDEN);
  }

  private static Case gru(int directions, @Nullable TensorValue lengths) {
    return Case.of(
            "GRU",
            14,
            x(),
            w(3, directions),
            r(3, directions),
            b(3, directions),
            lengths,
            other(directions, 3, HIDDEN))
        .with("hidden_size", HIDDEN);
  }

  private static Case rnn(int directions, @Nullable TensorValue lengths) {
    return Case.of(
            "RNN",
            14,
            x(),
            w(1, directions),
            r(1, directions),
            b(1, directions),
            lengths,
            other(directions, 3, HIDDEN))
        .with("hidden_size", HIDDEN);
  }

  private static Case reverse(Case testCase) {
    return testCase.with("direction", Attribute.of("reverse"));
  }

  private static Case both(Case testCase) {
    return testCase.with("direction", Attribute.of("bidirectional"));
  }

  private static Case linearFirst(Case testCase) {
    return testCase.with("linear_before_reset", 1);
  }

  private static Case activations(Case testCase, String... names) {
    return testCase.with("activations", Attribute.texts(List.of(names)));
  }

  private static Attribute reals(Float... values) {
    return new Attribute.Reals(List.of(values));
  }

  private static TensorValue lengths(long... lengths) {
    return TensorValue.ofIntegers(Dtype.INT32, lengths, lengths.length);
  }

  private static TensorValue x() {
    return x(4, 3);
  }

  private static TensorValue x(long first, long second) {
    return mixed(first, second, 2);
  }

  private static TensorValue w(long gates, int directions) {
    return other(directions, gates * HIDDEN, 2);
  }

  private static TensorValue r(long gates, int directions) {
    return mixed(directions, gates * HIDDEN, HIDDEN);
  }

  private static TensorValue b(long gates, int directions) {
    float[] values = positive(directions, 2 * gates * HIDDEN).floats();
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.3f * values[i] - 0.2f;
    }
    return TensorValue.ofFloats(values, directions, 2 * gates * HIDDEN);
  }
}
