package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/** Native objects that outlive the scope they were made in. Thread-safe. */
final class Held implements AutoCloseable {
  private final List<Pointer> pointers = new ArrayList<>();
  private final List<Held> nested = new ArrayList<>();

  /** Others that are freed with these at the latest, and may be before. */
  synchronized Held nested() {
    Held inner = new Held();
    nested.add(inner);
    return inner;
  }

  /** Keeps a native object until {@link #close}. */
  synchronized <P extends Pointer> P hold(P pointer) {
    pointer.retainReference();
    pointers.add(pointer);
    return pointer;
  }

  /** Frees one of them now. */
  @SuppressWarnings("ReferenceEquality") // the very object that is held
  synchronized void release(Pointer pointer) {
    if (pointers.removeIf(held -> held == pointer)) {
      pointer.releaseReference();
    }
  }

  @Override
  public synchronized void close() {
    pointers.forEach(Pointer::releaseReference);
    pointers.clear();
    nested.forEach(Held::close);
    nested.clear();
  }
}
