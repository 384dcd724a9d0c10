package io.hyperdelta.hypernetwork;

/** Which heads a hypernetwork has. Values; safe to share. */
public sealed interface HeadLayout {
  /** A head for every factor of every site. */
  HeadLayout PER_SITE = new PerSite();

  /** A head for every factor of every site. */
  record PerSite() implements HeadLayout {}

  /**
   * One head for all factors of a shape, and learned embeddings that tell sites apart: see {@link
   * SharedHeads}.
   *
   * @param embedding numbers in an embedding, 1 or more
   */
  record Shared(int embedding) implements HeadLayout {
    public Shared {
      if (embedding < 1) {
        throw new IllegalArgumentException(
            "Shared heads have no embedding to tell sites apart. Expected 1 or more numbers, got %d."
                .formatted(embedding));
      }
    }
  }
}
