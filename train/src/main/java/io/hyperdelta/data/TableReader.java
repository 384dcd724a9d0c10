package io.hyperdelta.data;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads columns of a source through DuckDB in one streaming pass; rows keep their order. The types
 * of a text file's columns follow from its first 20,480 rows; a later row that does not fit is an
 * error. Stateless and thread-safe.
 *
 * <p>Expressions over a file can read that file only. A query can read other files, and nothing
 * from a network.
 */
public final class TableReader {
  private static final Pattern INTEGER_TYPE = Pattern.compile("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?");
  private static final Pattern NUMBER_TYPE =
      Pattern.compile("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN");
  private static final Pattern TEXT_TYPE = Pattern.compile("VARCHAR|ENUM.*|UUID|\"NULL\"");
  private static final Pattern LIST_TYPE = Pattern.compile("[^\\[]*\\[\\d*\\]");
  private static final Pattern NESTED_TYPE =
      Pattern.compile(".*\\[\\d*\\]|(STRUCT|MAP|UNION)\\(.*|BLOB|JSON|VARIANT");

  /** Rows between two reports of progress. */
  private static final int REPORT_ROWS = 4096;

  private TableReader() {}

  /**
   * Reads columns.
   *
   * @param source where rows come from
   * @param selections the columns to read, with different names
   * @return a table with the columns in the order of the selections, and at least one row
   * @throws DataException if the source cannot be read, a column is unknown, an expression is
   *     wrong, or a value is not of the kind asked for
   */
  public static Table read(Source source, List<Selection> selections) {
    return read(source, selections, rows -> {});
  }

  /**
   * Reads columns and tells about progress.
   *
   * @param source where rows come from
   * @param selections the columns to read, with different names
   * @param progress called now and then with the number of rows read since the last call
   * @return a table with the columns in the order of the selections, and at least one row
   * @throws DataException if the source cannot be read, a column is unknown, an expression is
   *     wrong, or a value is not of the kind asked for
   */
  public static Table read(Source source, List<Selection> selections, LongConsumer progress) {
    Set<String> names = new HashSet<>();
    for (Selection selection : selections) {
      if (!names.add(selection.name())) {
        throw new IllegalArgumentException(
            "Column \"" + selection.name() + "\" is selected twice. Expected different names.");
      }
    }
    if (selections.isEmpty()) {
      throw new IllegalArgumentException("Nothing is selected. Expected at least one column.");
    }
    try (OpenSource open = OpenSource.of(source)) {
      return new Reading(open, selections, progress).table();
    }
  }

  /**
   * The columns that a source offers.
   *
   * @param source where rows come from
   * @return names and SQL types, in order
   * @throws DataException if the source cannot be read
   */
  public static List<SourceColumn> columns(Source source) {
    try (OpenSource open = OpenSource.of(source)) {
      return open.columns().entrySet().stream()
          .map(column -> new SourceColumn(column.getKey(), column.getValue()))
          .toList();
    }
  }

  /** One reading. */
  private static final class Reading {
    private final OpenSource source;
    private final List<Selection> selections;
    private final LongConsumer progress;

    /** What each selection selects from the relation. */
    private final List<String> expressions = new ArrayList<>();

    /** Whether DuckDB gives a selection as numbers; otherwise it gives texts. */
    private final List<Boolean> asNumbers = new ArrayList<>();

    private String relation;

    Reading(OpenSource source, List<Selection> selections, LongConsumer progress) {
      this.source = source;
      this.selections = selections;
      this.progress = progress;
      this.relation = source.relation(Map.of());
    }

    Table table() {
      String query = "";
      try {
        plan();
        List<ColumnBuilder> builders = new ArrayList<>();
        query = query(source.types(query(expressions)), builders);
        stream(query, builders);
        if (builders.get(0).count == 0) {
          throw source.noRows();
        }
        return new Table(builders.stream().map(ColumnBuilder::build).toList());
      } catch (SQLException e) {
        SQLException precise = query.isEmpty() ? null : source.cause(query);
        throw source.problem(precise == null ? e : precise);
      }
    }

    /** Chooses the types of columns, checks expressions and lays down what is selected. */
    private void plan() throws SQLException {
      Map<String, String> types = new LinkedHashMap<>();
      Map<String, String> raw = new LinkedHashMap<>();
      for (Selection selection : selections) {
        String column = plainColumn(selection);
        if (column == null) {
          source.checkExpression(selection.expression());
          expressions.add("(" + selection.expression() + "\n)");
        } else if (source.chooses() && selection.kind() == Selection.Kind.CATEGORY) {
          types.put(column, "VARCHAR");
          raw.computeIfAbsent(column, name -> "text of " + name);
          expressions.add(Selection.quoted(raw.get(column)));
        } else {
          if (source.chooses()
              && !types.containsKey(column)
              && selection.kind() != Selection.Kind.VECTOR) {
            number(selection, column, types);
          }
          expressions.add(Selection.quoted(column));
        }
      }
      relation = source.relation(types);
      if (!raw.isEmpty()) {
        relation = withRaw(raw);
      }
    }

    /** Reads whole numbers as DOUBLE too: the first rows cannot tell that no fraction follows. */
    private void number(Selection selection, String column, Map<String, String> types) {
      String type = source.columns().getOrDefault(column, "");
      if (selection.kind() == Selection.Kind.NUMBER || INTEGER_TYPE.matcher(type).matches()) {
        types.put(column, "DOUBLE");
      }
    }

