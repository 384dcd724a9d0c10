package io.hyperdelta.target;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Looks for bytes that make the reader of models, constant folding or the search for sites do
 * anything but succeed or throw a {@link io.hyperdelta.graph.ModelException}. A failure says how to
 * make its bytes part of {@link CorpusTest}.
 */
final class ModelFuzzTest {
  @FuzzTest(maxDuration = "25s")
  void read(byte[] bytes) {
    HostileInput.replayable(bytes, CorpusTest.MODELS, () -> HostileInput.isTarget(bytes));
  }
}
