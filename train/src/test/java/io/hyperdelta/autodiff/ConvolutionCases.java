package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;

import io.hyperdelta.graph.Attribute;
import java.util.stream.Stream;

/** Convolutions and their transposes. */
final class ConvolutionCases {
  private ConvolutionCases() {}

  static Stream<Case> gradients() {
    return Stream.concat(convolutions(), transposed());
  }

  private static Stream<Case> convolutions() {
    return Stream.of(
        Case.of("Conv", 11, mixed(2, 2, 5), other(3, 2, 3), mixed(3)),
        Case.of("Conv", 11, mixed(1, 2, 4, 4), other(2, 2, 3, 3)),
        Case.of("Conv", 11, mixed(1, 1, 3, 3, 3), other(2, 1, 2, 2, 2), mixed(2))
            .with("pads", Attribute.ints(1, 0, 1, 0, 1, 1)),
        Case.of("Conv", 11, mixed(2, 4, 5, 4), other(4, 2, 3, 2), mixed(4))
            .with("group", 2)
            .with("strides", Attribute.ints(2, 1))
            .with("pads", Attribute.ints(1, 1, 1, 1)),
        Case.of("Conv", 11, mixed(1, 3, 6, 5), other(3, 1, 2, 2), mixed(3))
            .with("group", 3)
            .with("dilations", Attribute.ints(2, 3))
            .with("pads", Attribute.ints(0, 2, 1, 0)),
        Case.of("Conv", 11, mixed(1, 1, 5, 4), other(1, 1, 2, 3))
            .with("auto_pad", Attribute.of("SAME_UPPER"))
            .with("strides", Attribute.ints(2, 1)),
        Case.of("Conv", 11, mixed(1, 1, 5, 4), other(1, 1, 2, 3))
            .with("auto_pad", Attribute.of("SAME_LOWER"))
            .with("kernel_shape", Attribute.ints(2, 3)),
        Case.of("Conv", 1, mixed(1, 1, 5), other(1, 1, 3))
            .with("auto_pad", Attribute.of("VALID"))
            .with("strides", Attribute.ints(2)));
  }

  private static Stream<Case> transposed() {
    return Stream.of(
        Case.of("ConvTranspose", 11, mixed(1, 2, 4), other(2, 3, 3), mixed(3)),
        Case.of("ConvTranspose", 11, mixed(1, 1, 2, 2, 2), other(1, 2, 2, 1, 2), mixed(2))
            .with("strides", Attribute.ints(1, 2, 2)),
        Case.of("ConvTranspose", 11, mixed(2, 4, 3, 2), other(4, 1, 3, 2), mixed(2))
            .with("group", 2)
            .with("strides", Attribute.ints(2, 2))
            .with("output_padding", Attribute.ints(1, 0))
            .with("pads", Attribute.ints(1, 0, 1, 0)),
        Case.of("ConvTranspose", 11, mixed(1, 1, 3, 3), other(1, 2, 2, 2), mixed(2))
            .with("dilations", Attribute.ints(2, 1))
            .with("pads", Attribute.ints(0, 1, 2, 0)),
        Case.of("ConvTranspose", 11, mixed(1, 1, 3, 3), other(1, 1, 3, 3), mixed(1))
            .with("strides", Attribute.ints(3, 2))
            .with("output_shape", Attribute.ints(10, 8)),
        Case.of("ConvTranspose", 11, mixed(1, 1, 3), other(1, 1, 4), mixed(1))
            .with("strides", Attribute.ints(2))
            .with("auto_pad", Attribute.of("SAME_LOWER")));
  }
}
