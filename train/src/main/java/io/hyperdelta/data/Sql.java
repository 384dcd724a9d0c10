package io.hyperdelta.data;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Iterator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** SQL text: quoting it, and checking what a user wrote before it becomes part of a query. */
final class Sql {
  private static final List<String> CLAUSES =
      List.of("where_clause", "having", "qualify", "sample", "group_expressions", "modifiers");

  private Sql() {}

  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  static String literals(Iterable<String> texts) {
    StringBuilder list = new StringBuilder("[");
    for (Iterator<String> i = texts.iterator(); i.hasNext(); ) {
      list.append(literal(i.next())).append(i.hasNext() ? ", " : "");
    }
    return list.append(']').toString();
  }

  /** A path as a pattern that matches it alone. */
  static String unglobbed(Path path) {
    return path.toString().replaceAll("[\\[*?]", "[$0]");
  }

  /**
   * The parse tree of one SELECT statement.
   *
   * @throws DataException if it is anything else
   */
  static JsonNode parse(Connection connection, String subject, String query) throws SQLException {
    JsonNode tree = tree(connection, query);
    if (tree.path("error").asBoolean()) {
      throw new DataException(
          subject
              + " is not SQL that can be run here. Expected one SELECT statement, got: "
              + firstLine(tree.path("error_message").asString())
              + ".",
          null);
    }
    if (tree.path("statements").size() != 1) {
      throw new DataException(
          subject
              + " holds several statements. Expected one SELECT statement, got "
              + tree.path("statements").size()
              + ".",
          null);
    }
    return tree.path("statements").get(0).path("node");
  }

  /**
   * Checks that a text is one expression, so that it stays one inside a larger query.
   *
   * @throws DataException if it is anything else
   */
  static void checkExpression(Connection connection, String subject, String expression)
      throws SQLException {
    JsonNode tree = tree(connection, "select " + expression + "\n");
    if (tree.path("error").asBoolean()) {
      throw new DataException(
          subject
              + " is not an SQL expression. Expected one such as ln(price), got: "
              + firstLine(tree.path("error_message").asString())
              + ".",
          null);
    }
    JsonNode node = tree.path("statements").path(0).path("node");
    boolean one =
        tree.path("statements").size() == 1
            && node.path("select_list").size() == 1
            && !node.path("select_list").get(0).path("type").asString("").equals("STAR")
            && node.path("from_table").path("type").asString("").equals("EMPTY")
            && CLAUSES.stream()
                .allMatch(clause -> node.path(clause).isNull() || node.path(clause).isEmpty());
    if (!one) {
      throw new DataException(
          subject
              + " is more than an SQL expression. Expected one such as ln(price), got \""
              + expression
              + "\".",
          null);
    }
  }

  private static JsonNode tree(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery("select json_serialize_sql(" + literal(query) + ")")) {
      result.next();
      return JsonMapper.shared().readTree(result.getString(1));
    }
  }

  /** The part of DuckDB's message that a user can use, without the kind of error and the end. */
  static String firstLine(String message) {
    String line = message.lines().filter(text -> !text.isBlank()).findFirst().orElse("unknown");
    String text = line.replaceFirst("^([A-Z][A-Za-z]* ){1,3}Error: ", "").strip();
    return text.endsWith(".") || text.endsWith("!") ? text.substring(0, text.length() - 1) : text;
  }
}
