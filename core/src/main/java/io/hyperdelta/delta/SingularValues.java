package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * Singular value decompositions, cut off at a rank. Stateless.
 *
 * <p>Source: a decomposition cut off after its largest singular values is the closest matrix of
 * that rank in the Frobenius norm (Eckart and Young 1936). Each singular value is shared out
 * between both factors by its root, so that neither becomes much larger than the other.
 */
final class SingularValues {
  private SingularValues() {}

  static LowRankMatrix truncated(DenseMatrix matrix, int rank) {
    checkRank(matrix, rank);
    return truncated(ejml(matrix.values()), rank);
  }

  /**
   * By way of QR decompositions of both factors: what is left to decompose is {@code [rank, rank]}.
   */
  static LowRankMatrix truncated(LowRankMatrix matrix, int rank) {
    checkRank(matrix, rank);
    if (matrix.rank() <= rank) {
      return matrix;
    }
    if (matrix.rank() >= Math.min(matrix.in(), matrix.width())) {
      return truncated(matrix.dense(), rank);
    }
    DMatrixRMaj b = ejml(matrix.b());
    CommonOps_DDRM.transpose(b);
    QRDecomposition<DMatrixRMaj> left = orthogonal(ejml(matrix.a()));
    QRDecomposition<DMatrixRMaj> right = orthogonal(b);
    DMatrixRMaj middle =
        CommonOps_DDRM.multTransB(left.getR(null, true), right.getR(null, true), null);
    LowRankMatrix inner = truncated(middle, rank);
    return new LowRankMatrix(
        value(CommonOps_DDRM.mult(left.getQ(null, true), ejml(inner.a()), null)),
        value(CommonOps_DDRM.multTransB(ejml(inner.b()), right.getQ(null, true), null)));
  }

  private static void checkRank(DeltaMatrix matrix, int rank) {
    long highest = Math.min(matrix.in(), matrix.width());
    if (rank < 1 || rank > highest) {
      throw new IllegalArgumentException(
          "A fixed delta [%d, %d] cannot be cut to rank %d. Expected a rank between 1 and %d."
              .formatted(matrix.in(), matrix.width(), rank, highest));
    }
  }

  private static QRDecomposition<DMatrixRMaj> orthogonal(DMatrixRMaj matrix) {
    QRDecomposition<DMatrixRMaj> decomposition =
        DecompositionFactory_DDRM.qr(matrix.numRows, matrix.numCols);

    checkDone(decomposition.decompose(matrix.copy()));
    return decomposition;
  }

  private static LowRankMatrix truncated(DMatrixRMaj matrix, int rank) {
    SingularValueDecomposition_F64<DMatrixRMaj> decomposition =
        DecompositionFactory_DDRM.svd(matrix.numRows, matrix.numCols, true, true, true);
    checkDone(decomposition.decompose(matrix.copy()));
    double[] singular = decomposition.getSingularValues();
    int[] largest =
        IntStream.range(0, decomposition.numberOfSingularValues())
            .boxed()
            .sorted(Comparator.comparingDouble(k -> -singular[k]))
            .limit(rank)
            .mapToInt(k -> k)
            .toArray();
    DMatrixRMaj u = decomposition.getU(null, false);
    DMatrixRMaj v = decomposition.getV(null, true);
    DMatrixRMaj a = new DMatrixRMaj(matrix.numRows, rank);
    DMatrixRMaj b = new DMatrixRMaj(rank, matrix.numCols);
    for (int k = 0; k < rank; k++) {
      double root = Math.sqrt(singular[largest[k]]);
      for (int row = 0; row < a.numRows; row++) {
        a.set(row, k, u.get(row, largest[k]) * root);
      }
      for (int column = 0; column < b.numCols; column++) {
        b.set(k, column, v.get(largest[k], column) * root);
      }
    }
    return new LowRankMatrix(value(a), value(b));
  }

  private static void checkDone(boolean done) {
    if (!done) {
      throw new IllegalArgumentException(
          "A fixed delta cannot be decomposed: its numbers leave the range of float64. Expected smaller ones.");
    }
  }

  private static DMatrixRMaj ejml(TensorValue value) {
    return DMatrixRMaj.wrap(
        Math.toIntExact(value.dim(0)), Math.toIntExact(value.dim(1)), value.doubles());
  }

  private static TensorValue value(DMatrixRMaj matrix) {
    return TensorValue.ofDoubles(
        Arrays.copyOf(matrix.data, matrix.getNumElements()), matrix.numRows, matrix.numCols);
  }
}
