package io.hyperdelta.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.problem.InputException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JoinedTableTest {
  private static final JoinedColumns CLOSED =
      new JoinedColumns("place", "cell", "id", Map.of("population", RawKind.NUMBER), false);
  private static final JoinedColumns OPEN =
      new JoinedColumns("place", "cell", "id", Map.of("population", RawKind.NUMBER), true);

  private static JoinedTable table() {
    return JoinedTable.builder("cells.csv", List.of("7", "01", "ü \"x\""))
        .numbers("population", 0.1, Double.NaN, -1e300)
        .texts("region", "north", null, "")
        .vectors("v", new float[] {0.1f, 1}, new float[] {Float.MIN_VALUE, 2}, new float[2])
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1.0, 1",
    "1.000, 1",
    "-3.0, -3",
    "-0.0, 0",
    "-0, 0",
    "0.0, 0",
    "01, 01",
    "01.0, 01.0",
    "1.5, 1.5",
    "1., 1.",
    "1e3, 1e3",
    "a.0, a.0",
    "12345678901234567890.0, 12345678901234567890"
  })
  void wholeNumbersAreComparedAsNumbersAndAllElseAsWritten(String text, String key) {
    assertThat(ContextKey.of(text)).isEqualTo(key);
  }

  @Test
  void numbersAreKeysWhereTheyAreWhole() {
    assertThat(ContextKey.of(1.0, "c")).isEqualTo(ContextKey.of("1")).isEqualTo("1");
    assertThat(ContextKey.of(-0.0, "c")).isEqualTo("0");
    for (double number : new double[] {1.5, 1e17, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> ContextKey.of(number, "cell"))
          .isInstanceOf(JoinException.class)
          .hasMessageContaining("Column \"cell\" has a number that cannot be the key");
    }
  }

  @Test
  void rowsAreFoundByKey() {
    assertThat(table().find(List.of("01", "7.0", "7"), CLOSED)).containsExactly(1, 0, 0);
    assertThat(table().find(Arrays.asList("1", null, "7"), OPEN)).containsExactly(-1, -1, 0);
    assertThatThrownBy(() -> table().find(Arrays.asList("1", null, "1", "7", "x"), CLOSED))
        .isInstanceOf(JoinException.class)
        .hasMessage(
            "Context table \"cells.csv\" lacks keys of column \"cell\" in 4 of 5 rows: \"1\", a missing key, \"x\". Expected keys such as 7, 01, ü \"x\". Add them to the table, or train with unknown: allow, which takes their values for missing.");
  }

  @Test
  void keysMustBeThereOnce() {
    assertThatThrownBy(() -> JoinedTable.builder("t.csv", List.of("a", "1", "b", "1.0")))
        .hasMessage(
            "Context table \"t.csv\" has key \"1.0\" twice, in rows 2 and 4. Expected each key once; 1, 1.0 and \"1\" are the same key.");
    assertThatThrownBy(() -> JoinedTable.builder("t.csv", Arrays.asList("a", null)))
        .hasMessage("Context table \"t.csv\" has no key in row 2. Expected a key in every row.");
    assertThatThrownBy(() -> JoinedTable.builder("t.csv", List.of()))
        .hasMessageContaining("has no rows");
  }

  @Test
  void columnsMustFitTheKeys() {
    JoinedTable.Builder builder = JoinedTable.builder("t.csv", List.of("a", "b"));
    assertThatThrownBy(() -> builder.numbers("x", 1)).isInstanceOf(JoinException.class);
    assertThatThrownBy(() -> builder.numbers("x", 1, Double.NEGATIVE_INFINITY))
        .hasMessageContaining("not usable in row 2. Expected a finite number, got -Infinity.");
    assertThatThrownBy(() -> builder.vectors("x", new float[1], new float[2]))
        .hasMessageContaining("not usable in row 2. Expected 1 numbers, got 2.");
    assertThatThrownBy(() -> builder.vectors("x", new float[] {Float.NaN}, new float[1]))
        .hasMessageContaining("Expected finite numbers, got NaN.");
    assertThatThrownBy(() -> builder.texts("x", "1", "2").numbers("x", 1, 2))
        .hasMessageContaining("Expected a new name and 2 values");
    assertThatThrownBy(() -> builder.build().require(CLOSED))
        .hasMessage(
            "Context table \"t.csv\" does not fit where \"place\" is expected. Expected a column \"population\" of numbers, got none.");
  }

  @Test
  void aFileHoldsEveryValueBitForBit() {
    byte[] bytes = JoinedTableFile.write(table());
    JoinedTable read = JoinedTableFile.read(bytes, "place");

    assertThat(read.keys()).isEqualTo(table().keys());
    assertThat(read.columns()).isEqualTo(table().columns());
    assertThat(read.numbers("population")).isEqualTo(table().numbers("population"));
    assertThat(read.texts("region")).isEqualTo(table().texts("region"));
    assertThat(read.vectors("v")).isDeepEqualTo(table().vectors("v"));
    assertThat(JoinedTableFile.write(read)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "null",
        "{\"keys\":[1],\"columns\":[]}",
        "{\"keys\":[\"a\",[]],\"columns\":[]}",
        "{\"columns\":[],\"keys\":[\"a\"]}",
        "{\"keys\":[\"a\"],\"columns\":{}}",
        "{\"keys\":[\"a\",\"a\"],\"columns\":[]}",
        "{\"keys\":[\"a\",null],\"columns\":[]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\",\"kind\":\"KEY\",\"values\":[1]}]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\",\"kind\":\"NUMBER\",\"values\":[\"1\"]}]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\",\"kind\":\"NUMBER\",\"values\":[1,2]}]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\",\"kind\":\"NUMBER\",\"values\":[1e999]}]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\",\"kind\":\"TEXT\",\"values\":[1]}]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\",\"kind\":\"VECTOR\",\"values\":[1]}]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\",\"kind\":\"VECTOR\",\"values\":[[null]]}]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\",\"kind\":\"VECTOR\",\"values\":[[1e99]]}]}",
        "{\"keys\":[\"a\"],\"columns\":[{\"name\":\"x\"}]}"
      })
  void damagedFilesAreRefused(String json) {
    assertThatThrownBy(() -> JoinedTableFile.read(json.getBytes(StandardCharsets.UTF_8), "place"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("\"place\"");
  }

  @Test
  void filesThatAreCutOffAnywhereAreRefused() {
    byte[] bytes = JoinedTableFile.write(table());
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> JoinedTableFile.read(cut, "place"))
          .isInstanceOf(InputException.class);
    }
  }

  @Test
  void changedBytesAreReadOrRefused() {
    byte[] bytes = JoinedTableFile.write(table());
    Random random = new Random(6);
    String alphabet = "{}[]\",:0129.eE-nullKEY \\\u00ff";
    for (int i = 0; i < 5_000; i++) {
      byte[] changed = bytes.clone();
      for (int change = 0; change <= i % 3; change++) {
        changed[random.nextInt(changed.length)] =
            (byte) alphabet.charAt(random.nextInt(alphabet.length()));
      }
      assertReadOrRefused(changed);
    }
  }

  /** What must hold for any bytes: a table that is the same when written again, or an error. */
  static void assertReadOrRefused(byte[] bytes) {
    JoinedTable read;
    try {
      read = JoinedTableFile.read(bytes, "place");
    } catch (BundleException | JoinException e) {
      return;
    }
    byte[] written = JoinedTableFile.write(read);
    if (!Arrays.equals(JoinedTableFile.write(JoinedTableFile.read(written, "again")), written)) {
      throw new AssertionError("other bytes when written again");
    }
  }
}
