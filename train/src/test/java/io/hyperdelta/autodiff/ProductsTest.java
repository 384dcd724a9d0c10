package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.VoidTensorHook;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Small products run on one thread, forwards and back, and leave no trace of it. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class ProductsTest {
  @BeforeEach
  void onlyWhereThreadsAreChosen() {
    assumeTrue(
        Engine.blas().minShared() < Long.MAX_VALUE && Engine.threadCount() > 1,
        "products have one thread anyway");
  }

  @Test
  void smallProductsHaveOneThread() {
    assertThat(threadsOf(32 * 64, 8)).isEqualTo(1);
    assertThat(threadsOf(Engine.blas().minShared() / 256, 255)).isEqualTo(1);
    assertThat(threads()).isEqualTo(Blas.ALL_THREADS);
  }

  @Test
  void largeOnesHaveAll() {
    assertThat(threadsOf(Engine.blas().minShared() / 256, 256)).isEqualTo(Blas.ALL_THREADS);
  }

  @Test
  void fewColumnsTakeAsLongAsMore() {
    long numbers = Engine.blas().minShared() / Engine.blas().minColumns();
    assertThat(threadsOf(numbers, 1)).isEqualTo(Blas.ALL_THREADS);
  }

  @Test
  void aFailingProductLeavesAllThreads() {
    try (PointerScope scope = new PointerScope()) {
      Tensor x = torch.ones(2, 3);
      assertThat(catchThrowable(() -> Products.matmul(x, x))).isInstanceOf(RuntimeException.class);
    }
    assertThat(threads()).isEqualTo(Blas.ALL_THREADS);
  }

  @Test
  void gradientsOfEachHaveTheirOwn() {
    List<Integer> seen = new ArrayList<>();
    try (PointerScope scope = new PointerScope()) {
      Tensor small = torch.rand(32, 16, 24).requires_grad_();
      Tensor large = torch.rand(24, 4096).requires_grad_();
      Tensor last = torch.rand(4096, 1).requires_grad_();
      // Hooks of the inputs are called right behind the products that made their gradients.
      watch(small, seen);
      watch(large, seen);
      watch(last, seen);

      Tensor each = Products.matmul(small, torch.rand(32, 24, 24));
      Tensor all = Products.matmul(each, large);
      Engine.backward(Products.of(16, 1, () -> all.matmul(last)).sum());
    }

    assertThat(seen).containsExactly(1, Blas.ALL_THREADS, 1);
    assertThat(threads()).isEqualTo(Blas.ALL_THREADS);
  }

  @Test
  void aSumStaysWhereThereIsNothingToMultiply() {
    try (PointerScope scope = new PointerScope()) {
      Tensor sum = torch.rand(2, 3, 4);
      assertThat(Products.plus(sum, torch.rand(2, 3, 0), torch.rand(0, 4)).equal(sum)).isTrue();
      assertThat(Products.plus(sum, torch.rand(2, 3, 0), torch.rand(2, 0, 4)).equal(sum)).isTrue();
      Tensor none = torch.rand(2, 0, 4);
      assertThat(Products.plus(none, torch.rand(2, 0, 5), torch.rand(5, 4)).equal(none)).isTrue();
    }
  }

  @Test
  void gradientsAreThoseOfPlainProducts() {
    try (PointerScope scope = new PointerScope()) {
      Tensor a = torch.rand(8, 16, 24).requires_grad_();
      Tensor b = torch.rand(8, 24, 10).requires_grad_();

      Tensor expected = gradients(a, b, () -> a.matmul(b));
      Tensor got = gradients(a, b, () -> Products.matmul(a, b));

      assertThat(got.equal(expected)).isTrue();
    }
  }

  /** What the calling thread's products were told last. */
  private static int threads() {
    int last = Engine.blas().useThreads(Blas.ALL_THREADS);
    Engine.blas().useThreads(last);
    return last;
  }

  private static int threadsOf(long numbers, long columns) {
    int[] seen = new int[1];
    try (PointerScope scope = new PointerScope()) {
      Products.of(
          numbers,
          columns,
          () -> {
            seen[0] = threads();
            return torch.ones(1);
          });
    }
    return seen[0];
  }

  private static Tensor gradients(Tensor a, Tensor b, Supplier<Tensor> product) {
    a.mutable_grad().reset();
    b.mutable_grad().reset();
    Engine.backward(product.get().square().sum());
    return torch.cat(new TensorVector(a.grad().flatten(), b.grad().flatten()), 0);
  }

  private static void watch(Tensor input, List<Integer> seen) {
    input.register_hook(
        new VoidTensorHook() {
          @Override
          public void call(TensorBase gradient) {
            seen.add(threads());
          }
        });
  }
}
