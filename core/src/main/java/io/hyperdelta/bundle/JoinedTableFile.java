package io.hyperdelta.bundle;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * A context table as a file of a bundle: JSON, column by column, read as a stream, so that no more
 * memory is taken than the file has elements. Stateless.
 *
 * <p>{@code {"keys": ["1", "2"], "columns": [{"name": "population", "kind": "NUMBER", "values":
 * [50000, null]}]}}, where null is a missing value and a vector is a list.
 */
public final class JoinedTableFile {
  private JoinedTableFile() {}

  /** The bytes of the file; equal tables give equal bytes. */
  public static byte[] write(JoinedTable table) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonMapper.shared().createGenerator(bytes)) {
      json.writeStartObject();
      json.writeName("keys");
      json.writeStartArray();
      table.keys().forEach(json::writeString);
      json.writeEndArray();
      json.writeName("columns");
      json.writeStartArray();
      table.columns().forEach((name, kind) -> write(json, table, name, kind));
      json.writeEndArray();
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void write(JsonGenerator json, JoinedTable table, String name, RawKind kind) {
    json.writeStartObject();
    json.writeName("name");
    json.writeString(name);
    json.writeName("kind");
    json.writeString(kind.name());
    json.writeName("values");
    json.writeStartArray();
    double[] numbers = table.numbers(name);
    List<@Nullable String> texts = table.texts(name);
    float[][] vectors = table.vectors(name);
    for (int row = 0; row < table.keys().size(); row++) {
      if (numbers != null) {
        write(json, numbers[row]);
      } else if (texts != null) {
        String text = texts.get(row);
        if (text == null) {
          json.writeNull();
        } else {
          json.writeString(text);
        }
      } else if (vectors != null) {
        json.writeStartArray();
        for (float value : vectors[row]) {
          write(json, value);
        }
        json.writeEndArray();
      }
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, double value) {
    if (Double.isNaN(value)) {
      json.writeNull();
    } else {
      json.writeNumber(value);
    }
  }

  /**
   * Reads a file.
   *
   * @param source what messages call the table
   * @throws BundleException if the bytes are no such file
   * @throws JoinException if a key comes twice, or a column does not fit the keys
   */
  public static JoinedTable read(byte[] bytes, String source) {
    try (JsonParser json = JsonMapper.shared().createParser(bytes)) {
      return new Reading(json, source).table();
    } catch (JacksonException e) {
      throw new BundleException(
          "Context table \"%s\" cannot be read: %s. Expected the file that \"train\" wrote."
              .formatted(source, e.getOriginalMessage()),
          e);
    }
  }

  /** One reading; the parser stands on the token that was read last. */
  private record Reading(JsonParser json, String source) {
    JoinedTable table() {
      expect(JsonToken.START_OBJECT);
      name("keys");
      JoinedTable.Builder table = JoinedTable.builder(source, texts());
      name("columns");
      expect(JsonToken.START_ARRAY);
      while (json.nextToken() == JsonToken.START_OBJECT) {
        column(table);
      }
      is(JsonToken.END_ARRAY);
      expect(JsonToken.END_OBJECT);
      return table.build();
    }

    private void column(JoinedTable.Builder table) {
      name("name");
      expect(JsonToken.VALUE_STRING);
      String column = json.getString();
      name("kind");
      expect(JsonToken.VALUE_STRING);
      String kind = json.getString();
      name("values");
      Map<String, Runnable> readers = new LinkedHashMap<>();
      readers.put("NUMBER", () -> table.numbers(column, numbers()));
      readers.put("TEXT", () -> table.texts(column, texts().toArray(new @Nullable String[0])));
      readers.put("VECTOR", () -> table.vectors(column, vectors()));
      Runnable reader = readers.get(kind);
      if (reader == null) {
        throw damaged("kind " + kind);
      }
      reader.run();
      expect(JsonToken.END_OBJECT);
    }

    private List<@Nullable String> texts() {
      expect(JsonToken.START_ARRAY);
      List<@Nullable String> texts = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() != JsonToken.VALUE_NULL) {
          is(JsonToken.VALUE_STRING);
        }
        texts.add(json.currentToken() == JsonToken.VALUE_NULL ? null : json.getString());
      }
      return texts;
    }

    private double[] numbers() {
      expect(JsonToken.START_ARRAY);
      double[] numbers = new double[16];
      int count = 0;
      while (json.nextToken() != JsonToken.END_ARRAY) {
        boolean number =
            json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
                || json.currentToken() == JsonToken.VALUE_NUMBER_INT;
        if (!number) {
          is(JsonToken.VALUE_NULL);
        }
        numbers = count < numbers.length ? numbers : Arrays.copyOf(numbers, 2 * count);
        numbers[count++] = number ? json.getDoubleValue() : Double.NaN;
      }
      return Arrays.copyOf(numbers, count);
    }

    private float[][] vectors() {
      expect(JsonToken.START_ARRAY);
      List<float[]> vectors = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        is(JsonToken.START_ARRAY);
        float[] vector = new float[8];
        int count = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
          vector = count < vector.length ? vector : Arrays.copyOf(vector, 2 * count);
          vector[count++] = (float) json.getDoubleValue();
        }
        vectors.add(Arrays.copyOf(vector, count));
      }
      return vectors.toArray(new float[0][]);
    }

    private void name(String name) {
      expect(JsonToken.PROPERTY_NAME);
      if (!json.currentName().equals(name)) {
        throw damaged("\"%s\" where \"%s\" is expected".formatted(json.currentName(), name));
      }
    }

    private void expect(JsonToken token) {
      json.nextToken();
      is(token);
    }

    private void is(JsonToken token) {
      if (json.currentToken() != token) {
        throw damaged("%s where %s is expected".formatted(json.currentToken(), token));
      }
    }

    private BundleException damaged(String found) {
      return new BundleException(
          "Context table \"%s\" is damaged: it has %s. Expected the file that \"train\" wrote."
              .formatted(source, found));
    }
  }
}
