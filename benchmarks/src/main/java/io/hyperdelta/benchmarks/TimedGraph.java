package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A graph without inputs whose initializers are all learned: how long it takes to run, with and
 * without the way back. Not thread-safe.
 */
final class TimedGraph implements AutoCloseable {
  /** A turn lasts at least this long, so that short work is repeated within it. */
  private static final double MIN_SECONDS = 0.002;

  /** Turns of which the fastest counts: what disturbs a measurement only ever makes it longer. */
  private static final int TURNS = 7;

  private final Program program;
  private final List<Tensor> leaves;

  /**
   * Compiles a graph.
   *
   * @param learned initializers that gradients flow to
   */
  TimedGraph(Model model, Set<String> learned) {
    program = Program.compile(model, new LinkedHashSet<>(learned), Precision.FLOAT);
    leaves = program.parameters().tensors();
  }

  /** Seconds of a run forwards. */
  double forward() {
    return fastest(this::runForward);
  }

  /** Seconds of a run forwards and back. */
  double training() {
    return fastest(this::runBack);
  }

  @SuppressWarnings("try") // scopes work by being open
  private void runForward() {
    try (PointerScope own = new PointerScope();
        NoGradGuard frozen = new NoGradGuard()) {
      program.run(Map.of());
    }
  }

  @SuppressWarnings("try") // scopes work by being open
  private void runBack() {
    try (PointerScope own = new PointerScope()) {
      ((Value.Device) program.run(Map.of()).get(0)).tensor().sum().backward();
      leaves.forEach(leaf -> leaf.mutable_grad().reset());
    }
  }

  private static double fastest(Runnable work) {
    seconds(work, 1);
    int calls = 1;
    while (seconds(work, calls) * calls < MIN_SECONDS) {
      calls *= 2;
    }
    double best = Double.POSITIVE_INFINITY;
    for (int turn = 0; turn < TURNS; turn++) {
      best = Math.min(best, seconds(work, calls));
    }
    return best;
  }

  private static double seconds(Runnable work, int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      work.run();
    }
    return (System.nanoTime() - start) / 1e9 / calls;
  }

  @Override
  public void close() {
    program.close();
  }
}
