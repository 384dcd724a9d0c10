package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.ValueInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A graph inside a node, compiled: steps over slots of their own. Thread-safe. */
final class Subprogram {
  private final Graph graph;
  private final Plan plan;
  private final @Nullable Value[] initial;
  private final int[] inputs;
  private final int[] outputs;
  private final Map<Integer, Integer> captured;

  private Subprogram(
      Graph graph,
      Plan plan,
      @Nullable Value[] initial,
      int[] inputs,
      int[] outputs,
      Map<Integer, Integer> captured) {
    this.graph = graph;
    this.plan = plan;
    this.initial = initial;
    this.inputs = inputs;
    this.outputs = outputs;
    this.captured = captured;
  }

  /**
   * Compiles a graph.
   *
   * @param around the slots of the graph that the node is in
   * @param outside finds slots among them by name
   * @param captures takes what the graph reads from there
   */
  static Subprogram compile(
      Graph graph,
      Compilation whole,
      Slots around,
      ToIntFunction<String> outside,
      Captures captures) {
    Slots slots = new Slots();
    List<Step> steps = new ArrayList<>();
    Map<Integer, Integer> captured = new HashMap<>();
    Map<Integer, Integer> known = new HashMap<>();
    ToIntFunction<String> capture =
        name ->
            known.computeIfAbsent(
                outside.applyAsInt(name),
                outer -> {
                  int slot = slots.add();
                  Value value = around.known(outer);
                  if (value != null && around.isConstant(outer)) {
                    slots.setConstant(slot, value);
                    return slot;
                  }
                  if (value != null) {
                    slots.setParameter(slot, value);
                  }
                  captured.put(slot, captures.position(outer));
                  return slot;
                });
    GraphCompiler compiler = new GraphCompiler(whole, slots, steps, capture);
    int[] inputs =
        graph.inputs().stream().mapToInt(input -> compiler.declare(input.name())).toArray();
    compiler.placeConstants(graph);
    try (PointerScope scope = new PointerScope()) {
      compiler.compile(graph, scope);
    }
    int[] outputs = compiler.outputs(graph);
    @Nullable Value[] initial = slots.initial();
    Plan plan = Plan.of(steps, outputs, initial.length);
    return new Subprogram(graph, plan, initial, inputs, outputs, captured);
  }

  int inputCount() {
    return inputs.length;
  }

  int outputCount() {
    return outputs.length;
  }

  /** What the graph declares of an output's type, if anything. */
  @Nullable TensorType declaredType(int output) {
    ValueInfo info = graph.outputs().get(output);
    return info.declared();
  }

  /**
   * Runs the graph; the results belong to the caller's open scope.
   *
   * @param in the node's inputs, the captured ones among them
   * @param given the graph's own inputs
   */
  Value[] run(Arguments in, Value... given) {
    @Nullable Value[] slots = initial.clone();
    for (int i = 0; i < given.length; i++) {
      slots[inputs[i]] = given[i];
    }
    captured.forEach((slot, position) -> slots[slot] = in.value(position));
    PointerScope caller = Engine.callerScope();
    try (PointerScope own = new PointerScope()) {
      plan.run(slots, own);
      Value[] results = new Value[outputs.length];
      for (int i = 0; i < results.length; i++) {
        results[i] = handedOver(slots[outputs[i]], caller);
      }
      return results;
    }
  }

  /** A value under a handle of its own: it may be a constant, an input, or given out twice. */
  private static Value handedOver(Value value, PointerScope caller) {
    if (value instanceof Value.Device device) {
      Tensor handle = new Tensor(device.tensor());
      caller.attach(handle);
      return new Value.Device(handle);
    }
    return value;
  }
}
