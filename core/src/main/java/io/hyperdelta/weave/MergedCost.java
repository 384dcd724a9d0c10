package io.hyperdelta.weave;

import io.hyperdelta.target.Site;
import io.hyperdelta.weave.CostModel.Ingredient;

/**
 * What one delta costs a batch, in nanoseconds of the {@link CostModel}.
 *
 * @param apart where its contribution is added to what the node makes
 * @param merged where it is added to the weight
 */
record MergedCost(double apart, double merged) {
  /** A product and the gradients of its two operands. */
  private static final double PRODUCTS_OF_TRAINING = 3;

  /**
   * Pixels that an image is taken to have where they are not known. The fewer there are, the less
   * there is to gain.
   */
  private static final int PIXELS = 64;

  /** Nodes of a contribution that is laid out in rows, and those of a kernel for each condition. */
  private static final int NODES_APART = 12;

  private static final int NODES_OF_KERNELS = 5;

  /** Numbers of a layer's input and output moved to lay them out in rows and back. */
  private static final double TURNED = 2;

  /**
   * Where there is one condition.
   *
   * @param workload with the rows of the layer
   */
  static MergedCost of(Site site, MergedForm form, Workload workload) {
    double rows = workload.rows();
    boolean training = workload.purpose() == Workload.Purpose.TRAINING;
    CostModel model = training ? CostModel.TRAINING : CostModel.FORWARD;
    double multiplication = 2 * model.nanos(Ingredient.OPERATION);
    double pass = model.nanos(Ingredient.PASS);
    double apart = rows * (multiplication * form.rowProducts() + pass * form.rowTraffic());
    double merged = multiplication * form.products() + pass * form.traffic();
    if (training && site.kind().isMatrix()) {
      // The gradient of W' is a whole product; that of W, which is frozen, is never made.
      merged += multiplication * rows * site.in() * site.out() / PRODUCTS_OF_TRAINING;
    }
    return new MergedCost(apart, merged);
  }

  /**
   * In training, with a kernel for each condition, for the rows of the batch. Moved numbers count
   * as operations of their own: those of images do not stay near the processor.
   */
  static MergedCost ofKernels(Site site, MergedForm form, Workload workload) {
    CostModel model = CostModel.TRAINING;
    double multiplication = 2 * model.nanos(Ingredient.OPERATION);
    double moved = model.nanos(Ingredient.POINTWISE);
    double node = model.nanos(Ingredient.NODE);
    double windows = workload.at(site, PIXELS).rows();
    double turned = TURNED * (site.in() + site.out());
    double apart =
        NODES_APART * node
            + windows
                * (multiplication * form.rowProducts() + moved * (form.rowTraffic() + turned));
    double gradient = windows * site.in() * site.out() / PRODUCTS_OF_TRAINING;
    double merged =
        NODES_OF_KERNELS * node
            + workload.conditions() * (multiplication * form.products() + moved * form.traffic())
            + 2 * model.nanos(Ingredient.BATCHED_OPERATION) * gradient;
    return new MergedCost(apart, merged);
  }
}
