package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorType;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A chain of nodes that compute next to nothing: what a program adds to the calls themselves. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class NodeOverhead implements Comparison {
  /** Length of the chain. */
  static final int NODES = 500;

  private final PointerScope scope = new PointerScope();
  private final Program program;
  private final Tensor x;

  /** Compiles the chain. */
  public NodeOverhead() {
    GraphEditor editor = GraphEditor.empty("chain", 17);
    String value = editor.input("x", TensorType.of(Dtype.FLOAT, 1));
    for (int i = 0; i < NODES; i++) {
      value = editor.node("Neg", value);
    }
    editor.output(value, TensorType.of(Dtype.FLOAT, 1));
    program = Program.compile(editor.finish("chain"), Set.of(), Precision.FLOAT);
    x = Tensors.ofFloats(new float[] {1}, 1);
  }

  /** The program. */
  @Override
  @Benchmark
  @SuppressWarnings("try") // scopes work by being open
  public void ours() {
    try (PointerScope own = new PointerScope();
        NoGradGuard frozen = new NoGradGuard()) {
      program.run(Map.of("x", Value.of(x)));
    }
  }

  /** The same calls by hand. */
  @Override
  @Benchmark
  @SuppressWarnings("try") // scopes work by being open
  public void theirs() {
    try (PointerScope own = new PointerScope();
        NoGradGuard frozen = new NoGradGuard()) {
      Tensor y = x;
      for (int i = 0; i < NODES; i++) {
        y = y.neg();
      }
    }
  }

  @Override
  @TearDown
  public void close() {
    program.close();
    scope.close();
  }
}
