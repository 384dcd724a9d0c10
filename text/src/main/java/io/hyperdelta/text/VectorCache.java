package io.hyperdelta.text;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Vectors of texts, bounded in bytes. While one thread makes a vector, others that want it wait for
 * it. Thread-safe.
 */
final class VectorCache {
  /** Objects, table and queue entries around a text and its vector. */
  private static final long OVERHEAD_BYTES = 200;

  private final Cache<String, float[]> vectors;

  /** Empty if whoever was to make a vector failed, maybe for another text's sake. */
  private final Map<String, CompletableFuture<Optional<float[]>>> underway =
      new ConcurrentHashMap<>();

  /** Makes vectors, each handed over when it is there. */
  interface Source {
    void encode(List<String> texts, BiConsumer<String, float[]> found);
  }

  VectorCache(long maxBytes) {
    this.vectors =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .weigher(VectorCache::bytes)
            .executor(Runnable::run) // to evict takes less time than to find a thread for it
            .build();
  }

  private static int bytes(String text, float[] vector) {
    long bytes = OVERHEAD_BYTES + 2L * text.length() + 4L * vector.length;
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }

  /**
   * Vectors of distinct texts; those that are not there are made.
   *
   * @return by text; not to be changed
   */
  Map<String, float[]> get(Collection<String> texts, Source source) {
    Map<String, float[]> known = new HashMap<>();
    List<String> missing = new ArrayList<>(texts);
    while (!missing.isEmpty()) {
      missing = pass(missing, source, known);
    }
    return known;
  }

  /** Makes what nobody else is making, then waits for the others; returns what these failed at. */
  private List<String> pass(List<String> texts, Source source, Map<String, float[]> known) {
    Map<String, CompletableFuture<Optional<float[]>>> own = new LinkedHashMap<>();
    Map<String, CompletableFuture<Optional<float[]>>> others = new LinkedHashMap<>();
    try {
      texts.forEach(text -> claim(text, known, own, others));
      if (!own.isEmpty()) {
        source.encode(
            List.copyOf(own.keySet()),
            (text, vector) -> {
              CompletableFuture<Optional<float[]>> future = own.remove(text);
              if (future != null) {
                known.put(text, vector);
                vectors.put(text, vector);
                settle(text, future, Optional.of(vector));
              }
            });
        if (!own.isEmpty()) {
          throw new IllegalStateException(
              "Expected a vector for every text, %d are missing.".formatted(own.size()));
        }
      }
    } finally {
      own.forEach((text, future) -> settle(text, future, Optional.empty()));
    }
    List<String> failed = new ArrayList<>();
    others.forEach(
        (text, future) ->
            future
                .join()
                .ifPresentOrElse(vector -> known.put(text, vector), () -> failed.add(text)));
    return failed;
  }

  private void claim(
      String text,
      Map<String, float[]> known,
      Map<String, CompletableFuture<Optional<float[]>>> own,
      Map<String, CompletableFuture<Optional<float[]>>> others) {
    float[] vector = vectors.getIfPresent(text);
    if (vector == null) {
      CompletableFuture<Optional<float[]>> mine = new CompletableFuture<>();
      CompletableFuture<Optional<float[]>> other = underway.putIfAbsent(text, mine);
      if (other != null) {
        others.put(text, other);
        return;
      }
      own.put(text, mine);
      // It may have been made between the two looks.
      vector = vectors.getIfPresent(text);
      if (vector == null) {
        return;
      }
      own.remove(text);
      settle(text, mine, Optional.of(vector));
    }
    known.put(text, vector);
  }

  private void settle(
      String text, CompletableFuture<Optional<float[]>> future, Optional<float[]> vector) {
    underway.remove(text, future);
    future.complete(vector);
  }
}
