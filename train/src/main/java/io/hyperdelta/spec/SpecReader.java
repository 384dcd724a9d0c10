package io.hyperdelta.spec;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLParser;

/** Reads a spec from a YAML or JSON file. Stateless and thread-safe. */
public final class SpecReader {
  /** The largest spec file; real ones have a few thousand bytes. */
  static final int LARGEST_BYTES = 1 << 20;

  /** The deepest nesting; the schema has seven levels. */
  private static final int DEEPEST = 32;

  private static final StreamReadConstraints LIMITS =
      StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build();

  private static final ObjectMapper YAML =
      YAMLMapper.builder(YAMLFactory.builder().streamReadConstraints(LIMITS).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final ObjectMapper JSON =
      JsonMapper.builder(JsonFactory.builder().streamReadConstraints(LIMITS).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final Pattern DUPLICATE = Pattern.compile("Duplicate Object property \"(.*)\"");

  private SpecReader() {}

  /**
   * Reads and checks a spec. Relative paths in it are resolved against the folder of the file.
   *
   * @param file a YAML file ({@code .yaml}, {@code .yml}) or a JSON file ({@code .json}), at most 1
   *     MiB
   * @return the spec
   * @throws SpecException if the file cannot be read, is not YAML or JSON, or says something that
   *     the schema or the checks across keys refuse
   */
  public static Spec read(Path file) {
    String extension = extension(file);
    if (!extension.equals("yaml") && !extension.equals("yml") && !extension.equals("json")) {
      throw problem(file, "has an unknown kind. Expected a .yaml, .yml or .json file.", null);
    }
    String text = text(file);
    JsonNode tree = extension.equals("json") ? tree(file, JSON, text) : yaml(file, text);
    SpecSchema.check(subject(file), tree);
    EnsembleParser.check(subject(file), tree);
    Path folder = file.toAbsolutePath().normalize().getParent();
    try {
      return SpecParser.parse(
          tree, folder == null ? Path.of("") : folder, JSON.writeValueAsString(tree));
    } catch (IllegalArgumentException e) {
      throw new SpecException(subject(file) + ": " + e.getMessage(), e);
    }
  }

  /** The JSON Schema (draft 2020-12) of spec files, for editors. */
  public static String schema() {
    return SpecSchema.text();
  }

  /** A YAML tree; anchors are refused since a few of them can stand for gigabytes. */
  private static JsonNode yaml(Path file, String text) {
    try (JsonParser parser = YAML.createParser(text)) {
      while (parser.nextToken() != null) {
        if (((YAMLParser) parser).isCurrentAlias() || parser.getObjectId() != null) {
          throw problem(
              file,
              "uses an anchor or alias on line "
                  + parser.currentTokenLocation().getLineNr()
                  + ". Expected plain YAML, got & or *. Repeat the value, and quote a text that"
                  + " starts with & or *.",
              null);
        }
      }
    } catch (JacksonException e) {
      throw malformed(file, e);
    }
    return tree(file, YAML, text);
  }

  private static JsonNode tree(Path file, ObjectMapper mapper, String text) {
    try {
      JsonNode tree = mapper.readTree(text);
      if (tree.isMissingNode() || tree.isNull()) {
        throw problem(file, "is empty. Expected a spec, got nothing.", null);
      }
      return tree;
    } catch (JacksonException e) {
      throw malformed(file, e);
    }
  }

  private static SpecException malformed(Path file, JacksonException e) {
    if (e instanceof StreamConstraintsException && e.getOriginalMessage().contains("nesting")) {
      return problem(
          file, "is nested too deeply. Expected at most " + DEEPEST + " levels, got more.", e);
    }
    if (e.getOriginalMessage().startsWith("Trailing token")) {
      return problem(file, "goes on after its end. Expected one document, got more.", e);
    }
    String place = e.getLocation() == null ? "" : " on line " + e.getLocation().getLineNr();
    Matcher duplicate = DUPLICATE.matcher(e.getOriginalMessage());
    if (duplicate.find()) {
      String key = duplicate.group(1);
      return problem(
          file, "has a key twice" + place + ". Expected each key once, got " + key + " again.", e);
    }
    // A YAML reader's message has indented lines that quote the file; the others tell the reason.
    String reason =
        e.getOriginalMessage()
            .lines()
            .filter(line -> !line.isBlank() && !line.startsWith(" "))
            .collect(Collectors.joining(", "));
    return problem(
        file, "cannot be understood" + place + ". Expected YAML or JSON, got: " + reason + ".", e);
  }

  private static String text(Path file) {
    if (!Files.exists(file)) {
      throw problem(file, "does not exist. Expected the path of a spec file.", null);
    }
    if (!Files.isRegularFile(file)) {
      throw problem(file, "is not a file. Expected the path of a spec file.", null);
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST_BYTES + 1);
      if (bytes.length > LARGEST_BYTES) {
        throw problem(
            file, "is too large. Expected at most " + LARGEST_BYTES + " bytes, got more.", null);
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw problem(file, "is not UTF-8 text. Expected UTF-8. Save the file as UTF-8.", e);
    } catch (IOException e) {
      throw problem(file, "cannot be read. Expected a readable file.", e);
    }
  }

  private static SpecException problem(Path file, String text, @Nullable Throwable cause) {
    return new SpecException(subject(file) + " " + text, cause);
  }

  private static String subject(Path file) {
    return "Spec \"" + file + "\"";
  }

  private static String extension(Path file) {
    String name = file.toString();
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }
}
