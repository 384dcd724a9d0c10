package io.hyperdelta.autodiff;

/**
 * As long as it is open, programs compute large products of float32 in bfloat16: the factors keep 8
 * of their 24 bits, sums are float32, and so is what comes out and all else. A step of training is
 * opened as a whole, gradients included. It is the process's: what other threads compute meanwhile
 * is in bfloat16, too.
 */
public final class Bfloat16Products implements AutoCloseable {
  private final boolean before = Products.reduce(true);

  private Bfloat16Products() {}

  /**
   * Whether this processor multiplies bfloat16 itself, and libtorch has the library that lets it:
   * on x86-64 with AMX. Elsewhere they would not be faster.
   */
  public static boolean areAvailable() {
    Engine.start();
    return OneDnn.hasBfloat16();
  }

  /**
   * Begins.
   *
   * @throws IllegalStateException unless they are available
   */
  public static Bfloat16Products open() {
    if (!areAvailable()) {
      throw new IllegalStateException(
          "Products in bfloat16 were asked of a processor that has none. Expected areAvailable() to be asked before.");
    }
    return new Bfloat16Products();
  }

  /** Products are again as they were before. */
  @Override
  public void close() {
    Products.reduce(before);
  }
}
