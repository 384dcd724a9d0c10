package io.hyperdelta.graph;

/**
 * The 16-bit floats, which Java has no type for: IEEE 754 binary16, and bfloat16, the upper half of
 * a float32. Stateless.
 */
final class HalfFloats {
  private static final int EXPONENT_MASK = 0x7c00;
  private static final int FRACTION_MASK = 0x03ff;

  /** The value of a binary16 subnormal's last bit, 2 to the power of -24. */
  private static final float SUBNORMAL_STEP = 0x1p-24f;

  private HalfFloats() {}

  /** The value that 16 bits stand for, exactly. */
  static float toFloat(short bits, Dtype dtype) {
    return dtype == Dtype.BFLOAT16 ? Float.intBitsToFloat(bits << 16) : binary16(bits);
  }

  private static float binary16(short bits) {
    int exponent = bits & EXPONENT_MASK;
    int fraction = bits & FRACTION_MASK;
    if (exponent == 0) {
      float value = fraction * SUBNORMAL_STEP;
      return bits < 0 ? -value : value;
    }
    int sign = (bits & 0x8000) << 16;
    // The exponent's bias is 15 here and 127 there; its highest value means infinity or NaN in
    // both.
    int wide = exponent == EXPONENT_MASK ? 0xff : (exponent >> 10) + 112;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
  }
}
