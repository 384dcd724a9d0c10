package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** One node of a compiled program, wired by slot numbers. Thread-safe. */
final class Step {
  /** Stands for an input that is not given or an output that nobody wants. */
  static final int NONE = -1;

  private final Node node;
  private final Operator operator;
  private final Kernel kernel;
  private final int[] inputs;
  private final int[] outputs;
  private final ConstantTensors constants;
  private final Held held;

  /**
   * A step.
   *
   * @param constants the node's constant inputs as tensors
   * @param held what its kernel keeps
   */
  Step(
      Node node,
      Operator operator,
      Kernel kernel,
      int[] inputs,
      int[] outputs,
      ConstantTensors constants,
      Held held) {
    this.node = node;
    this.operator = operator;
    this.kernel = kernel;
    this.inputs = inputs;
    this.outputs = outputs;
    this.constants = constants;
    this.held = held;
  }

  /** Frees what the kernel keeps, such as packed weights. The step cannot be run any more. */
  void free() {
    held.close();
  }

  Node node() {
    return node;
  }

  /** Whether there are graphs inside the node. */
  boolean hasGraphs() {
    return node.attributes().values().stream().anyMatch(Attribute.Subgraph.class::isInstance);
  }

  Operator operator() {
    return operator;
  }

  int[] inputs() {
    return inputs;
  }

  int[] outputs() {
    return outputs;
  }

  /** How gradients pass back; null if only libtorch's tape knows. */
  @Nullable Gradient gradient() {
    return kernel.gradient();
  }

  /**
   * Passes gradients back through the node, which must know how.
   *
   * @param gradients by output, null where none reached it
   * @param slots of the run forwards
   * @param dims shapes of inputs, as far as they are needed
   * @param wanted by input, whether somebody asks for its gradient
   * @return by input, null where none passes; they belong to the scope that is open
   */
  @Nullable Tensor[] pass(
      @Nullable Tensor[] gradients, Value[] slots, long[] @Nullable [] dims, boolean[] wanted) {
    Gradient gradient = Objects.requireNonNull(kernel.gradient());
    // What a gradient does not read may have been freed.
    @Nullable Value[] none = {};
    boolean readsInputs = gradient.reads() == Gradient.Reads.INPUTS;
    boolean readsOutputs = gradient.reads() == Gradient.Reads.OUTPUTS;
    return gradient
        .rule()
        .apply(
            new GradientArguments(
                gradients,
                readsInputs ? at(inputs, slots) : none,
                readsOutputs ? at(outputs, slots) : none,
                dims,
                wanted));
  }

  private static @Nullable Value[] at(int[] wanted, Value[] slots) {
    @Nullable Value[] values = new Value[wanted.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = wanted[i] == NONE ? null : slots[wanted[i]];
    }
    return values;
  }

  /** Runs the node on inputs that others may still read; see the other method. */
  void run(Value[] slots, PointerScope results) {
    run(slots, new boolean[inputs.length], results);
  }

  /**
   * Runs the node from slots to slots.
   *
   * @param spare for each input, whether the node may write its output over it
   * @param results the scope that the outputs belong to; what else the kernel makes is freed
   */
  void run(Value[] slots, boolean[] spare, PointerScope results) {
    @Nullable Value[] values = at(inputs, slots);
    Arguments arguments = new Arguments(values, spare, constants);
    try (PointerScope own = new PointerScope()) {
      Value[] made = kernel.run(arguments);
      for (int i = 0; i < outputs.length; i++) {
        if (outputs[i] != NONE) {
          slots[outputs[i]] = keep(made[i], values, own, results);
        }
      }
    } catch (UnsupportedNodeException e) {
      throw UnsupportedModelException.of(node, e);
    } catch (NodeException | UnsupportedModelException e) {
      // A node of a graph inside this one says best what went wrong.
      throw e;
    } catch (RuntimeException e) {
      throw failure(slots, firstLine(String.valueOf(e.getMessage())), e);
    }
  }

  @SuppressWarnings("ReferenceEquality") // whether it is the same handle is the question
  private static Value keep(
      Value value, @Nullable Value[] inputs, PointerScope own, PointerScope results) {
    if (value instanceof Value.Device device) {
      Tensor tensor = device.tensor();
      for (Value input : inputs) {
        if (input instanceof Value.Device given && given.tensor() == tensor) {
          // A kernel may hand on what it was given; a second handle lets each be closed alone.
          Tensor handle = new Tensor(tensor);
          results.attach(handle);
          own.detach(handle);
          return new Value.Device(handle);
        }
      }
      results.attach(tensor);
    }
    return value;
  }

  private NodeException failure(Value[] slots, String problem, RuntimeException cause) {
    List<String> got = new ArrayList<>();
    for (int slot : inputs) {
      got.add(slot == NONE ? "nothing" : describe(slots[slot]));
    }
    return new NodeException(
        "%s cannot run: %s, got %s.".formatted(node.title(), problem, String.join(", ", got)),
        cause);
  }

  static String describe(Value value) {
    String type =
        value instanceof Value.Device device
            ? Tensors.type(device.tensor()).name().toLowerCase(java.util.Locale.ROOT)
            : value instanceof Value.Integers integers
                ? integers.dtype().name().toLowerCase(java.util.Locale.ROOT)
                : "string";
    return type + " " + Arrays.toString(value.dims());
  }

  /** libtorch appends a stack trace of its own to its messages. */
  private static String firstLine(String message) {
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  /** A node could not run, and its message says which and why. */
  private static final class NodeException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    NodeException(String message, RuntimeException cause) {
      super(message, cause);
    }
  }
}
