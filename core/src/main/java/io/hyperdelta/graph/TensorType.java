package io.hyperdelta.graph;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The declared type of a value.
 *
 * @param dtype element type
 * @param dims the axes, outermost first; null when not even the rank is declared
 */
public record TensorType(Dtype dtype, @Nullable List<Dim> dims) {
  public TensorType {
    dims = dims == null ? null : List.copyOf(dims);
  }

  /**
   * A type with the given axes.
   *
   * @param axes each a {@code Long}/{@code Integer} size or a {@code String} symbol
   */
  public static TensorType of(Dtype dtype, Object... axes) {
    return new TensorType(
        dtype,
        Stream.of(axes)
            .map(axis -> axis instanceof Number n ? Dim.of(n.longValue()) : Dim.of(axis.toString()))
            .toList());
  }

  /** The type in the form {@code float32 [rows, 4]}, as error messages write it. */
  @Override
  public String toString() {
    if (dims == null) {
      return dtype.name().toLowerCase(java.util.Locale.ROOT) + " of any shape";
    }
    return dtype.name().toLowerCase(java.util.Locale.ROOT)
        + " ["
        + String.join(", ", dims.stream().map(TensorType::text).toList())
        + "]";
  }

  private static String text(Dim dim) {
    if (dim instanceof Dim.Fixed fixed) {
      return Long.toString(fixed.size());
    }
    return dim instanceof Dim.Symbolic symbolic ? symbolic.symbol() : "?";
  }
}
