package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** MiniLM forward, 16 sentences of 64 tokens: a program against ONNX Runtime. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class MiniLmForward implements Comparison {
  private static final int BATCH = 16;
  private static final int LENGTH = 64;

  /** The same tokens for both. */
  static Map<String, TensorValue> inputs() {
    // More words than tokens fit, so that every row is full; what is past the length is cut off.
    List<String> sentences = Sentences.make(BATCH, LENGTH, LENGTH + 8, 5);
    MiniLm.Tokens tokens = MiniLm.tokens(sentences);
    long[] ids = new long[BATCH * LENGTH];
    long[] ones = new long[BATCH * LENGTH];
    Arrays.fill(ones, 1);
    for (int row = 0; row < BATCH; row++) {
      System.arraycopy(tokens.ids(), row * tokens.length(), ids, row * LENGTH, LENGTH);
    }
    return Map.of(
        "input_ids", TensorValue.ofLongs(ids, BATCH, LENGTH),
        "attention_mask", TensorValue.ofLongs(ones, BATCH, LENGTH),
        "token_type_ids", TensorValue.ofLongs(new long[BATCH * LENGTH], BATCH, LENGTH));
  }

  private final OrtReference reference = new OrtReference(MiniLm.model(), Threads.COUNT, inputs());
  private final PointerScope scope = new PointerScope();
  private final Map<String, Value> inputs = new HashMap<>();
  private final Program program =
      Program.compile(ModelReader.read(MiniLm.model(), "MiniLM"), Set.of(), Precision.FLOAT);

  /** Loads the network on both sides. */
  public MiniLmForward() {
    inputs()
        .forEach((name, value) -> inputs.put(name, Value.of(Tensors.of(value, Precision.FLOAT))));
  }

  /** The program. */
  @Override
  @Benchmark
  @SuppressWarnings("try") // scopes work by being open
  public void ours() {
    try (PointerScope own = new PointerScope();
        NoGradGuard frozen = new NoGradGuard()) {
      program.run(inputs);
    }
  }

  /** ONNX Runtime. */
  @Override
  @Benchmark
  public void theirs() {
    reference.compute();
  }

  @Override
  @TearDown
  public void close() {
    program.close();
    scope.close();
    reference.close();
  }
}
