package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;

import java.util.stream.Stream;

/** Normalisations. */
final class NormalizationCases {
  private NormalizationCases() {}

  static Stream<Case> gradients() {
    return Stream.of(
        Case.of("LayerNormalization", 17, mixed(2, 4), positive(4), other(4)),
        Case.of("LayerNormalization", 17, mixed(2, 4), positive(4)).with("epsilon", 0.1f),
        Case.of("LayerNormalization", 17, mixed(2, 3, 2), positive(3, 2), other(3, 2))
            .with("axis", 1),
        Case.of("LayerNormalization", 17, mixed(2, 3, 2), positive(2), other(2)).with("axis", 1),
        Case.of("BatchNormalization", 15, mixed(2, 3), positive(3), other(3), mixed(3), positive(3))
            .fix(3, 4),
        Case.of(
                "BatchNormalization",
                11,
                mixed(2, 3, 2),
                positive(3),
                other(3),
                mixed(3),
                positive(3))
            .with("epsilon", 0.1f)
            .fix(3, 4),
        Case.of(
            "BatchNormalization",
            15,
            mixed(2, 3, 2),
            positive(3),
            other(3),
            mixed(3),
            positive(3)));
  }
}
