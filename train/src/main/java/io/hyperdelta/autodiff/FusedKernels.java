package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Activations, normalisations and the embedding that ONNX Runtime's optimiser puts in place of
 * several operators.
 */
final class FusedKernels {
  /** Domain of the optimiser's own operators. */
  static final String DOMAIN = "com.microsoft";

  static final List<Operator> ALL =
      List.of(
          Operator.of("Gelu", node -> gelu("none")).in(DOMAIN),
          Operator.of("BiasGelu", node -> gelu("none")).in(DOMAIN),
          Operator.of("FastGelu", node -> gelu("tanh")).in(DOMAIN),
          Operator.of("QuickGelu", FusedKernels::quickGelu).in(DOMAIN),
          Operator.of("LayerNormalization", NormalizationKernels::layerNormalization).in(DOMAIN),
          // The optimiser writes this one into ONNX's own domain, too.
          Operator.of("SimplifiedLayerNormalization", FusedKernels::rootMeanSquare),
          Operator.of("SimplifiedLayerNormalization", FusedKernels::rootMeanSquare).in(DOMAIN),
          Operator.of("SkipLayerNormalization", FusedKernels::skip).in(DOMAIN),
          Operator.of("SkipSimplifiedLayerNormalization", FusedKernels::skipRootMeanSquare)
              .in(DOMAIN),
          Operator.of("EmbedLayerNormalization", FusedKernels::embedding).in(DOMAIN));

  private static final float SKIP_EPSILON = 1e-12f;

  private FusedKernels() {}

  private static Kernel gelu(String approximate) {
    return Kernel.tensor(
        in -> {
          Tensor x = in.has(1) ? in.tensor(0).add(in.tensor(1)) : in.tensor(0);
          return ActivationKernels.gelu(x, approximate);
        });
  }

  private static Kernel quickGelu(NodeContext node) {
    Scalar alpha = node.scalarAttribute("alpha", 1.702f);
    return Kernel.unary(x -> x.mul(x.mul(alpha).sigmoid()));
  }

  private static Kernel rootMeanSquare(NodeContext node) {
    long axisAttribute = node.node().intAttribute("axis", -1);
    RootMeanSquare norm = new RootMeanSquare(node, 1, 1e-5f);
    boolean statistics = node.wants(1);
    return in -> {
      Tensor x = in.tensor(0);
      int axis = Shapes.axis(axisAttribute, (int) x.dim());
      Value y = new Value.Device(norm.of(in, x, axis));
      return statistics
          ? new Value[] {y, new Value.Device(norm.inverse(x, axis))}
          : new Value[] {y};
    };
  }

  private static Kernel skip(NodeContext node) {
    double epsilon = node.node().realAttribute("epsilon", SKIP_EPSILON);
    Scalar epsilonScalar = node.scalar(epsilon);
    boolean statistics = node.wants(1) || node.wants(2);
    NodeContext.OptionalInput scale = node.optional(2);
    NodeContext.OptionalInput shift = node.optional(3);
    return in -> {
      Tensor sum = sum(in, 4);
      long width = sum.size(-1);
      Tensor y =
          torch.layer_norm(sum, new long[] {width}, scale.of(in), shift.of(in), epsilon, false);
      Tensor[] made = {y, y, y, sum};
      if (statistics) {
        long[] last = {sum.dim() - 1};
        made[1] = ReductionKernels.mean(sum, last, true);
        Tensor centred = sum.sub(made[1]);
        Tensor variance = ReductionKernels.mean(centred.mul(centred), last, true);
        made[2] = variance.add(epsilonScalar).rsqrt();
      }
      return values(node, made);
    };
  }

  private static Kernel skipRootMeanSquare(NodeContext node) {
    RootMeanSquare norm = new RootMeanSquare(node, 2, SKIP_EPSILON);
    boolean mean = node.wants(1);
    boolean inverse = node.wants(2);
    return in -> {
      Tensor sum = sum(in, 3);
      int last = (int) sum.dim() - 1;
      Tensor y = norm.of(in, sum, last);
      Tensor[] made = {y, y, y, sum};
      if (mean) {
        made[1] = ReductionKernels.mean(sum, new long[] {last}, true);
      }
      if (inverse) {
        made[2] = norm.inverse(sum, last);
      }
      return values(node, made);
    };
  }

  /** The input, what skips past the layer before, and that layer's bias if it is given. */
  private static Tensor sum(Arguments in, int bias) {
    Tensor sum = in.tensor(0).add(in.tensor(1));
    return in.has(bias) ? sum.add(in.tensor(bias)) : sum;
  }

  private static Value[] values(NodeContext node, Tensor[] made) {
    return Arrays.stream(made)
        .limit(node.node().outputs().size())
        .map(Value.Device::new)
        .toArray(Value[]::new);
  }

  private static Kernel embedding(NodeContext node) {
    double epsilon = node.node().realAttribute("epsilon", SKIP_EPSILON);
    NodeContext.OptionalInput scale = node.optional(5);
    NodeContext.OptionalInput shift = node.optional(6);
    boolean counted = node.wants(1);
    return in -> {
      Tensor ids = in.tensor(0);
      Tensor positions = in.tensor(3);
      Tensor sum =
          torch
              .embedding(in.tensor(2), ids)
              .add(
                  in.has(8)
                      ? torch.embedding(positions, in.tensor(8))
                      : positions.narrow(0, 0, ids.size(1)));
      if (in.has(1)) {
        sum = sum.add(torch.embedding(in.tensor(4), in.tensor(1)));
      }
      long[] width = {sum.size(2)};
      Tensor y = torch.layer_norm(sum, width, scale.of(in), shift.of(in), epsilon, false);
      return values(node, new Tensor[] {y, counted ? wordCounts(in, ids) : y, sum});
    };
  }

  /** int32 [batch]: how many words of each row the mask leaves, 0 without a mask. */
  private static Tensor wordCounts(Arguments in, Tensor ids) {
    Tensor mask = in.has(7) ? in.tensor(7) : ids.new_zeros(ids.size(0), ids.size(1));
    return mask.eq(new Scalar(1L)).sum(1).to(ScalarType.Int);
  }

  /** Division by the root of the mean square, then a scale. */
  private static final class RootMeanSquare {
    private final Scalar epsilon;
    private final DoubleOptional epsilonOption;
    private final NodeContext.OptionalInput scale;
    private final int scaleInput;

    RootMeanSquare(NodeContext node, int scaleInput, float otherwise) {
      double number = node.node().realAttribute("epsilon", otherwise);
      this.epsilon = node.scalar(number);
      this.epsilonOption = node.hold(new DoubleOptional(number));
      this.scale = node.optional(scaleInput);
      this.scaleInput = scaleInput;
    }

    Tensor of(Arguments in, Tensor x, int axis) {
      long[] dims = Shapes.of(x);
      long[] normalized = Arrays.copyOfRange(dims, axis, dims.length);
      return Arrays.equals(in.value(scaleInput).dims(), normalized)
          ? torch.rms_norm(x, normalized, scale.of(in), epsilonOption)
          : torch.rms_norm(x, normalized, null, epsilonOption).mul(in.tensor(scaleInput));
    }

    Tensor inverse(Tensor x, int axis) {
      long[] axes = Arrays.copyOfRange(Shapes.allAxes((int) x.dim()), axis, (int) x.dim());
      return ReductionKernels.mean(x.mul(x), axes, true).add(epsilon).rsqrt();
    }
  }
}
