package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Real numbers as few-bit integers with a scale and a zero point, and back. */
final class QuantizationKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("QuantizeLinear", QuantizationKernels::quantize).withoutGradient(),
          Operator.of("DequantizeLinear", QuantizationKernels::dequantize),
          Operator.of("DynamicQuantizeLinear", QuantizationKernels::dynamic).withoutGradient());

  private QuantizationKernels() {}

  private static Kernel quantize(NodeContext node) {
    refuseBlocks(node);
    long axis = node.node().intAttribute("axis", 1);
    boolean typed = node.node().intAttribute("output_dtype", 0) != 0;
    Dtype declared = typed ? CastKernels.target(node, "output_dtype") : Dtype.UINT8;
    return Kernel.one(
        in -> {
          Tensor scale = alongAxis(in.tensor(1), axis, in.value(0).dims());
          Tensor rounded = in.tensor(0).div(scale).round();
          if (!in.has(2)) {
            return saturate(rounded, declared, node);
          }
          Tensor zeroPoint = alongAxis(in.tensor(2), axis, in.value(0).dims());
          return saturate(rounded.add(zeroPoint), CastKernels.dtype(in.value(2)), node);
        });
  }

  private static Kernel dequantize(NodeContext node) {
    refuseBlocks(node);
    long axis = node.node().intAttribute("axis", 1);
    return Kernel.tensor(
        in -> {
          Tensor scale = in.tensor(1);
          Tensor x = in.tensor(0).to(ScalarType.Int);
          if (in.has(2)) {
            x = x.sub(alongAxis(in.tensor(2).to(ScalarType.Int), axis, in.value(0).dims()));
          }
          return x.to(Tensors.type(scale)).mul(alongAxis(scale, axis, in.value(0).dims()));
        });
  }

  private static void refuseBlocks(NodeContext node) {
    if (node.node().intAttribute("block_size", 0) != 0) {
      throw new UnsupportedNodeException(" in blocks");
    }
  }

  /** Numbers of an axis, one per position, in a shape that broadcasts to the whole. */
  static Tensor alongAxis(Tensor numbers, long axis, long[] dims) {
    if (numbers.numel() == 1 || dims.length == 0) {
      return numbers.dim() == 0 ? numbers : numbers.reshape();
    }
    long[] shape = new long[dims.length];
    Arrays.fill(shape, 1);
    shape[Shapes.axis(axis, dims.length)] = -1;
    return numbers.reshape(shape);
  }

  /** Whole numbers as an integer type, those outside as its nearest. */
  static Value saturate(Tensor whole, Dtype type, NodeContext node) {
    long low =
        switch (type) {
          case UINT8, UINT16 -> 0;
          case INT8 -> Byte.MIN_VALUE;
          case INT16 -> Short.MIN_VALUE;
          default -> throw new UnsupportedNodeException(" to " + type);
        };
    long high =
        switch (type) {
          case UINT8 -> 0xff;
          case UINT16 -> 0xffff;
          case INT8 -> Byte.MAX_VALUE;
          default -> Short.MAX_VALUE;
        };
    Tensor inside = whole.clamp_min(new Scalar(low)).clamp_max(new Scalar(high));
    return CastKernels.cast(new Value.Device(inside), type, node.precision());
  }

  private static Kernel dynamic(NodeContext node) {
    Scalar zero = node.scalar(0);
    Scalar one = node.scalar(1);
    Scalar highest = node.scalar(255);
    return in -> {
      Tensor x = in.tensor(0);
      Tensor low = x.min().clamp_max(zero);
      Tensor range = x.max().clamp_min(zero).sub(low);
      // All zeros have no range, and any scale will do.
      Tensor scale = torch.where(range.eq(zero), one, range.div(highest)).to(Tensors.type(x));
      Tensor zeroPoint = low.neg().div(scale).clamp_max(highest).round();
      return new Value[] {
        saturate(x.div(scale).round().add(zeroPoint), Dtype.UINT8, node),
        new Value.Device(scale),
        saturate(zeroPoint, Dtype.UINT8, node)
      };
    };
  }
}
