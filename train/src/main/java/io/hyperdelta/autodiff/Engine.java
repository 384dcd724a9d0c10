package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Starts libtorch, once per process: loads its natives and settles its threads. Everything in this
 * package that touches a tensor calls {@link #start()} first. Thread-safe.
 */
public final class Engine {
  /** System property that overrides the number of threads a tensor operation may use. */
  public static final String THREADS_PROPERTY = "io.hyperdelta.threads";

  // Adaptive networks are small: beyond this many threads the hand-over costs more than it gains.
  private static final int MAX_DEFAULT_THREADS = 8;

  /** The most that glibc learns to keep; see {@link #keepFreedMemory}. */
  private static final long KEPT_BYTES = (32L << 20) - (64 << 10);

  /** How JavaCPP is told how much memory the process may have, in either spelling. */
  private static final List<String> BOUND_PROPERTIES =
      List.of("org.bytedeco.javacpp.maxPhysicalBytes", "org.bytedeco.javacpp.maxphysicalbytes");

  private static @Nullable Blas blas;
  private static int startedThreads;

  private Engine() {}

  /**
   * Makes libtorch ready; returns at once when it is.
   *
   * @throws IllegalStateException if libtorch has no natives for this platform on the class path
   * @throws IllegalArgumentException if {@value #THREADS_PROPERTY} is no positive number
   */
  public static synchronized void start() {
    if (startedThreads > 0) {
      return;
    }
    int threads = wantedThreads();
    leaveMemoryUnbounded();
    try {
      Blas chosen = chooseBlas(threads);
      Blas.useOpenMp(threads);
      chosen.start(threads);
      Products.start(chosen, threads);
      blas = chosen;
      OneDnn.start();
      keepFreedMemory();
    } catch (LinkageError e) {
      throw new IllegalStateException(
          "libtorch cannot start on %s %s: its native library is missing or does not load. Expected the natives of org.bytedeco:pytorch for this platform on the class path, got %s. Maybe the project was built on another platform; build it here."
              .formatted(System.getProperty("os.name"), System.getProperty("os.arch"), e),
          e);
    }
    startedThreads = threads;
  }

  /**
   * Takes JavaCPP's bound on the process's memory away, unless somebody has set one. It goes with
   * Java's heap, which has nothing to do with tensors, and to keep it JavaCPP asks the system for
   * the process's size whenever a tensor is made: 24 small layers forwards and back take 1.6 times
   * as long. Where JavaCPP was used before, it has read its properties, and this does nothing.
   */
  private static void leaveMemoryUnbounded() {
    if (BOUND_PROPERTIES.stream().allMatch(name -> System.getProperty(name) == null)) {
      System.setProperty(BOUND_PROPERTIES.get(0), "0");
    }
  }

  private static Blas chooseBlas(int threads) {
    Blas wide = OpenBlas.wide(threads);
    Blas mkl = wide == null ? Mkl.load() : null;
    return wide != null ? wide : mkl != null ? mkl : OpenBlas.alone();
  }

  /**
   * Gives the C library a reason to keep the memory that tensors leave behind. glibc gives a large
   * block back to the system when it is freed, and the next tensor of that size pays for every page
   * of it anew; but once a block is freed, it treats all smaller ones as worth keeping (mallopt(3),
   * M_MMAP_THRESHOLD). Elsewhere this does nothing.
   */
  private static void keepFreedMemory() {
    try (PointerScope scope = new PointerScope()) {
      torch.empty(KEPT_BYTES / Float.BYTES);
    }
  }

  /**
   * Gives the system the pages back that tensors left behind, where the C library can: for when
   * others are going to be needed from now on.
   */
  static void giveMemoryBack() {
    Pointer.trimMemory();
  }

  /** Who multiplies for libtorch, in words. */
  public static String products() {
    return blas().title();
  }

  /** Who multiplies for libtorch. */
  static synchronized Blas blas() {
    start();
    return Objects.requireNonNull(blas);
  }

  /**
   * Lets gradients flow back from a loss to the parameters of the programs that made it.
   *
   * @param loss float [] that gradients pass through
   */
  public static void backward(Tensor loss) {
    try {
      loss.backward();
    } finally {
      Products.reset();
    }
  }

  /**
   * The gradients of a loss, which leaves those of other threads alone.
   *
   * @param loss float [] that gradients pass through
   * @param leaves of the programs that made it
   * @param results the scope that the gradients belong to; several threads may share it
   * @return for each leaf a contiguous gradient of its shape that shares memory with nothing,
   *     undefined if none reaches the leaf
   */
  public static List<Tensor> gradients(Tensor loss, List<Tensor> leaves, PointerScope results) {
    try (PointerScope own = new PointerScope()) {
      return settled(grad(loss, leaves), results);
    } finally {
      Products.reset();
    }
  }

  /** Gradients as libtorch makes them, in the scope that is open; undefined if none reaches. */
  static List<Tensor> grad(Tensor loss, List<Tensor> leaves) {
    TensorVector found =
        torch.grad(
            new TensorVector(loss),
            new TensorVector(leaves.toArray(Tensor[]::new)),
            new TensorVector(),
            new BoolOptional(),
            false,
            true);
    // The vector's own handles go with it.
    return IntStream.range(0, leaves.size()).mapToObj(i -> new Tensor(found.get(i))).toList();
  }

  /**
   * Gradients for keeps: contiguous, each with memory of its own.
   *
   * @param found undefined where none reached
   * @param results the scope that they belong to; several threads may share it
   */
  static List<Tensor> settled(List<Tensor> found, PointerScope results) {
    List<Tensor> gradients = new ArrayList<>();
    Set<Long> memory = new HashSet<>();
    for (Tensor one : found) {
      Tensor gradient = one;
      if (gradient.defined()) {
        // Operators hand gradients on as they are, also to several leaves.
        boolean alone = memory.add(gradient.storage().data().address());
        gradient = (alone ? gradient : gradient.clone()).contiguous();
      }
      synchronized (results) {
        results.attach(gradient);
      }
      gradients.add(gradient);
    }
    return gradients;
  }

  /** Threads that one tensor operation may use. */
  public static synchronized int threadCount() {
    start();
    return startedThreads;
  }

  /**
   * The scope that results belong to.
   *
   * @throws IllegalStateException if the calling thread has none open
   */
  static PointerScope callerScope() {
    PointerScope scope = PointerScope.getInnerScope();
    if (scope == null) {
      throw new IllegalStateException(
          "Tensors were to be made outside a PointerScope. Expected an open one around each step, which the results belong to.");
    }
    return scope;
  }

  private static int wantedThreads() {
    String text = System.getProperty(THREADS_PROPERTY);
    if (text == null) {
      return Math.min(Runtime.getRuntime().availableProcessors(), MAX_DEFAULT_THREADS);
    }
    if (!text.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(
          "System property %s is no thread count. Expected a number from 1 to 9999, got \"%s\"."
              .formatted(THREADS_PROPERTY, text));
    }
    return Integer.parseInt(text);
  }
}
