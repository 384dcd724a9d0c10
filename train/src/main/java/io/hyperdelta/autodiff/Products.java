package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.function.Supplier;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.VoidTensorHook;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * How a product is computed. Where {@link Blas} has several threads, on one of them if waking
 * another takes longer than the product, else on all; and within {@link Bfloat16Products}, if it is
 * large, by {@link OneDnn} in bfloat16. Forwards each product is told before it starts; the two
 * that pass its gradients are told by a hook on what it made, which libtorch calls right before
 * them, in the thread that goes backwards. Thread-safe, but for the precision, which is the
 * process's.
 */
final class Products {
  /**
   * Multiplications from which bfloat16 pays, all matrices of a batch together, where the processor
   * has matrix instructions: 64 x 384 x 384 takes 62 us in float32 and 50 in bfloat16, 256 x 256 x
   * 256 takes 104 and 61, 1024 x 384 x 384 takes 920 and 282, but 1024 x 16 x 384 takes 47 and 84.
   */
  private static final long MIN_REDUCED = 1L << 23;

  private static final Hook[] HOOKS = {
    new Hook(Blas.ALL_THREADS, false), new Hook(1, false), new Hook(Blas.ALL_THREADS, true)
  };

  /** Whose products they are; null where nobody chooses threads for them. */
  private static volatile @Nullable Blas blas;

  private static volatile boolean reducing;

  private Products() {}

  /**
   * Begins to choose threads. To be called after {@link Blas#start}; before, products have the
   * threads that they have.
   *
   * @param threads that products run on otherwise
   */
  static void start(Blas library, int threads) {
    blas = threads > 1 && library.minShared() < Long.MAX_VALUE ? library : null;
  }

  /**
   * Lets large products be in bfloat16, or no longer.
   *
   * @return whether they were before
   */
  static boolean reduce(boolean wanted) {
    boolean before = reducing;
    reducing = wanted;
    return before;
  }

  /** Whether products with so many multiplications are in bfloat16. */
  static boolean areReduced(long multiplications) {
    return reducing && multiplications >= MIN_REDUCED;
  }

  /** The product of two tensors, as {@code Tensor.matmul} has it. */
  static Tensor matmul(Tensor a, Tensor b) {
    long columns = b.dim() < 2 ? 1 : b.size(-1);
    // Against one matrix all of a is one product.
    if (a.dim() < 2 || b.dim() <= 2) {
      return of(a.numel(), columns, () -> a.matmul(b));
    }
    long numbers = a.size(-2) * a.size(-1);
    long matrices = Math.max(matrices(a), matrices(b));
    return of(matrices, numbers, columns, () -> pairs(a, b, null, () -> a.matmul(b)));
  }

  /** Products of pairs of matrices, which libtorch makes if {@link BatchedProducts} does not. */
  private static Tensor pairs(Tensor a, Tensor b, @Nullable Tensor sum, Supplier<Tensor> product) {
    boolean taped =
        GradMode.is_enabled()
            && (a.requires_grad() || b.requires_grad() || (sum != null && sum.requires_grad()));
    Tensor made = taped || reducing ? null : BatchedProducts.of(a, b, sum);
    return made == null ? product.get() : made;
  }

  private static long matrices(Tensor batch) {
    return Shapes.count(Shapes.of(batch), 0, (int) batch.dim() - 2);
  }

  /**
   * The product with a weight, plus a bias, as {@code torch.linear} has it.
   *
   * @param x float [..., in]
   * @param weight float [out, in]
   * @param bias float [out], if any
   */
  static Tensor linear(Tensor x, Tensor weight, @Nullable Tensor bias) {
    long columns = weight.size(0);
    // A product that starts from a bias is not one of oneDNN's in bfloat16.
    if (bias != null && areReduced(x.numel() * columns)) {
      return ArithmeticKernels.sumOver(matmul(x, weight.t()), bias);
    }
    TensorOptional given = bias == null ? new TensorOptional() : new TensorOptional(bias);
    return of(x.numel(), columns, () -> torch.linear(x, weight, given));
  }

  /** A matrix, or a row for all of its rows, plus the product of two. */
  static Tensor addmm(Tensor sum, Tensor a, Tensor b) {
    return added(sum, a, b, torch::addmm);
  }