    /** Adds texts as written under new names; expressions see the column's own type as before. */
    private String withRaw(Map<String, String> raw) {
      List<String> own = new ArrayList<>();
      List<String> added = new ArrayList<>();
      raw.forEach(
          (column, name) -> {
            String quoted = Selection.quoted(column);
            own.add("cast(" + quoted + " as " + source.columns().get(column) + ") as " + quoted);
            added.add(quoted + " as " + Selection.quoted(name));
          });
      return "(select * replace ("
          + String.join(", ", own)
          + "), "
          + String.join(", ", added)
          + " from "
          + relation
          + ")";
    }

    /** The column that a selection names, or null if it selects an expression. */
    private @Nullable String plainColumn(Selection selection) {
      String expression = selection.expression().strip();
      for (String column : source.columns().keySet()) {
        if (expression.equalsIgnoreCase(column)
            || expression.equalsIgnoreCase(Selection.quoted(column))) {
          return column;
        }
      }
      return null;
    }

    private String query(List<String> selected) {
      StringBuilder list = new StringBuilder();
      for (int i = 0; i < selected.size(); i++) {
        list.append(i == 0 ? "" : ", ").append(selected.get(i)).append(" as c").append(i);
      }
      return "select " + list + " from " + relation + " as source";
    }

    /** The query with casts to what Java takes, and a builder for each of its columns. */
    private String query(Map<String, String> types, List<ColumnBuilder> builders) {
      List<String> cast = new ArrayList<>();
      for (int i = 0; i < selections.size(); i++) {
        Selection selection = selections.get(i);
        String type = types.getOrDefault("c" + i, "");
        boolean number = NUMBER_TYPE.matcher(type).matches();
        boolean text = TEXT_TYPE.matcher(type).matches();
        if (selection.kind() == Selection.Kind.VECTOR) {
          if (!text && !LIST_TYPE.matcher(type).matches()) {
            throw unusable(selection, type);
          }
          asNumbers.add(false);
          cast.add("cast(" + expressions.get(i) + " as FLOAT[])");
          builders.add(new ColumnBuilder.Vectors(selection.name()));
          continue;
        }
        boolean category = selection.kind() == Selection.Kind.CATEGORY;
        if (category ? NESTED_TYPE.matcher(type).matches() : !number && !text) {
          throw unusable(selection, type);
        }
        boolean asNumber = number && !category;
        asNumbers.add(asNumber);
        cast.add(cast(expressions.get(i), asNumber, type));
        builders.add(
            asNumber || selection.kind() == Selection.Kind.NUMBER
                ? new ColumnBuilder.Numbers(selection.name())
                : new ColumnBuilder.Texts(selection.name()));
      }
      return query(cast);
    }

    private static String cast(String expression, boolean asNumber, String type) {
      if (asNumber && type.equals("BOOLEAN")) {
        // A cast would be pushed into the reader of the file, which takes no "true" for a number.
        return "case when " + expression + " then 1e0 when not " + expression + " then 0e0 end";
      }
      return "cast(" + expression + (asNumber ? " as DOUBLE)" : " as VARCHAR)");
    }

    private void stream(String query, List<ColumnBuilder> builders) throws SQLException {
      try (Statement statement = source.connection().createStatement();
          ResultSet rows = statement.executeQuery(query)) {
        long read = 0;
        while (rows.next()) {
          read++;
          for (int i = 0; i < builders.size(); i++) {
            add(rows, i, builders.get(i), read);
          }
          if (read % REPORT_ROWS == 0) {
            progress.accept(REPORT_ROWS);
          }
        }
        progress.accept(read % REPORT_ROWS);
      }
    }

    private void add(ResultSet rows, int i, ColumnBuilder builder, long row) throws SQLException {
      if (builder instanceof ColumnBuilder.Texts texts) {
        texts.add(rows.getString(i + 1));
        return;
      }
      if (builder instanceof ColumnBuilder.Vectors vectors) {
        add(rows.getArray(i + 1), vectors, row);
        return;
      }
      ColumnBuilder.Numbers column = (ColumnBuilder.Numbers) builder;
      if (asNumbers.get(i)) {
        double value = rows.getDouble(i + 1);
        column.add(value, rows.wasNull());
        return;
      }
      String text = rows.getString(i + 1);
      if (!column.add(text)) {
        throw SqlProblems.noNumber(
            source.subject(), column.name, "row " + row, String.valueOf(text), null);
      }
    }

    private void add(@Nullable Array array, ColumnBuilder.Vectors vectors, long row)
        throws SQLException {
      int width = vectors.width();
      String instead = vectors.add(array == null ? null : (Object[]) array.getArray());
      if (instead != null) {
        throw new DataException(
            "%s has no usable vector in row %d of \"%s\". Expected %s in every row, got %s. Leave such rows out, for example with sql."
                .formatted(
                    source.subject(),
                    row,
                    vectors.name,
                    width == 0 ? "as many numbers" : width + " numbers",
                    instead),
            null);
      }
    }

    private DataException unusable(Selection selection, String type) {
      if (selection.kind() == Selection.Kind.VECTOR) {
        return new DataException(
            "%s has no vectors in \"%s\". Expected lists of numbers, or texts such as [1, 2.5], got %s."
                .formatted(source.subject(), selection.name(), type),
            null);
      }
      return new DataException(
          source.subject()
              + " has values that are neither numbers nor texts in \""
              + selection.name()
              + "\". Expected numbers or texts, got "
              + type
              + ". Select an expression instead that gives either, such as year(...) of a date; for"
              + " a feature, in a query (data.sql).",
          null);
    }
  }
}
