package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Views and rearrangements of whole values. */
final class ShapeCases {
  private ShapeCases() {}

  private static TensorValue bool(boolean value) {
    return TensorValue.ofIntegers(Dtype.BOOL, new long[] {value ? 1 : 0});
  }

  static Stream<Case> gradients() {
    return Stream.of(
        Case.of("Identity", 13, mixed(2, 3)),
        Case.of("Dropout", 11, mixed(2, 3)),
        Case.of("Reshape", 13, mixed(2, 3), longs(3, -1)),
        Case.of("Flatten", 13, mixed(2, 3, 2)).with("axis", 2),
        Case.of("Transpose", 13, mixed(2, 3, 2)),
        Case.of("Transpose", 13, mixed(2, 3, 2)).with("perm", Attribute.ints(1, 0, 2)),
        Case.of("Squeeze", 11, mixed(2, 1, 3, 1)).with("axes", Attribute.ints(1, -1)),
        Case.of("Squeeze", 13, mixed(2, 1, 3, 1), longs(1)),
        Case.of("Squeeze", 13, mixed(2, 1, 3, 1)),
        Case.of("Unsqueeze", 11, mixed(2, 3)).with("axes", Attribute.ints(0, 3)),
        Case.of("Unsqueeze", 13, mixed(2, 3), longs(-1)),
        Case.of("Concat", 13, mixed(2, 3), other(2, 1)).with("axis", 1),
        Case.of("Concat", 13, mixed(1, 3), other(2, 3), positive(1, 3)).with("axis", -2),
        Case.of("Expand", 13, mixed(3, 1), longs(2, 1, 4)),
        Case.of("Tile", 13, mixed(2, 3), longs(2, 2)),
        Case.of("Tile", 1, mixed(2, 3), longs(2), longs(1)),
        Case.of("Dropout", 13, mixed(2, 3), TensorValue.scalar(0), bool(true)).fix(1).outputs(2),
        Case.of("Cast", 13, mixed(2, 3)).with("to", 11),
        Case.of("CastLike", 15, mixed(2, 3), TensorValue.ofDoubles(new double[1], 1)));
  }
}
