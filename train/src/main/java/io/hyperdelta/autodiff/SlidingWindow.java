package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * How a kernel slides over the axes after batch and channels: the attributes that convolutions and
 * poolings share. Immutable.
 */
final class SlidingWindow {
  private static final List<String> AUTO_PADS =
      List.of("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER");

  private final String autoPad;
  private final boolean ceil;
  private final long @Nullable [] kernel;
  private final long @Nullable [] strides;
  private final long @Nullable [] dilations;
  private final long @Nullable [] pads;

  private SlidingWindow(Node node, String autoPad) {
    this.autoPad = autoPad;
    this.ceil = autoPad.equals("NOTSET") && node.intAttribute("ceil_mode", 0) != 0;
    this.kernel = node.intsAttribute("kernel_shape");
    this.strides = node.intsAttribute("strides");
    this.dilations = node.intsAttribute("dilations");
    this.pads = node.intsAttribute("pads");
  }

  /**
   * Reads a node's attributes.
   *
   * @throws UnsupportedNodeException if it pads in an unknown way
   */
  static SlidingWindow of(NodeContext node) {
    String given = node.node().textAttribute("auto_pad", "NOTSET");
    String autoPad = given.isEmpty() ? "NOTSET" : given;
    if (!AUTO_PADS.contains(autoPad)) {
      throw new UnsupportedNodeException(" with auto_pad \"" + autoPad + "\"");
    }
    return new SlidingWindow(node.node(), autoPad);
  }

  /**
   * The kernel's sizes, of a pooling, which always says them.
   *
   * @throws UnsupportedNodeException if libtorch pools over no such number of axes
   */
  long[] kernel() {
    if (kernel == null) {
      throw new UnsupportedNodeException(" without kernel_shape");
    }
    if (kernel.length < 1 || kernel.length > 3) {
      throw new UnsupportedNodeException(" over %d axes".formatted(kernel.length));
    }
    return kernel;
  }

  long[] strides(int rank) {
    return strides != null ? strides : ones(rank);
  }

  long[] dilations(int rank) {
    return dilations != null ? dilations : ones(rank);
  }

  /** Padding before the first and after the last element of an axis, where it is explicit. */
  long pad(int axis, int rank, boolean after) {
    return pads == null || !autoPad.equals("NOTSET") ? 0 : pads[after ? axis + rank : axis];
  }

  boolean isSame() {
    return autoPad.startsWith("SAME");
  }

  /** Where an odd padding has its larger half. */
  boolean isLargerAfter() {
    return autoPad.equals("SAME_UPPER");
  }

  static long[] ones(int rank) {
    long[] ones = new long[rank];
    Arrays.fill(ones, 1);
    return ones;
  }

  /**
   * Where the windows lie on an input.
   *
   * @param dims the input's axes: batch, channels, then those that the kernel slides over
   * @param size the kernel's sizes
   */
  Placement place(long[] dims, long[] size) {
    int rank = size.length;
    if (dims.length != rank + 2) {
      throw new IllegalArgumentException(
          "a kernel of shape %s does not slide over an input of shape %s"
              .formatted(Arrays.toString(size), Arrays.toString(dims)));
    }
    long[] stride = strides(rank);
    long[] dilation = dilations(rank);
    long[] before = new long[rank];
    long[] after = new long[rank];
    long[] output = new long[rank];
    for (int i = 0; i < rank; i++) {
      long length = dims[i + 2];
      long extent = (size[i] - 1) * dilation[i] + 1;
      if (isSame()) {
        output[i] = -Math.floorDiv(-length, stride[i]);
        long total = Math.max(0, (output[i] - 1) * stride[i] + extent - length);
        before[i] = isLargerAfter() ? total / 2 : total - total / 2;
        after[i] = total - before[i];
      } else {
        before[i] = pad(i, rank, false);
        after[i] = pad(i, rank, true);
        output[i] = count(length + before[i] + after[i] - extent, stride[i], length + before[i]);
      }
      if (output[i] < 1 && length > 0) {
        throw new IllegalArgumentException(
            "a window of %d does not fit an axis of size %d".formatted(extent, length));
      }
    }
    return new Placement(dims, size, stride, dilation, before, after, output, ceil);
  }

  /** How often a window fits; one that starts in the padding after the end does not count. */
  private long count(long room, long stride, long end) {
    if (!ceil) {
      return Math.floorDiv(room, stride) + 1;
    }
    long count = -Math.floorDiv(-room, stride) + 1;
    return (count - 1) * stride >= end ? count - 1 : count;
  }

  /**
   * Windows on an input of known size; the arrays have one element per axis that the kernel slides
   * over.
   *
   * @param dims the input's axes, batch and channels among them
   * @param size the kernel's
   * @param stride from one window to the next
   * @param dilation from one element of a window to the next
   * @param before padding before the first element
   * @param after padding after the last element
   * @param output how many windows
   * @param ceil whether the last window may reach beyond the padding
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
  record Placement(
      long[] dims,
      long[] size,
      long[] stride,
      long[] dilation,
      long[] before,
      long[] after,
      long[] output,
      boolean ceil) {

    int rank() {
      return size.length;
    }

    boolean isDilated() {
      return Arrays.stream(dilation).anyMatch(d -> d != 1);
    }

    /** Whether libtorch's poolings can pad by themselves: evenly, and at most half a window. */
    boolean isPoolable() {
      for (int i = 0; i < rank(); i++) {
        if (before[i] != after[i] || before[i] > size[i] / 2) {
          return false;
        }
      }
      return true;
    }

    /** The padding that both ends of each axis have in common. */
    long[] common() {
      long[] common = new long[rank()];
      Arrays.setAll(common, i -> Math.max(0, Math.min(before[i], after[i])));
      return common;
    }

    /** The input, padded with zeros by what is not common to both ends. */
    Tensor evened(Tensor x) {
      if (Arrays.equals(before, after)) {
        return x;
      }
      long[] common = common();
      long[] pairs = new long[2 * rank()];
      for (int i = 0; i < rank(); i++) {
        pairs[2 * (rank() - 1 - i)] = before[i] - common[i];
        pairs[2 * (rank() - 1 - i) + 1] = after[i] - common[i];
      }
      return torch.constant_pad_nd(x, pairs);
    }

    /** The input, padded or cut to just what the windows cover. */
    Tensor covered(Tensor x, Scalar fill) {
      long[] pairs = new long[2 * rank()];
      for (int i = 0; i < rank(); i++) {
        pairs[2 * (rank() - 1 - i)] = before[i];
        pairs[2 * (rank() - 1 - i) + 1] = length(i) - dims[i + 2] - before[i];
      }
      return torch.constant_pad_nd(x, pairs, fill);
    }

    /** From the first window's first element to the last window's last. */
    long length(int axis) {
      return (output[axis] - 1) * stride[axis] + (size[axis] - 1) * dilation[axis] + 1;
    }
  }
}
