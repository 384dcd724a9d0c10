package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Losses. */
final class LossCases {
  private LossCases() {}

  static Stream<Case> gradients() {
    return Stream.of("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
        .flatMap(op -> Stream.of("none", "mean", "sum").flatMap(how -> cases(op, how)));
  }

  private static Stream<Case> cases(String op, String how) {
    TensorValue rows = longs(2, 0);
    TensorValue grid = TensorValue.ofLongs(new long[] {2, 0, 1, 1}, 2, 2);
    TensorValue deep = TensorValue.ofLongs(new long[] {2, 0, 1, 1}, 1, 2, 1, 2);
    return Stream.of(
            Case.of(op, 13, mixed(2, 3), rows),
            Case.of(op, 13, mixed(2, 3), rows, positive(3)),
            Case.of(op, 12, mixed(2, 3, 2), grid, positive(3)).with("ignore_index", 1),
            Case.of(op, 13, mixed(2, 3, 2), grid, positive(3)).fix(2).with("ignore_index", 2),
            Case.of(op, 13, mixed(1, 3, 2, 1, 2), deep).with("ignore_index", -1))
        .map(one -> one.with("reduction", Attribute.of(how)))
        .map(one -> op.startsWith("Softmax") ? one.outputs(2) : one);
  }
}
