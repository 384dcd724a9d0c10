package io.hyperdelta.data;

import io.hyperdelta.bundle.JoinedColumns;
import io.hyperdelta.bundle.JoinedTable;
import io.hyperdelta.bundle.RawKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads context tables from files. Stateless and thread-safe. */
public final class JoinedTableReader {
  private static final String KEY = "key of the table";

  private JoinedTableReader() {}

  /**
   * Reads what a step takes over.
   *
   * @param file CSV, TSV, Parquet, JSON or NDJSON
   * @param missing texts of a CSV or TSV file that mean a missing value
   * @throws DataException if the file cannot be read, or lacks a column
   * @throws io.hyperdelta.bundle.JoinException if a key is missing or comes twice
   */
  public static JoinedTable read(Path file, JoinedColumns step, List<String> missing) {
    List<Selection> selections = new ArrayList<>();
    // Under a name of its own, since the table's key may have the name of another column.
    selections.add(new Selection(KEY, Selection.quoted(step.tableKey()), Selection.Kind.CATEGORY));
    step.columns().forEach((name, kind) -> selections.add(Selection.column(name, kind(kind))));
    boolean text = Format.of(file, "Context table \"" + file + "\"").isText();
    Table table = TableReader.read(new Source.File(file, text ? missing : List.of()), selections);
    String source = String.valueOf(file.getFileName());
    JoinedTable.Builder joined = JoinedTable.builder(source, Arrays.asList(texts(table.text(KEY))));
    for (String name : step.columns().keySet()) {
      Column column = table.column(name);
      if (column instanceof NumericColumn numbers) {
        joined.numbers(name, numbers.values());
      } else if (column instanceof TextColumn texts) {
        joined.texts(name, texts(texts));
      } else {
        joined.vectors(name, ((VectorColumn) column).vectors());
      }
    }
    return joined.build();
  }

  private static Selection.Kind kind(RawKind kind) {
    return switch (kind) {
      case NUMBER -> Selection.Kind.NUMBER;
      case VECTOR -> Selection.Kind.VECTOR;
      case TEXT, KEY -> Selection.Kind.CATEGORY;
    };
  }

  private static @Nullable String[] texts(TextColumn column) {
    @Nullable String[] texts = new @Nullable String[column.rowCount()];
    for (int row = 0; row < texts.length; row++) {
      texts[row] = column.value(row);
    }
    return texts;
  }
}
