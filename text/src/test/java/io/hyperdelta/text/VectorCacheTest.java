package io.hyperdelta.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is remembered, for how many bytes, and who makes what when several ask. */
@Timeout(60)
class VectorCacheTest {
  private final List<String> made = Collections.synchronizedList(new ArrayList<>());

  private void make(List<String> texts, BiConsumer<String, float[]> found) {
    for (String text : texts) {
      made.add(text);
      found.accept(text, new float[] {text.length()});
    }
  }

  @Test
  void rememberedVectorsStayBelowTheBytesGiven() {
    // A vector of 1,000 numbers, its text and what is around them: between 4,000 and 4,500 bytes.
    VectorCache cache = new VectorCache(45_000);
    List<String> texts = IntStream.range(0, 100).mapToObj(i -> "text " + i).toList();
    VectorCache.Source source =
        (missing, found) ->
            missing.forEach(
                text -> {
                  made.add(text);
                  found.accept(text, new float[1000]);
                });
    cache.get(texts, source);
    made.clear();

    for (String text : texts) {
      cache.get(List.of(text), source);
    }

    assertThat(made).hasSizeBetween(89, 100);
    made.clear();
    cache.get(List.of(texts.get(99)), source);
    cache.get(List.of(texts.get(99)), source);
    assertThat(made).hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void whatWasMadeBeforeAFailureIsKeptAndTheRestCanBeMadeLater() {
    VectorCache cache = new VectorCache(1 << 20);
    VectorCache.Source failing =
        (texts, found) -> {
          make(texts.subList(0, 1), found);
          throw new TextException("Text 2 is bad.");
        };

    assertThatThrownBy(() -> cache.get(List.of("a", "bb"), failing))
        .isInstanceOf(TextException.class);
    Map<String, float[]> vectors = cache.get(List.of("a", "bb"), this::make);

    assertThat(made).containsExactly("a", "bb");
    assertThat(vectors.get("bb")).containsExactly(2);
  }

  @Test
  void oneThreadWaitsForWhatAnotherMakes() throws Exception {
    VectorCache cache = new VectorCache(1 << 20);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<Map<String, float[]>> first =
        CompletableFuture.supplyAsync(
            () -> cache.get(List.of("a"), waiting(begun, goOn, this::make)));
    begun.await();
    CompletableFuture<Map<String, float[]>> second =
        CompletableFuture.supplyAsync(() -> cache.get(List.of("a", "bb"), this::make));
    while (!made.contains("bb")) {
      Thread.onSpinWait();
    }
    assertThat(second).isNotDone();

    goOn.countDown();

    assertThat(second.get(10, TimeUnit.SECONDS)).containsOnlyKeys("a", "bb");
    assertThat(first.get(10, TimeUnit.SECONDS)).containsOnlyKeys("a");
    assertThat(made).containsExactlyInAnyOrder("a", "bb");
  }

  @Test
  void oneThreadMakesItselfWhatAnotherFailedAt() throws Exception {
    VectorCache cache = new VectorCache(1 << 20);
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    VectorCache.Source failing =
        waiting(
            begun,
            goOn,
            (texts, found) -> {
              throw new TextException("Text 7 is bad.");
            });
    CompletableFuture<Map<String, float[]>> first =
        CompletableFuture.supplyAsync(() -> cache.get(List.of("a"), failing));
    begun.await();
    CompletableFuture<Map<String, float[]>> second =
        CompletableFuture.supplyAsync(() -> cache.get(List.of("bb", "a"), this::make));
    while (!made.contains("bb")) {
      Thread.onSpinWait();
    }

    goOn.countDown();

    assertThat(second.get(10, TimeUnit.SECONDS).get("a")).containsExactly(1);
    assertThat(first).failsWithin(Duration.ofSeconds(10));
  }

  @Test
  void sourceThatForgetsATextIsFound() {
    VectorCache cache = new VectorCache(1 << 20);

    assertThatThrownBy(() -> cache.get(List.of("a"), (texts, found) -> {}))
        .isInstanceOf(IllegalStateException.class);
  }

  private static VectorCache.Source waiting(
      CountDownLatch begun, CountDownLatch goOn, VectorCache.Source source) {
    return (texts, found) -> {
      begun.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      source.encode(texts, found);
    };
  }
}
