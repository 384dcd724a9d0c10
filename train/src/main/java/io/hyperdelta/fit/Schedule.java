package io.hyperdelta.fit;

/**
 * Learning rate of each step: a straight rise from 0, then half a cosine down to 0.
 *
 * <p>Source: Loshchilov and Hutter 2017 (SGDR), equation 5 with one cycle, after a warm-up.
 *
 * @param peak highest learning rate
 * @param warmupSteps steps of the rise
 * @param steps steps in all
 */
record Schedule(double peak, long warmupSteps, long steps) {
  double at(long step) {
    if (step < warmupSteps) {
      return peak * (step + 1) / warmupSteps;
    }
    double done = (double) (step - warmupSteps) / Math.max(1, steps - warmupSteps);
    return peak * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done)));
  }
}
