package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.GraphUnion;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.target.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/**
 * Puts the last nodes on an ensemble's graphs: mean and spread of the members' outputs.
 *
 * @param target whose values keep their names
 * @param output the output that is combined
 */
record Combination(Target target, String output) {
  /** The declared type of the output. */
  static TensorType type(Target target, String output) {
    List<ValueInfo> outputs = target.model().graph().outputs();
    Optional<TensorType> type =
        outputs.stream().filter(o -> o.name().equals(output)).map(ValueInfo::type).findFirst();
    if (type.isEmpty() || type.get().dtype() != Dtype.FLOAT) {
      throw new IllegalArgumentException(
          "Output \"%s\" of the target cannot be combined. Expected a float32 output of it, got %s."
              .formatted(output, type.isEmpty() ? "none of that name" : type.get()));
    }
    return type.get();
  }

  /**
   * The members' models as one.
   *
   * @param models by member, each with the output
   * @param weights gives the name of float32 {@code [1, members]}, which add up to 1
   */
  Model of(String name, Map<String, Model> models, Function<GraphEditor, String> weights) {
    List<Model> all = new ArrayList<>(models.values());
    all.add(target.model());
    GraphUnion union = new GraphUnion(all, List.of(output, Ensemble.SPREAD));
    // First, so that frozen values keep the names that they have in the target.
    union.add("target/", target.model());
    List<String> predictions = new ArrayList<>();
    models.forEach(
        (member, model) ->
            predictions.add(Objects.requireNonNull(union.add(member + "/", model).get(output))));
    GraphEditor editor = union.editor();
    editor.prefix("ensemble/");
    add(editor, predictions, weights.apply(editor));
    TensorType type = type(target, output);
    editor.output(output, type);
    editor.output(Ensemble.SPREAD, type);
    return editor.finish(name);
  }

  /**
   * Mean and spread from the differences to the first prediction: with equal predictions, as at
   * strength 0, the mean is that prediction bit for bit and the spread exactly 0.
   */
  private void add(GraphEditor editor, List<String> predictions, String weights) {
    String first = predictions.get(0);
    List<String> weight = new ArrayList<>();
    List<String> differences = new ArrayList<>();
    List<String> shares = new ArrayList<>();
    for (int i = 0; i < predictions.size(); i++) {
      weight.add(
          editor.node(
              "Gather",
              Map.of("axis", Attribute.of(1)),
              weights,
              editor.constant(TensorValue.ofLongs(new long[] {i}))));
      if (i > 0) {
        differences.add(editor.node("Sub", predictions.get(i), first));
        shares.add(editor.node("Mul", differences.get(i - 1), weight.get(i)));
      }
    }
    String offset = sum(editor, shares);
    editor.nodeInto(output, "Add", first, offset);
    List<String> squares = new ArrayList<>();
    squares.add(editor.node("Mul", editor.node("Mul", offset, offset), weight.get(0)));
    for (int i = 0; i < differences.size(); i++) {
      String distance = editor.node("Sub", differences.get(i), offset);
      squares.add(editor.node("Mul", editor.node("Mul", distance, distance), weight.get(i + 1)));
    }
    editor.nodeInto(Ensemble.SPREAD, "Sqrt", sum(editor, squares));
  }

  private static String sum(GraphEditor editor, List<String> terms) {
    return editor.node("", "Sum", Map.of(), terms);
  }
}
