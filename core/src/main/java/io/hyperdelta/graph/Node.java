package io.hyperdelta.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One operator call.
 *
 * @param name the exporter's name, possibly empty; not used to wire anything
 * @param domain {@code ""} for ONNX's own operators, else such as {@code "ai.onnx.ml"}
 * @param op operator type, such as {@code "Gemm"}
 * @param inputs names of the values it reads; the empty string stands for an omitted optional input
 * @param outputs names of the values it makes; the empty string stands for one that nobody wants
 * @param attributes by name, in the file's order
 */
public record Node(
    String name,
    String domain,
    String op,
    List<String> inputs,
    List<String> outputs,
    Map<String, Attribute> attributes) {
  public Node {
    // ONNX gives its own operators two spellings of one domain.
    domain = domain.equals("ai.onnx") ? "" : domain;
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }

  /** The name of the first output. */
  public String output() {
    return outputs.get(0);
  }

  /** Whether the input at a position is given: within the list and not the empty string. */
  public boolean hasInput(int position) {
    return position < inputs.size() && !inputs.get(position).isEmpty();
  }

  /**
   * An attribute of some type, if it is there.
   *
   * @param expected what messages call the type
   * @throws ModelException if it is there with another type
   */
  public <A extends Attribute> Optional<A> attribute(String key, Class<A> type, String expected) {
    Attribute attribute = attributes.get(key);
    if (attribute != null && !type.isInstance(attribute)) {
      throw new ModelException(
          "%s has an attribute \"%s\" of the wrong type. Expected %s, got %s."
              .formatted(title(), key, expected, attribute.getClass().getSimpleName()));
    }
    return Optional.ofNullable(attribute).map(type::cast);
  }

  /**
   * An integer attribute.
   *
   * @throws ModelException if it is there with another type
   */
  public long intAttribute(String key, long otherwise) {
    return attribute(key, Attribute.Int.class, "an integer")
        .map(Attribute.Int::value)
        .orElse(otherwise);
  }

  /**
   * A real attribute.
   *
   * @throws ModelException if it is there with another type
   */
  public float realAttribute(String key, float otherwise) {
    return attribute(key, Attribute.Real.class, "a real number")
        .map(Attribute.Real::value)
        .orElse(otherwise);
  }

  /**
   * A text attribute.
   *
   * @throws ModelException if it is there with another type
   */
  public String textAttribute(String key, String otherwise) {
    return attribute(key, Attribute.Text.class, "a text")
        .map(Attribute.Text::value)
        .orElse(otherwise);
  }

  /**
   * An attribute of several integers, or null if it is not there.
   *
   * @throws ModelException if it is there with another type
   */
  public long @Nullable [] intsAttribute(String key) {
    return attribute(key, Attribute.Ints.class, "integers")
        .map(ints -> ints.values().stream().mapToLong(Long::longValue).toArray())
        .orElse(null);
  }

  /**
   * Names of the values it reads, each once. Those that its subgraphs read are among them, also
   * when the subgraph makes them itself.
   */
  public Set<String> reads() {
    Set<String> names = new LinkedHashSet<>();
    addReads(this, names);
    names.remove("");
    return names;
  }

  private static void addReads(Node node, Set<String> names) {
    names.addAll(node.inputs);
    for (Attribute attribute : node.attributes.values()) {
      if (attribute instanceof Attribute.Subgraph subgraph) {
        subgraph.value().nodes().forEach(inner -> addReads(inner, names));
        subgraph.value().outputs().forEach(output -> names.add(output.name()));
      }
    }
  }

  /** The node's name, or its operator and output where it has none: for messages. */
  public String title() {
    String what =
        name.isEmpty()
            ? (outputs.isEmpty() ? "" : "making \"" + output() + "\"")
            : "\"" + name + "\"";
    return op + " node " + what;
  }

  /** The same node with other inputs and outputs. */
  public Node with(List<String> newInputs, List<String> newOutputs) {
    return new Node(name, domain, op, newInputs, newOutputs, attributes);
  }
}
