package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptionalList;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Elements and blocks taken from, or put to, places that tensors of indices name. */
final class IndexKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("GatherElements", IndexKernels::gatherElements),
          Operator.of("GatherND", IndexKernels::gatherNd),
          Operator.of("Scatter", IndexKernels::scatterElements),
          Operator.of("ScatterElements", IndexKernels::scatterElements),
          Operator.of("ScatterND", IndexKernels::scatterNd),
          Operator.of("ReverseSequence", IndexKernels::reverseSequence));

  private IndexKernels() {}

  private static Kernel gatherElements(NodeContext node) {
    long axisAttribute = node.node().intAttribute("axis", 0);
    return Kernel.one(
        in -> {
          long[] dims = in.value(0).dims();
          int axis = Shapes.axis(axisAttribute, dims.length);
          Tensor index = fromFront(in, 1, dims[axis]);
          return HostMath.rearrange(in.value(0), x -> x.gather(axis, index));
        });
  }

  /** Indices as libtorch's gather and scatter want them: int64, counted from the front. */
  private static Tensor fromFront(Arguments in, int input, long size) {
    if (in.value(input) instanceof Value.Integers integers) {
      long[] positions = HostMath.positions(integers.elements(), size);
      return Arrays.equals(positions, integers.elements())
          ? in.tensor(input).to(ScalarType.Long)
          : Tensors.ofLongs(positions, integers.dims());
    }
    Tensor index = in.tensor(input).to(ScalarType.Long);
    return torch.where(index.lt(new Scalar(0L)), index.add(new Scalar(size)), index);
  }

  private static Kernel gatherNd(NodeContext node) {
    int batchAxes = Math.toIntExact(node.node().intAttribute("batch_dims", 0));
    return Kernel.one(
        in -> {
          Tensor index = in.tensor(1).to(ScalarType.Long);
          return HostMath.rearrange(in.value(0), x -> x.index(places(x, index, batchAxes)));
        });
  }

  /** One tensor of indices per axis that is indexed; libtorch lets them broadcast. */
  private static TensorOptionalList places(Tensor x, Tensor index, int batchAxes) {
    TensorOptionalList places = new TensorOptionalList();
    int lastAxis = (int) index.dim() - 1;
    for (int axis = 0; axis < batchAxes; axis++) {
      long[] dims = new long[lastAxis];
      Arrays.fill(dims, 1);
      dims[axis] = x.size(axis);
      Tensor rows = torch.arange(new Scalar(dims[axis]), new TensorOptions(ScalarType.Long));
      places.push_back(new TensorOptional(rows.reshape(dims)));
    }
    for (long i = 0; i < index.size(lastAxis); i++) {
      places.push_back(new TensorOptional(index.select(lastAxis, i)));
    }
    return places;
  }

  /** Libtorch's name of a reduction, or null if updates replace what was there. */
  private static @Nullable String reduction(NodeContext node) {
    String reduction = node.node().textAttribute("reduction", "none");
    return switch (reduction) {
      case "none" -> null;
      case "add" -> "sum";
      case "mul" -> "prod";
      case "max" -> "amax";
      case "min" -> "amin";
      default -> throw new UnsupportedNodeException(" with reduction \"" + reduction + "\"");
    };
  }

  private static Kernel scatterElements(NodeContext node) {
    long axisAttribute = node.node().intAttribute("axis", 0);
    String reduction = reduction(node);
    return Kernel.like(
        in -> {
          long[] dims = in.value(0).dims();
          int axis = Shapes.axis(axisAttribute, dims.length);
          Tensor index = fromFront(in, 1, dims[axis]);
          Tensor x = in.tensor(0);
          Tensor updates = in.tensor(2);
          return reduction == null
              ? x.scatter(axis, index, updates)
              : x.scatter_reduce(axis, index, updates, reduction, true);
        });
  }

  private static Kernel scatterNd(NodeContext node) {
    String reduction = reduction(node);
    return Kernel.like(
        in -> {
          Tensor x = in.tensor(0);
          Tensor index = in.tensor(1).to(ScalarType.Long);
          Tensor updates = in.tensor(2);
          return reduction == null || reduction.equals("sum")
              ? x.index_put(places(x, index, 0), updates, reduction != null)
              : reduceBlocks(x, index, updates, reduction);
        });
  }

  /** All indexed axes as one, since libtorch reduces along one axis only. */
  private static Tensor reduceBlocks(Tensor x, Tensor index, Tensor updates, String reduction) {
    long[] dims = Shapes.of(x);
    int depth = (int) index.size(-1);
    long[] sizes = Arrays.copyOf(dims, depth);
    long[] strides = new long[depth];
    for (int axis = 0; axis < depth; axis++) {
      strides[axis] = Shapes.count(dims, axis + 1, depth);
    }
    Tensor size = Tensors.ofLongs(sizes, depth);
    Tensor places = torch.where(index.lt(new Scalar(0L)), index.add(size), index);
    if (places.ge(size).logical_or(places.lt(new Scalar(0L))).any().item_bool()) {
      throw new IllegalArgumentException("an index lies outside its axis");
    }
    long blockSize = Shapes.count(dims, depth, dims.length);
    Tensor rows = places.mul(Tensors.ofLongs(strides, depth)).sum(-1).reshape(-1, 1);
    return x.reshape(Shapes.count(sizes), blockSize)
        .scatter_reduce(
            0,
            rows.expand(rows.size(0), blockSize),
            updates.reshape(rows.size(0), blockSize),
            reduction,
            true)
        .reshape(dims);
  }

  private static Kernel reverseSequence(NodeContext node) {
    int timeAxis = Math.toIntExact(node.node().intAttribute("time_axis", 0));
    int batchAxis = Math.toIntExact(node.node().intAttribute("batch_axis", 1));
    return Kernel.one(
        in -> {
          long[] dims = in.value(0).dims();
          long steps = dims[timeAxis];
          long[] lengths = in.longs(1);
          long[] from = new long[Math.toIntExact(lengths.length * steps)];
          for (int i = 0; i < from.length; i++) {
            long length = lengths[(int) (i / steps)];
            long step = i % steps;
            from[i] = step < length ? length - 1 - step : step;
          }
          // Time and batch are the first two axes, in either order.
          long[] axes = new long[dims.length];
          Arrays.fill(axes, 1);
          axes[batchAxis] = lengths.length;
          axes[timeAxis] = steps;
          Tensor rows = Tensors.ofLongs(from, lengths.length, steps);
          Tensor index = (batchAxis == 0 ? rows : rows.t()).reshape(axes);
          return HostMath.rearrange(in.value(0), x -> x.gather(timeAxis, index.expand(dims)));
        });
  }
}
