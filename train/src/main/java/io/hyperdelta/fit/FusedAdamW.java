package io.hyperdelta.fit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Argument;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) for some parameters, with beta 0.9 and 0.999 and
 * epsilon 1e-8, as libtorch's one kernel for all of it: each number is read and written once, where
 * its {@code AdamW} class passes over the memory eight times. What it allocates belongs to the
 * scope that was open when it was made. Not thread-safe.
 */
final class FusedAdamW {
  private static final String OPERATOR = "aten::_fused_adamw_";
  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.999;
  private static final double EPSILON = 1e-8;

  private final OperatorHandle operator;
  private final Type.TypePtr tensor;
  private final List<Moved> parameters;
  private final double decay;

  /** A parameter, what is remembered of its gradients, and how often it was moved. */
  private static final class Moved {
    private final IValue value;
    private final IValue firstMoment;
    private final IValue secondMoment;
    private int count;

    Moved(Tensor parameter) {
      this.value = new IValue(parameter);
      this.firstMoment = new IValue(torch.zeros_like(parameter));
      this.secondMoment = new IValue(torch.zeros_like(parameter));
    }
  }

  /**
   * Prepares steps.
   *
   * @param parameters leaves, float32 or float64
   * @param decay weight decay, which is multiplied by the learning rate
   */
  FusedAdamW(List<Tensor> parameters, double decay) {
    this.operator = Dispatcher.singleton().findSchemaOrThrow(OPERATOR, "");
    // The list's element type can be had from nowhere but the operator that wants it.
    Argument argument = operator.schema().arguments().getPointer(Argument.class, 0);
    this.tensor = argument.type().get().containedType(0);
    this.parameters = parameters.stream().map(Moved::new).toList();
    this.decay = decay;
  }

  /**
   * Moves the parameters that have a gradient.
   *
   * @param own a gradient for each parameter, undefined where it has none
   * @param learningRate of this step
   * @param divisor what gradients are divided by first, in place; 1 leaves them alone
   */
  @SuppressWarnings("try") // scopes work by being open
  void step(List<Tensor> own, double learningRate, double divisor) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      GenericList values = new GenericList(tensor);
      GenericList gradients = new GenericList(tensor);
      GenericList firstMoments = new GenericList(tensor);
      GenericList secondMoments = new GenericList(tensor);
      GenericList counts = new GenericList(tensor);
      Map<Integer, IValue> tensors = new HashMap<>();
      for (int i = 0; i < parameters.size(); i++) {
        Moved moved = parameters.get(i);
        Tensor gradient = own.get(i);
        if (gradient.defined()) {
          moved.count++;
          values.push_back(moved.value);
          gradients.push_back(new IValue(gradient));
          firstMoments.push_back(moved.firstMoment);
          secondMoments.push_back(moved.secondMoment);
          counts.push_back(tensors.computeIfAbsent(moved.count, FusedAdamW::scalar));
        }
      }
      if (tensors.isEmpty()) {
        return;
      }
      IValueVector stack = new IValueVector();
      stack.push_back(new IValue(values));
      stack.push_back(new IValue(gradients));
      stack.push_back(new IValue(firstMoments));
      stack.push_back(new IValue(secondMoments));
      stack.push_back(new IValue(new GenericList(tensor)));
      stack.push_back(new IValue(counts));
      stack.push_back(new IValue(learningRate));
      stack.push_back(new IValue(BETA_1));
      stack.push_back(new IValue(BETA_2));
      stack.push_back(new IValue(decay));
      stack.push_back(new IValue(EPSILON));
      stack.push_back(new IValue(false));
      stack.push_back(new IValue(false));
      stack.push_back(divisor == 1 ? new IValue() : scalar(divisor));
      stack.push_back(new IValue());
      operator.callBoxed(stack);
    }
  }

  private static IValue scalar(double value) {
    return new IValue(torch.scalar_tensor(new Scalar(value)));
  }
}
