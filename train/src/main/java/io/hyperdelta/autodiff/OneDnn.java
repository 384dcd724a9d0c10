package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Argument;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Float32Backend;
import org.bytedeco.pytorch.global.torch.Float32Op;
import org.bytedeco.pytorch.global.torch.Float32Precision;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The products of oneDNN, which libtorch has for x86-64: they use all threads and the processor's
 * widest instructions. So do those of {@link Mkl}, but without a packed weight; OpenBLAS, which
 * libtorch calls where MKL is missing, is held to one thread (see {@link Engine}). Thread-safe.
 */
final class OneDnn {
  private static final String NAMESPACE = "mkldnn::";

  /** What oneDNN's variable says where it holds it to nothing. */
  private static final Set<String> UNLIMITED = Set.of("ALL", "DEFAULT");

  private final OperatorHandle linear;
  private final OperatorHandle pack;
  private final IValue noActivation;
  private final IValue noNumbers;
  private final IValue nothing;

  /** The only one there is; null until {@link Engine#start}, and where libtorch lacks oneDNN. */
  private static @Nullable OneDnn instance;

  private OneDnn() {
    try (PointerScope scope = new PointerScope()) {
      Dispatcher dispatcher = Dispatcher.singleton();
      linear = kept(dispatcher.findSchemaOrThrow(NAMESPACE + "_linear_pointwise", ""));
      pack = kept(dispatcher.findSchemaOrThrow(NAMESPACE + "_reorder_linear_weight", ""));
      noActivation = kept(new IValue("none"));
      nothing = kept(new IValue());
      // The list's element type can be had from nowhere but the operator that wants it.
      Argument numbers = linear.schema().arguments().getPointer(Argument.class, 4);
      noNumbers = kept(new IValue(new GenericList(numbers.type().get().containedType(0))));
    }
  }

  private static <P extends Pointer> P kept(P pointer) {
    pointer.retainReference();
    return pointer;
  }

  /** Looks for oneDNN in libtorch, which must do without if it computes wrongly here. */
  static void start() {
    if (!torch.hasMKLDNN()) {
      return;
    }
    OneDnn found = new OneDnn();
    if (found.isRight()) {
      instance = found;
    } else {
      torch.globalContext().setUserEnabledMkldnn(false);
    }
  }

  /** Whether the environment holds oneDNN to less than the processor's widest instructions. */
  static boolean isHeld() {
    return Stream.of("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
        .map(System::getenv)
        .filter(Objects::nonNull)
        .anyMatch(most -> !most.isBlank() && !UNLIMITED.contains(most.toUpperCase(Locale.ROOT)));
  }

  /**
   * Whether weights survive being laid out in blocks that they do not fill. On one virtual machine,
   * which hides the processor's caches, oneDNN 3.7 writes the zeros behind the last block over its
   * neighbours. docs/decisions/022 tells how that was found.
   */
  private boolean isRight() {
    try (PointerScope scope = new PointerScope();
        NoGradGuard frozen = new NoGradGuard()) {
      Tensor weight = numbered(44, 20);
      if (!packed(this, weight).to_dense().equal(weight)) {
        return false;
      }
      // A convolution of ones with kernels as large as they: sums of whole numbers, so exact.
      Tensor kernels = numbered(16, 20, 3, 3);
      long[] once = {1, 1};
      Tensor sums =
          torch.conv2d(
              torch.ones(2, 20, 3, 3),
              kernels,
              new TensorOptional(),
              once,
              new long[] {0, 0},
              once,
              1);
      return sums.equal(kernels.sum(1, 2, 3).reshape(1, 16, 1, 1).expand(2, 16, 1, 1));
    }
  }

  private static Tensor numbered(long... dims) {
    long count = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    TensorOptions type = new TensorOptions(ScalarType.Float);
    return torch.arange(new Scalar(0), new Scalar(count), type).reshape(dims);
  }

  /** Lets the products that libtorch computes from now on be in bfloat16, or in float32 again. */
  static void useBfloat16(boolean wanted) {
    torch
        .globalContext()
        .setFloat32Precision(
            Float32Backend.MKLDNN,
            Float32Op.MATMUL,
            wanted ? Float32Precision.BF16 : Float32Precision.IEEE);
  }

  /**
   * Whether products that may be in bfloat16 are: oneDNN computes in float32 where the processor
   * does not have what makes bfloat16 faster.
   */
  static boolean hasBfloat16() {
    return instance != null && Rounding.IS_SEEN;
  }

  /** Asked once, when somebody wants to know. */
  private static final class Rounding {
    /** Large enough for libtorch to ask oneDNN. */
    private static final long SIZE = 64;

    /** Between two neighbours in bfloat16. */
    private static final double FINE = 1 + 1.0 / 1024;

    static final boolean IS_SEEN = isSeen();

    @SuppressWarnings("try") // guards and scopes work by being open
    private static boolean isSeen() {
      try (PointerScope scope = new PointerScope();
          NoGradGuard frozen = new NoGradGuard()) {
        Tensor fine = torch.full(new long[] {SIZE, SIZE}, new Scalar(FINE));
        useBfloat16(true);
        try {
          return !fine.mm(torch.eye(SIZE)).equal(fine);
        } finally {
          useBfloat16(false);
        }
      }
    }
  }

  /** Whether this libtorch has oneDNN, and it computes rightly here. */
  static boolean isAvailable() {
    return instance != null;
  }

  private static OneDnn instance() {
    OneDnn present = instance;
    if (present == null) {
      throw new IllegalStateException("This libtorch has no oneDNN that computes rightly.");
    }
    return present;
  }

  /**
   * A weight in the order in which oneDNN reads it, good for {@link #linear} alone.
   *
   * @param weight float32 [out, in], contiguous
   */
  static Tensor packed(Tensor weight) {
    return packed(instance(), weight);
  }

  private static Tensor packed(OneDnn self, Tensor weight) {
    IValueVector stack = new IValueVector();
    stack.push_back(new IValue(weight));
    stack.push_back(self.nothing);
    self.pack.callBoxed(stack);
    return new Tensor(stack.get(0).toTensor());
  }

  /**
   * The product with a packed weight, plus a bias. Passes no gradient on.
   *
   * @param x float32 [..., in]
   * @param packed from {@link #packed}
   * @param bias float32 [out], if any
   * @return float32 [..., out]
   */
  static Tensor linear(Tensor x, Tensor packed, @Nullable Tensor bias) {
    OneDnn self = instance();
    IValueVector stack = new IValueVector();
    stack.push_back(new IValue(x));
    stack.push_back(new IValue(packed));
    stack.push_back(bias == null ? self.nothing : new IValue(bias));
    stack.push_back(self.noActivation);
    stack.push_back(self.noNumbers);
    stack.push_back(self.nothing);
    self.linear.callBoxed(stack);
    return new Tensor(stack.get(0).toTensor());
  }
}
