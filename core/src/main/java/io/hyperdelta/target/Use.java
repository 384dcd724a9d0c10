package io.hyperdelta.target;

/**
 * A node that uses a site.
 *
 * @param op its operator
 * @param input the value that a weight is multiplied with; for a bias the value it is added to, or
 *     the empty string when the same node makes and adds it
 * @param output the value that the node makes, float [..., out]
 * @param gain what the node multiplies the site's contribution with: Gemm's alpha or beta, else 1
 */
public record Use(String op, String input, String output, float gain) {}
