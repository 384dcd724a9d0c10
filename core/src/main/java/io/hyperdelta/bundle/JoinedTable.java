package io.hyperdelta.bundle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table of contexts in memory: its rows are found by key. Immutable, so safe to share between
 * threads.
 */
public final class JoinedTable {
  /** Keys named in messages. */
  private static final int SHOWN = 5;

  private final String source;
  private final List<String> keys;
  private final Map<String, Integer> rows;
  private final Map<String, double[]> numbers;
  private final Map<String, List<@Nullable String>> texts;
  private final Map<String, float[][]> vectors;

  private JoinedTable(Builder builder) {
    this.source = builder.source;
    this.keys = builder.keys;
    this.rows = builder.rows;
    this.numbers = new LinkedHashMap<>(builder.numbers);
    this.texts = new LinkedHashMap<>(builder.texts);
    this.vectors = new LinkedHashMap<>(builder.vectors);
  }

  /**
   * Starts a table.
   *
   * @param source what messages call it, usually a file name
   * @param keys one for each row, as {@link ContextKey} reads them
   * @throws JoinException if a key is missing or comes twice
   */
  public static Builder builder(String source, List<@Nullable String> keys) {
    return new Builder(source, keys);
  }

  /** What messages call the table. */
  public String source() {
    return source;
  }

  /** The keys of the rows. */
  public List<String> keys() {
    return keys;
  }

  /**
   * A column of numbers, NaN where missing; null if there is none of that name. Not to be changed.
   */
  public double @Nullable [] numbers(String column) {
    return numbers.get(column);
  }

  /** A column of texts, null where missing; null if there is none of that name. */
  public @Nullable List<@Nullable String> texts(String column) {
    return texts.get(column);
  }

  /** A column of vectors; null if there is none of that name. Not to be changed. */
  public float @Nullable [][] vectors(String column) {
    return vectors.get(column);
  }

  /** Names of the columns besides the key, with what they hold. */
  public Map<String, RawKind> columns() {
    Map<String, RawKind> columns = new LinkedHashMap<>();
    numbers.keySet().forEach(name -> columns.put(name, RawKind.NUMBER));
    texts.keySet().forEach(name -> columns.put(name, RawKind.TEXT));
    vectors.keySet().forEach(name -> columns.put(name, RawKind.VECTOR));
    return columns;
  }

  /**
   * Checks that the table has the columns that a step takes over.
   *
   * @throws JoinException at the first that is missing or holds something else
   */
  public void require(JoinedColumns step) {
    Map<String, RawKind> own = columns();
    step.columns()
        .forEach(
            (name, kind) -> {
              RawKind found = own.get(name);
              if (found != kind) {
                throw new JoinException(
                    "Context table \"%s\" does not fit where \"%s\" is expected. Expected a column \"%s\" of %s, got %s."
                        .formatted(
                            source,
                            step.table(),
                            name,
                            kind.title(),
                            found == null ? "none" : found.title()));
              }
            });
  }

  /**
   * Rows of the table for keys.
   *
   * @param wanted keys, null where missing
   * @param step says whether unknown keys are allowed
   * @return a row for each key, -1 for an unknown or missing one
   * @throws JoinException if some are unknown and that is not allowed
   */
  public int[] find(List<@Nullable String> wanted, JoinedColumns step) {
    int[] found = new int[wanted.size()];
    int lacking = 0;
    Set<String> unknown = new LinkedHashSet<>();
    for (int i = 0; i < found.length; i++) {
      String key = wanted.get(i);
      Integer row = key == null ? null : rows.get(ContextKey.of(key));
      found[i] = row == null ? -1 : row;
      if (row == null) {
        lacking++;
        unknown.add(key == null ? "a missing key" : '"' + key + '"');
      }
    }
    if (lacking > 0 && !step.open()) {
      throw lacking(step, lacking, found.length, unknown);
    }
    return found;
  }

