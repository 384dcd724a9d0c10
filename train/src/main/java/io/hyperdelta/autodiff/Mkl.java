package io.hyperdelta.autodiff;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.jspecify.annotations.Nullable;

/**
 * Intel's MKL in OpenBLAS's place, where it is on the class path: its products run in the threads
 * of OpenMP that libtorch has already, which OpenBLAS's do not (see {@link Engine}).
 *
 * <p>libtorch asks for {@code sgemm_} and its like by name, and on Linux the first library that was
 * loaded for everybody answers. So MKL must come before libtorch, and nothing else need change.
 * JavaCPP's own way, the property {@code org.bytedeco.openblas.load}, would load MKL three times
 * over and a second OpenMP with it, and exchange files under programs that share its cache.
 */
final class Mkl implements Blas {
  private static final String PLATFORM = "linux-x86_64";
  private static final String FOLDER = "/org/bytedeco/mkl/" + PLATFORM + "/";
  private static final String RUNTIME = "libmkl_rt.so.2";

  /** What the runtime looks for beside itself, the last four by processor. */
  private static final List<String> PARTS =
      List.of(
          "libmkl_core.so.2",
          "libmkl_intel_lp64.so.2",
          "libmkl_gnu_thread.so.2",
          "libmkl_def.so.2",
          "libmkl_mc3.so.2",
          "libmkl_avx2.so.2",
          "libmkl_avx512.so.2");

  // Both from mkl_service.h.
  private static final int INTERFACE_LP64 = 0;
  private static final int THREADING_GNU = 3;

  /**
   * On one machine 65 thousand take 3 us on one thread and 14 to 21 on two, 1 million 26 and 31, 4
   * million 98 and 76; on another, where threads wake faster, 1.2 million 25 and 17.
   */
  private static final long MIN_SHARED = 1L << 20;

  /** 256 x 256 x 8 takes 81 us on one thread, 51 on two. */
  private static final long MIN_COLUMNS = 32;

  /**
   * At 256 x 64 x 64 MKL takes two thirds of oneDNN's time, at 32 x 256 x 256 as long, from 64 x
   * 384 x 384 on it takes a tenth to a fifth longer.
   */
  private static final long MIN_PACKED = 1L << 21;

  private final ThreadLocal<Boolean> sharing = new ThreadLocal<>();
  private openblas_nolapack.@Nullable MklSetNumThreadsLocal setThreads;
  private volatile int most = 1;

  private Mkl() {}

  /**
   * Loads MKL, if it is there. To be called before libtorch is loaded.
   *
   * @return MKL, whose libtorch's products will be; null on other platforms, and if the class path
   *     lacks a part or the library does not load
   */
  static @Nullable Mkl load() {
    if (!Loader.getPlatform().equals(PLATFORM)) {
      return null;
    }
    try {
      // All parts first: MKL ends the process if it finds one missing later.
      for (String part : PARTS) {
        if (unpacked(part) == null) {
          return null;
        }
      }
      File runtime = unpacked(RUNTIME);
      if (runtime == null) {
        return null;
      }
      Loader.loadGlobal(runtime.getPath());
      return new Mkl();
    } catch (IOException | LinkageError e) {
      // OpenBLAS computes the same, slower; and where libtorch does not load either, Engine says
      // so.
      return null;
    }
  }

  private static @Nullable File unpacked(String name) throws IOException {
    URL resource = Mkl.class.getResource(FOLDER + name);
    return resource == null ? null : Loader.cacheResource(resource);
  }

  /** Only when libtorch is loaded does MKL find its OpenMP instead of the system's, if any. */
  @Override
  public void start(int threads) {
    most = threads;
    try (PointerScope scope = new PointerScope()) {
      // These first, since MKL reads the layers from the environment at any other call.
      asked("MKL_Set_Interface_Layer", INTERFACE_LP64);
      asked("MKL_Set_Threading_Layer", THREADING_GNU);
      // OpenMP would end and start threads whenever MKL wanted another number than libtorch.
      told("MKL_Set_Dynamic", 0);
      told("MKL_Set_Num_Threads", threads);
      openblas_nolapack.MklSetNumThreadsLocal function =
          new openblas_nolapack.MklSetNumThreadsLocal() {};
      function.put(address("MKL_Set_Num_Threads_Local"));
      function.retainReference();
      setThreads = function;
    }
    prepare(Work.PRODUCTS);
  }

  @Override
  public String title() {
    return "MKL";
  }

  /** Takes some 25 ns. */
  @Override
  public int useThreads(int threads) {
    openblas_nolapack.MklSetNumThreadsLocal function = setThreads;
    return function == null ? ALL_THREADS : function.call(threads);
  }

  /** Its threads are OpenMP's, so both have as many. */
  @Override
  public void prepare(Work work) {
    boolean shares = work != Work.SHARD;
    if (!Boolean.valueOf(shares).equals(sharing.get())) {
      sharing.set(shares);
      Blas.useOpenMp(shares ? most : 1);
      useThreads(shares ? ALL_THREADS : 1);
    }
  }

  @Override
  public long minShared() {
    return MIN_SHARED;
  }

  @Override
  public long minColumns() {
    return MIN_COLUMNS;
  }

  /** None where oneDNN is held: MiniLM's frozen part took 25 s by MKL alone and 36 with it. */
  @Override
  public long minPacked() {
    return OneDnn.isHeld() ? Long.MAX_VALUE : MIN_PACKED;
  }

  /** The copies never pay. */
  @Override
  public long minCopied() {
    return Long.MAX_VALUE;
  }

  private static void asked(String name, int value) {
    openblas_nolapack.MklSetNumThreadsLocal function =
        new openblas_nolapack.MklSetNumThreadsLocal() {};
    function.put(address(name));
    function.call(value);
  }

  private static void told(String name, int value) {
    openblas_nolapack.SetNumThreads function = new openblas_nolapack.SetNumThreads() {};
    function.put(address(name));
    function.call(value);
  }

  private static Pointer address(String name) {
    Pointer address = Loader.addressof(name);
    if (address == null) {
      throw new UnsatisfiedLinkError("MKL has no function " + name);
    }
    return address;
  }
}
