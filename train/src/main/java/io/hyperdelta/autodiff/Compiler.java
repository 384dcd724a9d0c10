package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Turns a model into a {@link Wiring}. Used once. */
final class Compiler {
  /** Before this version of the file format every initializer had to be an input too. */
  private static final int FIRST_IR_WITH_DEFAULTS = 4;

  private final Model model;
  private final Graph graph;
  private final Set<String> trainable;
  private final Precision precision;
  private final Map<String, Integer> slots = new LinkedHashMap<>();
  private final Held held = new Held();
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final List<InputSlot> inputs = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final Map<String, List<String>> unsupported = new TreeMap<>();
  private final Value[] initial;
  private final boolean[] constant;
  private final boolean[] made;

  Compiler(Model model, Set<String> trainable, Precision precision) {
    this.model = model;
    this.graph = model.graph();
    this.trainable = trainable;
    this.precision = precision;
    graph.inputs().forEach(input -> slot(input.name()));
    graph.initializers().keySet().forEach(this::slot);
    graph.nodes().forEach(node -> node.outputs().forEach(this::slot));
    this.initial = new Value[slots.size()];
    this.constant = new boolean[slots.size()];
    this.made = new boolean[slots.size()];
  }

  Wiring compile() {
    checkTrainable();
    try (PointerScope scope = new PointerScope()) {
      placeInitializers();
      placeInputs();
      for (Node node : graph.nodes()) {
        compile(node, scope);
      }
      if (!unsupported.isEmpty()) {
        throw unsupportedOperators();
      }
    } catch (RuntimeException e) {
      held.close();
      throw e;
    }
    List<String> outputNames = graph.outputs().stream().map(ValueInfo::name).toList();
    return new Wiring(
        precision,
        inputs,
        outputNames.stream().mapToInt(this::slot).toArray(),
        outputNames,
        List.copyOf(steps),
        initial,
        constant,
        made,
        parameters,
        held);
  }

  private int slot(String name) {
    return name.isEmpty() ? Step.NONE : slots.computeIfAbsent(name, key -> slots.size());
  }

  private void checkTrainable() {
    for (String name : trainable) {
      TensorValue value = graph.initializers().get(name);
      if (value == null || (value.dtype() != Dtype.FLOAT && value.dtype() != Dtype.DOUBLE)) {
        throw new IllegalArgumentException(
            "Initializer \"%s\" of graph \"%s\" cannot be trained. Expected a float tensor, got %s.%s"
                .formatted(
                    name,
                    graph.name(),
                    value == null ? "no initializer of that name" : value,
                    value == null ? Spelling.advice(name, graph.initializers().keySet()) : ""));
      }
    }
  }

  private void placeInitializers() {
    graph
        .initializers()
        .forEach(
            (name, value) -> {
              int slot = slot(name);
              if (trainable.contains(name)) {
                Tensor leaf = held.hold(Tensors.of(value, precision));
                leaf.set_requires_grad(true);
                parameters.put(name, leaf);
                initial[slot] = new Value.Device(leaf);
              } else {
                initial[slot] = constant(value);
                constant[slot] = true;
              }
            });
  }

  private Value constant(TensorValue value) {
    Value result = Value.of(value, precision);
    if (result instanceof Value.Device device) {
      held.hold(device.tensor());
    }
    return result;
  }

  private void placeInputs() {
    for (ValueInfo input : graph.inputs()) {
      boolean initialized = graph.initializers().containsKey(input.name());
      boolean fixed =
          trainable.contains(input.name())
              || (initialized && model.irVersion() < FIRST_IR_WITH_DEFAULTS);
      if (!fixed) {
        int slot = slot(input.name());
        constant[slot] = false;
        inputs.add(new InputSlot(input.name(), input.type(), slot, initialized));
      }
    }
  }

  private void compile(Node node, PointerScope scope) {
    int[] from = node.inputs().stream().mapToInt(this::slot).toArray();
    int[] to = node.outputs().stream().mapToInt(this::slot).toArray();
    Kernel kernel;
    boolean[] constantInputs = new boolean[from.length];
    try {
      kernel = kernel(node, from, constantInputs);
    } catch (UnsupportedNodeException e) {
      unsupported
          .computeIfAbsent(
              Operator.title(node.domain(), node.op()) + e.getMessage(), key -> new ArrayList<>())
          .add(node.name().isEmpty() ? "making " + node.outputs() : "\"" + node.name() + "\"");
      return;
    }
    Step step = new Step(node, kernel, from, to, new Arguments(constantInputs, held));
    if (allConstant(from)) {
      fold(step, scope);
    } else {
      steps.add(step);
      Arrays.stream(to).filter(slot -> slot != Step.NONE).forEach(slot -> made[slot] = true);
    }
  }

  private Kernel kernel(Node node, int[] from, boolean[] constantInputs) {
    Value[] known = new Value[from.length];
    for (int i = 0; i < from.length; i++) {
      if (from[i] != Step.NONE) {
        constantInputs[i] = constant[from[i]];
        boolean parameter = trainable.contains(node.inputs().get(i));
        known[i] = constant[from[i]] || parameter ? initial[from[i]] : null;
      }
    }
    int opset = Math.toIntExact(model.opsets().getOrDefault(node.domain(), 1L));
    Operator operator = Operators.find(node.domain(), node.op(), opset);
    return operator
        .builder()
        .build(new NodeContext(node, opset, precision, known, constantInputs, held));
  }

  private boolean allConstant(int[] from) {
    return Arrays.stream(from).allMatch(slot -> slot == Step.NONE || constant[slot]);
  }

  /** Runs a node that only constants reach, now and never again. */
  @SuppressWarnings("try") // the guard works by being open
  private void fold(Step step, PointerScope scope) {
    if (!unsupported.isEmpty()) {
      // The model is refused anyway, and inputs of this node may be missing.
      return;
    }
    try (NoGradGuard frozen = new NoGradGuard()) {
      step.run(initial, scope);
    }
    for (int slot : step.outputs()) {
      if (slot != Step.NONE) {
        constant[slot] = true;
        if (initial[slot] instanceof Value.Device device) {
          held.hold(device.tensor());
        }
      }
    }
  }

  private UnsupportedModelException unsupportedOperators() {
    return UnsupportedModelException.of(graph.name(), model.opset(), unsupported);
  }
}
