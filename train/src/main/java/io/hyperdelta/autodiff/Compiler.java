package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

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
  private final Map<String, ParameterLayout> layouts;
  private final Map<String, List<String>> joined;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final List<InputSlot> inputs = new ArrayList<>();

  /**
   * Creates a compiler.
   *
   * @param kind only parameters of one kind share a leaf
   * @throws IllegalArgumentException if a trainable name is no float initializer
   */
  Compiler(Model given, Set<String> trainable, Precision precision, Function<String, ?> kind) {
    checkTrainable(given.graph(), trainable);
    ParameterLayouts laidOut = ParameterLayouts.of(given, trainable);
    this.layouts = laidOut.layouts();
    JoinedParameters together = JoinedParameters.of(laidOut.model(), trainable, layouts, kind);
    this.joined = together.groups();
    this.model = together.model();
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

  private static void checkTrainable(Graph graph, Set<String> trainable) {
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
    Map<String, Parameter> columns = new HashMap<>();
    joined.forEach((matrix, names) -> columns.putAll(side(matrix, names)));
    graph
        .initializers()
        .forEach(
            (name, value) -> {
              ParameterLayout layout = layouts.get(name);
              if (layout == null) {
                slots.setConstant(compiler.declare(name), whole.constant(value));
              } else {
                Parameter column = columns.get(name);
                parameters.put(name, column == null ? alone(value, layout) : column);
              }
            });
  }

  private Parameter alone(TensorValue value, ParameterLayout layout) {
    Tensor kept = layout.kept(Tensors.of(value, whole.precision()));
    return new Parameter(leaf(layout.name(), kept), layout, Parameter.ALONE);
  }

  /** Parameters that are the columns of one matrix. */
  private Map<String, Parameter> side(String matrix, List<String> names) {
    TensorVector parts = new TensorVector();
    for (String name : names) {
      TensorValue value = Objects.requireNonNull(graph.initializers().get(name));
      parts.push_back(layout(name).kept(Tensors.of(value, whole.precision())));
    }
    Tensor leaf = leaf(matrix, torch.cat(parts, 1));
    Map<String, Parameter> parameters = new HashMap<>();
    long first = 0;
    for (String name : names) {
      parameters.put(name, new Parameter(leaf, layout(name), first));
      first += layout(name).kept()[1];
    }
    return parameters;
  }

  private ParameterLayout layout(String parameter) {
    return Objects.requireNonNull(layouts.get(parameter));
  }

  private Tensor leaf(String name, Tensor numbers) {
    // A tensor of its own even where the layout is the model's.
    Tensor leaf = whole.held().hold(numbers.detach());
    leaf.set_requires_grad(true);
    slots.setParameter(compiler.declare(name), new Value.Device(leaf));
    return leaf;
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
