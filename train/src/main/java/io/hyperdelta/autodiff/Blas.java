package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.global.torch;

/**
 * The library that multiplies for libtorch: it asks for {@code sgemm_} and its like by name, and on
 * Linux the first library that was loaded for everybody answers. Thread-safe.
 */
sealed interface Blas permits Mkl, OpenBlas {
  /** For {@link #useThreads}: as many as {@link #start} was told, as far as they are to be had. */
  int ALL_THREADS = 0;

  /**
   * Settles the threads of products. To be called when libtorch is loaded and has OpenMP's.
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

  /** What a thread computes, which decides whose threads share it. */
  enum Work {
    /** Products above all. */
    PRODUCTS,
    /** Convolutions, which OpenMP's threads share, among others. */
    CONVOLUTIONS,
    /** A shard of something, beside threads that compute the others: nobody shares it. */
    SHARD
  }

  /** Says what the calling thread computes from now on. To be called after {@link #start}. */
  void prepare(Work work);

  /**
   * Gives libtorch's own operations so many of OpenMP's threads if the calling thread starts them.
   */
  static void useOpenMp(int threads) {
    // A thread's number is what was last told anywhere until it is asked for the first time.
    torch.get_num_threads();
    torch.set_num_threads(threads);
  }

  /** Multiplications from which a product has more than one thread. */
  long minShared();

  /** Products with fewer columns take as long as with these. */
  long minColumns();

  /** Multiplications from which oneDNN is faster with a weight that it may pack once. */
  long minPacked();

  /** The same where oneDNN copies input and output, and gradients pass. */
  long minCopied();
}
