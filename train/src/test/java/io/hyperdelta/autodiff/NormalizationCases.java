package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import java.util.stream.Stream;

/** Normalisations. */
final class NormalizationCases {
  private NormalizationCases() {}

  static Stream<Case> gradients() {
    return Stream.of(layersAndBatches(), channels(), rows()).flatMap(s -> s);
  }

  private static Stream<Case> layersAndBatches() {
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
            "BatchNormalization", 15, mixed(2, 3, 2), positive(3), other(3), mixed(3), positive(3)),
        Case.of(
                "BatchNormalization",
                7,
                mixed(2, 3, 2),
                positive(3, 2),
                other(3, 2),
                mixed(3, 2),
                positive(3, 2))
            .with("spatial", 0),
        Case.of(
                "BatchNormalization",
                15,
                mixed(3, 2, 2),
                positive(2),
                other(2),
                mixed(2),
                positive(2))
            .with("training_mode", 1)
            .with("momentum", 0.7f)
            .outputs(3),
        Case.of("BatchNormalization", 9, mixed(4, 2), positive(2), other(2), mixed(2), positive(2))
            .outputs(5));
  }

  private static Stream<Case> channels() {
    return Stream.of(
        Case.of("GroupNormalization", 18, mixed(2, 4, 3), positive(2), other(2))
            .with("num_groups", 2),
        Case.of("GroupNormalization", 21, mixed(2, 4, 3, 2), positive(4), other(4))
            .with("num_groups", 2)
            .with("epsilon", 0.1f),
        Case.of("InstanceNormalization", 6, mixed(2, 3, 4), positive(3), other(3)),
        Case.of("InstanceNormalization", 6, mixed(1, 2, 2, 3), positive(2), other(2))
            .with("epsilon", 0.1f),
        Case.of("LRN", 13, mixed(2, 5, 2)).with("size", 3).with("alpha", 0.9f),
        Case.of("LRN", 13, mixed(1, 5, 2, 2))
            .with("size", 4)
            .with("alpha", 0.9f)
            .with("beta", 0.6f)
            .with("bias", 1.5f));
  }

  private static Stream<Case> rows() {
    return Stream.of(
        Case.of("RMSNormalization", 23, mixed(2, 4), positive(4)),
        Case.of("RMSNormalization", 23, mixed(2, 3, 2), positive(3, 2))
            .with("axis", 1)
            .with("epsilon", 0.1f),
        Case.of("RMSNormalization", 23, mixed(2, 3, 2), positive(2)).with("axis", -2),
        Case.of("LpNormalization", 1, mixed(2, 3)),
        Case.of("LpNormalization", 22, mixed(3, 2)).with("axis", 0).with("p", 1),
        Case.of("MeanVarianceNormalization", 13, mixed(2, 2, 2, 3)),
        Case.of("MeanVarianceNormalization", 9, mixed(2, 3, 2))
            .with("axes", Attribute.ints(1, -1)));
  }
}
