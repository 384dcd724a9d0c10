package io.hyperdelta.text;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Texts to vectors, with a frozen encoder. Vectors of texts seen lately are remembered, and each
 * distinct text is encoded once. Safe to use from many threads, if its engine is; {@link #close}
 * must come after all of them.
 *
 * <p>Nothing is fetched from a network. The tokenizer's native library comes in a jar and is
 * unpacked to {@code .djl.ai} in the home folder, or where the environment's DJL_CACHE_DIR says;
 * the system property {@code ai.djl.offline} is set to true where it is not set.
 */
public final class TextEncoder implements AutoCloseable {
  /** What sentence encoders such as all-MiniLM-L6-v2 were trained with. */
  public static final int DEFAULT_MAX_TOKENS = 128;

  /** Texts in a run of the engine: larger batches fill more with padding, and are hardly faster. */
  public static final int DEFAULT_BATCH_SIZE = 32;

  /** Room for 30,000 short texts with vectors of 384 numbers. */
  public static final long DEFAULT_CACHE_BYTES = 64L << 20;

  /** A text is tokenized whole before it is cut; the native library must not run out of memory. */
  static final int MAX_CHARACTERS = 1 << 20;

  /** Batches whose texts are sorted by length together, and whose tokens are in memory at once. */
  private static final int WINDOW_BATCHES = 32;

  /** Position of the text that is encoded when nobody has given one yet. */
  private static final int EMPTY = 0;

  private final PooledEncoder pooled;
  private final Tokenizer tokenizer;
  private final Engine engine;
  private final int batchSize;
  private final VectorCache cache;
  private final int dim;

  private TextEncoder(Builder builder, Tokenizer tokenizer) {
    this.pooled = builder.pooled;
    this.engine = builder.engine;
    this.tokenizer = tokenizer;
    this.batchSize = builder.batchSize;
    this.cache = new VectorCache(builder.cacheBytes);
    // A graph need not declare how long its vectors are, and one that cannot run should say so now.
    Tokens empty = tokenizer.tokens("");
    checkIds(empty, EMPTY);
    TextBatch batch = new TextBatch(List.of(empty), tokenizer.padId());
    TensorValue vector = vectors(batch);
    this.dim = Math.toIntExact(vector.dim(1));
    checkFinite(vector.floats(), EMPTY);
  }

  /**
   * A text encoder with everything by default. See {@link Builder#build} for what is thrown.
   *
   * @param engine runs {@link PooledEncoder#model}; borrowed, so that its owner closes it, after
   *     this
   */
  public static TextEncoder of(PooledEncoder pooled, TokenizerFile tokenizer, Engine engine) {
    return builder(pooled, tokenizer, engine).build();
  }

  /** A text encoder with something else than the defaults. */
  public static Builder builder(PooledEncoder pooled, TokenizerFile tokenizer, Engine engine) {
    return new Builder(pooled, tokenizer, engine);
  }

  /** Numbers and sizes of a text encoder. Not thread-safe. */
  public static final class Builder {
    private final PooledEncoder pooled;
    private final TokenizerFile tokenizer;
    private final Engine engine;
    private int maxTokens = DEFAULT_MAX_TOKENS;
    private int batchSize = DEFAULT_BATCH_SIZE;
    private long cacheBytes = DEFAULT_CACHE_BYTES;

    private Builder(PooledEncoder pooled, TokenizerFile tokenizer, Engine engine) {
      this.pooled = pooled;
      this.tokenizer = tokenizer;
      this.engine = engine;
    }

    /**
     * Sets how many tokens of a text are read, special ones included; the tokenizer's own limit
     * counts if it is smaller.
     *
     * @param value 1 to 65536
     */
    public Builder maxTokens(int value) {
      maxTokens = Math.toIntExact(inRange("Maximum of tokens", value, 1, 1 << 16));
      return this;
    }

    /**
     * Sets how many texts are in a run of the engine.
     *
     * @param value 1 to 4096
     */
    public Builder batchSize(int value) {
      batchSize = Math.toIntExact(inRange("Batch size", value, 1, 1 << 12));
      return this;
    }

    /**
     * Sets how much memory the remembered vectors may take.
     *
     * @param value bytes, 0 or more; 0 remembers nothing
     */
    public Builder cacheBytes(long value) {
      cacheBytes = inRange("Size of the cache", value, 0, Long.MAX_VALUE);
      return this;
    }

    private static long inRange(String subject, long value, long min, long max) {
      if (value < min || value > max) {
        throw new IllegalArgumentException(
            "%s is out of range. Expected %d to %d, got %d.".formatted(subject, min, max, value));
      }
      return value;
    }

    /**
     * Loads the tokenizer and encodes the empty text, once.
     *
     * @throws TextException if the tokenizer cannot be read, leaves no room for a text, or belongs
     *     to another encoder, or if the vector has an element that is not finite
     * @throws IllegalStateException if the engine runs another graph
     */
    public TextEncoder build() {
      Tokenizer loaded = Tokenizer.load(tokenizer, maxTokens);
      boolean done = false;
      try {
        TextEncoder encoder = new TextEncoder(this, loaded);
        done = true;
        return encoder;
      } finally {
        if (!done) {
          loaded.close();
        }
      }
    }
  }

  /** Length of a vector. */
  public int dim() {
    return dim;
  }

  /** How many tokens of a text are read, special ones included. */
  public int maxTokens() {
    return tokenizer.maxTokens();
  }

  /**
   * Encodes texts.
   *
   * @param texts in any order, repeated or not; a missing text (null) is encoded as the empty text
   * @return float32 [texts, dim], finite
   * @throws TextException if a text is too long to be tokenized, cannot be tokenized, has a token
   *     that the encoder does not know, or gets a vector that is not finite; and if the vectors are
   *     too many for one tensor
   * @throws IllegalStateException if this is closed, or the engine runs another graph
   */
  public TensorValue encode(List<@Nullable String> texts) {
    tokenizer.checkOpen();
    long size = Math.multiplyExact((long) texts.size(), dim);
    if (size > Integer.MAX_VALUE / Float.BYTES) {
      throw new TextException(
          "The vectors of %d texts do not fit in one tensor. Expected at most %d texts with vectors of %d numbers. Encode fewer at a time."
              .formatted(texts.size(), Integer.MAX_VALUE / Float.BYTES / dim, dim));
    }
    Map<String, Integer> positions = new LinkedHashMap<>();
    int position = 0;
    for (String text : texts) {
      positions.putIfAbsent(present(text), ++position);
    }
    positions.forEach(TextEncoder::checkLength);
    Map<String, float[]> vectors =
        cache.get(positions.keySet(), (missing, found) -> encode(missing, positions, found));
    float[] rows = new float[(int) size];
    int start = 0;
    for (String text : texts) {
      float[] vector = vectors.get(present(text));
      if (vector == null) {
        throw new IllegalStateException("The texts have changed. Expected a list that stays.");
      }
      System.arraycopy(vector, 0, rows, start, dim);
      start += dim;
    }
    return TensorValue.ofFloats(rows, texts.size(), dim);
  }

  private static String present(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static String title(int position) {
    return position == EMPTY ? "The empty text" : "Text " + position;
  }

  private static void checkLength(String text, int position) {
    if (text.length() > MAX_CHARACTERS) {
      throw new TextException(
          "Text %d is too long to be tokenized. Expected at most %d characters, got %d. Cut it: an encoder reads the first few hundred words only."
              .formatted(position, MAX_CHARACTERS, text.length()));
    }
  }

  /**
   * Encodes distinct texts, those of about the same length together.
   *
   * @param positions of the texts among those that the caller gave, from 1, for messages
   */
  private void encode(
      List<String> texts, Map<String, Integer> positions, BiConsumer<String, float[]> found) {
    int windowSize = batchSize * WINDOW_BATCHES;
    for (int from = 0; from < texts.size(); from += windowSize) {
      List<Tokens> window =
          texts.subList(from, Math.min(from + windowSize, texts.size())).stream()
              .map(text -> tokens(text, positions.getOrDefault(text, EMPTY)))
              .sorted(Comparator.comparingInt(Tokens::count))
              .collect(Collectors.toList());
      int start = 0;
      while (start < window.size()) {
        int end = batchEnd(window, start);
        run(window.subList(start, end), positions, found);
        start = end;
      }
    }
  }

  private Tokens tokens(String text, int position) {
    Tokens tokens = tokenizer.tokens(text);
    checkIds(tokens, position);
    return tokens;
  }

  private void checkIds(Tokens tokens, int position) {
    long size = pooled.vocabularySize().orElse(Long.MAX_VALUE);
    if (tokens.largestId() >= size) {
      throw new TextException(
          "%s has a token that encoder \"%s\" does not know. Expected ids below %d, the rows of its embedding, got %d. Maybe the tokenizer belongs to another encoder."
              .formatted(title(position), pooled.source(), size, tokens.largestId()));
    }
  }

  private int batchEnd(List<Tokens> window, int start) {
    int end = start + 1;
    while (end < window.size()
        && end - start < batchSize
        && (pooled.ignoresPadding() || window.get(end).count() == window.get(start).count())) {
      end++;
    }
    return end;
  }

  private void run(
      List<Tokens> texts, Map<String, Integer> positions, BiConsumer<String, float[]> found) {
    TensorValue vectors = vectors(new TextBatch(texts, tokenizer.padId()));
    if (vectors.dim(1) != dim) {
      throw wrongGraph(vectors);
    }
    float[] rows = vectors.floats();
    for (int row = 0; row < texts.size(); row++) {
      String text = texts.get(row).text();
      float[] vector = Arrays.copyOfRange(rows, row * dim, (row + 1) * dim);
      checkFinite(vector, positions.getOrDefault(text, EMPTY));
      found.accept(text, vector);
    }
  }

  /** Vectors of a batch, float32 [texts, dim]. */
  private TensorValue vectors(TextBatch batch) {
    TensorValue vectors = engine.run(batch.inputs(pooled.inputs())).get(pooled.output());
    if (vectors == null
        || vectors.dtype() != Dtype.FLOAT
        || vectors.rank() != 2
        || vectors.dim(0) != batch.texts().size()
        || vectors.dim(1) == 0) {
      throw wrongGraph(vectors);
    }
    return vectors;
  }

  private IllegalStateException wrongGraph(@Nullable TensorValue vectors) {
    return new IllegalStateException(
        "The engine of text encoder \"%s\" runs another graph. Expected an output \"%s\", float32 [texts, dim], got %s."
            .formatted(
                pooled.source(), pooled.output(), vectors == null ? "none" : vectors.toString()));
  }

  private void checkFinite(float[] vector, int position) {
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new TextException(
            "%s gets a vector that is not finite from encoder \"%s\". Expected numbers, got %s at element %d of %d. Maybe the encoder's weights are damaged, or its half precision overflows."
                .formatted(title(position), pooled.source(), vector[i], i + 1, vector.length));
      }
    }
  }

  /** Frees the tokenizer, not the engine; later calls do nothing. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
