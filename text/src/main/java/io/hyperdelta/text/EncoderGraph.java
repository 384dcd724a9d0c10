package io.hyperdelta.text;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a text encoder's graph says about itself.
 *
 * @param source what messages call the encoder
 * @param inputs names of the known inputs that it asks for
 * @param hidden its output of real numbers [texts, tokens, dim]
 * @param vocabularySize rows of the embedding, if found
 */
record EncoderGraph(
    String source, List<String> inputs, ValueInfo hidden, OptionalLong vocabularySize) {
  private static final List<String> KNOWN =
      List.of(PooledEncoder.IDS, PooledEncoder.MASK, PooledEncoder.TYPES);

  /** Operators that hand ids on. */
  private static final Set<String> HANDING_ON =
      Set.of("Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze");

  /**
   * Reads a graph.
   *
   * @throws ModelException if it is no text encoder
   */
  static EncoderGraph of(Model encoder, String source) {
    if (encoder.opset() < ModelReader.MIN_OPSET || encoder.opset() > ModelReader.MAX_OPSET) {
      throw new ModelException(
          "Text encoder \"%s\" is written in operator set version %d. Expected %d to %d. Export it again with a version in that range."
              .formatted(source, encoder.opset(), ModelReader.MIN_OPSET, ModelReader.MAX_OPSET));
    }
    Graph graph = encoder.withDefaults().graph();
    List<ValueInfo> inputs = inputs(graph, source);
    return new EncoderGraph(
        source,
        inputs.stream().map(ValueInfo::name).toList(),
        hidden(graph, source),
        vocabularySize(graph));
  }

  boolean asksFor(String input) {
    return inputs.contains(input);
  }

  private static List<ValueInfo> inputs(Graph graph, String source) {
    for (ValueInfo input : graph.requiredInputs()) {
      if (!KNOWN.contains(input.name())) {
        throw new ModelException(
            "Text encoder \"%s\" asks for an input that texts do not have: \"%s\", %s. Expected inputs among %s. Export the encoder without it."
                .formatted(source, input.name(), input.type(), quoted(KNOWN)));
      }
    }
    List<ValueInfo> inputs =
        graph.inputs().stream().filter(input -> KNOWN.contains(input.name())).toList();
    if (inputs.stream().noneMatch(input -> input.name().equals(PooledEncoder.IDS))) {
      throw new ModelException(
          "Text encoder \"%s\" does not ask for tokens. Expected an input \"%s\", got %s. Maybe it is another kind of network, or its inputs have other names."
              .formatted(
                  source,
                  PooledEncoder.IDS,
                  graph.inputs().isEmpty()
                      ? "none"
                      : quoted(graph.inputs().stream().map(ValueInfo::name).toList())));
    }
    inputs.forEach(input -> checkType(input, source));
    return inputs;
  }

  private static void checkType(ValueInfo input, String source) {
    TensorType type = input.type();
    List<Dim> dims = type.dims();
    boolean open =
        dims == null
            || (dims.size() == 2 && dims.stream().noneMatch(dim -> dim instanceof Dim.Fixed));
    if (type.dtype() != Dtype.INT64 || !open) {
      throw new ModelException(
          "Input \"%s\" of text encoder \"%s\" does not take texts as they come. Expected int64 [texts, tokens], both axes open, got %s. Export the encoder with dynamic axes."
              .formatted(input.name(), source, type));
    }
  }

  private static ValueInfo hidden(Graph graph, String source) {
    for (ValueInfo output : graph.outputs()) {
      List<Dim> dims = output.type().dims();
      if (output.type().dtype().isReal() && dims != null && dims.size() == 3) {
        return output;
      }
    }
    throw new ModelException(
        "Text encoder \"%s\" has no output with a vector for each token. Expected real numbers [texts, tokens, dim], got %s. Export the encoder with its last hidden state as output."
            .formatted(
                source,
                graph.outputs().stream()
                    .map(output -> "\"%s\" %s".formatted(output.name(), output.type()))
                    .collect(Collectors.joining(" and "))));
  }

  /** The smallest tensor that tokens point into: larger ids make an engine fail, or worse. */
  private static OptionalLong vocabularySize(Graph graph) {
    Map<String, TensorValue> constants = new HashMap<>(graph.initializers());
    Set<String> ids = new HashSet<>(Set.of(PooledEncoder.IDS));
    OptionalLong smallest = OptionalLong.empty();
    for (Node node : graph.nodes()) {
      boolean reads = node.domain().isEmpty() && node.hasInput(0);
      if (reads && HANDING_ON.contains(node.op()) && ids.contains(node.inputs().get(0))) {
        ids.add(node.output());
      } else if (reads && pointsInto(node, ids)) {
        TensorValue table = constants.get(node.inputs().get(0));
        if (table != null && table.rank() > 0) {
          smallest = OptionalLong.of(Math.min(table.dim(0), smallest.orElse(Long.MAX_VALUE)));
        }
      } else if (node.op().equals("Constant")
          && node.attributes().get("value") instanceof Attribute.Tensor tensor) {
        constants.put(node.output(), tensor.value());
      }
    }
    return smallest;
  }

  private static boolean pointsInto(Node node, Set<String> ids) {
    return node.op().equals("Gather")
        && node.hasInput(1)
        && ids.contains(node.inputs().get(1))
        && node.intAttribute("axis", 0) == 0;
  }

  private static String quoted(List<String> names) {
    return names.stream().map("\"%s\""::formatted).collect(Collectors.joining(", "));
  }
}
