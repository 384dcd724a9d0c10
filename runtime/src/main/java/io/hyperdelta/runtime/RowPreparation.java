package io.hyperdelta.runtime;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.ContextKey;
import io.hyperdelta.bundle.EncodedNumbers;
import io.hyperdelta.bundle.EncodedTexts;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.bundle.JoinedColumns;
import io.hyperdelta.bundle.JoinedTable;
import io.hyperdelta.bundle.JoinedTableFile;
import io.hyperdelta.bundle.Preparation;
import io.hyperdelta.bundle.Preparations;
import io.hyperdelta.bundle.RawKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Does what a bundle prepares before its graphs see the rows. Encoders and tables are read when
 * they are first needed. Safe to use from many threads; {@link #close} must come after all of them.
 */
final class RowPreparation implements AutoCloseable {
  private final Bundle bundle;
  private final Preparations preparations;
  private final Map<EncodedTexts, TextVectors> texts = new HashMap<>();
  private final Map<EncodedNumbers, NumberVectors> numbers = new HashMap<>();
  private final Map<String, JoinedTable> tables = new HashMap<>();
  private boolean closed;

  RowPreparation(Bundle bundle) {
    this.bundle = bundle;
    this.preparations = bundle.manifest().preparations();
  }

  /**
   * Rows with the columns that some inputs need.
   *
   * @param rows a column that they have already is taken as it is
   * @throws RowsException if a column is missing, has the wrong type, or cannot be encoded
   * @throws io.hyperdelta.bundle.JoinException if a context table lacks keys
   */
  Rows prepare(Rows rows, List<InputBinding> bindings) {
    return prepare(rows, bindings, step -> true);
  }

  /** The same for some of the steps. */
  Rows prepare(Rows rows, List<InputBinding> bindings, Predicate<Preparation> wanted) {
    Rows prepared = rows;
    Preparations.Plan plan = preparations.plan(bindings, name -> rows.content(name) != null);
    for (Map.Entry<Preparation, List<String>> step : plan.steps().entrySet()) {
      if (wanted.test(step.getKey())) {
        prepared = prepared.with(make(step.getKey(), step.getValue(), prepared));
      }
    }
    return prepared;
  }

  private Rows make(Preparation step, List<String> columns, Rows rows) {
    if (step instanceof JoinedColumns join) {
      return joined(join, columns, rows);
    }
    float[][] vectors =
        step instanceof EncodedTexts encoded
            ? encoder(encoded).encode(rows)
            : encoder((EncodedNumbers) step).encode(rows);
    return Rows.builder(rows.count()).vectors(columns.get(0), vectors).build();
  }

  private synchronized TextVectors encoder(EncodedTexts step) {
    requireOpen();
    return texts.computeIfAbsent(step, s -> TextVectors.open(bundle, s));
  }

  private synchronized NumberVectors encoder(EncodedNumbers step) {
    requireOpen();
    return numbers.computeIfAbsent(step, s -> NumberVectors.open(bundle, s));
  }

  private synchronized JoinedTable table(JoinedColumns step) {
    requireOpen();
    JoinedTable table = tables.get(step.table());
    if (table == null) {
      table = JoinedTableFile.read(bundle.read(step.file()), step.table());
      table.require(step);
      tables.put(step.table(), table);
    }
    return table;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("The adaptive model is closed.");
    }
  }

  /**
   * Looks keys up in another table from now on.
   *
   * @throws io.hyperdelta.bundle.JoinException if the bundle joins no table of the name, or the
   *     table lacks a column
   */
  void use(String name, JoinedTable table) {
    table.require(preparations.join(name));
    synchronized (this) {
      tables.put(name, table);
    }
  }

  private Rows joined(JoinedColumns step, List<String> columns, Rows rows) {
    JoinedTable table = table(step);
    int[] found = table.find(keys(step, rows), step);
    Rows.Builder made = Rows.builder(rows.count());
    for (String name : columns) {
      double[] numbersOf = table.numbers(name);
      List<@Nullable String> textsOf = table.texts(name);
      if (numbersOf != null) {
        made.numbers(name, numbers(numbersOf, found));
      } else if (textsOf != null) {
        @Nullable String[] values = new @Nullable String[found.length];
        for (int row = 0; row < found.length; row++) {
          values[row] = found[row] < 0 ? null : textsOf.get(found[row]);
        }
        made.texts(name, values);
      } else {
        float[][] vectors = Objects.requireNonNull(table.vectors(name), name);
        float[][] values = new float[found.length][];
        for (int row = 0; row < found.length; row++) {
          // Where there are vectors, unknown keys were refused.
          values[row] = vectors[found[row]];
        }
        made.vectors(name, values);
      }
    }
    return made.build();
  }

  private static double[] numbers(double[] column, int[] found) {
    double[] values = new double[found.length];
    for (int row = 0; row < found.length; row++) {
      values[row] = found[row] < 0 ? Double.NaN : column[found[row]];
    }
    return values;
  }

  private static List<@Nullable String> keys(JoinedColumns step, Rows rows) {
    List<@Nullable String> texts = rows.texts(step.key());
    if (texts != null) {
      return texts;
    }
    double[] numbers = rows.numbers(step.key());
    if (numbers == null) {
      throw InputTensors.absent(rows, step.key(), RawKind.KEY.title());
    }
    List<@Nullable String> keys = new ArrayList<>(numbers.length);
    for (double number : numbers) {
      keys.add(Double.isNaN(number) ? null : ContextKey.of(number, step.key()));
    }
    return keys;
  }

  /** Frees the encoders; later calls do nothing. */
  @Override
  public synchronized void close() {
    closed = true;
    texts.values().forEach(TextVectors::close);
    numbers.values().forEach(NumberVectors::close);
    texts.clear();
    numbers.clear();
  }
}
