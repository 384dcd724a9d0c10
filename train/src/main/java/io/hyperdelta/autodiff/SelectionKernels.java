package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Parts of values, and values put among others: slices, gathers, pads. */
final class SelectionKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("Slice", SelectionKernels::slice),
          Operator.of("Split", SelectionKernels::split),
          Operator.of("Gather", SelectionKernels::gather),
          Operator.of("Pad", SelectionKernels::pad),
          Operator.of("Trilu", SelectionKernels::trilu));

  private SelectionKernels() {}

  private static Kernel slice(NodeContext node) {
    boolean attributes = node.opset() < 10;
    long[] starts = attributes ? node.node().intsAttribute("starts") : node.constantLongs(1);
    long[] ends = attributes ? node.node().intsAttribute("ends") : node.constantLongs(2);
    long[] axes = attributes ? node.node().intsAttribute("axes") : node.constantLongs(3);
    long[] steps = node.constantLongs(4);
    return Kernel.one(
        in -> {
          long[] start = starts != null ? starts : in.longs(1);
          long[] end = ends != null ? ends : in.longs(2);
          long[] axis =
              axes != null ? axes : in.has(3) ? in.longs(3) : Shapes.allAxes(start.length);
          long[] step = steps != null ? steps : in.has(4) ? in.longs(4) : null;
          Value value = in.value(0);
          int rank = value.dims().length;
          for (int i = 0; i < start.length; i++) {
            long stride = step == null ? 1 : step[i];
            value = slice(value, Shapes.axis(axis[i], rank), start[i], end[i], stride);
          }
          return value;
        });
  }

  private static Value slice(Value value, int axis, long start, long end, long step) {
    long size = value.dims()[axis];
    if (step == 0) {
      throw new IllegalArgumentException("a slice has step 0");
    }
    // Going down, the position before the first is a legal end.
    long highest = step > 0 ? size : size - 1;
    long from = clamp(start < 0 ? start + size : start, 0, highest);
    long to = clamp(end < 0 ? end + size : end, step > 0 ? 0 : -1, highest);
    long span = step > 0 ? to - from : from - to;
    long length = span <= 0 ? 0 : (span - 1) / Math.abs(step) + 1;
    if (!(value instanceof Value.Device device)) {
      long[] taken = LongStream.range(0, length).map(i -> from + i * step).toArray();
      return HostMath.take(value, axis, taken, new long[] {length});
    }
    Tensor x = device.tensor();
    if (step == 1) {
      return new Value.Device(x.narrow(axis, length == 0 ? 0 : from, length));
    }
    if (length == 0) {
      return new Value.Device(x.narrow(axis, 0, 0));
    }
    long last = from + (length - 1) * step;
    LongOptional first = new LongOptional(Math.min(from, last));
    LongOptional end1 = new LongOptional(Math.max(from, last) + 1);
    Tensor part = x.slice(axis, first, end1, Math.abs(step));
    return new Value.Device(step > 0 ? part : part.flip(axis));
  }

  private static long clamp(long value, long low, long high) {
    return Math.max(low, Math.min(high, value));
  }

  private static Kernel split(NodeContext node) {
    long axisAttribute = node.node().intAttribute("axis", 0);
    long[] attribute = node.node().intsAttribute("split");
    int count = node.node().outputs().size();
    return in -> {
      Value value = in.value(0);
      long[] dims = value.dims();
      int axis = Shapes.axis(axisAttribute, dims.length);
      long[] sizes =
          attribute != null ? attribute : in.has(1) ? in.longs(1) : equalParts(dims[axis], count);
      Value[] parts = new Value[count];
      long from = 0;
      for (int i = 0; i < count; i++) {
        if (from + sizes[i] > dims[axis]) {
          throw new IllegalArgumentException(
              "parts of sizes %s do not fit axis %d".formatted(Arrays.toString(sizes), axis));
        }
        parts[i] = slice(value, axis, from, from + sizes[i], 1);
        from += sizes[i];
      }
      return parts;
    };
  }

  /** Parts of equal size, the last smaller where it does not come out even. */
  private static long[] equalParts(long size, int count) {
    long part = (size + count - 1) / count;
    long[] sizes = new long[count];
    for (int i = 0; i < count; i++) {
      sizes[i] = Math.max(0, Math.min(part, size - i * part));
    }
    return sizes;
  }

  private static Kernel gather(NodeContext node) {
    long axisAttribute = node.node().intAttribute("axis", 0);
    return Kernel.one(
        in -> {
          Value data = in.value(0);
          long[] dims = data.dims();
          int axis = Shapes.axis(axisAttribute, dims.length);
          if (in.onHost(2) || data instanceof Value.Texts) {
            long[] indices = HostMath.positions(in.longs(1), dims[axis]);
            return HostMath.take(data, axis, indices, in.value(1).dims());
          }
          return gather(in.tensor(0), dims, axis, in);
        });
  }

  private static Value gather(Tensor data, long[] dims, int axis, Arguments in) {
    if (in.value(1) instanceof Value.Integers one && one.dims().length == 0) {
      long position = HostMath.positions(one.elements(), dims[axis])[0];
      return new Value.Device(data.select(axis, position));
    }
    Tensor index = in.tensor(1);
    long[] indexDims = Shapes.of(index);
    Tensor flat = indexDims.length == 1 ? index : index.reshape(-1);
    if (!isPositive(in.value(1))) {
      Scalar size = new Scalar(dims[axis]);
      flat = torch.where(flat.lt(new Scalar(0L)), flat.add(size), flat);
    }
    Tensor taken = data.index_select(axis, flat);
    if (indexDims.length == 1) {
      return new Value.Device(taken);
    }
    long[] result = new long[dims.length - 1 + indexDims.length];
    System.arraycopy(dims, 0, result, 0, axis);
    System.arraycopy(indexDims, 0, result, axis, indexDims.length);
    System.arraycopy(dims, axis + 1, result, axis + indexDims.length, dims.length - axis - 1);
    return new Value.Device(taken.reshape(result));
  }

  private static boolean isPositive(Value indices) {
    return indices instanceof Value.Integers integers
        && Arrays.stream(integers.elements()).allMatch(i -> i >= 0);
  }

  private static Kernel pad(NodeContext node) {
    String mode = node.node().textAttribute("mode", "constant");
    if (!List.of("constant", "reflect", "edge", "wrap").contains(mode)) {
      throw new UnsupportedNodeException(" in mode \"" + mode + "\"");
    }
    long[] attribute = node.node().intsAttribute("pads");
    double attributeFill = node.node().realAttribute("value", 0);
    Double known = node.constantNumber(2);
    Kernel kernel =
        Kernel.like(
            in -> {
              Tensor x = in.tensor(0);
              int rank = (int) x.dim();
              long[] pads = attribute != null ? attribute : in.longs(1);
              long[] axes = in.has(3) ? Shapes.axes(in.longs(3), rank) : Shapes.allAxes(rank);
              if (!mode.equals("constant")) {
                return padByIndex(x, pads, axes, mode);
              }
              double fill =
                  known != null
                      ? known
                      : in.has(2) ? Tensors.doubles(in.tensor(2))[0] : attributeFill;
              return padded(x, pads, axes, new Scalar(fill));
            });
    return mode.equals("constant") && (known != null || !node.node().hasInput(2))
        ? unpadding(node, kernel)
        : kernel;
  }

  /** A kernel that pads, and knows its gradient if where it pads is always the same. */
  private static Kernel unpadding(NodeContext node, Kernel kernel) {
    long[] attribute = node.node().intsAttribute("pads");
    long[] pads = attribute != null ? attribute : node.constantLongs(1);
    long[] axes = node.constantLongs(3);
    if (pads == null || (axes == null && node.node().hasInput(3))) {
      return kernel;
    }
    return kernel.with(Gradient.ofShape(in -> unpadded(in.gradient(), in.dims(0), pads, axes)));
  }

  /** The part of a gradient that lies within the padding. */
  private static Tensor unpadded(
      Tensor gradient, long[] dims, long[] pads, long @Nullable [] given) {
    long[] axes = given == null ? Shapes.allAxes(dims.length) : Shapes.axes(given, dims.length);
    long[] cutOff = new long[2 * dims.length];
    Tensor part = gradient;
    for (int i = 0; i < axes.length; i++) {
      int axis = (int) axes[i];
      long before = pads[i];
      long behind = pads[i + axes.length];
      // Negative padding has cut elements off, which get no gradient.
      int pair = 2 * (dims.length - 1 - axis);
      cutOff[pair] = Math.max(0, -before);
      cutOff[pair + 1] = Math.max(0, -behind);
      if (before > 0 || behind > 0) {
        long from = Math.max(0, before);
        part = part.narrow(axis, from, part.size(axis) - Math.max(0, behind) - from);
      }
    }
    return Arrays.stream(cutOff).allMatch(count -> count == 0)
        ? part
        : torch.constant_pad_nd(part, cutOff);
  }

  private static Tensor padded(Tensor x, long[] pads, long[] axes, Scalar fill) {
    // libtorch wants pairs, last axis first.
    int rank = (int) x.dim();
    long[] pairs = new long[2 * rank];
    int padded = 0;
    int last = 0;
    for (int i = 0; i < axes.length; i++) {
      int position = 2 * (rank - 1 - (int) axes[i]);
      pairs[position] = pads[i];
      pairs[position + 1] = pads[i + axes.length];
      if (pads[i] != 0 || pads[i + axes.length] != 0) {
        padded++;
        last = i;
      }
    }
    // Its padding is five operators, forwards and back.
    return padded == 1 && pads[last] == 0 && pads[last + axes.length] > 0
        ? extended(x, (int) axes[last], pads[last + axes.length], fill)
        : torch.constant_pad_nd(x, pairs, fill);
  }

  /** A tensor with elements put behind it along one axis. */
  private static Tensor extended(Tensor x, int axis, long count, Scalar fill) {
    long[] dims = Shapes.of(x);
    dims[axis] = count;
    Tensor rest = torch.full(dims, fill, new TensorOptions(Tensors.type(x)));
    return torch.cat(new TensorVector(x, rest), axis);
  }

  private static Tensor padByIndex(Tensor x, long[] pads, long[] axes, String mode) {
    Tensor result = x;
    for (int i = 0; i < axes.length; i++) {
      long size = x.size(axes[i]);
      long before = pads[i];
      long length = size + before + pads[i + axes.length];
      long[] from =
          LongStream.range(-before, length - before)
              .map(position -> source(position, size, mode))
              .toArray();
      if (before != 0 || length != size) {
        result = result.index_select(axes[i], Tensors.ofLongs(from, from.length));
      }
    }
    return result;
  }

  private static long source(long position, long size, String mode) {
    return switch (mode) {
      case "edge" -> clamp(position, 0, size - 1);
      case "wrap" -> Math.floorMod(position, size);
      default -> {
        long period = Math.max(1, 2 * (size - 1));
        long phase = Math.floorMod(position, period);
        yield phase < size ? phase : period - phase;
      }
    };
  }

  private static Kernel trilu(NodeContext node) {
    boolean upper = node.node().intAttribute("upper", 1) != 0;
    return Kernel.like(
        in -> {
          long diagonal = in.has(1) ? in.number(1) : 0;
          return upper ? in.tensor(0).triu(diagonal) : in.tensor(0).tril(diagonal);
        });
  }
}
