package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongBinaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Reductions over axes, which are an attribute in older operator sets and an input in newer, and of
 * matrices to their determinants.
 */
final class ReductionKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of(
              "ReduceSum",
              node -> spreading(node, reduce(node, Long::sum, ReductionKernels::sum), false)),
          Operator.of(
              "ReduceMean",
              node -> spreading(node, reduce(node, null, ReductionKernels::mean), true)),
          reduce("ReduceMax", Math::max, (x, axes, keep) -> extreme(x, axes, keep, true)),
          reduce("ReduceMin", Math::min, (x, axes, keep) -> extreme(x, axes, keep, false)),
          reduce("ReduceProd", (a, b) -> a * b, ReductionKernels::prod),
          reduce("ReduceL1", null, (x, axes, keep) -> sum(x.abs(), axes, keep)),
          reduce("ReduceL2", null, real(ReductionKernels::norm)),
          reduce("ReduceSumSquare", null, (x, axes, keep) -> sum(x.mul(x), axes, keep)),
          reduce("ReduceLogSum", null, real((x, axes, keep) -> sum(x, axes, keep).log())),
          reduce("ReduceLogSumExp", null, real(Tensor::logsumexp)),
          Operator.fixed("Det", Kernel.unary(ReductionKernels::determinant)),
          Operator.of("ArgMax", node -> extreme(node, false)).withoutGradient(),
          Operator.of("ArgMin", node -> extreme(node, true)).withoutGradient());

  private ReductionKernels() {}

  /** A reduction of a tensor. */
  @FunctionalInterface
  private interface Reduction {
    Tensor apply(Tensor x, long[] axes, boolean keep);
  }

  private static Operator reduce(
      String name, @Nullable LongBinaryOperator host, Reduction reduction) {
    return Operator.of(name, node -> reduce(node, host, reduction));
  }

  private static Kernel reduce(
      NodeContext node, @Nullable LongBinaryOperator host, Reduction reduction) {
    boolean keep = node.node().intAttribute("keepdims", 1) != 0;
    boolean emptyMeansNone = node.node().intAttribute("noop_with_empty_axes", 0) != 0;
    long[] attribute = node.node().intsAttribute("axes");
    long[] constant = attribute != null ? attribute : node.constantLongs(1);
    long[] none = {};
    return Kernel.one(
        in -> {
          Value x = in.value(0);
          long[] given = constant != null ? constant : in.has(1) ? in.longs(1) : none;
          int rank = x instanceof Value.Device d ? (int) d.tensor().dim() : x.dims().length;
          if (given.length == 0 && emptyMeansNone) {
            // The element's own share of the reduction, so that ReduceL2 gives |x|.
            Tensor each = in.tensor(0).unsqueeze(-1);
            return Tensors.like(reduction.apply(each, new long[] {rank}, false), x);
          }
          long[] axes = given.length == 0 ? Shapes.allAxes(rank) : Shapes.axes(given, rank);
          if (host != null
              && x instanceof Value.Integers integers
              && axes.length == rank
              && integers.elements().length > 0) {
            return reduceAll(integers, host, keep);
          }
          return Tensors.like(reduction.apply(in.tensor(0), axes, keep), x);
        });
  }

  /** A sum or a mean, whose terms have the same part in it and get the same gradient. */
  private static Kernel spreading(NodeContext node, Kernel kernel, boolean mean) {
    boolean keep = node.node().intAttribute("keepdims", 1) != 0;
    boolean emptyMeansNone = node.node().intAttribute("noop_with_empty_axes", 0) != 0;
    long[] attribute = node.node().intsAttribute("axes");
    long[] given = attribute != null ? attribute : node.constantLongs(1);
    if (given == null && node.node().hasInput(1)) {
      return kernel;
    }
    long[] listed = given == null ? new long[0] : given;
    return kernel.with(
        Gradient.ofShape(
            in -> {
              if (listed.length == 0 && emptyMeansNone) {
                return in.gradient();
              }
              long[] dims = in.dims(0);
              long[] axes =
                  listed.length == 0
                      ? Shapes.allAxes(dims.length)
                      : Shapes.axes(listed, dims.length);
              long[] kept = dims.clone();
              long terms = 1;
              for (long axis : axes) {
                terms *= dims[(int) axis];
                kept[(int) axis] = 1;
              }
              Tensor gradient = keep ? in.gradient() : in.gradient().reshape(kept);
              return (mean ? gradient.div(new Scalar((double) terms)) : gradient).expand(dims);
            }));
  }

  private static Value reduceAll(Value.Integers x, LongBinaryOperator operator, boolean keep) {
    long result = Arrays.stream(x.elements()).reduce(operator).orElseThrow();
    long[] dims = new long[keep ? x.dims().length : 0];
    Arrays.fill(dims, 1);
    long[] only = HostMath.narrow(new long[] {result}, x.dtype());
    return new Value.Integers(x.dtype(), dims, only);
  }

  static Tensor sum(Tensor x, long[] axes, boolean keep) {
    return x.sum(axes, keep, new ScalarTypeOptional(Tensors.type(x)));
  }

  static Tensor mean(Tensor x, long[] axes, boolean keep) {
    if (ArithmeticKernels.isFloating(x)) {
      return x.mean(axes, keep, new ScalarTypeOptional());
    }
    ScalarType type = Tensors.type(x);
    return x.to(ScalarType.Double).mean(axes, keep, new ScalarTypeOptional()).to(type);
  }

  private static Tensor prod(Tensor x, long[] axes, boolean keep) {
    long[] descending = axes.clone();
    Arrays.sort(descending);
    ScalarTypeOptional type = new ScalarTypeOptional(Tensors.type(x));
    Tensor result = x;
    for (int i = descending.length - 1; i >= 0; i--) {
      result = result.prod(descending[i], keep, type);
    }
    return result;
  }

  /** The largest or smallest elements; of no elements, what any other would displace. */
  private static Tensor extreme(Tensor x, long[] axes, boolean keep, boolean largest) {
    if (x.numel() > 0) {
      return largest ? x.amax(axes, keep) : x.amin(axes, keep);
    }
    long[] dims = Shapes.of(x);
    for (long axis : axes) {
      dims[(int) axis] = 1;
    }
    ScalarType type = Tensors.type(x);
    long[] left = keep ? dims : Shapes.squeeze(dims, axes);
    return torch.full(left, limit(type, largest), new TensorOptions(type));
  }

  private static Scalar limit(ScalarType type, boolean lowest) {
    return switch (type) {
      case Long -> new Scalar(lowest ? Long.MIN_VALUE : Long.MAX_VALUE);
      case Int -> new Scalar((long) (lowest ? Integer.MIN_VALUE : Integer.MAX_VALUE));
      case Short -> new Scalar((long) (lowest ? Short.MIN_VALUE : Short.MAX_VALUE));
      case Char -> new Scalar((long) (lowest ? Byte.MIN_VALUE : Byte.MAX_VALUE));
      case Byte -> new Scalar(lowest ? 0L : 255L);
      case Bool -> new Scalar(lowest ? 0L : 1L);
      default -> new Scalar(lowest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
    };
  }

  /** A reduction that only real numbers have: of integers it is rounded towards zero. */
  private static Reduction real(Reduction reduction) {
    return (x, axes, keep) ->
        ArithmeticKernels.isFloating(x)
            ? reduction.apply(x, axes, keep)
            : reduction.apply(x.to(ScalarType.Double), axes, keep).to(Tensors.type(x));
  }

  private static Tensor norm(Tensor x, long[] axes, boolean keep) {
    return x.norm(new ScalarOptional(new Scalar(2.0)), axes, keep);
  }

  /** Libtorch factorises float32 and float64 only. */
  private static Tensor determinant(Tensor x) {
    ScalarType type = Tensors.type(x);
    return type == ScalarType.Float || type == ScalarType.Double
        ? x.det()
        : x.to(ScalarType.Float).det().to(type);
  }

  private static Kernel extreme(NodeContext node, boolean smallest) {
    long axis = node.node().intAttribute("axis", 0);
    boolean keep = node.node().intAttribute("keepdims", 1) != 0;
    boolean last = node.node().intAttribute("select_last_index", 0) != 0;
    LongOptional dim = node.hold(new LongOptional(axis));
    Scalar minusOne = node.hold(new Scalar(-1L));
    return Kernel.unary(
        x -> {
          Tensor searched = last ? x.flip(axis) : x;
          Tensor found = smallest ? searched.argmin(dim, keep) : searched.argmax(dim, keep);
          if (!last) {
            return found;
          }
          long size = x.size(axis);
          return found.mul(minusOne).add(new Scalar(size - 1));
        });
  }
}
