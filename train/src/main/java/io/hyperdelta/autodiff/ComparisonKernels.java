package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import java.util.List;
import java.util.Objects;
import java.util.function.BinaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Comparisons, logic, and the choice between two values. */
final class ComparisonKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of(
                  "Equal", node -> LegacyBroadcast.of(node, Kernel.one(ComparisonKernels::equal)))
              .withoutGradient(),
          compare("Less", (a, b) -> a < b, Tensor::lt),
          compare("Greater", (a, b) -> a > b, Tensor::gt),
          compare("LessOrEqual", (a, b) -> a <= b, Tensor::le),
          compare("GreaterOrEqual", (a, b) -> a >= b, Tensor::ge),
          compare("And", (a, b) -> a != 0 && b != 0, Tensor::logical_and),
          compare("Or", (a, b) -> a != 0 || b != 0, Tensor::logical_or),
          compare("Xor", (a, b) -> (a != 0) != (b != 0), Tensor::logical_xor),
          Operator.fixed("Not", Kernel.one(ComparisonKernels::not)).withoutGradient(),
          Operator.fixed("IsNaN", Kernel.unary(Tensor::isnan)).withoutGradient(),
          Operator.of("IsInf", ComparisonKernels::isInf).withoutGradient(),
          Operator.fixed("Where", Kernel.one(ComparisonKernels::where)));

  private ComparisonKernels() {}

  /** A comparison of integers. */
  @FunctionalInterface
  private interface LongPredicate2 {
    boolean test(long a, long b);
  }

  private static Operator compare(String name, LongPredicate2 host, BinaryOperator<Tensor> tensor) {
    Kernel kernel = Kernel.one(in -> compare(in, host, tensor));
    return Operator.of(name, node -> LegacyBroadcast.of(node, kernel)).withoutGradient();
  }

  private static Value compare(Arguments in, LongPredicate2 host, BinaryOperator<Tensor> tensor) {
    if (!in.integers(2)) {
      return new Value.Device(tensor.apply(in.tensor(0), in.tensor(1)));
    }
    // Unsigned numbers lie in the order of signed ones once their highest bit is turned over.
    long flip = in.integersAt(0).dtype() == Dtype.UINT64 ? Long.MIN_VALUE : 0;
    return HostMath.combine(
        in.integersAt(0),
        in.integersAt(1),
        Dtype.BOOL,
        (a, b) -> host.test(a ^ flip, b ^ flip) ? 1 : 0);
  }

  private static Value equal(Arguments in) {
    if (in.value(0) instanceof Value.Texts a && in.value(1) instanceof Value.Texts b) {
      long[] dims = Shapes.broadcast(a.dims(), b.dims());
      List<String> left = ((Value.Texts) HostMath.expand(a, dims)).elements();
      List<String> right = ((Value.Texts) HostMath.expand(b, dims)).elements();
      long[] result = new long[left.size()];
      for (int i = 0; i < result.length; i++) {
        result[i] = Objects.equals(left.get(i), right.get(i)) ? 1 : 0;
      }
      return new Value.Integers(Dtype.BOOL, dims, result);
    }
    return compare(in, (a, b) -> a == b, Tensor::eq);
  }

  private static Value not(Arguments in) {
    return in.integers(1)
        ? HostMath.map(in.integersAt(0), a -> a == 0 ? 1 : 0)
        : new Value.Device(in.tensor(0).logical_not());
  }

  private static Kernel isInf(NodeContext node) {
    boolean negative = node.node().intAttribute("detect_negative", 1) != 0;
    boolean positive = node.node().intAttribute("detect_positive", 1) != 0;
    return Kernel.unary(
        x -> {
          Tensor infinite = x.isinf();
          if (negative && positive) {
            return infinite;
          }
          Tensor wanted =
              positive ? x.gt(ArithmeticKernels.like(0, x)) : x.lt(ArithmeticKernels.like(0, x));
          return negative || positive
              ? infinite.logical_and(wanted)
              : infinite.logical_and(infinite.logical_not());
        });
  }

  private static Value where(Arguments in) {
    if (in.onHost(3)) {
      long[] dims =
          Shapes.broadcast(
              in.value(0).dims(), Shapes.broadcast(in.value(1).dims(), in.value(2).dims()));
      long[] condition = ((Value.Integers) HostMath.expand(in.value(0), dims)).elements();
      Value yes = HostMath.expand(in.value(1), dims);
      Value no = HostMath.expand(in.value(2), dims);
      int count = condition.length;
      int[] from = new int[count];
      for (int i = 0; i < count; i++) {
        from[i] = condition[i] != 0 ? i : i + count;
      }
      Value both =
          HostMath.concat(
              List.of(
                  HostMath.reshape(yes, new long[] {count}),
                  HostMath.reshape(no, new long[] {count})),
              0);
      return HostMath.pick(both, dims, from);
    }
    return new Value.Device(torch.where(in.tensor(0), in.tensor(1), in.tensor(2)));
  }
}
