package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Operators that run graphs inside them. The condition of a branch must be known on the Java side,
 * as it is where shapes and constants decide: numbers that flow through the network are not asked,
 * for each batch of rows would be answered differently.
 */
final class ControlKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("If", ControlKernels::branch),
          Operator.of("Loop", ControlKernels::loop),
          Operator.of("Scan", 8, 8, ControlKernels::batchScan),
          Operator.of("Scan", 9, ControlKernels::scan));

  private ControlKernels() {}

  private static Kernel branch(NodeContext node) {
    Subprogram then = node.subprogram("then_branch");
    Subprogram otherwise = node.subprogram("else_branch");
    int wanted = node.node().outputs().size();
    if (then.outputCount() < wanted || otherwise.outputCount() < wanted) {
      throw new UnsupportedNodeException(" with a branch that lacks outputs");
    }
    return in -> (flag(in.value(0)) ? then : otherwise).run(in);
  }

  private static Kernel loop(NodeContext node) {
    Subprogram body = node.subprogram("body");
    int carriedCount = body.inputCount() - 2;
    int collectedCount = body.outputCount() - 1 - carriedCount;
    requireFit(carriedCount >= 0 && collectedCount >= 0);
    return in -> {
      long rounds = in.has(0) ? in.number(0) : Long.MAX_VALUE;
      boolean goOn = !in.has(1) || in.number(1) != 0;
      Value[] given = new Value[2 + carriedCount];
      for (int i = 2; i < given.length; i++) {
        given[i] = in.value(i);
      }
      List<List<Value>> collected = lists(collectedCount);
      for (long round = 0; goOn && round < rounds; round++) {
        given[0] = Value.ofLongs(new long[] {round});
        given[1] = new Value.Integers(Dtype.BOOL, new long[0], new long[] {1});
        Value[] made = body.run(in, given);
        goOn = Arguments.longs(made[0])[0] != 0;
        System.arraycopy(made, 1, given, 2, carriedCount);
        collect(made, 1 + carriedCount, collected);
      }
      Value[] results = Arrays.copyOfRange(given, 2, given.length + collectedCount);
      for (int i = 0; i < collectedCount; i++) {
        TensorType type = body.declaredType(1 + carriedCount + i);
        results[carriedCount + i] = stack(collected.get(i), 0, type, node.precision());
      }
      return results;
    };
  }

  private static Kernel scan(NodeContext node) {
    Subprogram body = node.subprogram("body");
    int scanned = (int) node.node().intAttribute("num_scan_inputs", 1);
    int states = node.node().inputs().size() - scanned;
    int collectedCount = body.outputCount() - states;
    requireFit(states >= 0 && collectedCount >= 0 && body.inputCount() == states + scanned);
    long[] inputAxes = ints(node, "scan_input_axes", scanned);
    long[] outputAxes = ints(node, "scan_output_axes", collectedCount);
    long[] inputBackwards = ints(node, "scan_input_directions", scanned);
    long[] outputBackwards = ints(node, "scan_output_directions", collectedCount);
    return in -> {
      Value[] given = new Value[states + scanned];
      for (int i = 0; i < given.length; i++) {
        given[i] = in.value(i);
      }
      List<List<Value>> collected =
          sweep(body, in, given, states, inputAxes, inputBackwards, collectedCount);
      Value[] results = Arrays.copyOf(given, states + collectedCount);
      for (int i = 0; i < collectedCount; i++) {
        List<Value> parts = collected.get(i);
        if (outputBackwards[i] != 0) {
          Collections.reverse(parts);
        }
        TensorType type = body.declaredType(states + i);
        results[states + i] = stack(parts, outputAxes[i], type, node.precision());
      }
      return results;
    };
  }

  /** Until operator set 8 the first axis of everything counts sequences, scanned one by one. */
  private static Kernel batchScan(NodeContext node) {
    if (node.node().hasInput(0)) {
      throw new UnsupportedNodeException(" with sequence lengths");
    }
    Subprogram body = node.subprogram("body");
    int scanned = (int) node.node().intAttribute("num_scan_inputs", 1);
    int states = node.node().inputs().size() - 1 - scanned;
    int collectedCount = body.outputCount() - states;
    requireFit(states >= 0 && collectedCount >= 0 && body.inputCount() == states + scanned);
    long[] backwards = ints(node, "directions", scanned);
    return in -> {
      List<List<Value>> results = lists(states + collectedCount);
      long batch = in.value(1).dims()[0];
      for (long b = 0; b < batch; b++) {
        Value[] given = new Value[states + scanned];
        for (int i = 0; i < given.length; i++) {
          given[i] = at(in.value(1 + i), 0, b);
        }
        List<List<Value>> collected =
            sweep(body, in, given, states, new long[scanned], backwards, collectedCount);
        for (int i = 0; i < states; i++) {
          results.get(i).add(given[i]);
        }
        for (int i = 0; i < collectedCount; i++) {
          results.get(states + i).add(stack(collected.get(i), 0, null, node.precision()));
        }
      }
      return results.stream()
          .map(parts -> stack(parts, 0, null, node.precision()))
          .toArray(Value[]::new);
    };
  }

  /**
   * Runs a body along the scanned axes.
   *
   * @param given states, then what is scanned; the states are replaced by the last ones
   * @return what each further output of the body gave, by step
   */
  private static List<List<Value>> sweep(
      Subprogram body,
      Arguments in,
      Value[] given,
      int states,
      long[] axes,
      long[] backwards,
      int collectedCount) {
    List<List<Value>> collected = lists(collectedCount);
    Value[] inputs = given.clone();
    long length = length(given[states], axes[0]);
    for (long step = 0; step < length; step++) {
      for (int i = states; i < given.length; i++) {
        long axis = axes[i - states];
        if (length(given[i], axis) != length) {
          throw new IllegalArgumentException("scanned axes differ in size");
        }
        inputs[i] = at(given[i], axis, backwards[i - states] == 0 ? step : length - 1 - step);
      }
      Value[] made = body.run(in, inputs);
      System.arraycopy(made, 0, inputs, 0, states);
      collect(made, states, collected);
    }
    System.arraycopy(inputs, 0, given, 0, states);
    return collected;
  }

  private static long length(Value value, long axis) {
    return value.dims()[Shapes.axis(axis, value.dims().length)];
  }

  private static Value at(Value value, long axis, long position) {
    return value instanceof Value.Device device
        ? new Value.Device(device.tensor().select(axis, position))
        : HostMath.take(
            value, Shapes.axis(axis, value.dims().length), new long[] {position}, new long[0]);
  }

  private static List<List<Value>> lists(int count) {
    List<List<Value>> lists = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }

  private static void collect(Value[] made, int from, List<List<Value>> collected) {
    for (int i = 0; i < collected.size(); i++) {
      collected.get(i).add(made[from + i]);
    }
  }

  /** Values of one shape under a new axis. */
  private static Value stack(
      List<Value> parts, long axis, @Nullable TensorType declared, Precision precision) {
    if (parts.isEmpty()) {
      return none(declared, precision);
    }
    if (axis == 0 && parts.stream().noneMatch(part -> part instanceof Value.Device)) {
      long[] dims = Shapes.unsqueeze(parts.get(0).dims(), new long[] {0});
      return HostMath.concat(parts.stream().map(part -> HostMath.reshape(part, dims)).toList(), 0);
    }
    TensorVector tensors = new TensorVector();
    for (Value part : parts) {
      tensors.push_back(
          part instanceof Value.Device device
              ? device.tensor()
              : Tensors.of((Value.Integers) part));
    }
    return new Value.Device(torch.stack(tensors, axis));
  }

  /** What a body collects that never ran. */
  private static Value none(@Nullable TensorType declared, Precision precision) {
    List<Dim> axes = declared == null ? null : declared.dims();
    if (declared == null
        || axes == null
        || !axes.stream().allMatch(axis -> axis instanceof Dim.Fixed)) {
      throw new IllegalArgumentException("no round was run and an output has no declared shape");
    }
    long[] dims = new long[axes.size() + 1];
    for (int i = 1; i < dims.length; i++) {
      dims[i] = axes.get(i - 1) instanceof Dim.Fixed fixed ? fixed.size() : 0;
    }
    Tensor empty = torch.zeros(dims, new TensorOptions(precision.scalarType(declared.dtype())));
    return new Value.Device(empty);
  }

  private static long[] ints(NodeContext node, String key, int count) {
    long[] values = node.node().intsAttribute(key);
    return values == null ? new long[count] : values;
  }

  private static void requireFit(boolean fits) {
    if (!fits) {
      throw new UnsupportedNodeException(" with a body that does not fit its inputs");
    }
  }

  private static boolean flag(Value value) {
    if (value instanceof Value.Integers integers && integers.elements().length == 1) {
      return integers.elements()[0] != 0;
    }
    throw new IllegalArgumentException(
        "the condition depends on the values of inputs. Expected one that shapes and constants decide");
  }
}
