package io.hyperdelta.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.spec.FeatureSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TableReaderTest {
  @TempDir Path folder;

  @Test
  void numbersStayNumbersAndTextsBecomeTexts() throws IOException {
    Path file = file("a.csv", "id,wall,beds,new,none\n1,brick,2.5,true,\n2,,3,false,\n");

    Table table = read(file, columns("id", "wall", "beds", "new", "none"));

    assertThat(table.rowCount()).isEqualTo(2);
    assertThat(table.names()).containsExactly("id", "wall", "beds", "new", "none");
    assertThat(table.numeric("id").values()).containsExactly(1, 2);
    assertThat(table.text("wall").value(0)).isEqualTo("brick");
    assertThat(table.text("wall").missing(1)).isTrue();
    assertThat(table.numeric("beds").values()).containsExactly(2.5, 3);
    assertThat(table.numeric("new").values()).containsExactly(1, 0);
    assertThat(table.missing()).isEqualTo(Map.of("wall", 1, "none", 2));
  }

  @Test
  void missingIsNotNanAndNotInfinite() throws IOException {
    Path file = file("a.csv", "x\nnan\ninf\n\n1e3\n");

    NumericColumn x =
        read(file, List.of(Selection.column("x", Selection.Kind.NUMBER))).numeric("x");

    assertThat(x.values()).containsExactly(Double.NaN, Double.POSITIVE_INFINITY, Double.NaN, 1000);
    assertThat(x.missing(0)).isFalse();
    assertThat(x.missing(2)).isTrue();
    assertThat(x.missingCount()).isEqualTo(1);
  }

  @Test
  void categoriesKeepTheirTextWhileExpressionsSeeNumbers() throws IOException {
    Path file = file("a.csv", "code,y\n1.0,1\n1,2\n1.00,3\n");

    Table table =
        read(
            file,
            List.of(
                Selection.of(FeatureSpec.category("code")),
                new Selection("half", "code / 2", Selection.Kind.AUTO),
                new Selection("number", "code", Selection.Kind.NUMBER)));

    assertThat(table.text("code").value(0)).isEqualTo("1.0");
    assertThat(table.text("code").value(1)).isEqualTo("1");
    assertThat(table.numeric("half").values()).containsExactly(0.5, 0.5, 0.5);
    assertThat(table.numeric("number").values()).containsExactly(1, 1, 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"we\"ird", "it's", "a b", "select", "naïve", "x)--", "TLA.sqft"})
  void anyNameWorks(String name) throws IOException {
    Path file = file("odd.csv", "\"" + name.replace("\"", "\"\"") + "\",b\n7,x\n");

    assertThat(read(file, columns(name)).numeric(name).value(0)).isEqualTo(7);
    assertThat(
            read(file, List.of(Selection.column(name, Selection.Kind.CATEGORY)))
                .text(name)
                .value(0))
        .isEqualTo("7");
  }

  @Test
  void anyFileNameWorks() throws IOException {
    file("ab.csv", "x\n2\n");
    for (String name : List.of("it's.csv", "a[b]*.csv", "a,b.csv", "a b.CSV")) {
      Path file = file(name, "x\n1\n");

      assertThat(read(file, columns("x")).numeric("x").values()).as(name).containsExactly(1);
      Source query =
          new Source.Query("from 'rows.csv'", Files.createDirectory(folder.resolve(name + "d")));
      file(name + "d/rows.csv", "x\n3\n");
      assertThat(TableReader.read(query, columns("x")).numeric("x").values()).containsExactly(3);
    }
  }

  @Test
  void everyFormatIsRead() throws IOException, SQLException {
    file("a.tsv", "x\tt\n1\ta,b\n2\tc\n");
    file("semicolon.csv", "x;t\n1;a,b\n2;c\n");
    file("bom.csv", "\uFEFFx,t\r\n1,\"a,b\"\r\n2,c\r\n");
    file("a.json", "[{\"x\": 1, \"t\": \"a,b\"}, {\"x\": 2, \"t\": \"c\"}]");
    file("a.ndjson", "{\"x\": 1, \"t\": \"a,b\"}\n{\"x\": 2, \"t\": \"c\"}\n");
    try (OutputStream out =
        new GZIPOutputStream(Files.newOutputStream(folder.resolve("a.csv.gz")))) {
      out.write("x,t\n1,\"a,b\"\n2,c\n".getBytes(StandardCharsets.UTF_8));
    }
    parquet("a.parquet", "select * from (values (1, 'a,b'), (2, 'c')) v(x, t)");

    for (String name :
        List.of(
            "a.tsv", "semicolon.csv", "bom.csv", "a.json", "a.ndjson", "a.csv.gz", "a.parquet")) {
      Table table = read(folder.resolve(name), columns("x", "t"));
      assertThat(table.numeric("x").values()).as(name).containsExactly(1, 2);
      assertThat(table.text("t").value(0)).as(name).isEqualTo("a,b");
      assertThat(TableReader.columns(Source.file(folder.resolve(name))))
          .as(name)
          .extracting(SourceColumn::name)
          .containsExactly("x", "t");
    }
  }

  @Test
  void jsonCategoriesKeepTheirText() throws IOException {
    Path file = file("a.json", "[{\"d\": \"2024-01-02T03:04:05Z\", \"n\": 1}]");

    Table table =
        read(
            file,
            List.of(
                Selection.column("d", Selection.Kind.CATEGORY),
                Selection.column("n", Selection.Kind.CATEGORY)));

    assertThat(table.text("d").value(0)).isEqualTo("2024-01-02T03:04:05Z");
    assertThat(table.text("n").value(0)).isEqualTo("1");
  }

  @Test
  void theWordsForMissingAreTheUsers() throws IOException {
    Path file = file("a.csv", "x,t\n1,NA\nNA,b\n");

    Table table = TableReader.read(new Source.File(file, List.of("NA")), columns("x", "t"));

    assertThat(table.missing()).isEqualTo(Map.of("x", 1, "t", 1));
    assertThat(read(file, columns("t")).text("t").value(0)).isEqualTo("NA");
  }

  @Test
  void datesAreForExpressions() throws IOException {
    Path file = file("a.csv", "sold,x\n31.12.1999,1\n01.02.2000,2\n");

    Table table = read(file, List.of(Selection.expression("year(sold)"), Selection.column("x")));

    assertThat(table.numeric("year(sold)").values()).containsExactly(1999, 2000);
  }

  @Test
  void leadingZerosAreKept() throws IOException {
    Path file = file("a.csv", "code\n01\n1\n");

    Table table = read(file, List.of(Selection.column("code", Selection.Kind.CATEGORY)));

    assertThat(table.text("code").value(0)).isEqualTo("01");
  }

  @Test
  void nothingIsTakenForACommentOrSkipped() throws IOException {
    Path file = file("a.csv", "x,t\n#1,a\n2,b\n");

    assertThat(read(file, columns("x")).text("x").value(0)).isEqualTo("#1");
  }

  @Test
  void rowsKeepTheirOrderAndAreReported() throws IOException {
    StringBuilder text = new StringBuilder("x,t\n");
    IntStream.range(0, 300_000)
        .forEach(i -> text.append(i).append(",text ").append(i % 9).append('\n'));
    AtomicLong reported = new AtomicLong();

    Table table =
        TableReader.read(
            Source.file(file("long.csv", text.toString())), columns("x", "t"), reported::addAndGet);

    assertThat(table.numeric("x").values())
        .isEqualTo(IntStream.range(0, 300_000).asDoubleStream().toArray());
    assertThat(reported).hasValue(300_000);
  }

  @Test
  void aQueryFindsFilesInItsFolderOnly() throws IOException, SQLException {
    file("rows.csv", "x,é\n1,a\n2,b\n");
    parquet("more.parquet", "select 'a' as é, 10 as z");
    String sql =
        "with é as (select * from read_csv('rows.csv')) -- naïve\n"
            + "select x, z from é join \"more.parquet\" using (é);";

    Table table = TableReader.read(new Source.Query(sql, folder), columns("x", "z"));

    assertThat(table.numeric("z").values()).containsExactly(10);
    // pom.xml lies in the working directory, where DuckDB itself would look first.
    assertThatThrownBy(
            () ->
                TableReader.read(
                    new Source.Query("select * from read_csv('pom.xml')", folder), columns("x")))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "The query for rows cannot be read. Expected rows, got: No files found that match the"
                + " pattern \""
                + folder.resolve("pom.xml")
                + "\".");
  }

  @Test
  void theHousesAreRead() {
    Path houses = Path.of("..", "examples", "houses", "lucas-county-houses.csv");

    Table table =
        read(
            houses,
            List.of(
                Selection.expression("ln(price)"),
                Selection.column("stories"),
                Selection.column("syear", Selection.Kind.CATEGORY),
                Selection.expression("floor(long/2500)"),
                Selection.expression("floor(lat/2500)")));

    assertThat(table.rowCount()).isEqualTo(25_357);
    assertThat(table.numeric("ln(price)").value(0)).isEqualTo(Math.log(303_000));
    assertThat(table.text("syear").value(0)).isEqualTo("1996");
    assertThat(table.missing()).isEqualTo(Map.of());
  }

  private List<Selection> columns(String... names) {
    return List.of(names).stream().map(Selection::column).toList();
  }

  private static Table read(Path file, List<Selection> selections) {
    return TableReader.read(Source.file(file), selections);
  }

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private void parquet(String name, String query) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement()) {
      statement.execute("copy (" + query + ") to " + Sql.literal(folder.resolve(name).toString()));
    }
  }
}
