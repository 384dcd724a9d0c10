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
final class Mkl {
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

  /** For {@link #useThreads}: as many as {@link #start} was told. */
  static final int ALL_THREADS = 0;

  private static openblas_nolapack.@Nullable MklSetNumThreadsLocal setThreads;

  private Mkl() {}

  /**
   * Loads MKL, if it is there. To be called before libtorch is loaded.
   *
   * @return whether libtorch's products will be MKL's; not on other platforms, nor if the class
   *     path lacks a part or the library does not load
   */
  static boolean load() {
    if (!Loader.getPlatform().equals(PLATFORM)) {
      return false;
    }
    try {
      // All parts first: MKL ends the process if it finds one missing later.
      for (String part : PARTS) {
        if (unpacked(part) == null) {
          return false;
        }
      }
      File runtime = unpacked(RUNTIME);
      if (runtime == null) {
        return false;
      }
      Loader.loadGlobal(runtime.getPath());
      return true;
    } catch (IOException | LinkageError e) {
      // OpenBLAS computes the same, slower; and where libtorch does not load either, Engine says
      // so.
      return false;
    }
  }

  private static @Nullable File unpacked(String name) throws IOException {
    URL resource = Mkl.class.getResource(FOLDER + name);
    return resource == null ? null : Loader.cacheResource(resource);
  }

  /**
   * Settles MKL's threads. To be called when libtorch is loaded: only then does MKL find libtorch's
   * OpenMP instead of the system's, which may be missing.
   *
   * @param threads for each product, 1 or more
   */
  static void start(int threads) {
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
  }

  /**
   * Says how many threads the products have that the calling thread asks for from now on. Takes
   * some 25 ns. To be called after {@link #start}.
   *
   * @param threads for each product, 1 or more, or {@link #ALL_THREADS}
   * @return what was said last
   */
  static int useThreads(int threads) {
    return setThreads == null ? ALL_THREADS : setThreads.call(threads);
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
