package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.Tensor;

/** Rows kept in memory. */
final class MemoryRows implements KeptRows {
  private final Tensor all;

  /**
   * Room for rows.
   *
   * @param like tensor [some rows, ...] of the rows' shape and type
   * @param rowCount how many rows there are
   */
  MemoryRows(Tensor like, int rowCount) {
    long[] dims = Shapes.of(like);
    dims[0] = rowCount;
    all = like.new_empty(dims);
    all.retainReference();
  }

  @Override
  public void put(int from, Tensor part) {
    all.narrow(0, from, part.size(0)).copy_(part);
  }

  @Override
  public Tensor take(Pick pick) {
    return pick.from(all);
  }

  @Override
  public void close() {
    all.releaseReference();
  }
}
