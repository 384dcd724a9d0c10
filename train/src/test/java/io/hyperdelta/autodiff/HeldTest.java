package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is held lives until it is freed, alone, or with what it is nested in. */
class HeldTest {
  @BeforeAll
  static void start() {
    Engine.start();
  }

  /** Holds a tensor whose own scope is closed by then. */
  private static Tensor hold(Held held) {
    try (PointerScope scope = new PointerScope()) {
      return held.hold(Tensors.ofFloats(new float[] {1, 2}, 2));
    }
  }

  @Test
  void whatIsNestedIsFreedAlone() {
    try (Held whole = new Held()) {
      Held inner = whole.nested();
      Tensor ofWhole = hold(whole);
      Tensor ofInner = hold(inner);
      assertThat(ofInner.isNull()).isFalse();
      inner.close();
      assertThat(ofInner.isNull()).isTrue();
      assertThat(ofWhole.isNull()).isFalse();
      // Closing what is closed is nothing.
      inner.close();
    }
  }

  @Test
  void theWholeFreesWhatIsNested() {
    Held whole = new Held();
    Tensor ofInner = hold(whole.nested());
    Tensor released = hold(whole);
    whole.release(released);
    assertThat(released.isNull()).isTrue();
    assertThat(ofInner.isNull()).isFalse();
    whole.close();
    assertThat(ofInner.isNull()).isTrue();
  }
}
