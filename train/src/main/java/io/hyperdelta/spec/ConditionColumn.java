package io.hyperdelta.spec;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A column of a condition, and how its values are understood. */
public sealed interface ConditionColumn {
  /** The column's name; that of several columns joined by plus signs. */
  String column();

  /** Names of the raw columns that are read. */
  default List<String> columns() {
    return List.of(column());
  }

  /**
   * Numbers, standardised; a missing one becomes the mean, and an indicator says so.
   *
   * @param column the column's name
   */
  record Numeric(String column) implements ConditionColumn {
    /** Checks the name. */
    public Numeric {
      Require.text("column", column);
    }
  }

  /**
   * Texts, each of which gets a learned vector.
   *
   * @param column the column's name
   * @param width numbers in a vector, or 0 to take the root of the number of categories, at most
   *     {@link #MAX_DEFAULT_WIDTH}
   * @param closed whether predictions refuse a category that was not in training; otherwise it gets
   *     a vector that is learned for unknown ones
   */
  record Category(String column, int width, boolean closed) implements ConditionColumn {
    /** Wider vectors have to be asked for: most have no use for more. */
    public static final int MAX_DEFAULT_WIDTH = 16;

    /** Checks name and width. */
    public Category {
      Require.text("column", column);
      Require.between("width", width, 0, 65_536);
    }
  }

  /**
   * Numbers on a circle, such as hours of a day: (cos, sin).
   *
   * @param column the column's name
   * @param period after which values repeat, above 0
   */
  record Cyclic(String column, double period) implements ConditionColumn {
    /** Checks name and period. */
    public Cyclic {
      Require.text("column", column);
      Require.positive("period", period);
    }
  }

  /**
   * Vectors of numbers, such as embeddings; each element is standardised.
   *
   * @param column the column's name; lists, or texts such as {@code [0.5, 1]}
   */
  record Vector(String column) implements ConditionColumn {
    /** Checks the name. */
    public Vector {
      Require.text("column", column);
    }
  }

  /**
   * Free texts, of which a frozen encoder makes vectors, treated as {@link Vector} then. A missing
   * text is the empty text.
   *
   * @param column the column's name
   * @param encoder a folder with {@code model.onnx} and {@code tokenizer.json}; a relative path is
   *     resolved against the working directory
   * @param maxTokens tokens of a text that are read at most, special ones included, 1 to 65536
   * @param unitNorm whether vectors are divided by their Euclidean norm
   */
  record Text(String column, Path encoder, int maxTokens, boolean unitNorm)
      implements ConditionColumn {
    /** What sentence encoders such as all-MiniLM-L6-v2 were trained with. */
    public static final int DEFAULT_MAX_TOKENS = 128;

    /** Checks name and limit, and makes the path absolute. */
    public Text {
      Require.text("column", column);
      Require.between("maxTokens", maxTokens, 1, 65_536);
      encoder = Require.absolute(encoder);
    }
  }

  /**
   * Numbers of which a frozen graph makes vectors, treated as {@link Vector} then.
   *
   * @param columns columns of numbers in the order of the graph's input, or one of vectors
   * @param vectors whether it is a column of vectors
   * @param encoder the ONNX file; a relative path is resolved against the working directory
   * @param input the graph's input, float32 {@code [rows, width]}; null where it has only one
   * @param output the graph's output, float32 {@code [rows, dim]}; null where it has only one
   */
  record Encoded(
      List<String> columns,
      boolean vectors,
      Path encoder,
      @Nullable String input,
      @Nullable String output)
      implements ConditionColumn {
    /** Checks names and makes the path absolute. */
    public Encoded {
      columns = Require.columns("columns", columns);
      if (vectors && columns.size() > 1) {
        throw new IllegalArgumentException(
            "columns has several columns of vectors. Expected one, got %s."
                .formatted(String.join(", ", columns)));
      }
      encoder = Require.absolute(encoder);
    }

    @Override
    public String column() {
      return String.join("+", columns);
    }
  }

  /**
   * A column of free texts with default settings.
   *
   * @param encoder a folder with {@code model.onnx} and {@code tokenizer.json}
   */
  static ConditionColumn text(String column, Path encoder) {
    return new Text(column, encoder, Text.DEFAULT_MAX_TOKENS, true);
  }

  /**
   * Columns of numbers that a graph with one input and one output encodes.
   *
   * @param encoder the ONNX file
   */
  static ConditionColumn encoded(Path encoder, String... columns) {
    return new Encoded(List.of(columns), false, encoder, null, null);
  }

  /** A column of vectors. */
  static ConditionColumn vector(String column) {
    return new Vector(column);
  }

  /** A column of numbers. */
  static ConditionColumn number(String column) {
    return new Numeric(column);
  }

  /** A column of texts with vectors of the default width, open to unknown ones. */
  static ConditionColumn category(String column) {
    return new Category(column, 0, false);
  }

  /** A column of numbers on a circle. */
  static ConditionColumn cyclic(String column, double period) {
    return new Cyclic(column, period);
  }
}
