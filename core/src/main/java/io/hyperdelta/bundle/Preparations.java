package io.hyperdelta.bundle;

import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What a bundle prepares before its graphs see the rows. Immutable.
 *
 * @param steps in the order in which they are done: what a step makes, later ones may read
 */
public record Preparations(List<Preparation> steps) {
  public Preparations {
    steps = List.copyOf(steps);
  }

  /**
   * What is to be done for some inputs.
   *
   * @param steps steps with those of their columns that are needed, in order
   * @param raw the columns that the rows must have, with what they hold, in the order of the inputs
   */
  public record Plan(Map<Preparation, List<String>> steps, Map<String, RawKind> raw) {
    public Plan {
      steps = Collections.unmodifiableMap(new LinkedHashMap<>(steps));
      raw = Collections.unmodifiableMap(new LinkedHashMap<>(raw));
    }
  }

  /**
   * Plans how inputs are filled.
   *
   * @param given whether the rows themselves have a column; such a column is not prepared
   */
  public Plan plan(List<InputBinding> bindings, Predicate<String> given) {
    Map<String, RawKind> wanted = new LinkedHashMap<>();
    for (InputBinding binding : bindings) {
      RawKind single = binding.text() ? RawKind.TEXT : RawKind.NUMBER;
      RawKind kind = binding.vector() > 0 ? RawKind.VECTOR : single;
      binding.columns().forEach(column -> wanted.put(column, kind));
    }
    Map<Preparation, List<String>> backwards = new LinkedHashMap<>();
    for (int i = steps.size() - 1; i >= 0; i--) {
      Preparation step = steps.get(i);
      List<String> made =
          step.makes().stream()
              .filter(column -> wanted.containsKey(column) && !given.test(column))
              .toList();
      if (!made.isEmpty()) {
        backwards.put(step, made);
        made.forEach(wanted::remove);
        step.reads().forEach((column, kind) -> wanted.merge(column, kind, RawKind::with));
      }
    }
    List<Preparation> order = new ArrayList<>(backwards.keySet());
    Collections.reverse(order);
    Map<Preparation, List<String>> forwards = new LinkedHashMap<>();
    order.forEach(step -> forwards.put(step, backwards.get(step)));
    return new Plan(forwards, wanted);
  }

  /**
   * The step that takes columns over from a context table.
   *
   * @param table the table's name
   * @throws JoinException if there is none of that name
   */
  public JoinedColumns join(String table) {
    List<String> names = new ArrayList<>();
    for (Preparation step : steps) {
      if (step instanceof JoinedColumns join) {
        names.add(join.table());
        if (join.table().equals(table)) {
          return join;
        }
      }
    }
    throw new JoinException(
        "The bundle joins no context table \"%s\". Expected %s.%s"
            .formatted(
                table,
                names.isEmpty() ? "none, since it joins no table" : String.join(", ", names),
                Spelling.advice(table, names)));
  }

  /** Names of all columns that are prepared. */
  public List<String> columns() {
    return steps.stream().flatMap(step -> step.makes().stream()).toList();
  }
}