  private JoinException lacking(JoinedColumns step, int lacking, int count, Set<String> unknown) {
    List<String> some = new ArrayList<>(unknown).subList(0, Math.min(SHOWN, unknown.size()));
    int others = unknown.size() - some.size();
    return new JoinException(
        "Context table \"%s\" lacks keys of column \"%s\" in %,d of %,d rows: %s%s. Expected keys such as %s. Add them to the table, or train with unknown: allow, which takes their values for missing."
            .formatted(
                source,
                step.key(),
                lacking,
                count,
                String.join(", ", some),
                others > 0 ? " and %,d more".formatted(others) : "",
                String.join(", ", keys.subList(0, Math.min(SHOWN, keys.size())))));
  }

  /** Collects columns. Not thread-safe. */
  public static final class Builder {
    private final String source;
    private final List<String> keys;
    private final Map<String, Integer> rows = new HashMap<>();
    private final Map<String, double[]> numbers = new LinkedHashMap<>();
    private final Map<String, List<@Nullable String>> texts = new LinkedHashMap<>();
    private final Map<String, float[][]> vectors = new LinkedHashMap<>();

    private Builder(String source, List<@Nullable String> written) {
      this.source = source;
      List<String> all = new ArrayList<>(written.size());
      for (int row = 0; row < written.size(); row++) {
        String text = written.get(row);
        if (text == null) {
          throw new JoinException(
              "Context table \"%s\" has no key in row %d. Expected a key in every row."
                  .formatted(source, row + 1));
        }
        String key = ContextKey.of(text);
        Integer earlier = rows.putIfAbsent(key, row);
        if (earlier != null) {
          throw new JoinException(
              "Context table \"%s\" has key \"%s\" twice, in rows %d and %d. Expected each key once; 1, 1.0 and \"1\" are the same key."
                  .formatted(source, text, earlier + 1, row + 1));
        }
        all.add(key);
      }
      if (all.isEmpty()) {
        throw new JoinException(
            "Context table \"%s\" has no rows. Expected at least one, got none.".formatted(source));
      }
      this.keys = Collections.unmodifiableList(all);
    }

    /**
     * A column of numbers.
     *
     * @param values finite, or NaN where missing; one for each key; copied
     * @throws JoinException if there are more or fewer, or one is infinite
     */
    public Builder numbers(String column, double... values) {
      check(column, values.length);
      for (int row = 0; row < values.length; row++) {
        if (Double.isInfinite(values[row])) {
          throw unusable(column, row, "a finite number", String.valueOf(values[row]));
        }
      }
      numbers.put(column, values.clone());
      return this;
    }

    /**
     * A column of texts.
     *
     * @param values null where missing; one for each key; copied
     */
    public Builder texts(String column, @Nullable String... values) {
      check(column, values.length);
      texts.put(column, Collections.unmodifiableList(Arrays.asList(values.clone())));
      return this;
    }

    /**
     * A column of vectors.
     *
     * @param values finite, all of one length; one for each key; copied
     * @throws JoinException if there are more or fewer, or one has another length or is not finite
     */
    public Builder vectors(String column, float[]... values) {
      check(column, values.length);
      float[][] copy = new float[values.length][];
      for (int row = 0; row < values.length; row++) {
        copy[row] = values[row].clone();
        if (copy[row].length != copy[0].length) {
          throw unusable(
              column, row, copy[0].length + " numbers", String.valueOf(copy[row].length));
        }
        for (float value : copy[row]) {
          if (!Float.isFinite(value)) {
            throw unusable(column, row, "finite numbers", String.valueOf(value));
          }
        }
      }
      vectors.put(column, copy);
      return this;
    }

    private JoinException unusable(String column, int row, String expected, String got) {
      return new JoinException(
          "Column \"%s\" of context table \"%s\" is not usable in row %d. Expected %s, got %s."
              .formatted(column, source, row + 1, expected, got));
    }

    private void check(String column, int length) {
      if (length != keys.size()
          || numbers.containsKey(column)
          || texts.containsKey(column)
          || vectors.containsKey(column)) {
        throw new JoinException(
            "Column \"%s\" does not fit context table \"%s\". Expected a new name and %d values, got %d."
                .formatted(column, source, keys.size(), length));
      }
    }

    /** The table. */
    public JoinedTable build() {
      return new JoinedTable(this);
    }
  }
}
