package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Turns a model into a {@link Wiring}. Used once. */
final class Compiler {
  /** Before this version of the file format every initializer had to be an input too. */
  private static final int FIRST_IR_WITH_DEFAULTS = 4;

  private final Model model;
  private final Graph graph;
  private final Set<String> trainable;
  private final Compilation whole;
  private final Slots slots = new Slots();
  private final List<Step> steps = new ArrayList<>();
  private final GraphCompiler compiler;
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final List<InputSlot> inputs = new ArrayList<>();

  Compiler(Model model, Set<String> trainable, Precision precision) {
    this.model = model;
    this.graph = model.graph();
    this.trainable = trainable;
    this.whole = Compilation.of(model, precision);
    this.compiler = new GraphCompiler(whole, slots, steps, Compiler::unknown);
  }

  /** A model in hand is well formed, so this is a fault of the compiler. */
  private static int unknown(String name) {
    throw new IllegalStateException("Nothing makes the value \"" + name + "\".");
  }

  Wiring compile() {
    checkTrainable();
    try (PointerScope scope = new PointerScope()) {
      graph.inputs().forEach(input -> compiler.declare(input.name()));
      placeInitializers();
      placeInputs();
      compiler.compile(graph, scope);
      if (whole.isRefused()) {
        throw whole.refusal();
      }
    } catch (RuntimeException e) {
      whole.held().close();
      throw e;
    }
    return new Wiring(
        whole.precision(),
        inputs,
        compiler.outputs(graph),
        graph.outputs().stream().map(ValueInfo::name).toList(),
        List.copyOf(steps),
        slots.initial(),
        slots.constants(),
        slots.made(),
        parameters,
        whole.held());
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
              int slot = compiler.declare(name);
              if (trainable.contains(name)) {
                Tensor leaf = whole.held().hold(Tensors.of(value, whole.precision()));
                leaf.set_requires_grad(true);
                parameters.put(name, leaf);
                slots.setParameter(slot, new Value.Device(leaf));
              } else {
                slots.setConstant(slot, whole.constant(value));
              }
            });
  }

  private void placeInputs() {
    for (ValueInfo input : graph.inputs()) {
      boolean initialized = graph.initializers().containsKey(input.name());
      boolean fixed =
          trainable.contains(input.name())
              || (initialized && model.irVersion() < FIRST_IR_WITH_DEFAULTS);
      if (!fixed) {
        int slot = compiler.declare(input.name());
        slots.setDefault(slot);
        inputs.add(new InputSlot(input.name(), input.type(), slot, initialized));
      }
    }
  }
}
