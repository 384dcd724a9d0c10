package io.hyperdelta.weave;

import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.hypernetwork.Source;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The inputs of a woven graph that hold conditions, as sources see them. Not thread-safe.
 *
 * @param editor takes the nodes
 * @param names of inputs, by condition column
 * @param own names of the inputs that the target does not see
 * @param conditionOfRow says which condition each row has; null where rows cannot
 */
record ConditionInputs(
    GraphEditor editor,
    Map<String, String> names,
    Set<String> own,
    @Nullable ConditionOfRow conditionOfRow) {
  /** Lets rows name their conditions if the graph is to serve and there are conditions to name. */
  static ConditionInputs of(
      GraphEditor editor, Map<String, String> names, Set<String> own, Workload.Purpose purpose) {
    boolean named =
        purpose == Workload.Purpose.SERVING
            && !own.isEmpty()
            && editor.opset() >= ConditionOfRow.FIRST_OPSET;
    return new ConditionInputs(editor, names, own, named ? ConditionOfRow.input(editor) : null);
  }

  private String name(String column) {
    return Objects.requireNonNull(names.get(column));
  }

  /** What a source sees of them. */
  Seen seenBy(Source source) {
    List<String> inputs = source.columns().stream().map(column -> name(column.column())).toList();
    List<String> once = inputs.stream().filter(own::contains).toList();
    if (conditionOfRow == null || once.isEmpty()) {
      return new Seen(this, null, false, new LinkedHashMap<>());
    }
    // What a source makes of an input of the target has one entry per row; so must what stands
    // beside it.
    boolean early = once.size() < inputs.size();
    return new Seen(this, conditionOfRow.index(once.get(0)), early, new LinkedHashMap<>());
  }

  /**
   * What one source sees.
   *
   * @param index name of each row's condition; null where conditions stand for themselves
   * @param early whether rows get their conditions before the source sees them, or what the source
   *     makes of them
   * @param picked by input, what rows have of it
   */
  record Seen(
      ConditionInputs inputs, @Nullable String index, boolean early, Map<String, String> picked) {
    /** Name of a column's values as the source is to see them. */
    String input(String column) {
      String name = inputs.name(column);
      return early && inputs.own().contains(name) ? picked.computeIfAbsent(name, this::pick) : name;
    }

    /** Name of what rows have of a value that the source made of its inputs. */
    String rows(String value) {
      return early ? value : pick(value);
    }

    private String pick(String value) {
      return index == null ? value : inputs.editor().node("Gather", value, index);
    }
  }
}
