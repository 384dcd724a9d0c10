package io.hyperdelta.data;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * Makes the relative file names of a query absolute. DuckDB would look into the working directory
 * first, and then a query would mean something else wherever it is run.
 */
final class QueryFiles {
  private static final String LOCATION = "query_location";

  private final Path folder;

  /** What to put in place of the quoted name that starts at a byte. */
  private final Map<Integer, String> names = new TreeMap<>(Comparator.reverseOrder());

  private final Map<Integer, Integer> lengths = new TreeMap<>();

  private QueryFiles(Path folder) {
    this.folder = folder;
  }

  /**
   * The query with absolute file names.
   *
   * @param query one SELECT statement
   * @param tree its parse tree
   * @param folder where its relative names are looked up
   */
  static String located(String query, JsonNode tree, Path folder) {
    QueryFiles files = new QueryFiles(folder);
    files.walk(tree);
    byte[] bytes = query.getBytes(StandardCharsets.UTF_8);
    StringBuilder located = new StringBuilder();
    int end = bytes.length;
    for (Map.Entry<Integer, String> name : files.names.entrySet()) {
      int start = name.getKey();
      int after = start + files.lengths.getOrDefault(start, 0);
      located.insert(0, new String(bytes, after, end - after, StandardCharsets.UTF_8));
      located.insert(0, name.getValue());
      end = start;
    }
    return located.insert(0, new String(bytes, 0, end, StandardCharsets.UTF_8)).toString();
  }

  private void walk(JsonNode node) {
    String type = node.path("type").asString("");
    if (type.equals("BASE_TABLE") && node.path("qualified_name").path("path").size() == 1) {
      // A table without a dot is a name that the query itself made up.
      String name = node.path("table_name").asString("");
      if (name.contains(".") || name.contains("*")) {
        replace(node, name);
      }
    } else if (type.equals("TABLE_FUNCTION")) {
      JsonNode function = node.path("function");
      String name = function.path("function_name").asString("");
      if (name.startsWith("read_") || name.startsWith("parquet_") || name.equals("glob")) {
        constants(function.path("arguments").path(0).path("expression"));
      }
    }
    node.forEach(this::walk);
  }

  private void constants(JsonNode argument) {
    if (argument.path("type").asString("").equals("VALUE_CONSTANT")) {
      if (argument.path("literal").path("kind").asString("").equals("STRING")) {
        replace(argument, argument.path("literal").path("text").asString(""));
      }
    } else {
      argument.path("arguments").forEach(item -> constants(item.path("expression")));
    }
  }

  private void replace(JsonNode node, String name) {
    if (name.contains("://")) {
      return;
    }
    int start = node.path(LOCATION).intValue();
    boolean absolute = new File(name).isAbsolute();
    names.put(start, Sql.literal(absolute ? name : Sql.unglobbed(folder) + File.separator + name));
    lengths.put(start, node.path(LOCATION + "_length").intValue());
  }
}
