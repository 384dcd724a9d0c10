package io.hyperdelta.bundle;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.math.BigInteger;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;

/**
 * How an input of the graphs is filled from raw columns.
 *
 * @param input name of the graph input
 * @param columns the columns that make it, side by side: {@code [rows, columns]}
 * @param text whether the columns are text rather than numbers
 * @param missing whether missing values are allowed; numbers then travel as NaN, texts as the empty
 *     string
 * @param target whether the target sees it
 * @param condition whether a source of deltas sees it
 * @param categories the texts that are known from training; empty where that does not matter
 * @param closed whether other texts are refused
 * @param vector numbers in each of the vectors that the only column holds; 0 where columns hold
 *     single values
 * @param type element type of the graph input: {@link Dtype#FLOAT}, {@link Dtype#STRING}, or {@link
 *     Dtype#INT64} or {@link Dtype#INT32} for columns of whole numbers
 * @param rowShape axes of one row in the graph input, whose sizes multiply to the numbers in a row;
 *     without axes if a row is a single value
 */
public record InputBinding(
    String input,
    List<String> columns,
    boolean text,
    boolean missing,
    boolean target,
    boolean condition,
    List<String> categories,
    boolean closed,
    int vector,
    Dtype type,
    List<Long> rowShape) {
  /** Whole numbers up to here are exact in float32, which rows travel in. */
  private static final double EXACT = 1 << 24;

  public InputBinding {
    columns = List.copyOf(columns);
    // A manifest may lack them.
    categories = List.copyOf(Objects.requireNonNullElse(categories, List.of()));
    type = Objects.requireNonNullElse(type, text ? Dtype.STRING : Dtype.FLOAT);
    long width = vector > 0 ? vector : columns.size();
    rowShape = List.copyOf(Objects.requireNonNullElse(rowShape, List.of(width)));
    if (BigInteger.valueOf(width).compareTo(size(rowShape)) != 0) {
      throw new IllegalArgumentException(
          "Input \"%s\" has rows of %d numbers in the shape %s. Expected a shape that holds as many."
              .formatted(input, width, rowShape));
    }
  }

  /** A binding of columns whose texts, if they are texts, need not be known. */
  public InputBinding(
      String input,
      List<String> columns,
      boolean text,
      boolean missing,
      boolean target,
      boolean condition) {
    this(
        input,
        columns,
        text,
        missing,
        target,
        condition,
        List.of(),
        false,
        0,
        text ? Dtype.STRING : Dtype.FLOAT,
        List.of((long) columns.size()));
  }

  /** This binding, with what a source of deltas needs to be known of its texts. */
  public InputBinding seenByCondition(List<String> known, boolean refused) {
    return new InputBinding(
        input, columns, text, missing, target, true, known, refused, vector, type, rowShape);
  }

  /** This binding of one column of vectors, as an input of another type or shape. */
  public InputBinding shaped(int width, Dtype newType, List<Long> newRowShape) {
    return new InputBinding(
        input,
        columns,
        text,
        missing,
        target,
        condition,
        categories,
        closed,
        width,
        newType,
        newRowShape);
  }

  private static BigInteger size(List<Long> shape) {
    return shape.stream().map(BigInteger::valueOf).reduce(BigInteger.ONE, BigInteger::multiply);
  }

  /** Numbers, or texts, in a row. */
  public int width() {
    return vector > 0 ? vector : columns.size();
  }

  /** The input's axes for some rows. */
  public long[] dims(int rows) {
    return LongStream.concat(LongStream.of(rows), rowShape.stream().mapToLong(Long::longValue))
        .toArray();
  }

  /** Whether a number can be an element of the input, leaving aside whether it is finite. */
  public boolean takes(double value) {
    return type == Dtype.FLOAT || (value == Math.rint(value) && Math.abs(value) <= EXACT);
  }

  /** Whether all of some numbers are finite, and numbers that the input can be given. */
  public boolean takesAll(float[] values) {
    boolean all = true;
    for (float value : values) {
      // No branch, so that many numbers are looked at at once.
      all &= Math.abs(value) <= Float.MAX_VALUE;
    }
    if (type != Dtype.FLOAT) {
      for (float value : values) {
        all &= takes(value);
      }
    }
    return all;
  }

  /**
   * The input for some rows.
   *
   * @param values numbers that the input {@link #takes}, float32 {@code [rows, width]}
   */
  public TensorValue tensor(float[] values, int rows) {
    if (type == Dtype.FLOAT) {
      return TensorValue.ofFloats(values, dims(rows));
    }
    long[] whole = new long[values.length];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = (long) values[i];
    }
    return TensorValue.ofIntegers(type, whole, dims(rows));
  }
}
