package io.hyperdelta.hypernetwork;

/**
 * An input of a graph for training: what a layer of a trunk is multiplied with, so that some of its
 * units are dropped. Callers who give none drop nothing.
 *
 * <p>Source: Srivastava et al. 2014 (Dropout, section 4), with the units that are kept divided by
 * the chance to be kept, so that nothing is left to do when predicting.
 *
 * @param input name of the input, float32 {@code [conditions, width]}: 0 for a dropped unit, else 1
 *     / (1 - rate)
 * @param width units of the layer
 * @param rate chance of a unit to be dropped, in (0, 1)
 */
public record DropoutMask(String input, int width, double rate) {}
