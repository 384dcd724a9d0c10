package io.hyperdelta.bundle;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.problem.Spelling;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * The header of a safetensors file: which tensors there are, of which type and shape, and where.
 *
 * <p>It is read token by token and never as a tree, which would take many times the memory of a
 * header that may be 100 MB.
 */
final class SafetensorsHeader {
  static final String METADATA = "__metadata__";
  static final ObjectMapper JSON =
      new JsonMapper(
          JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  /** Element types that are read, as the format calls them. */
  enum Type {
    F64(Dtype.DOUBLE),
    F32(Dtype.FLOAT),
    F16(Dtype.FLOAT16),
    BF16(Dtype.BFLOAT16),
    I64(Dtype.INT64);

    private static final List<String> NAMES = Arrays.stream(values()).map(Type::name).toList();

    /** Bytes of an element of the widest. */
    private static final long WIDEST =
        Arrays.stream(values()).mapToLong(type -> type.dtype().byteWidth()).max().orElseThrow();

    private final Dtype dtype;

    Type(Dtype dtype) {
      this.dtype = dtype;
    }

    Dtype dtype() {
      return dtype;
    }
  }

  /** A tensor and where its elements are, counted from the end of the header. */
  record Entry(String name, Type type, long[] shape, long begin, long end) {}

  private final String source;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private long dataOffset;

  private SafetensorsHeader(String source) {
    this.source = source;
  }

  /**
   * Reads the header and checks that its tensors are just what the rest of the bytes holds.
   *
   * @throws BundleException if a rule of the format is broken
   */
  static SafetensorsHeader read(byte[] bytes, String source) {
    SafetensorsHeader header = new SafetensorsHeader(source);
    header.parse(header.text(bytes));
    header.checkLayout(bytes.length - header.dataOffset);
    return header;
  }

  /** The tensors, in the order of their elements. */
  List<Entry> entries() {
    return entries;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  /** Where the elements begin in the file. */
  long dataOffset() {
    return dataOffset;
  }

  private String text(byte[] bytes) {
    if (bytes.length < 8) {
      throw refused(
          "it ends within the length of its header", "8 bytes or more", bytes.length + "");
    }
    long length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (length < 0 || length > Safetensors.MAX_HEADER_BYTES) {
      throw refused(
          "it claims a header that is too long",
          "at most " + Safetensors.MAX_HEADER_BYTES + " bytes",
          Long.toUnsignedString(length));
    }
    if (length > bytes.length - 8) {
      throw refused(
          "it ends within its header", length + " bytes of header", bytes.length - 8 + "");
    }
    dataOffset = 8 + length;
    try {
      // Jackson itself would also take UTF-16 and UTF-32.
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 8, (int) length))
          .toString();
    } catch (CharacterCodingException e) {
      throw refused("its header is no text", "UTF-8", "other bytes");
    }
  }

