package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;

/** Native objects that outlive the scope they were made in. Thread-safe. */
final class Held implements AutoCloseable {
  private final List<Pointer> pointers = new ArrayList<>();

  /** Keeps a native object until {@link #close}. */
  synchronized <P extends Pointer> P hold(P pointer) {
    pointer.retainReference();
    pointers.add(pointer);
    return pointer;
  }

  @Override
  public synchronized void close() {
    pointers.forEach(Pointer::releaseReference);
    pointers.clear();
  }
}
