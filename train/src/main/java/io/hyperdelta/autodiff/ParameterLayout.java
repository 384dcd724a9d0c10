package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How a program keeps a parameter that all nodes read through the same Reshape and Transpose: as
 * those make it, so that no step copies it, or its gradient. Immutable.
 *
 * @param name the value that is read in the parameter's place
 * @param dims the parameter's shape in the model
 * @param split its shape before the transposition, with as many numbers
 * @param order the transposition's, one position for each axis of {@code split}
 * @param kept the shape of the value
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
record ParameterLayout(String name, long[] dims, long[] split, long[] order, long[] kept) {

  /** The model's own. */
  static ParameterLayout of(String parameter, long[] dims) {
    long[] order = LongStream.range(0, dims.length).toArray();
    return new ParameterLayout(parameter, dims, dims, order, dims);
  }

  /**
   * The layout that a node makes of this one.
   *
   * @return null if it cannot be kept: the node is another, its shape may change, or the axes that
   *     it transposes are not those of before
   */
  @Nullable ParameterLayout behind(Node node, Wires wires) {
    if (!node.domain().isEmpty() || !node.inputs().get(0).equals(name)) {
      return null;
    }
    return switch (node.op()) {
      case "Reshape" -> reshaped(node, wires);
      case "Transpose" -> transposed(node);
      default -> null;
    };
  }

  private @Nullable ParameterLayout reshaped(Node node, Wires wires) {
    long[] wish = node.inputs().size() == 2 ? wires.integers(node.inputs().get(1)) : null;
    if (wish == null) {
      return null;
    }
    long[] shape;
    try {
      shape = Shapes.reshape(kept, wish, node.intAttribute("allowzero", 0) != 0);
    } catch (IllegalArgumentException e) {
      // The node itself says best that it cannot run, and when it does.
      return null;
    }
    return isInOrder()
        ? new ParameterLayout(node.output(), dims, shape, identity(shape.length), shape)
        : new ParameterLayout(node.output(), dims, split, order, shape);
  }

  private @Nullable ParameterLayout transposed(Node node) {
    long[] given = node.intsAttribute("perm");
    if (given == null || given.length != kept.length || !isInOrder()) {
      return null;
    }
    long[] shape = Arrays.stream(given).map(axis -> kept[(int) axis]).toArray();
    return new ParameterLayout(node.output(), dims, kept, given, shape);
  }

  private boolean isInOrder() {
    return Arrays.equals(order, identity(order.length));
  }

  private static long[] identity(int rank) {
    return LongStream.range(0, rank).toArray();
  }

  /** Numbers in the model's layout as the program keeps them, in memory of their own. */
  Tensor kept(Tensor value) {
    return value.reshape(split).permute(order).reshape(kept).contiguous();
  }

  /** Numbers as the program keeps them in the model's layout. */
  Tensor plain(Tensor value) {
    long[] turned = Arrays.stream(order).map(axis -> split[(int) axis]).toArray();
    long[] back = new long[order.length];
    for (int i = 0; i < back.length; i++) {
      back[(int) order[i]] = i;
    }
    return value.reshape(turned).permute(back).reshape(dims);
  }
}
