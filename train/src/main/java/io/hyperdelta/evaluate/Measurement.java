package io.hyperdelta.evaluate;

/**
 * A metric of one model on one split, with a 95 % interval.
 *
 * @param model {@code frozen}, {@code fixed}, {@code extra-inputs}, {@code adaptive}, {@code
 *     adaptive-shuffled} or {@code adaptive-mean}; of an ensemble also {@code member/NAME}, {@code
 *     members-mean} and {@code best-member}
 * @param split {@code seen-contexts} or {@code unseen-contexts}
 * @param metric the metric's key
 * @param value on all rows of the split
 * @param low lower end of the interval
 * @param high upper end of the interval
 */
public record Measurement(
    String model, String split, String metric, double value, double low, double high) {}
