package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Values made from few numbers: constants, ranges, one-hot rows, running sums. */
final class FillKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("Constant", FillKernels::constant).withoutGradient(),
          Operator.of("ConstantOfShape", FillKernels::constantOfShape).withoutGradient(),
          Operator.fixed("Range", Kernel.one(FillKernels::range)).withoutGradient(),
          Operator.of("OneHot", FillKernels::oneHot),
          Operator.of("CumSum", FillKernels::cumSum),
          Operator.of("EyeLike", FillKernels::eyeLike).withoutGradient());

  private FillKernels() {}

  private static Kernel constant(NodeContext node) {
    TensorValue value = constantValue(node);
    // Constant nodes run once, when the program is compiled.
    return Kernel.one(in -> Value.of(value, node.precision()));
  }

  private static TensorValue constantValue(NodeContext node) {
    if (node.node().attributes().size() == 1) {
      Attribute attribute = node.node().attributes().values().iterator().next();
      if (attribute instanceof Attribute.Tensor tensor) {
        return tensor.value();
      } else if (attribute instanceof Attribute.Real real) {
        return TensorValue.scalar(real.value());
      } else if (attribute instanceof Attribute.Int number) {
        return TensorValue.ofLongs(new long[] {number.value()});
      } else if (attribute instanceof Attribute.Text text) {
        return TensorValue.ofStrings(List.of(text.value()));
      } else if (attribute instanceof Attribute.Ints ints) {
        return TensorValue.longs(ints.values().stream().mapToLong(Long::longValue).toArray());
      } else if (attribute instanceof Attribute.Texts texts) {
        return TensorValue.ofStrings(texts.values(), texts.values().size());
      } else if (attribute instanceof Attribute.Reals reals) {
        float[] numbers = new float[reals.values().size()];
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = reals.values().get(i);
        }
        return TensorValue.ofFloats(numbers, numbers.length);
      }
    }
    throw new UnsupportedNodeException(" with attributes " + node.node().attributes().keySet());
  }

  private static Kernel constantOfShape(NodeContext node) {
    TensorValue value =
        node.node().attributes().get("value") instanceof Attribute.Tensor tensor
            ? tensor.value()
            : TensorValue.ofFloats(new float[] {0}, 1);
    boolean floating =
        switch (value.dtype()) {
          case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
          default -> false;
        };
    if (floating) {
      double number = Tensors.doubles(node.hold(Tensors.of(value, node.precision())))[0];
      Scalar scalar = node.scalar(number);
      TensorOptions options =
          node.hold(new TensorOptions(node.precision().scalarType(value.dtype())));
      return Kernel.tensor(in -> torch.full(in.longs(0), scalar, options));
    }
    long number = value.longs()[0];
    return Kernel.one(
        in -> {
          long[] dims = in.longs(0);
          if (Shapes.count(dims) > Value.MAX_HOST_ELEMENTS && Precision.hasTensors(value.dtype())) {
            ScalarType type = node.precision().scalarType(value.dtype());
            return new Value.Device(torch.full(dims, new Scalar(number), new TensorOptions(type)));
          }
          long[] elements = new long[Math.toIntExact(Shapes.count(dims))];
          Arrays.fill(elements, number);
          return new Value.Integers(value.dtype(), dims, elements);
        });
  }

  private static Value range(Arguments in) {
    if (in.integers(3)) {
      long start = in.number(0);
      long delta = in.number(2);
      long count = Math.max(0, -Math.floorDiv(start - in.number(1), delta));
      long[] elements = LongStream.range(0, count).map(i -> start + i * delta).toArray();
      return new Value.Integers(in.integersAt(0).dtype(), new long[] {elements.length}, elements);
    }
    ScalarType type = Tensors.type(in.tensor(0));
    double start = Tensors.doubles(in.tensor(0))[0];
    double limit = Tensors.doubles(in.tensor(1))[0];
    double delta = Tensors.doubles(in.tensor(2))[0];
    double[] elements = new double[(int) Math.max(0, Math.ceil((limit - start) / delta))];
    Arrays.setAll(elements, i -> start + i * delta);
    return new Value.Device(Tensors.ofDoubles(elements, elements.length).to(type));
  }

  private static Kernel oneHot(NodeContext node) {
    long axis = node.node().intAttribute("axis", -1);
    return Kernel.one(
        in -> {
          Tensor indices = in.tensor(0).to(ScalarType.Long);
          Scalar depth = new Scalar((long) Tensors.doubles(in.tensor(1))[0]);
          Tensor wrapped = torch.where(indices.lt(new Scalar(0L)), indices.add(depth), indices);
          Tensor classes = torch.arange(depth, new TensorOptions(ScalarType.Long));
          int rank = (int) indices.dim() + 1;
          int at = Shapes.axis(axis, rank);
          long[] dims = new long[rank];
          Arrays.fill(dims, 1);
          dims[at] = -1;
          Tensor hit = wrapped.unsqueeze(at).eq(classes.reshape(dims));
          Tensor values = in.tensor(2);
          return Tensors.like(
              torch.where(hit, values.select(0, 1), values.select(0, 0)), in.value(2));
        });
  }

  private static Kernel eyeLike(NodeContext node) {
    long diagonal = node.node().intAttribute("k", 0);
    boolean typed = node.node().attributes().containsKey("dtype");
    Dtype declared = typed ? CastKernels.target(node, "dtype") : Dtype.FLOAT;
    TensorOptions options = node.hold(new TensorOptions(ScalarType.Long));
    return Kernel.one(
        in -> {
          Value x = in.value(0);
          long[] dims = x.dims();
          if (dims.length != 2) {
            throw new IllegalArgumentException(
                "a value of shape %s is no matrix".formatted(Arrays.toString(dims)));
          }
          // A window on a larger matrix, whose main diagonal is the wanted one.
          long down = Math.max(diagonal, 0);
          long right = Math.max(-diagonal, 0);
          Tensor eye =
              torch
                  .eye(dims[0] + down, dims[1] + right, options)
                  .narrow(0, down, dims[0])
                  .narrow(1, right, dims[1]);
          Dtype type = typed ? declared : CastKernels.dtype(x);
          return CastKernels.cast(new Value.Device(eye), type, node.precision());
        });
  }

  private static Kernel cumSum(NodeContext node) {
    boolean exclusive = node.node().intAttribute("exclusive", 0) != 0;
    boolean reverse = node.node().intAttribute("reverse", 0) != 0;
    return Kernel.like(
        in -> {
          Tensor x = in.tensor(0);
          int axis = Shapes.axis(in.number(1), (int) x.dim());
          Tensor summed = reverse ? x.flip(axis) : x;
          if (exclusive) {
            // Shifted rather than subtracted, which would round.
            long[] pairs = new long[2 * (int) x.dim()];
            pairs[2 * ((int) x.dim() - 1 - axis)] = 1;
            pairs[2 * ((int) x.dim() - 1 - axis) + 1] = -1;
            summed = torch.constant_pad_nd(summed, pairs);
          }
          Tensor result = summed.cumsum(axis).to(Tensors.type(x));
          return reverse ? result.flip(axis) : result;
        });
  }
}
