package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Node;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.jspecify.annotations.Nullable;

/**
 * Turns the nodes of one graph into steps, running at once those that only constants reach. Used
 * once.
 */
final class GraphCompiler {
  private final Compilation whole;
  private final Slots slots;
  private final List<Step> steps;
  private final ToIntFunction<String> outside;
  private final Map<String, Integer> names = new HashMap<>();

  /**
   * Creates a compiler.
   *
   * @param slots where the graph's values get their places
   * @param steps takes the steps
   * @param outside finds the slot of a name that the graph does not have itself
   */
  GraphCompiler(Compilation whole, Slots slots, List<Step> steps, ToIntFunction<String> outside) {
    this.whole = whole;
    this.slots = slots;
    this.steps = steps;
    this.outside = outside;
  }

  /** Gives a name a slot. */
  int declare(String name) {
    return name.isEmpty() ? Step.NONE : names.computeIfAbsent(name, key -> slots.add());
  }

  /** The slot of a name, the graphs around included. */
  int slot(String name) {
    if (name.isEmpty()) {
      return Step.NONE;
    }
    Integer own = names.get(name);
    return own != null ? own : outside.applyAsInt(name);
  }

  int[] outputs(Graph graph) {
    return graph.outputs().stream().mapToInt(output -> slot(output.name())).toArray();
  }

  void placeConstants(Graph graph) {
    graph
        .initializers()
        .forEach((name, value) -> slots.setConstant(declare(name), whole.constant(value)));
  }

  void compile(Graph graph, PointerScope scope) {
    for (Node node : graph.nodes()) {
      Graph branch = knownBranch(node);
      if (branch == null) {
        compile(node, scope);
      } else {
        inline(node, branch, scope);
      }
    }
  }

  private @Nullable Graph knownBranch(Node node) {
    if (!node.op().equals("If") || !node.domain().isEmpty() || !node.hasInput(0)) {
      return null;
    }
    int condition = slot(node.inputs().get(0));
    if (slots.isConstant(condition)
        && slots.known(condition) instanceof Value.Integers flag
        && flag.elements().length == 1) {
      String key = flag.elements()[0] != 0 ? "then_branch" : "else_branch";
      return node.attributes().get(key) instanceof Attribute.Subgraph subgraph
              && subgraph.value().outputs().size() >= node.outputs().size()
          ? subgraph.value()
          : null;
    }
    return null;
  }

  /** Compiles a branch as if its nodes stood in this graph. */
  private void inline(Node node, Graph branch, PointerScope scope) {
    GraphCompiler inner = new GraphCompiler(whole, slots, steps, this::slot);
    inner.placeConstants(branch);
    inner.compile(branch, scope);
    int[] made = inner.outputs(branch);
    for (int i = 0; i < node.outputs().size(); i++) {
      names.put(node.outputs().get(i), made[i]);
    }
  }

  private void compile(Node node, PointerScope scope) {
    int[] given = node.inputs().stream().mapToInt(this::slot).toArray();
    int[] to = node.outputs().stream().mapToInt(this::declare).toArray();
    boolean[] constantInputs = new boolean[given.length];
    Captures captures = new Captures(given.length);
    Held held = whole.held().nested();
    Operator operator;
    Kernel kernel;
    try {
      operator = Operators.find(node.domain(), node.op(), whole.opset(node));
      kernel = kernel(operator, node, given, constantInputs, captures, held);
    } catch (UnsupportedNodeException e) {
      whole.refuse(node, e);
      return;
    }
    int[] from = captures.appendedTo(given);
    ConstantTensors constants =
        new ConstantTensors(Arrays.copyOf(constantInputs, from.length), held);
    Step step = new Step(node, operator, kernel, from, to, constants, held);
    if (Arrays.stream(from).allMatch(slot -> slot == Step.NONE || slots.isConstant(slot))) {
      fold(step, scope);
    } else {
      steps.add(step);
      Arrays.stream(to).filter(slot -> slot != Step.NONE).forEach(slots::setMade);
    }
  }

  private Kernel kernel(
      Operator operator,
      Node node,
      int[] from,
      boolean[] constantInputs,
      Captures captures,
      Held held) {
    @Nullable Value[] known = new Value[from.length];
    for (int i = 0; i < from.length; i++) {
      if (from[i] != Step.NONE) {
        constantInputs[i] = slots.isConstant(from[i]);
        known[i] = slots.known(from[i]);
      }
    }
    return operator
        .builder()
        .build(
            new NodeContext(
                node,
                whole.opset(node),
                whole.precision(),
                known,
                constantInputs,
                held,
                graph -> Subprogram.compile(graph, whole, slots, this::slot, captures)));
  }

  /** Runs a node that only constants reach, now and never again. */
  @SuppressWarnings("try") // the guard works by being open
  private void fold(Step step, PointerScope scope) {
    if (whole.isRefused()) {
      // Inputs of this node may be missing.
      return;
    }
    try (NoGradGuard frozen = new NoGradGuard()) {
      step.run(slots.values(), scope);
    }
    for (int slot : step.outputs()) {
      if (slot != Step.NONE) {
        slots.setConstant(slot, whole.keep(slots.values()[slot]));
      }
    }
  }
}