  /** Matrices [k, n, m] plus the products of as many pairs. */
  static Tensor baddbmm(Tensor sum, Tensor a, Tensor b) {
    return added(sum, a, b, (s, x, y) -> pairs(x, y, s, () -> torch.baddbmm(s, x, y)));
  }

  /** A value plus the product of two tensors, as {@code Tensor.matmul} and its sum have it. */
  static Tensor plus(Tensor sum, Tensor a, Tensor b) {
    int rank = (int) a.dim();
    boolean one = b.dim() == 2;
    if (rank >= 2 && (one || (rank == 3 && b.dim() == 3 && a.size(0) == b.size(0)))) {
      long[] made = Shapes.of(a);
      made[rank - 1] = b.size(-1);
      if (sum.is_floating_point() && Arrays.equals(Shapes.of(sum), made)) {
        if (!one) {
          return baddbmm(sum, a, b);
        }
        if (rank == 2) {
          return addmm(sum, a, b);
        }
        long rows = Shapes.count(made, 0, rank - 1);
        return addmm(sum.reshape(rows, b.size(1)), a.reshape(rows, b.size(0)), b).reshape(made);
      }
    }
    return ArithmeticKernels.sumOver(matmul(a, b), sum);
  }

  private interface Added {
    Tensor of(Tensor sum, Tensor a, Tensor b);
  }

  /** In bfloat16 the sum is added behind, as in {@link #linear}. */
  private static Tensor added(Tensor sum, Tensor a, Tensor b, Added whole) {
    long columns = b.size(-1);
    return areReduced(a.numel() * columns)
        ? ArithmeticKernels.sumOver(matmul(a, b), sum)
        : of(matrices(a), a.size(-2) * a.size(-1), columns, () -> whole.of(sum, a, b));
  }

  /**
   * Computes a product.
   *
   * @param numbers of the left matrix
   * @param columns of the right one
   * @param product one product of such matrices
   */
  static Tensor of(long numbers, long columns, Supplier<Tensor> product) {
    return of(1, numbers, columns, product);
  }

  /**
   * Computes products of several pairs of matrices in one call.
   *
   * @param matrices how many pairs
   * @param numbers of each left matrix
   * @param columns of each right one
   */
  static Tensor of(long matrices, long numbers, long columns, Supplier<Tensor> product) {
    boolean reduced = areReduced(matrices * numbers * columns);
    Blas library = blas;
    if ((library == null && !reducing) || Team.isMember()) {
      return product.get();
    }
    boolean alone =
        library != null
            && !reduced
            && numbers * Math.max(columns, library.minColumns()) < library.minShared();
    Tensor made;
    if (alone || reduced) {
      set(alone ? 1 : Blas.ALL_THREADS, reduced);
      try {
        made = product.get();
      } finally {
        reset();
      }
    } else {
      made = product.get();
    }
    if (GradMode.is_enabled() && made.requires_grad()) {
      made.register_hook(HOOKS[alone ? 1 : reduced ? 2 : 0]);
    }
    return made;
  }

  /**
   * Sees to it that products within an operation of libtorch's own, such as its attention, pass
   * gradients in float32: what is nearer to the loss may have been told otherwise.
   *
   * @param made what the operation made
   * @return the same
   */
  static Tensor inFloat32(Tensor made) {
    if (reducing && GradMode.is_enabled() && made.requires_grad()) {
      made.register_hook(HOOKS[0]);
    }
    return made;
  }

  private static void set(int threads, boolean reduced) {
    Blas library = blas;
    if (library != null && !Team.isMember()) {
      library.useThreads(threads);
    }
    if (reducing) {
      OneDnn.useBfloat16(reduced);
    }
  }

  /** Gives products all threads and float32 again, after one or after gradients were passed. */
  static void reset() {
    set(Blas.ALL_THREADS, false);
  }

  /** Called with a gradient, in the thread that goes backwards. */
  private static final class Hook extends VoidTensorHook {
    private final int threads;
    private final boolean reduced;

    Hook(int threads, boolean reduced) {
      this.threads = threads;
      this.reduced = reduced;
      // libtorch holds hooks as long as a graph lives: the scope that happens to be open must not
      // free them.
      retainReference();
    }

    @Override
    public void call(TensorBase gradient) {
      set(threads, reduced);
    }
  }
}
