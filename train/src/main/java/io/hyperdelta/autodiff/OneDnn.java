package io.hyperdelta.autodiff;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Argument;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The products of oneDNN, which libtorch has for x86-64: they use all threads and the processor's
 * widest instructions. So do those of {@link Mkl}, but without a packed weight; OpenBLAS, which
 * libtorch calls where MKL is missing, is held to one thread (see {@link Engine}). Thread-safe.
 */
final class OneDnn {
  private static final String NAMESPACE = "mkldnn::";

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

  /** Looks for oneDNN in libtorch. */
  static void start() {
    instance = torch.hasMKLDNN() ? new OneDnn() : null;
  }

  /** Whether this libtorch has oneDNN. */
  static boolean isAvailable() {
    return instance != null;
  }

  private static OneDnn instance() {
    OneDnn present = instance;
    if (present == null) {
      throw new IllegalStateException("This libtorch has no oneDNN.");
    }
    return present;
  }

  /**
   * A weight in the order in which oneDNN reads it, good for {@link #linear} alone.
   *
   * @param weight float32 [out, in], contiguous
   */
  static Tensor packed(Tensor weight) {
    OneDnn self = instance();
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
