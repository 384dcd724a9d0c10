package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Shapes, views and rearrangements of whole values. */
final class ShapeKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.fixed(
              "Identity",
              Kernel.one(in -> in.value(0)).with(Gradient.ofShape(GradientArguments::gradient))),
          Operator.of("Dropout", ShapeKernels::dropout),
          Operator.of("Shape", ShapeKernels::shape).withoutGradient(),
          Operator.fixed("Size", Kernel.one(ShapeKernels::size)).withoutGradient(),
          Operator.of("Reshape", ShapeKernels::reshape),
          Operator.of("Flatten", ShapeKernels::flatten),
          Operator.of("Transpose", ShapeKernels::transpose),
          Operator.of("Squeeze", ShapeKernels::squeeze),
          Operator.of("Unsqueeze", ShapeKernels::unsqueeze),
          Operator.of("Concat", ShapeKernels::concat),
          Operator.fixed(
              "Expand",
              Kernel.one(ShapeKernels::expand)
                  .with(Gradient.ofShape(in -> in.summed(in.gradient(), 0)))),
          Operator.of("Tile", 1, 5, node -> Kernel.one(ShapeKernels::tileAxis)),
          Operator.of("Tile", 6, node -> Kernel.one(ShapeKernels::tile)));

  /** Of the same numbers in another shape. */
  private static final Gradient SAME_NUMBERS = Gradient.ofShape(in -> in.shaped(in.gradient(), 0));

  private static final double DEFAULT_RATIO = 0.5;

  /** Dropout's mask had the input's type before. */
  private static final int FIRST_OPSET_WITH_BOOL_MASK = 10;

  private ShapeKernels() {}

  private static Kernel dropout(NodeContext node) {
    long[] training = node.constantLongs(2);
    Double ratio = node.constantNumber(1);
    boolean drops = !node.node().hasInput(1) || (ratio != null && ratio != 0);
    if (training != null && training[0] != 0 && drops) {
      throw new UnsupportedNodeException(" in training mode");
    }
    boolean masked = node.node().outputs().size() > 1;
    return in -> {
      refuseTraining(in);
      if (!masked) {
        return new Value[] {in.value(0)};
      }
      Tensor mask = torch.ones_like(in.tensor(0));
      boolean typed = node.opset() < FIRST_OPSET_WITH_BOOL_MASK;
      return new Value[] {in.value(0), new Value.Device(typed ? mask : mask.to(ScalarType.Bool))};
    };
  }

  /** Nothing is dropped in training either if the ratio is 0. */
  private static void refuseTraining(Arguments in) {
    if (in.has(2) && in.number(2) != 0) {
      double ratio = in.has(1) ? Tensors.doubles(in.tensor(1))[0] : DEFAULT_RATIO;
      if (ratio != 0) {
        throw new UnsupportedNodeException(" in training mode");
      }
    }
  }

  private static Kernel shape(NodeContext node) {
    long start = node.node().intAttribute("start", 0);
    long end = node.node().intAttribute("end", Long.MAX_VALUE);
    return Kernel.one(
        in -> {
          long[] dims = in.value(0).dims();
          int from =
              (int) Math.max(0, Math.min(dims.length, start < 0 ? start + dims.length : start));
          int to = (int) Math.max(from, Math.min(dims.length, end < 0 ? end + dims.length : end));
          long[] shape = Arrays.copyOfRange(dims, from, to);
          return new Value.Integers(Dtype.INT64, new long[] {shape.length}, shape);
        });
  }

  private static Value size(Arguments in) {
    return Value.ofLongs(new long[] {Shapes.count(in.value(0).dims())});
  }

  private static Value reshape(Value value, long[] dims) {
    return value instanceof Value.Device device
        ? new Value.Device(device.tensor().reshape(dims))
        : HostMath.reshape(value, dims);
  }

  private static Kernel reshape(NodeContext node) {
    boolean allowZero = node.node().intAttribute("allowzero", 0) != 0;
    long[] attribute = node.node().intsAttribute("shape");
    long[] wish = attribute != null ? attribute : node.constantLongs(1);
    return Kernel.one(
            in ->
                reshape(
                    in.value(0),
                    Shapes.reshape(
                        in.value(0).dims(), wish != null ? wish : in.longs(1), allowZero)))
        .with(SAME_NUMBERS);
  }

  private static Kernel flatten(NodeContext node) {
    long axis = node.node().intAttribute("axis", 1);
    return Kernel.one(
            in -> {
              long[] dims = in.value(0).dims();
              int from = axis == dims.length ? dims.length : Shapes.axis(axis, dims.length);
              long[] flat = {Shapes.count(dims, 0, from), Shapes.count(dims, from, dims.length)};
              return reshape(in.value(0), flat);
            })
        .with(SAME_NUMBERS);
  }

  private static Kernel transpose(NodeContext node) {
    long[] attribute = node.node().intsAttribute("perm");
    return Kernel.one(
            in -> {
              Value value = in.value(0);
              int rank = value.dims().length;
              long[] order =
                  attribute != null
                      ? attribute
                      : IntStream.range(0, rank).mapToLong(i -> rank - 1 - i).toArray();
              if (value instanceof Value.Device device) {
                return new Value.Device(device.tensor().permute(order));
              }
              long[] strides = new long[rank];
              long[] dims = new long[rank];
              for (int i = 0; i < rank; i++) {
                dims[i] = value.dims()[(int) order[i]];
                strides[i] = Shapes.count(value.dims(), (int) order[i] + 1, rank);
              }
              return HostMath.pick(value, dims, HostMath.sources(dims, strides, 0));
            })
        .with(Gradient.ofShape(in -> in.gradient().permute(inverse(attribute, in.dims(0).length))));
  }

  /** The order that undoes an order of axes, which is the reverse one if none is given. */
  private static long[] inverse(long @Nullable [] order, int rank) {
    long[] inverse = new long[rank];
    for (int i = 0; i < rank; i++) {
      inverse[order == null ? rank - 1 - i : (int) order[i]] = i;
    }
    return inverse;
  }

  private static Kernel squeeze(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    long[] constant = attribute != null ? attribute : node.constantLongs(1);
    return Kernel.one(
            in -> {
              long[] dims = in.value(0).dims();
              long[] axes = constant == null && in.has(1) ? in.longs(1) : constant;
              long[] gone =
                  axes != null
                      ? Shapes.axes(axes, dims.length)
                      : IntStream.range(0, dims.length)
                          .filter(i -> dims[i] == 1)
                          .asLongStream()
                          .toArray();
              long[] left = Shapes.squeeze(dims, gone);
              return in.value(0) instanceof Value.Device device && gone.length == 1
                  ? new Value.Device(device.tensor().squeeze(gone[0]))
                  : reshape(in.value(0), left);
            })
        .with(SAME_NUMBERS);
  }

  private static Kernel unsqueeze(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    long[] constant = attribute != null ? attribute : node.constantLongs(1);
    return Kernel.one(
            in -> {
              long[] axes = constant != null ? constant : in.longs(1);
              return in.value(0) instanceof Value.Device device && axes.length == 1
                  ? new Value.Device(device.tensor().unsqueeze(axes[0]))
                  : reshape(in.value(0), Shapes.unsqueeze(in.value(0).dims(), axes));
            })
        .with(SAME_NUMBERS);
  }

  private static Kernel concat(NodeContext node) {
    long axis = node.node().intAttribute("axis", 1);
    return Kernel.one(
            in -> {
              if (in.onHost(in.count())) {
                List<Value> values = new ArrayList<>();
                for (int i = 0; i < in.count(); i++) {
                  values.add(in.value(i));
                }
                return HostMath.concat(values, Shapes.axis(axis, values.get(0).dims().length));
              }
              Tensor[] parts = new Tensor[in.count()];
              for (int i = 0; i < parts.length; i++) {
                parts[i] = in.tensor(i);
              }
              return new Value.Device(torch.cat(new TensorVector(parts), axis));
            })
        .with(new Gradient(Gradient.Reads.SHAPES, in -> cut(in, axis)));
  }

  /** The parts of a gradient that belong to values which lie one behind the other. */
  private static @Nullable Tensor[] cut(GradientArguments in, long axis) {
    @Nullable Tensor[] parts = new Tensor[in.count()];
    long from = 0;
    for (int i = 0; i < parts.length; i++) {
      long[] dims = in.dims(i);
      long length = dims[Shapes.axis(axis, dims.length)];
      parts[i] = in.wants(i) ? in.gradient().narrow(axis, from, length) : null;
      from += length;
    }
    return parts;
  }

  private static Value expand(Arguments in) {
    long[] dims = Shapes.broadcast(in.value(0).dims(), in.longs(1));
    return in.value(0) instanceof Value.Device device
        ? new Value.Device(device.tensor().expand(dims))
        : HostMath.expand(in.value(0), dims);
  }

  private static Value tile(Arguments in) {
    long[] times = in.longs(1);
    return HostMath.rearrange(in.value(0), x -> x.repeat(times));
  }

  /** Before operator set 6: along one axis. */
  private static Value tileAxis(Arguments in) {
    int rank = in.value(0).dims().length;
    long[] times = new long[rank];
    Arrays.fill(times, 1);
    times[Shapes.axis(in.number(2), rank)] = in.number(1);
    return HostMath.rearrange(in.value(0), x -> x.repeat(times));
  }
}
