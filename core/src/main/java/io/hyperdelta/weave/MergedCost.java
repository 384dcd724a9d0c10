package io.hyperdelta.weave;

import io.hyperdelta.target.Site;

/**
 * What one delta costs a batch that has one condition, in units of one large product's
 * floating-point operation.
 *
 * @param apart where its contribution is added to what the node makes
 * @param merged where it is added to the weight
 */
record MergedCost(double apart, double merged) {
  private static final int FLOAT_BYTES = 4;

  static MergedCost of(Site site, MergedForm form, Workload workload) {
    double rows = workload.rows();
    boolean training = workload.purpose() == Workload.Purpose.TRAINING;
    // A product has a gradient for each of its operands.
    double products = training ? 3 : 1;
    double passes = training ? 2 : 1;
    double byteCost = passes * FLOAT_BYTES * Contraction.FLOPS_PER_BYTE;
    double apart = products * 2 * rows * form.rowProducts() + byteCost * rows * form.rowTraffic();
    double merged = products * 2 * form.products() + byteCost * form.traffic();
    if (training && site.kind().isMatrix()) {
      // The gradient of W' is a whole product; that of W, which is frozen, is never made.
      merged += 2 * rows * site.in() * site.out();
    }
    return new MergedCost(apart, merged);
  }
}
