package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A convolution makes the same numbers however its input lies in memory, also by oneDNN, which
 * float32 goes to if it is right (see {@link OneDnn}). In float64 libtorch convolves by itself.
 */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class ConvolutionLayoutTest {
  @ParameterizedTest
  @CsvSource({"16, 3, 96, 40, 1", "10, 1, 1, 40, 1", "16, 6, 8, 24, 3", "8, 1, 7, 5, 1"})
  void channelsLastInMemory(int channels, int height, int width, int units, int window) {
    GraphEditor editor = GraphEditor.empty("turned", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, 16, height, width, channels));
    Map<String, Attribute> turn = Map.of("perm", Attribute.ints(0, 3, 1, 2));
    Map<String, Attribute> padded = Map.of("auto_pad", Attribute.of("SAME_UPPER"));
    String weight = editor.initializer("weight", normal(2, units, channels, window, window));
    String y = editor.node("Conv", padded, editor.node("Transpose", turn, "x"), weight);
    editor.output(y, new TensorType(Dtype.FLOAT, null));
    Model model = editor.finish("turned");
    TensorValue x = normal(1, 16, height, width, channels);

    assertThat(run(model, x, Precision.FLOAT))
        .containsExactly(run(model, x, Precision.DOUBLE), within(1e-3));
  }

  private static double[] run(Model model, TensorValue x, Precision precision) {
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, Set.of(), precision)) {
      Value y = program.run(Map.of("x", Value.of(x, precision))).get(0);
      return Tensors.doubles(((Value.Device) y).tensor());
    }
  }

  private static TensorValue normal(long seed, long... dims) {
    Random random = new Random(seed);
    float[] numbers = new float[Math.toIntExact(Shapes.count(dims))];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return TensorValue.ofFloats(numbers, dims);
  }
}
