package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Matrix products. */
final class LinearCases {
  private LinearCases() {}

  static Stream<Case> gradients() {
    return Stream.of(
        Case.of("MatMul", 13, mixed(2, 3), other(3, 4)),
        Case.of("MatMul", 13, mixed(2, 2, 3), other(3, 4)),
        Case.of("MatMul", 13, mixed(2, 1, 2, 3), other(3, 3, 2)),
        Case.of("MatMul", 13, mixed(3), other(3, 2)),
        Case.of("MatMul", 13, mixed(2, 3), other(3)),
        Case.of("Gemm", 11, mixed(2, 3), other(3, 4)),
        Case.of("Gemm", 13, mixed(2, 3), other(4, 3), positive(4)).with("transB", 1),
        Case.of("Gemm", 13, mixed(2, 3), other(4, 3)).with("transB", 1),
        Case.of("Gemm", 13, mixed(2, 3), other(4, 3), positive(2, 1)).with("transB", 1),
        Case.of("Gemm", 13, mixed(3, 2), other(3, 4), positive(1, 4))
            .with("transA", 1)
            .with("alpha", 0.5f)
            .with("beta", 2f),
        Case.of("Gemm", 13, mixed(3, 2), other(4, 3), TensorValue.scalar(0.4f))
            .with("transA", 1)
            .with("transB", 1)
            .with("alpha", 0.5f),
        Case.of("Gemm", 13, mixed(3, 2), other(2, 2)).with("alpha", 0.5f),
        einsum("ij,jk->ik", mixed(2, 3), other(3, 2)),
        einsum("bij, bkj -> bik", mixed(2, 2, 3), other(2, 2, 3)),
        einsum("ba,cb", mixed(3, 2), other(2, 3)),
        einsum("...ij,jK->...iK", mixed(2, 2, 3), other(3, 2)),
        einsum("...ii->...i", mixed(2, 3, 3)),
        einsum("ij,ik,jk->", mixed(2, 3), other(2, 2), positive(3, 2)),
        einsum("i,i", mixed(3), other(3)));
  }

  private static Case einsum(String equation, TensorValue... inputs) {
    return Case.of("Einsum", 12, inputs).with("equation", Attribute.of(equation));
  }
}
