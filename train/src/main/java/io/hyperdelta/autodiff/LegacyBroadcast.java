package io.hyperdelta.autodiff;

import java.util.Arrays;

/**
 * Broadcasting before operator set 7: the second operand lies along the first one's axes from a
 * given one on, where newer sets align the last axes. Stateless.
 */
final class LegacyBroadcast {
  private static final int FIRST_OPSET_WITHOUT = 7;

  private LegacyBroadcast() {}

  /** The kernel itself, or one that first moves its second input under the axes that are meant. */
  static Kernel of(NodeContext node, Kernel kernel) {
    if (node.opset() >= FIRST_OPSET_WITHOUT || !node.node().attributes().containsKey("axis")) {
      return kernel;
    }
    long axis = node.node().intAttribute("axis", 0);
    return in -> {
      long[] dims = aligned(in.value(1).dims(), axis, in.value(0).dims().length);
      in.set(
          1,
          in.integers(2)
              ? HostMath.reshape(in.value(1), dims)
              : new Value.Device(in.tensor(1).reshape(dims)));
      return kernel.run(in);
    };
  }

  private static long[] aligned(long[] dims, long axis, int rank) {
    int behind = Math.max(0, rank - Shapes.axis(axis, rank) - dims.length);
    long[] result = Arrays.copyOf(dims, dims.length + behind);
    Arrays.fill(result, dims.length, result.length, 1);
    return result;
  }
}
