package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.positive;
import static io.hyperdelta.autodiff.Case.scalar;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Fourier transforms, and reals out of quantised numbers. */
final class SignalCases {
  private SignalCases() {}

  static Stream<Case> gradients() {
    TensorValue bytes = TensorValue.ofIntegers(Dtype.UINT8, new long[] {3, 200, 0, 7}, 2, 2);
    TensorValue zero = TensorValue.ofIntegers(Dtype.UINT8, new long[] {5, 100}, 2);
    return Stream.of(
        Case.of("DFT", 17, mixed(1, 4, 1)),
        Case.of("DFT", 17, mixed(1, 4, 2)).with("inverse", 1),
        Case.of("DFT", 17, mixed(1, 4, 1), scalar(5)).with("onesided", 1),
        Case.of("DFT", 20, mixed(1, 3, 2), scalar(4), scalar(-2))
            .with("inverse", 1)
            .with("onesided", 1),
        Case.of("STFT", 17, mixed(1, 7, 1), scalar(2), positive(4)),
        Case.of("STFT", 17, mixed(1, 7, 2), scalar(3), positive(3), scalar(3)).with("onesided", 0),
        Case.of("DequantizeLinear", 13, bytes, floats(0.5f, 0.2f), zero),
        Case.of("DequantizeLinear", 13, bytes, floats(0.5f, 0.2f)).with("axis", 0),
        Case.of("DequantizeLinear", 10, bytes, TensorValue.scalar(0.3f)));
  }
}
