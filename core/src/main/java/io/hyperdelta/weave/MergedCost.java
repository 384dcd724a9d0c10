package io.hyperdelta.weave;

import io.hyperdelta.target.Site;
import io.hyperdelta.weave.CostModel.Ingredient;

/**
 * What one delta costs a batch that has one condition, in nanoseconds of the {@link CostModel}.
 *
 * @param apart where its contribution is added to what the node makes
 * @param merged where it is added to the weight
 */
record MergedCost(double apart, double merged) {
  /** A product and the gradients of its two operands. */
  private static final double PRODUCTS_OF_TRAINING = 3;

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
}
