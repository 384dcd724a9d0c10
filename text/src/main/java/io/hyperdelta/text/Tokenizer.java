package io.hyperdelta.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.util.Utils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.LongStream;

/**
 * Texts to tokens, with special tokens, cut at a maximum length and not padded. Safe to use from
 * many threads.
 */
final class Tokenizer implements AutoCloseable {
  /**
   * DJL's own switch. Without it the library sends a message to its makers once a day where it
   * finds itself in Amazon's cloud, and downloads another native library where it finds a GPU.
   */
  static final String OFFLINE = "ai.djl.offline";

  private final String source;
  private final HuggingFaceTokenizer tokenizer;
  private final long padId;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private volatile boolean closed;

  private Tokenizer(String source, HuggingFaceTokenizer tokenizer, long padId) {
    this.source = source;
    this.tokenizer = tokenizer;
    this.padId = padId;
  }

  /**
   * Loads a tokenizer. The native library is unpacked from its jar to {@code .djl.ai} in the home
   * folder, or where the environment's DJL_CACHE_DIR says, once per machine.
   *
   * @param maxTokens most tokens of a text, special ones included; the tokenizer's own limit counts
   *     if it is smaller
   * @throws TextException if the file is no tokenizer, its limit leaves no room for a text, or the
   *     native library cannot be loaded
   */
  static Tokenizer load(TokenizerFile file, int maxTokens) {
    int limit = (int) Math.max(0, Math.min(maxTokens, TokenizerCheck.check(file)));
    requireOffline();
    long padId = 0;
    // What to pad with, DJL tells only by doing it.
    try (HuggingFaceTokenizer padding = open(file, limit, "max_length")) {
      Encoding empty = encode(padding, "", file.source());
      long special = LongStream.of(empty.getAttentionMask()).sum();
      if (special >= limit) {
        throw new TextException(
            "Tokenizer \"%s\" has no room for a text: %d of at most %d tokens are special ones. Expected a larger limit than %d. Raise the number of tokens, or \"truncation\" in the file."
                .formatted(file.source(), special, limit, special));
      }
      for (int i = 0; i < empty.getIds().length; i++) {
        padId = empty.getAttentionMask()[i] == 0 ? empty.getIds()[i] : padId;
      }
    }
    return new Tokenizer(file.source(), open(file, limit, "false"), padId);
  }

  private static void requireOffline() {
    if (System.getProperty(OFFLINE) == null) {
      System.setProperty(OFFLINE, "true");
    }
    if (!Utils.isOfflineMode()) {
      throw new TextException(
          "The library that reads tokenizers may use the network. Expected it to be offline, got DJL_OFFLINE=%s in the environment and -D%s=%s. Leave both unset, or set them to true."
              .formatted(System.getenv("DJL_OFFLINE"), OFFLINE, System.getProperty(OFFLINE)));
    }
  }

  private static HuggingFaceTokenizer open(TokenizerFile file, int maxTokens, String padding) {
    Map<String, String> options =
        Map.of(
            "truncation",
            "true",
            "stride",
            "0", // overlaps texts that are cut in pieces, and we keep the first piece only
            "maxLength",
            Integer.toString(maxTokens),
            "modelMaxLength",
            Integer.toString(maxTokens),
            "padding",
            padding,
            "padToMultipleOf",
            "0");
    try {
      return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(file.bytes()), options);
    } catch (EngineException | LinkageError e) {
      throw new TextException(
          "The native library that reads tokenizers cannot be loaded: %s. Expected Linux, macOS or Windows, and a folder to unpack it to. Set DJL_CACHE_DIR to one that can be written."
              .formatted(rootMessage(e)),
          e);
    } catch (IOException | RuntimeException e) { // it throws no narrower ones
      throw new TextException(
          "Tokenizer \"%s\" cannot be read: %s. Expected a tokenizer.json of Hugging Face's tokenizers, got %d bytes of something else."
              .formatted(file.source(), rootMessage(e), file.bytes().length),
          e);
    }
  }

  private static String rootMessage(Throwable problem) {
    Throwable root = problem;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  /** One text at a time: for several, a problem with one of them would end the process. */
  private static Encoding encode(HuggingFaceTokenizer tokenizer, String text, String source) {
    try {
      return tokenizer.encode(text);
    } catch (RuntimeException e) { // it throws no narrower ones
      throw new TextException(
          "Tokenizer \"%s\" cannot tokenize a text of %d characters: %s. Expected a tokenizer for any text. Maybe the file has been edited."
              .formatted(source, text.length(), rootMessage(e)),
          e);
    }
  }

  /** Most tokens of a text, special ones included. */
  int maxTokens() {
    return tokenizer.getMaxLength();
  }

  /** What the tokenizer fills up with. */
  long padId() {
    return padId;
  }

  /**
   * Tokenizes a text.
   *
   * @throws TextException if the tokenizer cannot
   * @throws IllegalStateException if it is closed
   */
  Tokens tokens(String text) {
    Lock reading = lock.readLock();
    reading.lock();
    try {
      checkOpen();
      Encoding encoding = encode(tokenizer, text, source);
      return new Tokens(text, encoding.getIds(), encoding.getTypeIds());
    } finally {
      reading.unlock();
    }
  }

  /** Whether it is open still: a caller's mistake otherwise. */
  void checkOpen() {
    if (closed) {
      throw new IllegalStateException(
          "The text encoder with tokenizer \"%s\" is closed. Expected an open one."
              .formatted(source));
    }
  }

  /** Frees the native tokenizer, after those that use it; later calls do nothing. */
  @Override
  public void close() {
    Lock writing = lock.writeLock();
    writing.lock();
    try {
      closed = true;
      tokenizer.close();
    } finally {
      writing.unlock();
    }
  }
}
