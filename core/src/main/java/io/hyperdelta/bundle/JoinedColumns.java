package io.hyperdelta.bundle;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Columns of a context table, found by a key in the rows: a left join.
 *
 * @param table the table's name in the bundle
 * @param key the rows' column that holds the key
 * @param tableKey the table's column that holds it
 * @param columns the columns that are taken over, by name, with what they hold
 * @param open whether rows whose key the table lacks are allowed: their values are then missing
 */
public record JoinedColumns(
    String table, String key, String tableKey, Map<String, RawKind> columns, boolean open)
    implements Preparation {
  /** Checks the table's name and copies the map. */
  public JoinedColumns {
    FileName.checked("A context table", table);
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    if (columns.isEmpty()
        || columns.containsValue(null)
        || columns.containsValue(RawKind.KEY)
        || (open && columns.containsValue(RawKind.VECTOR))) {
      throw new IllegalArgumentException(
          "Context table \"%s\" has unusable columns. Expected numbers, texts, or vectors where no key may be unknown, got %s."
              .formatted(table, columns));
    }
  }

  /** File of the table in the bundle. */
  public String file() {
    return "table-" + table + ".json";
  }

  @Override
  public Map<String, RawKind> reads() {
    return Map.of(key, RawKind.KEY);
  }

  @Override
  public List<String> makes() {
    return List.copyOf(columns.keySet());
  }

  @Override
  public String title() {
    return "columns of context table `%s`, found by `%s`".formatted(table, key);
  }
}
