package io.hyperdelta.autodiff;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import java.util.Arrays;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Products of many pairs of small matrices, each by a call of the library that multiplies for
 * libtorch: libtorch makes several tensors around each of these calls. Gradients do not pass by the
 * tape. Stateless.
 */
final class BatchedProducts {
  /**
   * Multiplications of a pair from which libtorch is as fast: 8 pairs of 32 x 256 and 256 x 8 take
   * 18 us in libtorch and 9 here, 8 of 32 x 256 and 256 x 256 take 269 and 256.
   */
  private static final long MAX_EACH = 1L << 20;

  private BatchedProducts() {}

  /**
   * Matrices that a leading axis counts.
   *
   * @param step numbers from one to the next, 0 if there is only one for all
   * @param byRows whether the numbers of a row lie side by side; else those of a column do
   * @param leading numbers from a row to the next, or from a column
   */
  private record Matrices(
      Tensor tensor, long count, long step, long rows, long columns, boolean byRows, long leading) {
    /**
     * The matrices of a tensor.
     *
     * @param tensor float [k, n, m]
     * @return null if neither rows nor columns lie side by side
     */
    static @Nullable Matrices of(Tensor tensor) {
      long count = tensor.size(0);
      long rows = tensor.size(1);
      long columns = tensor.size(2);
      long step = count == 1 ? 0 : tensor.stride(0);
      long down = rows == 1 ? columns : tensor.stride(1);
      long right = columns == 1 ? 1 : tensor.stride(2);
      if (right == 1 && down >= columns) {
        return new Matrices(tensor, count, step, rows, columns, true, down);
      }
      if (columns == 1) {
        right = rows;
      }
      return (rows == 1 || down == 1) && right >= rows
          ? new Matrices(tensor, count, step, rows, columns, false, right)
          : null;
    }

    /** As the library is told it. */
    int order() {
      return byRows ? CblasNoTrans : CblasTrans;
    }
  }

  /**
   * Multiplies.
   *
   * @param a float [k, n, m], or [1, n, m] for all pairs
   * @param b float [k, m, p], or [1, m, p]
   * @param sum float [k, n, p] to add to, or null
   * @return float [k, n, p]; null if it is not one of the products that are faster so
   */
  static @Nullable Tensor of(Tensor a, Tensor b, @Nullable Tensor sum) {
    if (a.dim() != 3 || b.dim() != 3 || !isSingle(a) || !isSingle(b)) {
      return null;
    }
    Matrices left = Matrices.of(a);
    Matrices right = Matrices.of(b);
    if (left == null
        || right == null
        || left.columns != right.rows
        || !(left.count == right.count || left.count == 1 || right.count == 1)) {
      return null;
    }
    long each = left.rows * left.columns * right.columns;
    long[] dims = {Math.max(left.count, right.count), left.rows, right.columns};
    if (each == 0 || each > MAX_EACH || Math.min(left.count, right.count) == 0) {
      return null;
    }
    if (sum != null && (!isSingle(sum) || !Arrays.equals(Shapes.of(sum), dims))) {
      return null;
    }
    // What copy_ returns is another handle on the result, which owns nothing.
    Tensor result = torch.empty(dims);
    if (sum != null) {
      result.copy_(sum);
    }
    multiply(left, right, result, sum == null ? 0 : 1);
    return result;
  }

  private static boolean isSingle(Tensor tensor) {
    return Tensors.type(tensor) == ScalarType.Float;
  }

  private static void multiply(Matrices left, Matrices right, Tensor result, float kept) {
    FloatPointer a = left.tensor.data_ptr_float();
    FloatPointer b = right.tensor.data_ptr_float();
    FloatPointer c = result.data_ptr_float();
    int rows = Math.toIntExact(left.rows);
    int inner = Math.toIntExact(left.columns);
    int columns = Math.toIntExact(right.columns);
    long count = Math.max(left.count, right.count);
    for (long i = 0; i < count; i++) {
      cblas_sgemm(
          CblasRowMajor,
          left.order(),
          right.order(),
          rows,
          columns,
          inner,
          1,
          a.position(i * left.step),
          (int) left.leading,
          b.position(i * right.step),
          (int) right.leading,
          kept,
          c.position(i * rows * columns),
          columns);
    }
  }
}
