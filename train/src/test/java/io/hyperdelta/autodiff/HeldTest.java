package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is held lives until it is freed, alone, with its part or with the whole. */
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
  void aPartIsFreedAlone() {
    try (Held whole = new Held()) {
      Held part = whole.part();
      Tensor ofWhole = hold(whole);
      Tensor ofPart = hold(part);
      assertThat(ofPart.isNull()).isFalse();
      part.close();
      assertThat(ofPart.isNull()).isTrue();
      assertThat(ofWhole.isNull()).isFalse();
      // Closing what is closed is nothing.
      part.close();
    }
  }

  @Test
  void theWholeFreesItsParts() {
    Held whole = new Held();
    Tensor ofPart = hold(whole.part());
    Tensor released = hold(whole);
    whole.release(released);
    assertThat(released.isNull()).isTrue();
    assertThat(ofPart.isNull()).isFalse();
    whole.close();
    assertThat(ofPart.isNull()).isTrue();
  }
}
