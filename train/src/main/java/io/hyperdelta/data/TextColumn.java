package io.hyperdelta.data;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A column of texts. Immutable, and so safe to share between threads. */
public final class TextColumn implements Column {
  private final String name;
  private final @Nullable String[] values;
  private final int missingCount;

  /**
   * Creates a column.
   *
   * @param name the column's name
   * @param values one text per row, null where it is missing; copied
   */
  public TextColumn(String name, @Nullable String[] values) {
    this.name = name;
    this.values = values.clone();
    this.missingCount = (int) Arrays.stream(values).filter(value -> value == null).count();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String content() {
    return "texts";
  }

  @Override
  public int rowCount() {
    return values.length;
  }

  @Override
  public boolean missing(int row) {
    return values[row] == null;
  }

  @Override
  public int missingCount() {
    return missingCount;
  }

  /**
   * The text of a row; null when it is missing.
   *
   * @param row in [0, rowCount)
   */
  public @Nullable String value(int row) {
    return values[row];
  }

  @Override
  public TextColumn rows(int[] index) {
    @Nullable String[] chosen = new String[index.length];
    for (int i = 0; i < index.length; i++) {
      chosen[i] = values[index[i]];
    }
    return new TextColumn(name, chosen);
  }
}
