package io.hyperdelta.data;

import io.hyperdelta.problem.Spelling;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Says in our words what DuckDB found wrong. */
final class SqlProblems {
  private static final Pattern UNKNOWN =
      Pattern.compile("Referenced column \"(.*)\" (?:was )?not found");
  private static final Pattern LINE = Pattern.compile("CSV Error on Line: (\\d+)");
  private static final Pattern VALUE =
      Pattern.compile(
          "Error when converting column \"(.*)\"\\. Could not convert string \"(.*)\" to '(\\w+)'");
  private static final Pattern FIELDS =
      Pattern.compile("Expected Number of Columns: (\\d+) Found: (\\d+)");

  private SqlProblems() {}

  /**
   * The exception for a failed query.
   *
   * @param subject what was read, to start a sentence with
   * @param columns what the source offers
   */
  static DataException of(SQLException e, String subject, Collection<String> columns) {
    String message = String.valueOf(e.getMessage());
    Matcher unknown = UNKNOWN.matcher(message);
    if (unknown.find()) {
      return unknownColumn(subject, unknown.group(1), columns, e);
    }
    Matcher line = LINE.matcher(message);
    if (line.find()) {
      return csv(e, subject, message, line.group(1));
    }
    if (message.startsWith("Missing Extension")) {
      return new DataException(
          subject
              + " needs something that is not built in. Expected local CSV, Parquet or JSON files,"
              + " got: "
              + Sql.firstLine(message)
              + ".",
          e);
    }
    return new DataException(
        subject + " cannot be read. Expected rows, got: " + Sql.firstLine(message) + ".", e);
  }

  /**
   * The exception for an expression that cannot be computed.
   *
   * @param expression the expression, to start a sentence with
   * @param subject what is read, to start a sentence with
   * @param columns what the source offers
   */
  static DataException ofExpression(
      SQLException e, String expression, String subject, Collection<String> columns) {
    String message = String.valueOf(e.getMessage());
    Matcher unknown = UNKNOWN.matcher(message);
    if (unknown.find()) {
      return unknownColumn(subject, unknown.group(1), columns, e);
    }
    return new DataException(
        expression
            + " cannot be computed. Expected SQL over the columns "
            + String.join(", ", columns)
            + ", got: "
            + Sql.firstLine(message)
            + ".",
        e);
  }

  private static DataException unknownColumn(
      String subject, String name, Collection<String> columns, @Nullable Throwable cause) {
    return new DataException(
        subject
            + " has no column \""
            + name
            + "\". Expected one of "
            + String.join(", ", columns)
            + ", got \""
            + name
            + "\"."
            + Spelling.advice(name, columns),
        cause);
  }

  static DataException noNumber(
      String subject, String column, String place, String value, @Nullable Throwable cause) {
    return new DataException(
        subject
            + " has a text that is not a number in column \""
            + column
            + "\", "
            + place
            + ". Expected a number, got \""
            + value
            + "\". If it means a missing value, list it under data.missing of the spec; a feature"
            + " that holds categories needs type: category there.",
        cause);
  }

  private static DataException csv(SQLException e, String subject, String message, String line) {
    Matcher value = VALUE.matcher(message);
    if (value.find()) {
      if (value.group(3).equals("DOUBLE") || value.group(3).equals("BIGINT")) {
        return noNumber(subject, value.group(1), "line " + line, value.group(2), e);
      }
      return new DataException(
          subject
              + " has an odd value in column \""
              + value.group(1)
              + "\", line "
              + line
              + ". Expected "
              + value.group(3)
              + " like the values before it, got \""
              + value.group(2)
              + "\". If it means a missing value, list it under data.missing of the spec; a feature"
              + " that holds categories needs type: category there.",
          e);
    }
    Matcher fields = FIELDS.matcher(message);
    if (fields.find()) {
      return new DataException(
          subject
              + " has a malformed row in line "
              + line
              + ". Expected "
              + fields.group(1)
              + " fields as in the header, got "
              + fields.group(2)
              + ".",
          e);
    }
    if (message.contains("not utf-8")) {
      return new DataException(
          subject
              + " is not UTF-8 text in line "
              + line
              + ". Expected UTF-8. Save the file as UTF-8.",
          e);
    }
    if (message.toLowerCase(Locale.ROOT).contains("unterminated quote")) {
      return new DataException(
          subject
              + " has a malformed row in line "
              + line
              + ". Expected every quote to be closed, got one that is not.",
          e);
    }
    String reason = message.lines().skip(2).findFirst().orElse(message);
    return new DataException(
        subject
            + " has a malformed row in line "
            + line
            + ". Expected fields as in the header, got: "
            + Sql.firstLine(reason)
            + ".",
        e);
  }
}
