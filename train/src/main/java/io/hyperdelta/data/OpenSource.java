package io.hyperdelta.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A source in a fresh DuckDB that can reach nothing else. Used by one thread. */
final class OpenSource implements AutoCloseable {
  private final Connection connection;
  private final String subject;
  private final String base;
  private final @Nullable Format format;
  private final @Nullable CsvHeader header;

  /** Empty while the source is being opened. */
  private Map<String, String> columns = Map.of();

  private OpenSource(
      Connection connection,
      String subject,
      String base,
      @Nullable Format format,
      @Nullable CsvHeader header)
      throws SQLException {
    this.connection = connection;
    this.subject = subject;
    this.base = base;
    this.format = format;
    this.header = header;
    this.columns = types("select * from " + relation(Map.of()));
  }

  static OpenSource of(Source source) {
    if (source instanceof Source.File file) {
      return file(file);
    }
    return query((Source.Query) source);
  }

  /** What the source is called in messages. */
  String subject() {
    return subject;
  }

  Connection connection() {
    return connection;
  }

  /** The columns with their SQL types, in order. */
  Map<String, String> columns() {
    return columns;
  }

  /** Whether values are texts in the file, so that their types can be chosen. */
  boolean chooses() {
    return format != null && format != Format.PARQUET;
  }

  /**
   * What to select from.
   *
   * @param types SQL types to read columns as; only where types can be chosen
   */
  String relation(Map<String, String> types) {
    if (types.isEmpty() || format == null || format == Format.PARQUET) {
      return header == null && format != Format.JSON ? base : base + ")";
    }
    // All types, as with some of them DuckDB would guess the others anew, and differently.
    Map<String, String> all = new LinkedHashMap<>(columns);
    all.putAll(types);
    return base + (format == Format.JSON ? ", columns=" : ", types=") + struct(all) + ")";
  }

