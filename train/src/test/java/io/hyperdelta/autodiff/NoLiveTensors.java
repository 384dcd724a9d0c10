package io.hyperdelta.autodiff;

import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves native objects alive: every tensor must have been freed by its scope or
 * by the close of its owner, without help from Java's garbage collector.
 */
final class NoLiveTensors implements BeforeEachCallback, AfterEachCallback {
  private long before;

  @Override
  public void beforeEach(ExtensionContext context) {
    Engine.start();
    before = Pointer.totalCount();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    long after = Pointer.totalCount();
    if (after > before && context.getExecutionException().isEmpty()) {
      throw new AssertionError(
          "%s left %d native objects alive. Expected none."
              .formatted(context.getDisplayName(), after - before));
    }
  }
}
