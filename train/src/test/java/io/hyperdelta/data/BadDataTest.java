package io.hyperdelta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BadDataTest {
  private static final Selection X = Selection.column("x");

  @TempDir Path folder;

  @Test
  void anUnknownColumnIsNamed() throws IOException {
    Path file = file("a.csv", "TLA,wall\n1,a\n");
    String expected =
        " has no column \"TLAA\". Expected one of TLA, wall, got \"TLAA\". Maybe you meant"
            + " \"TLA\".";

    refused(file, Selection.column("TLAA"), expected);
    refused(file, Selection.expression("ln(TLAA)"), expected);
    refused(file, Selection.column("TLAA", Selection.Kind.CATEGORY), expected);
  }

  @Test
  void aFileWithOnlyAHeaderHasNoRowsWhateverIsAskedOfIt() throws IOException {
    String expected = " has no rows. Expected at least one, got none.";
    refused(file("header.csv", "x,t\n"), Selection.column("x"), expected);
    refused(file("header.csv", "x,t\n"), Selection.expression("ln(x)"), expected);
  }

  @Test
  void aTextThatIsNoNumberIsNamed() throws IOException {
    String advice =
        "If it means a missing value, list it under data.missing of the spec; a feature that holds"
            + " categories needs type: category there.";
    refused(
        file("a.csv", "x,t\n1,a\n2,b\nNA,c\n"),
        Selection.column("x", Selection.Kind.NUMBER),
        " has a text that is not a number in column \"x\", line 4. Expected a number, got"
            + " \"NA\". "
            + advice);
    refused(
        file("late.csv", "x\n" + "1\n".repeat(50_000) + "n/a\n"),
        X,
        " has a text that is not a number in column \"x\", line 50002. Expected a number, got"
            + " \"n/a\". "
            + advice);
    refused(
        file("a.json", "[{\"x\": \"1\"}, {\"x\": \"one\"}]"),
        new Selection("x", "concat(x, '')", Selection.Kind.NUMBER),
        " has a text that is not a number in column \"x\", row 2. Expected a number, got"
            + " \"one\". "
            + advice);
  }

  @Test
  void fractionsAfterManyWholeNumbersAreNumbers() throws IOException {
    Path file = file("a.csv", "x\n" + "1\n".repeat(50_000) + "2.5\n");

    assertThat(TableReader.read(Source.file(file), List.of(X)).numeric("x").value(50_000))
        .isEqualTo(2.5);
  }

  @Test
  void aMalformedRowIsNamed() throws IOException {
    refused(
        file("a.csv", "x,t\n1,a\n2,b,9\n"),
        X,
        " has a malformed row in line 3. Expected 2 fields as in the header, got 3.");
    refused(
        file("b.csv", "x,t\n1,a\n2\n"),
        X,
        " has a malformed row in line 3. Expected 2 fields as in the header, got 1.");
    refused(
        file("c.csv", "x,t\n" + "1,a\n".repeat(50_000) + "2,b,9\n"),
        X,
        " has a malformed row in line 50002. Expected 2 fields as in the header, got 3.");
    refused(
        file("d.csv", "x,t\n1,\"a\n2,b\n"),
        X,
        " has a malformed row in line 2. Expected every quote to be closed, got one that is not.");
  }

  @Test
  void aFileThatHoldsNoRowsIsRefused() throws IOException {
    refused(file("a.csv", ""), X, " is empty. Expected a header line with column names, got none.");
    refused(file("b.csv", "x,t\n"), X, " has no rows. Expected at least one, got none.");
    refused(
        file("c.csv", "x,t,X\n1,2,3\n"),
        X,
        " has two columns named \"X\". Expected different names in the header, whatever their"
            + " case, got x, t, X.");
    refused(folder.resolve("none.csv"), X, " does not exist. Expected a file of rows.");
    refused(folder, X, " cannot be read. Expected a readable file, got something else.");
    refused(
        file("a.xls", "x"),
        X,
        " is of an unknown kind. Expected .csv, .tsv, .parquet, .json, .ndjson or .jsonl, all but"
            + " .parquet also with .gz.");
    refused(
        Files.write(folder.resolve("l.csv"), "x\n\u00e9\n".getBytes(StandardCharsets.ISO_8859_1)),
        X,
        " is not UTF-8 text. Expected UTF-8. Save the file as UTF-8.");
    refused(
        file("a.csv.gz", "x\n"), X, " is not compressed with gzip. Expected gzip, as .gz says.");
    refused(
        file("a.parquet", "hello"),
        X,
        " cannot be read. Expected rows, got: File '"
            + folder.resolve("a.parquet")
            + "' too small to be a Parquet file.");
    refused(
        file("a.ndjson", "{\"x\": 1}\n{\"x\":\n"),
        X,
        " cannot be read. Expected rows, got: Malformed JSON in file \""
            + folder.resolve("a.ndjson")
            + "\", at byte 7 in line 3: unexpected end of data.");
  }

  @Test
  void otherTypesNeedAnExpression() throws IOException {
    Path file = file("a.csv", "x,t\n2024-01-02,a\n2024-02-03,b\n");

    refused(
        file,
        X,
        " has values that are neither numbers nor texts in \"x\". Expected numbers or texts, got"
            + " DATE. Select an expression instead that gives either, such as year(...) of a date;"
            + " for a feature, in a query (data.sql).");
    Table table =
        TableReader.read(
            Source.file(file),
            List.of(
                Selection.expression("year(x)"), Selection.column("x", Selection.Kind.CATEGORY)));
    assertThat(table.numeric("year(x)").value(0)).isEqualTo(2024);
    assertThat(table.text("x").value(1)).isEqualTo("2024-02-03");
  }

  @Test
  void anExpressionMustBeOne() throws IOException {
    Path file = file("a.csv", "x,t\n1,a\n");

    wrong(
        file,
        "x +",
        "Expression \"x +\" is not an SQL expression. Expected one such as ln(price), got: syntax error at or near \"+\".");
    for (String text :
        List.of("x, t", "x from t", "*", "1 limit 0", "x; drop table t", "x) as c0 from t --")) {
      assertThatThrownBy(
              () -> TableReader.read(Source.file(file), List.of(Selection.expression(text))))
          .as(text)
          .isInstanceOf(DataException.class)
          .hasMessageMatching("(?s)Expression \".*\" is (more than|not) an SQL expression.*");
    }
    wrong(
        file,
        "lnn(x)",
        "Expression \"lnn(x)\" cannot be computed. Expected SQL over the columns x, t, got: Scalar"
            + " Function with name lnn does not exist.");
    assertThat(
            TableReader.read(Source.file(file), List.of(Selection.expression("x + 1 -- more")))
                .rowCount())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(select content from read_text('OTHER'))",
        "(select count(*) from 'OTHER')",
        "(select count(*) from read_csv('OTHER'))",
        "(select count(*) from glob('FOLDER/*'))"
      })
  void anExpressionReadsNoOtherFile(String expression) throws IOException {
    Path other = file("other.csv", "x\nsecret\n");
    Path file = file("a.csv", "x,t\n1,a\n");
    String text =
        expression.replace("OTHER", other.toString()).replace("FOLDER", folder.toString());

    assertThatThrownBy(
            () -> TableReader.read(Source.file(file), List.of(Selection.expression(text))))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("file system operations are disabled by configuration");
  }

  @Test
  void aQueryMustBeOneSelect() {
    for (String sql :
        List.of("copy (select 1) to 'out.csv'", "select 1; select 2", "attach 'x.db'", "selec 1")) {
      assertThatThrownBy(() -> TableReader.columns(new Source.Query(sql, folder)))
          .as(sql)
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith("The query for rows ")
          .hasMessageContaining("Expected one SELECT statement, got");
    }
    assertThatThrownBy(
            () ->
                TableReader.columns(
                    new Source.Query("from 'https://example.org/rows.parquet'", folder)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "The query for rows needs something that is not built in. Expected local CSV, Parquet"
                + " or JSON files, got: File https://example.org/rows.parquet requires the"
                + " extension httpfs to be loaded.");
  }

  @Test
  void wordsForMissingNeedATextFile() throws IOException {
    Path file = file("a.json", "[{\"x\": 1}]");

    assertThatThrownBy(() -> TableReader.read(new Source.File(file, List.of("NA")), List.of(X)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "File \""
                + file
                + "\" has values of its own for what is missing. Expected data.missing only with"
                + " CSV or TSV files, got NA.");
  }

  private void wrong(Path file, String expression, String message) {
    assertThatThrownBy(
            () -> TableReader.read(Source.file(file), List.of(Selection.expression(expression))))
        .isInstanceOf(DataException.class)
        .hasMessage(message);
  }

  private void refused(Path file, Selection selection, String problem) {
    assertThatThrownBy(() -> TableReader.read(Source.file(file), List.of(selection)))
        .isInstanceOf(DataException.class)
        .hasMessage("File \"" + file + "\"" + problem);
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
