package io.hyperdelta.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds what in a {@code tokenizer.json} would end the process: where the native library trusts the
 * file, a flaw is no error there but an abort. All else it finds and tells by itself. Stateless.
 */
final class TokenizerCheck {
  private static final ObjectMapper JSON = JsonMapper.builder().build();

  private TokenizerCheck() {}

  /**
   * Checks a file.
   *
   * @return the most tokens that it allows a text
   * @throws TextException at the first flaw
   */
  static long check(TokenizerFile file) {
    try {
      JsonNode tokenizer = JSON.readTree(file.bytes());
      check(tokenizer, file.source());
      // DJL would make a negative number of a large one, and memory for that many tokens ends the
      // process.
      return tokenizer.path("truncation").path("max_length").asLong(Long.MAX_VALUE);
    } catch (JacksonException e) {
      throw new TextException(
          "Tokenizer \"%s\" cannot be read: %s. Expected a tokenizer.json of Hugging Face's tokenizers, got %d bytes of something else."
              .formatted(file.source(), e.getOriginalMessage(), file.bytes().length),
          e);
    }
  }

  private static void check(JsonNode node, String source) {
    if (node.isObject()) {
      String type = node.path("type").asString("");
      if (type.equals("Precompiled") && !isCharacterMap(node.path("precompiled_charsmap"))) {
        throw broken(source, "the character map of a Precompiled normalizer is damaged");
      }
      if (type.equals("TemplateProcessing")) {
        checkTemplate(node, node.path("single"), source);
        checkTemplate(node, node.path("pair"), source);
      }
    }
    for (JsonNode child : node) {
      if (child.isContainer()) {
        check(child, source);
      }
    }
  }

  private static void checkTemplate(JsonNode processor, JsonNode template, String source) {
    for (JsonNode piece : template) {
      JsonNode id = piece.path("SpecialToken").path("id");
      JsonNode token = processor.path("special_tokens").path(id.asString(""));
      if (id.isString() && !token.path("id").equals(id)) {
        throw broken(
            source, "its template has a special token " + id + ", which it does not describe");
      }
    }
  }

  /** Base64 of a trie, behind its size in bytes, and of the UTF-8 that it points into. */
  private static boolean isCharacterMap(JsonNode text) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text.asString("")));
      bytes.order(ByteOrder.LITTLE_ENDIAN);
      long trieSize = bytes.remaining() < 4 ? 0 : Integer.toUnsignedLong(bytes.getInt());
      if (trieSize < 4 || trieSize > bytes.remaining()) {
        return false;
      }
      bytes.position(bytes.position() + (int) trieSize / 4 * 4);
      StandardCharsets.UTF_8.newDecoder().decode(bytes);
      return true;
    } catch (IllegalArgumentException | CharacterCodingException e) {
      return false;
    }
  }

  private static TextException broken(String source, String flaw) {
    return new TextException(
        "Tokenizer \"%s\" cannot be used: %s. Expected a tokenizer.json as Hugging Face's tokenizers write it. Maybe the file has been edited."
            .formatted(source, flaw));
  }
}