  /** The names and SQL types of a query's columns. */
  Map<String, String> types(String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("describe " + query)) {
      Map<String, String> types = new LinkedHashMap<>();
      while (result.next()) {
        types.put(result.getString(1), result.getString(2));
      }
      return types;
    } catch (SQLException e) {
      throw problem(e);
    }
  }

  /**
   * Checks that a text is one expression over the columns.
   *
   * @throws DataException if it is not
   */
  void checkExpression(String expression) throws SQLException {
    String named = "Expression \"" + expression + "\"";
    Sql.checkExpression(connection, named, expression);
    try (Statement statement = connection.createStatement()) {
      statement.execute("describe select (" + expression + "\n) from " + relation(Map.of()));
    } catch (SQLException e) {
      // Without rows a file shows no types, and any expression over its columns may fail for that.
      if (isEmpty()) {
        throw noRows();
      }
      throw SqlProblems.ofExpression(e, named, subject, columns.keySet());
    }
  }

  private boolean isEmpty() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("select 1 from " + relation(Map.of()) + " limit 1")) {
      return !rows.next();
    }
  }

  /** The exception for a source without rows. */
  DataException noRows() {
    return new DataException(subject + " has no rows. Expected at least one, got none.", null);
  }

  /** The exception for a query over this source that failed. */
  DataException problem(SQLException e) {
    if (header != null && String.valueOf(e.getMessage()).contains("when sniffing file")) {
      // The guesser of types tells no line; reading all columns as texts does.
      SQLException precise = cause("select * from " + untyped(header));
      if (precise != null) {
        return SqlProblems.of(precise, subject, header.names());
      }
    }
    return SqlProblems.of(e, subject, columns.keySet());
  }

  /**
   * Why a query fails. A streamed result that fails at once has forgotten the reason; here DuckDB
   * runs the query to its end and keeps no rows.
   *
   * @return the reason, or null if the query passes
   */
  @Nullable SQLException cause(String query) {
    try (Statement statement = connection.createStatement()) {
      statement.execute("explain analyze " + query);
      return null;
    } catch (SQLException e) {
      return e;
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException("DuckDB cannot be closed.", e);
    }
  }

  private String untyped(CsvHeader known) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String name : known.names()) {
      all.put(name.isEmpty() ? "column" + all.size() : name, "VARCHAR");
    }
    return base + ", auto_detect=false, columns=" + struct(all) + ")";
  }

  private static OpenSource file(Source.File file) {
    Path path = file.path().toAbsolutePath().normalize();
    String subject = "File \"" + shown(path) + "\"";
    if (!Files.exists(path)) {
      throw new DataException(subject + " does not exist. Expected a file of rows.", null);
    }
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw new DataException(
          subject + " cannot be read. Expected a readable file, got something else.", null);
    }
    Format format = Format.of(path, subject);
    CsvHeader header =
        format.isText()
            ? CsvHeader.read(path, subject, Format.gzip(path), format == Format.TSV)
            : null;
    if (header == null && !file.missing().isEmpty()) {
      throw new DataException(
          subject
              + " has values of its own for what is missing. Expected data.missing only with CSV"
              + " or TSV files, got "
              + String.join(", ", file.missing())
              + ".",
          null);
    }
    String base = base(format, header, file.missing(), Sql.literal(Sql.unglobbed(path)));
    return opened(
        List.of(
            "set allowed_paths=" + Sql.literals(List.of(path.toString(), Sql.unglobbed(path))),
            "set enable_external_access=false"),
        subject,
        connection -> new OpenSource(connection, subject, base, format, header));
  }

  private static OpenSource query(Source.Query source) {
    String subject = "The query for rows";
    String sql = source.sql().strip().replaceFirst(";$", "");
    Path folder = source.folder().toAbsolutePath().normalize();
    return opened(
        List.of(),
        subject,
        connection -> {
          String located = QueryFiles.located(sql, Sql.parse(connection, subject, sql), folder);
          return new OpenSource(connection, subject, "(" + located + "\n)", null, null);
        });
  }

  /** The call of DuckDB's reader, without its last bracket for text formats. */
  private static String base(
      Format format, @Nullable CsvHeader header, List<String> missing, String path) {
    if (header != null) {
      List<String> nulls = new ArrayList<>(List.of(""));
      nulls.addAll(missing);
      // All that DuckDB would otherwise guess from the first rows, but the types.
      return "read_csv("
          + path
          + ", header=true, skip=0, comment='', quote='\"', escape='\"', strict_mode=true,"
          + " null_padding=false, ignore_errors=false, delim="
          + Sql.literal(String.valueOf(header.delimiter()))
          + ", nullstr="
          + Sql.literals(nulls);
    }
    return format == Format.JSON ? "read_json(" + path : "read_parquet(" + path + ")";
  }

  private interface Opening {
    OpenSource apply(Connection connection) throws SQLException;
  }

  private static OpenSource opened(List<String> settings, String subject, Opening opening) {
    Properties properties = new Properties();
    properties.setProperty("jdbc_stream_results", "true");
    // Nothing is fetched from a network and nothing is written.
    properties.setProperty("autoinstall_known_extensions", "false");
    properties.setProperty("autoload_known_extensions", "false");
    properties.setProperty("temp_directory", "");
    Connection connection = null;
    try {
      connection = DriverManager.getConnection("jdbc:duckdb:", properties);
      try (Statement statement = connection.createStatement()) {
        statement.execute("set preserve_insertion_order=true");
        for (String setting : settings) {
          statement.execute(setting);
        }
        statement.execute("set lock_configuration=true");
      }
      OpenSource source = opening.apply(connection);
      connection = null;
      return source;
    } catch (SQLException e) {
      throw SqlProblems.of(e, subject, List.of());
    } finally {
      if (connection != null) {
        try {
          connection.close();
        } catch (SQLException e) {
          // Another exception is already on its way and says more.
          connection = null;
        }
      }
    }
  }

  private static String struct(Map<String, String> types) {
    return types.entrySet().stream()
        .map(type -> Sql.literal(type.getKey()) + ": " + Sql.literal(type.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** Short where the file lies below the working directory. */
  private static String shown(Path path) {
    Path here = Path.of("").toAbsolutePath();
    return (path.startsWith(here) ? here.relativize(path) : path).toString();
  }
}
