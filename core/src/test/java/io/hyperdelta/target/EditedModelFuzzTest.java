package io.hyperdelta.target;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Like {@link ModelFuzzTest}, for models that are whole protobufs: it gets deeper into folding. */
final class EditedModelFuzzTest {
  @FuzzTest(maxDuration = "25s")
  void read(FuzzedDataProvider choices) {
    byte[] bytes = ModelEdits.model(choices);
    HostileInput.replayable(bytes, CorpusTest.MODELS, () -> HostileInput.isTarget(bytes));
  }
}
