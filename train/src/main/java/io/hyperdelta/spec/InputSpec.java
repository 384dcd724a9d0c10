package io.hyperdelta.spec;

import java.util.List;

/**
 * What fills an input of a target from a file.
 *
 * @param columns in the order of the input's last axis; exactly one of vectors
 * @param vector whether the column holds a vector in every row, such as tokens or the pixels of an
 *     image
 * @param shape axes of one row's vector in the input, such as {@code [3, 48, 192]}; empty to take
 *     what the file says
 */
public record InputSpec(List<String> columns, boolean vector, List<Integer> shape) {
  /** Checks names and sizes, and copies the lists. */
  public InputSpec {
    columns = Require.columns("columns", columns);
    shape = shape.isEmpty() ? List.of() : Require.widths("shape", shape);
    if (columns.size() != 1 && vector) {
      throw new IllegalArgumentException(
          "An input of vectors is filled by %d columns. Expected one, got %s."
              .formatted(columns.size(), columns));
    }
    if (!vector && !shape.isEmpty()) {
      throw new IllegalArgumentException(
          "A shape is given for columns of single values. Expected it only for a column of vectors, got "
              + shape
              + ".");
    }
  }

  /** Columns of single values. */
  public static InputSpec columns(List<String> columns) {
    return new InputSpec(columns, false, List.of());
  }

  /**
   * A column of vectors; without sizes the file must say the shape, unless it is {@code [n, w]}.
   */
  public static InputSpec vector(String column, Integer... shape) {
    return new InputSpec(List.of(column), true, List.of(shape));
  }
}
