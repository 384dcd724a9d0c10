package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Nodes that only fusion makes. */
final class FusionCases {
  private FusionCases() {}

  static Stream<Case> gradients() {
    return Stream.of(
        Case.in(Fusion.DOMAIN, "Linear", mixed(2, 3), other(3, 4), positive(4)),
        Case.in(Fusion.DOMAIN, "Linear", mixed(2, 2, 3), other(3, 4), positive(4)),
        Case.in(Fusion.DOMAIN, "Linear", mixed(3), other(3, 2), positive(2)),
        Case.in(Fusion.DOMAIN, "JoinedProducts", mixed(2, 2, 3), other(3, 6))
            .with(JoinedParameters.WIDTHS, Attribute.ints(1, 3, 2))
            .outputs(3),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(2, 3), other(3, 4), positive(2, 4)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(2, 2, 3), other(3, 4), positive(2, 2, 4)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(2, 2, 3), other(2, 3, 4), positive(2, 2, 4)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(2, 2, 3), other(2, 3, 4), positive(2, 1, 1)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(1, 2, 3), other(2, 3, 4), positive(2, 2, 4)),
        // The product is spread over what it is added to.
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(1, 3), other(3, 4), positive(2, 4)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(2, 3), other(3, 4), positive(3, 2, 4)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(2, 1, 3), other(2, 3, 4), positive(2, 2, 4)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(2, 3), other(3, 1), positive(2, 4)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(3), other(3), positive(4)),
        Case.in(Fusion.DOMAIN, "AddedProduct", mixed(3), other(2, 3, 4), positive(3, 2, 4)),
        Case.in(
            Fusion.DOMAIN, "Attention", mixed(1, 2, 3, 2), other(1, 2, 2, 4), positive(1, 2, 4, 2)),
        Case.in(
                Fusion.DOMAIN,
                "Attention",
                mixed(1, 2, 3, 2),
                other(1, 2, 2, 4),
                positive(1, 2, 4, 2),
                mixed(1, 1, 3, 4))
            .with("scale", 0.4f),
        // A mask that does nothing, unless it is trained.
        idlyMasked(),
        idlyMasked().fix(3),
        // As many keys as libtorch's own attention is used for.
        Case.in(
                Fusion.DOMAIN,
                "Attention",
                mixed(1, 1, 2, 2),
                other(1, 1, 2, 129),
                positive(1, 1, 129, 2),
                mixed(1, 1, 2, 129))
            .with("scale", 0.4f),
        Case.in(
                Fusion.DOMAIN,
                "NormalizedConv",
                mixed(2, 2, 3, 3),
                other(4, 2, 2, 2),
                mixed(4),
                positive(4),
                other(4),
                mixed(4),
                positive(4))
            .fix(1, 2, 3, 4, 5, 6),
        // A kernel for each condition, one for all, and what is no image afterwards.
        product(positive(2, 1, 4, 3), mixed(2, 1, 3, 6), 4, 2, 4, 2, 3),
        product(positive(2, 1, 4, 3), mixed(2, 2, 3, 6), 4, -1, 4, 6),
        product(positive(1, 1, 4, 3), mixed(2, 1, 3, 6), 4, 0, 4, 6),
        product(positive(2, 1, 4, 3), mixed(2, 1, 3, 6), 3, 4, 3, 4),
        // Shapes that libtorch's own attention does not take.
        Case.in(Fusion.DOMAIN, "Attention", mixed(2, 3, 2), other(2, 2, 4), mixed(2, 4, 3)),
        Case.in(Fusion.DOMAIN, "Attention", mixed(2, 3, 2), other(2, 4), mixed(4, 3), mixed(4)));
  }

  private static Case product(
      TensorValue kernels, TensorValue pixels, long channels, long... shape) {
    return Case.in(
            Fusion.DOMAIN,
            "NormalizedProduct",
            kernels,
            pixels,
            Case.longs(shape),
            positive(channels),
            other(channels),
            mixed(channels),
            positive(channels))
        .fix(3, 4, 5, 6);
  }

  private static Case idlyMasked() {
    return Case.in(
        Fusion.DOMAIN,
        "Attention",
        mixed(2, 2, 3, 2),
        other(2, 2, 2, 4),
        positive(2, 2, 4, 2),
        TensorValue.ofFloats(new float[8], 2, 1, 1, 4));
  }
}
