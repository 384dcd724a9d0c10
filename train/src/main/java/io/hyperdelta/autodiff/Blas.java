package io.hyperdelta.autodiff;

/**
 * The library that multiplies for libtorch: it asks for {@code sgemm_} and its like by name, and on
 * Linux the first library that was loaded for everybody answers. Thread-safe.
 */
sealed interface Blas permits Mkl, OpenBlas {
  /** For {@link #useThreads}: as many as {@link #start} was told, as far as they are to be had. */
  int ALL_THREADS = 0;

  /**
   * Settles the threads. To be called when libtorch is loaded.
   *
   * @param threads for each product, 1 or more
   */
  void start(int threads);

  /** Which it is, in words. */
  String title();

  /**
   * Says how many threads the products have that the calling thread asks for from now on. To be
   * called after {@link #start}.
   *
   * @param threads for each product, 1 or more, or {@link #ALL_THREADS}
   * @return what was said last
   */
  int useThreads(int threads);

  /**
   * Says what the calling thread computes from now on, where OpenMP and the products cannot both
   * have threads.
   *
   * @param convolves whether there are convolutions in it, which OpenMP's threads share
   */
  void prepare(boolean convolves);

  /** Multiplications from which a product has more than one thread. */
  long minShared();

  /** Products with fewer columns take as long as with these. */
  long minColumns();

  /** Multiplications from which oneDNN is faster with a weight that it may pack once. */
  long minPacked();

  /** The same where oneDNN copies input and output, and gradients pass. */
  long minCopied();
}
