package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Three layers of 256 x 256, 256 rows, forward and backward: a program against the same calls by
 * hand.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class MlpStep implements Comparison {
  private static final int WIDTH = 256;
  private static final int LAYERS = 3;

  private static Model model() {
    Random random = new Random(3);
    GraphEditor editor = GraphEditor.empty("mlp", 17);
    String x = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", WIDTH));
    for (int i = 0; i < LAYERS; i++) {
      float[] weight = new float[WIDTH * WIDTH];
      for (int j = 0; j < weight.length; j++) {
        weight[j] = (float) random.nextGaussian() / 16;
      }
      String w = editor.initializer("w" + i, TensorValue.ofFloats(weight, WIDTH, WIDTH));
      String b = editor.initializer("b" + i, TensorValue.ofFloats(new float[WIDTH], WIDTH));
      x = editor.node("Gemm", Map.of("transB", Attribute.of(1)), x, w, b);
      x = i < LAYERS - 1 ? editor.node("Relu", x) : x;
    }
    editor.output(x, TensorType.of(Dtype.FLOAT, "rows", WIDTH));
    return editor.finish("mlp");
  }

  private final PointerScope scope = new PointerScope();
  private final Program program;
  private final Tensor x;
  private final List<Tensor> leaves;

  /** Compiles the network. */
  public MlpStep() {
    program = Program.compile(model(), Set.of("w0", "w1", "w2", "b0", "b1", "b2"), Precision.FLOAT);
    float[] rows = new float[WIDTH * WIDTH];
    Random random = new Random(4);
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) random.nextGaussian();
    }
    x = Tensors.ofFloats(rows, WIDTH, WIDTH);
    leaves = program.parameters().tensors();
  }

  /** The program. */
  @Override
  @Benchmark
  @SuppressWarnings("try") // scopes work by being open
  public void ours() {
    try (PointerScope step = new PointerScope()) {
      List<Value> outputs = program.run(Map.of("x", Value.of(x)));
      backward(((Value.Device) outputs.get(0)).tensor());
    }
  }

  /** The same calls by hand. */
  @Override
  @Benchmark
  @SuppressWarnings("try") // scopes work by being open
  public void theirs() {
    try (PointerScope step = new PointerScope()) {
      Tensor y = x;
      for (int i = 0; i < LAYERS; i++) {
        y = torch.linear(y, leaves.get(2 * i), new TensorOptional(leaves.get(2 * i + 1)));
        y = i < LAYERS - 1 ? y.relu() : y;
      }
      backward(y);
    }
  }

  private void backward(Tensor output) {
    output.sum().backward();
    leaves.forEach(leaf -> leaf.mutable_grad().reset());
  }

  @Override
  @TearDown
  public void close() {
    program.close();
    scope.close();
  }
}
