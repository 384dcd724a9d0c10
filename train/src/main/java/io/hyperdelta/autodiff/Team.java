package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Threads that compute shards of a whole side by side: who asks, and others that wait for it. What
 * a member computes has one thread, so nothing that it does waits for another. Not thread-safe.
 */
public final class Team implements AutoCloseable {
  private static final ThreadLocal<Boolean> MEMBER = ThreadLocal.withInitial(() -> false);

  private final int size;
  private final ExecutorService others;

  private Team(int size) {
    this.size = size;
    this.others =
        Executors.newFixedThreadPool(
            Math.max(1, size - 1),
            work -> {
              Thread thread =
                  new Thread(
                      () -> {
                        enter();
                        work.run();
                      },
                      "hyperdelta-team");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** A team of as many members as an operation may have threads otherwise. */
  public static Team ofAllThreads() {
    return of(Engine.threadCount());
  }

  /**
   * A team; threads start when they are first needed.
   *
   * @param size number of members, 1 or more
   * @throws IllegalArgumentException if there are fewer
   */
  public static Team of(int size) {
    if (size < 1) {
      throw new IllegalArgumentException(
          "A team cannot have %d members. Expected 1 or more.".formatted(size));
    }
    Engine.start();
    return new Team(size);
  }

  /** Number of members. */
  public int size() {
    return size;
  }

  /** Whether the calling thread computes a shard of something now. */
  static boolean isMember() {
    return MEMBER.get();
  }

  /**
   * Computes shards, and returns when all are done. A single shard is no shard of anything: it has
   * all threads.
   *
   * @param shards how many, not more than members
   * @param shard computes one by its number, in the calling thread or in another
   * @throws IllegalArgumentException if there are more shards than members
   * @throws RuntimeException what the first of the shards threw that failed
   */
  public void run(int shards, IntConsumer shard) {
    if (shards > size) {
      throw new IllegalArgumentException(
          "A team cannot compute so many shards at once. Expected at most one for each member, %d, got %d."
              .formatted(size, shards));
    }
    if (shards == 1) {
      shard.accept(0);
      return;
    }
    List<CompletableFuture<Void>> running = new ArrayList<>();
    // First, since how many threads products have may be the process's setting.
    enter();
    try {
      for (int i = 1; i < shards; i++) {
        int number = i;
        running.add(CompletableFuture.runAsync(() -> shard.accept(number), others));
      }
      shard.accept(0);
    } finally {
      // Others may still work on what the caller is going to free, and must not get threads yet.
      running.forEach(each -> each.exceptionally(failure -> null).join());
      leave();
    }
    try {
      running.forEach(CompletableFuture::join);
    } catch (CompletionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /**
   * Computes something between shards, in the calling thread alone: others that helped would wait
   * for more on processors that the next shards need.
   *
   * @param something which throws what it likes
   * @return what it gives
   */
  public static <T> T alone(Supplier<T> something) {
    enter();
    try {
      return something.get();
    } finally {
      leave();
    }
  }

  private static void enter() {
    MEMBER.set(true);
    Engine.blas().prepare(Blas.Work.SHARD);
  }

  private static void leave() {
    MEMBER.set(false);
    Engine.blas().prepare(Blas.Work.PRODUCTS);
  }

  /** Ends the other threads. */
  @Override
  public void close() {
    others.shutdown();
  }
}
