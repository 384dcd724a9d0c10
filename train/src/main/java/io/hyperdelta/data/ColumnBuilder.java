package io.hyperdelta.data;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Grows while rows stream by. */
abstract class ColumnBuilder {
  private static final int FIRST_CAPACITY = 1024;

  final String name;
  int count;

  private ColumnBuilder(String name) {
    this.name = name;
  }

  abstract Column build();

  static int grown(int capacity) {
    return Math.addExact(capacity, Math.max(FIRST_CAPACITY, capacity >> 1));
  }

  /** Collects numbers. */
  static final class Numbers extends ColumnBuilder {
    private static final Pattern NUMBER =
        Pattern.compile("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?");

    private double[] values = new double[FIRST_CAPACITY];
    private final BitSet missing = new BitSet();

    Numbers(String name) {
      super(name);
    }

    void add(double value, boolean isMissing) {
      if (count == values.length) {
        values = Arrays.copyOf(values, grown(count));
      }
      missing.set(count, isMissing);
      values[count++] = value;
    }

    /** Adds the number that a text says, and tells whether it says one. */
    boolean add(@Nullable String text) {
      if (text == null) {
        add(Double.NaN, true);
        return true;
      }
      String bare = text.strip();
      if (NUMBER.matcher(bare).matches()) {
        add(Double.parseDouble(bare), false);
        return true;
      }
      return false;
    }

    @Override
    Column build() {
      return new NumericColumn(name, Arrays.copyOf(values, count), missing);
    }
  }

  /** Collects texts. */
  static final class Texts extends ColumnBuilder {
    /** Equal texts share one object up to this many: enough for categories, not for free text. */
    private static final int LARGEST_POOL = 1 << 16;

    private @Nullable String[] values = new String[FIRST_CAPACITY];
    private final Map<String, String> pool = new HashMap<>();

    Texts(String name) {
      super(name);
    }

    void add(@Nullable String text) {
      if (count == values.length) {
        values = Arrays.copyOf(values, grown(count));
      }
      values[count++] = text == null ? null : pooled(text);
    }

    private String pooled(String text) {
      String known = pool.get(text);
      if (known == null && pool.size() < LARGEST_POOL) {
        pool.put(text, text);
      }
      return known == null ? text : known;
    }

    @Override
    Column build() {
      return new TextColumn(name, Arrays.copyOf(values, count));
    }
  }

  /** Collects vectors. */
  static final class Vectors extends ColumnBuilder {
    private float[] values = new float[FIRST_CAPACITY];
    private int width;

    Vectors(String name) {
      super(name);
    }

    /**
     * Adds a row's vector, or says what it is instead of one like those before.
     *
     * @param elements null if the row has none; so is an element that is missing
     */
    @Nullable String add(@Nullable Object @Nullable [] elements) {
      if (elements == null || elements.length == 0) {
        return "none";
      }
      if (count == 0) {
        width = elements.length;
      }
      if (elements.length != width) {
        return String.valueOf(elements.length);
      }
      int at = Math.multiplyExact(count, width);
      if (values.length < at + width) {
        values = Arrays.copyOf(values, Math.max(grown(values.length), at + width));
      }
      for (int i = 0; i < width; i++) {
        values[at + i] = elements[i] instanceof Number number ? number.floatValue() : Float.NaN;
      }
      count++;
      return null;
    }

    /** Numbers of a vector, 0 before the first. */
    int width() {
      return width;
    }

    @Override
    Column build() {
      return new VectorColumn(name, Arrays.copyOf(values, count * width), width);
    }
  }
}
