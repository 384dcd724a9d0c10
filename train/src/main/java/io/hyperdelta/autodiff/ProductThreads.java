package io.hyperdelta.autodiff;

import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;
import org.bytedeco.pytorch.global.torch;

/**
 * How many threads a product runs on, where products are {@link Mkl}'s: one where waking another
 * takes longer than the product, else all. Forwards each product is told before it starts; the two
 * that pass its gradients are told by a hook on what it made, which libtorch calls right before
 * them, in the thread that goes backwards. Thread-safe.
 */
final class ProductThreads {
  /**
   * Multiplications from which a second thread pays: on two processors 65 thousand take 3 us on one
   * thread and 14 to 21 on two, 1 million 26 and 31, 4 million 98 and 76.
   */
  private static final long MIN_SHARED = 1L << 21;

  /**
   * Fewer columns take MKL as long as these: 256 x 256 x 8 takes 81 us on one thread, 51 on two.
   */
  private static final long MIN_COLUMNS = 32;

  private static final VoidTensorHook ONE = new Hook(1);

  private static final VoidTensorHook ALL = new Hook(Mkl.ALL_THREADS);

  private static volatile boolean choosing;

  private ProductThreads() {}

  /**
   * Begins to choose. To be called after {@link Mkl#start}; before, and where it never is, products
   * have the threads that they have.
   *
   * @param threads that products run on otherwise
   */
  static void start(int threads) {
    choosing = threads > 1;
  }

  /** The product of two tensors, as {@code Tensor.matmul} has it. */
  static Tensor matmul(Tensor a, Tensor b) {
    long columns = b.dim() < 2 ? 1 : b.size(-1);
    // Against one matrix all of a is one product.
    long numbers = a.dim() < 2 || b.dim() == 2 ? a.numel() : a.size(-2) * a.size(-1);
    return of(numbers, columns, () -> a.matmul(b));
  }

  /** A matrix plus the product of two. */
  static Tensor addmm(Tensor sum, Tensor a, Tensor b) {
    return of(a.numel(), b.size(1), () -> torch.addmm(sum, a, b));
  }

  /**
   * Computes a product.
   *
   * @param numbers of the left matrix
   * @param columns of the right one
   * @param product one product of such matrices, or several one after another
   */
  static Tensor of(long numbers, long columns, Supplier<Tensor> product) {
    if (!choosing) {
      return product.get();
    }
    boolean alone = numbers * Math.max(columns, MIN_COLUMNS) < MIN_SHARED;
    Tensor made;
    if (alone) {
      Mkl.useThreads(1);
      try {
        made = product.get();
      } finally {
        Mkl.useThreads(Mkl.ALL_THREADS);
      }
    } else {
      made = product.get();
    }
    if (GradMode.is_enabled() && made.requires_grad()) {
      made.register_hook(alone ? ONE : ALL);
    }
    return made;
  }

  /** Gives the calling thread's products all threads again, after gradients were passed. */
  static void reset() {
    if (choosing) {
      Mkl.useThreads(Mkl.ALL_THREADS);
    }
  }

  /** Called with a gradient, in the thread that goes backwards. */
  private static final class Hook extends VoidTensorHook {
    private final int threads;

    Hook(int threads) {
      this.threads = threads;
      // libtorch holds hooks as long as a graph lives: the scope that happens to be open must not
      // free them.
      retainReference();
    }

    @Override
    public void call(TensorBase gradient) {
      Mkl.useThreads(threads);
    }
  }
}
