package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of many pairs are those of libtorch, however the pairs lie in memory. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class BatchedProductsTest {
  /** How a batch [k, n, m] lies. */
  private enum Layout {
    ROWS {
      @Override
      Tensor of(long k, long n, long m) {
        return numbers(k, n, m);
      }
    },
    COLUMNS {
      @Override
      Tensor of(long k, long n, long m) {
        return numbers(k, m, n).transpose(1, 2);
      }
    },
    WITHIN_ROWS {
      @Override
      Tensor of(long k, long n, long m) {
        return numbers(k + 1, n + 2, m + 3).narrow(0, 1, k).narrow(1, 1, n).narrow(2, 2, m);
      }
    },
    WITHIN_COLUMNS {
      @Override
      Tensor of(long k, long n, long m) {
        return WITHIN_ROWS.of(k, m, n).transpose(1, 2);
      }
    },
    ONE_FOR_ALL {
      @Override
      Tensor of(long k, long n, long m) {
        return numbers(1, n, m);
      }
    },
    SPREAD {
      @Override
      Tensor of(long k, long n, long m) {
        return numbers(1, n, m).expand(k, n, m);
      }
    };

    abstract Tensor of(long k, long n, long m);
  }

  /** Whole numbers, whose products and sums are exact. */
  private static Tensor numbers(long... dims) {
    return torch.randn(dims).mul(new Scalar(4.0)).round();
  }

  private record Product(Layout left, Layout right, long n, long m, long p) {}

  static Stream<Product> products() {
    long[][] sizes = {{4, 5, 6}, {1, 5, 6}, {4, 1, 6}, {4, 5, 1}, {1, 1, 6}, {1, 5, 1}, {1, 1, 1}};
    return Stream.of(Layout.values())
        .flatMap(
            left ->
                Stream.of(Layout.values())
                    .flatMap(
                        right ->
                            Stream.of(sizes).map(s -> new Product(left, right, s[0], s[1], s[2]))));
  }

  @ParameterizedTest
  @MethodSource("products")
  void equalLibtorchs(Product product) {
    try (PointerScope scope = new PointerScope()) {
      Tensor a = product.left().of(3, product.n(), product.m());
      Tensor b = product.right().of(3, product.m(), product.p());
      Tensor expected = a.to(ScalarType.Double).matmul(b.to(ScalarType.Double));

      Tensor made = Objects.requireNonNull(BatchedProducts.of(a, b, null));

      assertThat(Shapes.of(made)).isEqualTo(Shapes.of(expected));
      assertThat(Cut.same(Value.of(expected), Value.of(made), 1e-6)).isTrue();
      Tensor sum = numbers(Shapes.of(expected));
      double[] before = Tensors.doubles(sum);
      Tensor added = Objects.requireNonNull(BatchedProducts.of(a, b, sum));
      assertThat(Cut.same(Value.of(expected.add(sum)), Value.of(added), 1e-6)).isTrue();
      assertThat(Tensors.doubles(sum)).isEqualTo(before);
    }
  }

  @Test
  void leavesTheRestToLibtorch() {
    try (PointerScope scope = new PointerScope()) {
      Tensor a = numbers(3, 4, 5);
      assertThat(BatchedProducts.of(a, numbers(3, 4, 6), null)).as("no product").isNull();
      assertThat(BatchedProducts.of(a, numbers(2, 5, 6), null)).as("no pairs").isNull();
      assertThat(BatchedProducts.of(a, numbers(5, 6), null)).as("one matrix").isNull();
      assertThat(BatchedProducts.of(a, numbers(3, 5, 6).to(ScalarType.Double), null))
          .as("another type")
          .isNull();
      assertThat(BatchedProducts.of(a, numbers(3, 5, 6), numbers(6)))
          .as("a sum that is spread")
          .isNull();
      assertThat(BatchedProducts.of(a, numbers(3, 1, 6).expand(3, 5, 6), null))
          .as("rows that are one")
          .isNull();
      assertThat(BatchedProducts.of(a, numbers(3, 5, 6, 2).select(3, 0), null))
          .as("gaps between numbers")
          .isNull();
      assertThat(BatchedProducts.of(numbers(2, 128, 128), numbers(2, 128, 65), null))
          .as("large ones")
          .isNull();
      assertThat(BatchedProducts.of(numbers(0, 4, 5), numbers(0, 5, 6), null)).as("none").isNull();
    }
  }

  @Test
  void theTapeSeesProductsThatGradientsPass() {
    try (PointerScope scope = new PointerScope()) {
      Tensor a = numbers(3, 4, 5).requires_grad_();
      Tensor b = numbers(3, 5, 6);
      assertThat(Products.matmul(a, b).requires_grad()).isTrue();
      assertThat(Products.baddbmm(numbers(3, 4, 6).requires_grad_(), a.detach(), b).requires_grad())
          .isTrue();
      try (NoGradGuard untaped = new NoGradGuard()) {
        assertThat(Cut.same(Value.of(a.matmul(b)), Value.of(Products.matmul(a, b)), 1e-6)).isTrue();
      }
    }
  }
}