  private void parse(String text) {
    if (!text.startsWith("{")) {
      throw refused("its header is no JSON object", "{ as its first character", "another one");
    }
    try (JsonParser parser = JSON.createParser(text)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = checked(parser.currentName());
        if (name.equals(METADATA)) {
          readMetadata(parser);
        } else if (entries.size() == Safetensors.MAX_TENSOR_COUNT) {
          throw refused(
              "it has too many tensors", "at most " + Safetensors.MAX_TENSOR_COUNT, "more");
        } else {
          entries.add(entry(parser, name));
        }
      }
      if (parser.nextToken() != null) {
        throw refused("its header goes on after its JSON", "spaces", "something else");
      }
    } catch (JacksonException e) {
      throw refused(
          "its header is no sound JSON (" + e.getOriginalMessage() + ")",
          "one JSON object",
          "something else");
    }
  }

  private void readMetadata(JsonParser parser) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw refused("its " + METADATA + " is no object", "texts by name", "something else");
    }
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = checked(parser.currentName());
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw refused(
            "\"" + key + "\" of its " + METADATA + " is no text", "a text", "something else");
      }
      metadata.put(key, checked(parser.getString()));
    }
  }

  private Entry entry(JsonParser parser, String name) {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw refused(name, "is no object", "dtype, shape and data_offsets", "something else");
    }
    String dtype = null;
    long[] shape = null;
    long[] offsets = null;
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = parser.currentName();
      switch (key) {
        case "dtype" -> {
          if (parser.nextToken() != JsonToken.VALUE_STRING) {
            throw refused(name, "has a dtype that is no text", "a text", "something else");
          }
          dtype = parser.getString();
        }
        case "shape" -> shape = numbers(parser, name, key, Safetensors.MAX_RANK);
        case "data_offsets" -> offsets = numbers(parser, name, key, 2);
        default ->
            throw refused(
                name, "has an unknown key", "dtype, shape and data_offsets", "\"" + key + "\"");
      }
    }
    if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
      throw refused(
          name,
          "is not described in full",
          "dtype, shape and two data_offsets",
          described(dtype, shape, offsets));
    }
    return sized(new Entry(name, type(name, dtype), shape, offsets[0], offsets[1]));
  }

  private static String described(
      @Nullable String dtype, long @Nullable [] shape, long @Nullable [] offsets) {
    List<String> given = new ArrayList<>();
    if (dtype != null) {
      given.add("dtype");
    }
    if (shape != null) {
      given.add("shape");
    }
    if (offsets != null) {
      given.add(offsets.length + " data_offsets");
    }
    return given.isEmpty() ? "none of them" : String.join(", ", given);
  }

  private long[] numbers(JsonParser parser, String name, String key, int most) {
    if (parser.nextToken() != JsonToken.START_ARRAY) {
      throw refused(name, "has a " + key + " that is no list", "a list", "something else");
    }
    long[] numbers = new long[most];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (count == most) {
        throw refused(name, "has a " + key + " that is too long", "at most " + most, "more");
      }
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || parser.getLongValue() < 0) {
        throw refused(
            name,
            "has a " + key + " that is no list of sizes",
            "whole numbers of 0 or more",
            parser.getString());
      }
      numbers[count++] = parser.getLongValue();
    }
    return Arrays.copyOf(numbers, count);
  }

  private Type type(String name, String dtype) {
    return Arrays.stream(Type.values())
        .filter(candidate -> candidate.name().equals(dtype))
        .findFirst()
        .orElseThrow(
            () ->
                refused(
                    name,
                    "has a dtype that is not read",
                    "one of " + String.join(", ", Type.NAMES),
                    "\"" + dtype + "\"",
                    Spelling.advice(dtype, Type.NAMES)));
  }

  /** The entry, if it has just the bytes that its type and shape take. */
  private Entry sized(Entry entry) {
    try {
      // What is read of one type may be written as another, and must be countable as either.
      long widest = Type.WIDEST;
      for (long dim : entry.shape()) {
        widest = Math.multiplyExact(widest, dim);
      }
      long size = widest / Type.WIDEST * entry.type().dtype().byteWidth();
      if (entry.begin() > entry.end() || size != entry.end() - entry.begin()) {
        throw refused(
            entry.name(),
            "is not as long as its shape says",
            "%d bytes for %s %s".formatted(size, entry.type(), Arrays.toString(entry.shape())),
            "data_offsets [%d, %d]".formatted(entry.begin(), entry.end()));
      }
      return entry;
    } catch (ArithmeticException e) {
      throw refused(
          entry.name(),
          "has more elements than can be counted",
          "a real tensor",
          "shape " + Arrays.toString(entry.shape()));
    }
  }

  /** Every byte behind the header belongs to one tensor. */
  private void checkLayout(long dataSize) {
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long position = 0;
    for (Entry entry : entries) {
      if (entry.begin() != position) {
        throw refused(
            entry.name(),
            entry.begin() < position ? "overlaps the one before" : "has a hole before it",
            "it to begin at byte " + position,
            "byte " + entry.begin());
      }
      if (entry.end() > dataSize) {
        throw refused(
            entry.name(),
            "ends beyond the file, which may be cut off",
            "at most " + dataSize + " bytes of elements",
            entry.end() + "");
      }
      position = entry.end();
    }
    if (position != dataSize) {
      throw refused(
          "its last bytes belong to no tensor", position + " bytes of elements", dataSize + "");
    }
  }

  /** A text of the header. JSON can spell halves of characters, which no UTF-8 can. */
  private String checked(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw refused("its header has half a character in a text", "whole characters", "a half");
    }
    return text;
  }

  private BundleException refused(String tensor, String problem, String expected, String got) {
    return refused(tensor, problem, expected, got, "");
  }

  private BundleException refused(
      String tensor, String problem, String expected, String got, String advice) {
    return new BundleException(
        "Safetensors file \"%s\" cannot be read: tensor \"%s\" %s. Expected %s, got %s.%s"
            .formatted(source, tensor, problem, expected, got, advice));
  }

  private BundleException refused(String problem, String expected, String got) {
    return new BundleException(
        "Safetensors file \"%s\" cannot be read: %s. Expected %s, got %s."
            .formatted(source, problem, expected, got));
  }
}
