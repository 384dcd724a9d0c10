package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Parameters;
import io.hyperdelta.autodiff.Pass;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Gradients of a program in float64 against finite differences of the sum of its first output's
 * sines.
 */
@SuppressWarnings("try") // scopes work by being open
final class FiniteDifferences {
  private static final double STEP = 1e-6;

  private FiniteDifferences() {}

  /**
   * Checks gradients of all parameters, in the scope that is open.
   *
   * @param each about how many numbers of each parameter to check
   */
  static void check(Program program, Map<String, Value> inputs, int each) {
    Pass pass = program.pass(inputs);
    List<Tensor> gradients = pass.gradients(loss(pass.outputs()), PointerScope.getInnerScope());
    List<Parameters.Leaf> leaves = program.parameters().leaves();
    for (int p = 0; p < leaves.size(); p++) {
      Parameters.Leaf leaf = leaves.get(p);
      double[] gradient = Tensors.doubles(gradients.get(p));
      DoublePointer data = leaf.tensor().data_ptr_double();
      int checked = each * leaf.names().size();
      for (int i = 0; i < gradient.length; i += Math.max(1, gradient.length / checked)) {
        double numeric = difference(program, inputs, data, i);
        assertThat(gradient[i])
            .as("%s[%d]", leaf.names(), i)
            .isCloseTo(numeric, within(1e-6 * Math.max(1, Math.abs(numeric))));
      }
    }
  }

  private static Tensor loss(List<Value> outputs) {
    return ((Value.Device) outputs.get(0)).tensor().sin().sum();
  }

  private static double difference(
      Program program, Map<String, Value> inputs, DoublePointer data, int i) {
    double value = data.get(i);
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      data.put(i, value + STEP);
      double up = loss(program.run(inputs)).item_double();
      data.put(i, value - STEP);
      double down = loss(program.run(inputs)).item_double();
      data.put(i, value);
      return (up - down) / (2 * STEP);
    }
  }
}
