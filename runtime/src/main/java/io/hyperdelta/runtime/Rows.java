package io.hyperdelta.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Raw columns of some rows, by name. Immutable. */
public final class Rows {
  private final int count;
  private final Map<String, double[]> numbers;
  private final Map<String, List<@Nullable String>> texts;
  private final Map<String, float[][]> vectors;

  private Rows(Builder builder) {
    this.count = builder.count;
    this.numbers = Map.copyOf(builder.numbers);
    this.texts = Map.copyOf(builder.texts);
    this.vectors = Map.copyOf(builder.vectors);
  }

  /**
   * Starts a set of rows.
   *
   * @param count number of rows, 1 or more
   */
  public static Builder builder(int count) {
    return new Builder(count);
  }

  /** Number of rows. */
  public int count() {
    return count;
  }

  /**
   * A column of numbers, NaN where missing; null if there is none of that name. Not to be changed.
   */
  double @Nullable [] numbers(String column) {
    return numbers.get(column);
  }

  /** A column of texts, null where missing; null if there is none of that name. */
  @Nullable List<@Nullable String> texts(String column) {
    return texts.get(column);
  }

  /**
   * A column of vectors, one for each row; null if there is none of that name. Not to be changed.
   */
  float @Nullable [][] vectors(String column) {
    return vectors.get(column);
  }

  /** What a column holds, in a word; null if there is none of that name. */
  @Nullable String content(String column) {
    if (numbers.containsKey(column)) {
      return "numbers";
    }
    if (texts.containsKey(column)) {
      return "texts";
    }
    return vectors.containsKey(column) ? "vectors" : null;
  }

  /** These rows with the columns of others, as many, which come first where both have one. */
  Rows with(Rows others) {
    Builder both = new Builder(count);
    both.numbers.putAll(numbers);
    both.texts.putAll(texts);
    both.vectors.putAll(vectors);
    others.columns().forEach(both::remove);
    both.numbers.putAll(others.numbers);
    both.texts.putAll(others.texts);
    both.vectors.putAll(others.vectors);
    return both.build();
  }

  /** Whether all rows have the same in some columns, bit for bit; a column must be there. */
  boolean agreeIn(Collection<String> columns) {
    return columns.stream().allMatch(this::agreeIn);
  }

  private boolean agreeIn(String column) {
    double[] values = numbers.get(column);
    if (values != null) {
      long first = Double.doubleToRawLongBits(values[0]);
      for (double value : values) {
        if (Double.doubleToRawLongBits(value) != first) {
          return false;
        }
      }
      return true;
    }
    float[][] lists = vectors.get(column);
    if (lists != null) {
      return Arrays.stream(lists).allMatch(list -> Arrays.equals(lists[0], list));
    }
    List<@Nullable String> some = texts.get(column);
    return some != null && some.stream().allMatch(text -> Objects.equals(some.get(0), text));
  }

  /** Some columns of the first row; columns must be there. */
  Rows first(Collection<String> columns) {
    Builder one = new Builder(1);
    for (String column : columns) {
      double[] values = numbers.get(column);
      float[][] lists = vectors.get(column);
      if (values != null) {
        one.numbers(column, values[0]);
      } else if (lists != null) {
        one.vectors(column, lists[0]);
      } else {
        one.texts(column, Objects.requireNonNull(texts.get(column), column).get(0));
      }
    }
    return one.build();
  }

  /** These rows without some columns. */
  Rows without(List<String> columns) {
    Builder fewer = new Builder(count);
    fewer.numbers.putAll(numbers);
    fewer.texts.putAll(texts);
    fewer.vectors.putAll(vectors);
    columns.forEach(fewer::remove);
    return fewer.build();
  }

  /** Names of all columns. */
  public List<String> columns() {
    List<String> names = new ArrayList<>(numbers.keySet());
    names.addAll(texts.keySet());
    names.addAll(vectors.keySet());
    Collections.sort(names);
    return names;
  }

  /** Collects columns. Not thread-safe. */
  public static final class Builder {
    private final int count;
    private final Map<String, double[]> numbers = new LinkedHashMap<>();
    private final Map<String, List<@Nullable String>> texts = new LinkedHashMap<>();
    private final Map<String, float[][]> vectors = new LinkedHashMap<>();

    private Builder(int count) {
      if (count < 1) {
        throw new RowsException(
            "There are no rows to predict for. Expected 1 or more, got " + count + ".");
      }
      this.count = count;
    }

    /**
     * A column of numbers.
     *
     * @param values one per row, NaN where missing; copied
     * @throws RowsException if there are more or fewer values than rows
     */
    public Builder numbers(String column, double... values) {
      check(column, values.length);
      numbers.put(column, values.clone());
      return this;
    }

    /**
     * A column of texts.
     *
     * @param values one per row, null where missing; copied
     * @throws RowsException if there are more or fewer values than rows
     */
    public Builder texts(String column, @Nullable String... values) {
      check(column, values.length);
      texts.put(column, Collections.unmodifiableList(Arrays.asList(values.clone())));
      return this;
    }

    /**
     * A column of vectors.
     *
     * @param values one vector per row; copied
     * @throws RowsException if there are more or fewer vectors than rows
     */
    public Builder vectors(String column, float[]... values) {
      check(column, values.length);
      float[][] copy = new float[values.length][];
      for (int row = 0; row < copy.length; row++) {
        copy[row] = values[row].clone();
      }
      vectors.put(column, copy);
      return this;
    }

    private void remove(String column) {
      numbers.remove(column);
      texts.remove(column);
      vectors.remove(column);
    }

    private void check(String column, int length) {
      if (length != count) {
        throw new RowsException(
            "Column \"%s\" has another length than the rows. Expected %d values, got %d."
                .formatted(column, count, length));
      }
    }

    /** The rows. */
    public Rows build() {
      return new Rows(this);
    }
  }
}
