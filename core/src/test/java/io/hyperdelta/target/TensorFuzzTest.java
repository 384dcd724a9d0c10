package io.hyperdelta.target;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Like {@link ModelFuzzTest}, for the reader of tensor files. */
final class TensorFuzzTest {
  @FuzzTest(maxDuration = "20s")
  void decode(byte[] bytes) {
    HostileInput.replayable(bytes, CorpusTest.TENSORS, () -> HostileInput.isTensor(bytes));
  }
}
