package io.hyperdelta.runtime;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.weave.Weaver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Finds the conditions that rows share, so that the hypernetworks see each once. Two rows share a
 * condition exactly if all inputs that hold conditions have the same bits, or texts, for both. Not
 * thread-safe.
 */
final class SharedConditions {
  private final List<Column> columns;
  private final int rows;
  private final int[] first;
  private final long[] index;
  private int count;

  private SharedConditions(List<Column> columns, int rows) {
    this.columns = columns;
    this.rows = rows;
    this.first = new int[rows / 2];
    this.index = new long[rows];
  }

  /** Names of the inputs that hold conditions and that the target does not see, in order. */
  static Set<String> inputs(Manifest manifest) {
    Set<String> names = new LinkedHashSet<>();
    for (InputBinding binding : manifest.inputs()) {
      if (binding.condition() && !binding.target()) {
        names.add(binding.input());
      }
    }
    return names;
  }

  /**
   * Lets rows name their conditions where at least half of them have one that came before. Looking
   * for that ends as soon as it cannot be: rows that share nothing cost half a pass over their
   * conditions.
   *
   * @param inputs all inputs, with a condition for each row
   * @param conditions names of inputs that hold conditions and that the target does not see
   * @return the inputs with each condition once, and which one each row has; or as they were
   */
  static Map<String, TensorValue> named(Map<String, TensorValue> inputs, Set<String> conditions) {
    if (conditions.isEmpty()) {
      return inputs;
    }
    List<Column> columns = new ArrayList<>();
    conditions.forEach(name -> columns.add(column(Objects.requireNonNull(inputs.get(name)))));
    int rows = Math.toIntExact(columns.get(0).value().dim(0));
    SharedConditions shared = new SharedConditions(columns, rows);
    if (!shared.find()) {
      return inputs;
    }
    Map<String, TensorValue> named = new LinkedHashMap<>(inputs);
    int next = 0;
    for (String name : conditions) {
      named.put(name, columns.get(next++).value().rows(Arrays.copyOf(shared.first, shared.count)));
    }
    named.put(Weaver.CONDITION_OF_ROW, TensorValue.ofLongs(shared.index, rows));
    return named;
  }

  /** Numbers the conditions; false once more than half of the rows have one of their own. */
  private boolean find() {
    Map<Row, Integer> numbers = new HashMap<>();
    for (int row = 0; row < rows; row++) {
      Integer known = numbers.putIfAbsent(new Row(columns, row, hash(row)), count);
      if (known == null) {
        if (count == first.length) {
          return false;
        }
        first[count++] = row;
      }
      index[row] = known == null ? count - 1 : known;
    }
    return true;
  }

  private int hash(int row) {
    int hash = 1;
    for (Column column : columns) {
      hash = 31 * hash + column.hash(row);
    }
    return hash;
  }

  /**
   * A row's condition. Ordered, so that a map stays fast even if someone sends conditions that all
   * have the same hash.
   */
  private record Row(List<Column> columns, int row, int hash) implements Comparable<Row> {
    @Override
    public int compareTo(Row other) {
      for (Column column : columns) {
        int order = column.compare(row, other.row);
        if (order != 0) {
          return order;
        }
      }
      return 0;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Row given && hash == given.hash && compareTo(given) == 0;
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private static Column column(TensorValue value) {
    int width = Math.toIntExact(value.dim(1));
    return value.dtype() == Dtype.STRING
        ? new Texts(value, width, value.strings())
        : new Numbers(value, width, value.floats());
  }

  /** What an input holds, by row. */
  private interface Column {
    /** The input, {@code [rows, width]}. */
    TensorValue value();

    int hash(int row);

    /** An order of the conditions of two rows; 0 if they are the same. */
    int compare(int left, int right);
  }

  private record Texts(TensorValue value, int width, List<String> all) implements Column {
    private List<String> of(int row) {
      return all.subList(row * width, (row + 1) * width);
    }

    @Override
    public int hash(int row) {
      return of(row).hashCode();
    }

    @Override
    public int compare(int left, int right) {
      for (int i = 0; i < width; i++) {
        int order = all.get(left * width + i).compareTo(all.get(right * width + i));
        if (order != 0) {
          return order;
        }
      }
      return 0;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Numbers(TensorValue value, int width, float[] all) implements Column {
    @Override
    public int hash(int row) {
      int hash = 1;
      for (int i = row * width; i < (row + 1) * width; i++) {
        // Float bits of small whole numbers differ in their upper half alone.
        int bits = Float.floatToIntBits(all[i]) * 0x9e3779b9;
        hash = 31 * hash + (bits ^ bits >>> 15);
      }
      return hash;
    }

    @Override
    public int compare(int left, int right) {
      int from = left * width;
      int other = right * width;
      return Arrays.compare(all, from, from + width, all, other, other + width);
    }
  }
}
