package io.hyperdelta.autodiff;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.jspecify.annotations.Nullable;

/**
 * OpenBLAS, which libtorch brings. Its threads are its own and fight with OpenMP's for processors,
 * so only one of both has any: OpenMP, or where OpenBLAS computes with AVX-512, its products. What
 * convolves is OpenMP's then, too. docs/decisions/030 tells what that is worth.
 */
final class OpenBlas implements Blas {
  private static final String SET_THREADS = "openblas_set_num_threads";

  /** Where OpenBLAS is told which processor it is to compute for, if it is not to find out. */
  private static final String VARIABLE = "OPENBLAS_CORETYPE";

  /** The processors with AVX-512 in OpenBLAS's names. */
  private static final Set<String> WIDE = Set.of("SKYLAKEX", "COOPERLAKE", "SAPPHIRERAPIDS");

  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final String MAKER = "AuthenticAMD";

  /** AMD's Zen 5, the first of its processors whose units for AVX-512 are as wide. */
  private static final int FIRST_WIDE_FAMILY = 26;

  /** What OpenBLAS takes for a sign of it. */
  private static final String INSTRUCTIONS = "avx512_bf16";

  /** With more, everything but products would miss OpenMP's; that was not measured. */
  private static final int MAX_WIDE_THREADS = 2;

  /** 256 x 256 x 256 takes 171 us on one thread and 137 on two, 256 x 68 x 256 takes 47 and 60. */
  private static final long MIN_SHARED_WIDE = 1L << 23;

  /**
   * Where all products run on one thread, oneDNN's threads gain more than its own copies of input
   * and output cost: at 256 x 256 x 256 both take equally long on two threads, at 1024 x 384 x 384
   * oneDNN takes about half the time.
   */
  private static final long MIN_COPIED = 1L << 25;

  /**
   * The same where the weight is packed once and for all and no gradient passes: from 256 x 64 x 64
   * on oneDNN is faster, at 64 x 384 x 384 twice as fast.
   */
  private static final long MIN_PACKED = 1L << 20;

  private final boolean wide;
  private final ThreadLocal<State> states = ThreadLocal.withInitial(State::new);
  private openblas_nolapack.@Nullable SetNumThreads setThreads;
  private volatile int openMp = 1;
  private volatile int most = 1;
  private volatile int set = 1;

  /** What a thread was told. */
  private static final class State {
    int threads = ALL_THREADS;
    @Nullable Work work;
  }

  private OpenBlas(boolean wide) {
    this.wide = wide;
  }

  /** One thread, as OpenBLAS has beside OpenMP. */
  static OpenBlas alone() {
    return new OpenBlas(false);
  }

  /**
   * With AVX-512 and all threads.
   *
   * @return null where OpenBLAS has none of it, or MKL is as fast: on other processors than AMD's,
   *     and with more threads
   */
  static @Nullable OpenBlas wide(int threads) {
    return isWide(processor(), System.getenv(VARIABLE), threads) ? new OpenBlas(true) : null;
  }

  /**
   * What Linux knows of the first processor, by field; elsewhere nothing, which costs time only.
   */
  static Map<String, String> processor() {
    try (Stream<String> lines = Files.lines(PROCESSORS)) {
      return lines
          .takeWhile(line -> !line.isBlank())
          .map(line -> line.split(":", 2))
          .filter(field -> field.length == 2)
          .collect(Collectors.toMap(f -> f[0].strip(), f -> f[1].strip(), (a, b) -> a));
    } catch (IOException | UncheckedIOException e) {
      return Map.of();
    }
  }

  /**
   * Whether OpenBLAS is faster than MKL.
   *
   * @param processor as {@link #processor} has it
   * @param core what OpenBLAS's variable says, if anything
   */
  static boolean isWide(Map<String, String> processor, @Nullable String core, int threads) {
    String family = processor.getOrDefault("cpu family", "");
    return threads <= MAX_WIDE_THREADS
        && (core == null || WIDE.contains(core.strip().toUpperCase(Locale.ROOT)))
        && MAKER.equals(processor.get("vendor_id"))
        && family.matches("[0-9]{1,4}")
        && Integer.parseInt(family) >= FIRST_WIDE_FAMILY
        && List.of(processor.getOrDefault("flags", "").split(" ")).contains(INSTRUCTIONS);
  }

  @Override
  public void start(int threads) {
    openMp = threads;
    openblas.blas_set_num_threads(1);
    Pointer address = wide && threads > 1 ? Loader.addressof(SET_THREADS) : null;
    if (address != null) {
      openblas_nolapack.SetNumThreads function = new openblas_nolapack.SetNumThreads() {};
      function.put(address);
      function.retainReference();
      setThreads = function;
      most = threads;
    }
    prepare(Work.PRODUCTS);
  }

  @Override
  public String title() {
    return wide ? "OpenBLAS with AVX-512" : "OpenBLAS on one thread";
  }

  @Override
  public int useThreads(int threads) {
    State state = states.get();
    int last = state.threads;
    state.threads = threads;
    int all = state.work == Work.PRODUCTS ? most : 1;
    give(threads == ALL_THREADS ? all : Math.min(threads, all));
    return last;
  }

  /** The setting is the process's: another thread's products may have its threads for a moment. */
  private void give(int threads) {
    openblas_nolapack.SetNumThreads function = setThreads;
    if (function != null && set != threads) {
      set = threads;
      function.call(threads);
    }
  }

  @Override
  public void prepare(Work work) {
    State state = states.get();
    if (state.work != work) {
      state.work = work;
      boolean sharedByOpenMp = work == Work.CONVOLUTIONS || (work == Work.PRODUCTS && most == 1);
      Blas.useOpenMp(sharedByOpenMp ? openMp : 1);
      useThreads(ALL_THREADS);
    }
  }

  @Override
  public long minShared() {
    return wide ? MIN_SHARED_WIDE : Long.MAX_VALUE;
  }

  @Override
  public long minColumns() {
    return 1;
  }

  @Override
  public long minPacked() {
    return wide ? Long.MAX_VALUE : MIN_PACKED;
  }

  @Override
  public long minCopied() {
    return wide ? Long.MAX_VALUE : MIN_COPIED;
  }
}
