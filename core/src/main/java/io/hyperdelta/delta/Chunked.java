package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * dW = E M, cut into pieces: the numbers of the delta, input by input and for each input unit by
 * unit, lie in chunks of equal size one behind the other. Each chunk is its own learned embedding,
 * a row of E {@code [chunks, embedding]}, times one generated matrix M {@code [embedding, chunk]}
 * that all chunks share: embedding * chunk numbers, however many chunks there are. The last chunk's
 * numbers that the delta has no room for are dropped.
 *
 * <p>Source: chunked hypernetworks (von Oswald et al. 2020, section 2), whose chunk embeddings c_i
 * go through the whole network together with the condition; here they meet what the network made of
 * the condition in one product, so that everything generated stays linear in the latent. With
 * {@code replaces} and one chunk for each input channel of a kernel it is the two-layer generator
 * of static hypernetworks (Ha et al. 2016, section 3.1): a row of E is their a_i, and M their
 * W_out. Their B_out, the same for all chunks, is a row of M at which all embeddings are 1, so an
 * embedding of d + 1 numbers holds their generator of width d.
 *
 * @param chunk numbers in a chunk, 1 or more and fewer than the site has
 * @param embedding numbers in a chunk's embedding, 1 or more and fewer than there are chunks
 * @param replaces whether E M stands in the weight's place, dW = E M - W. M is then random at the
 *     start, with the variance that a fresh layer of this many inputs has, and a fresh adaptive
 *     model is <em>not</em> its target
 */
public record Chunked(int chunk, int embedding, boolean replaces) implements Form {
  static final String NAME = "chunked";

  public Chunked {
    Matrix.atLeastOne(NAME, Forms.CHUNK, chunk);
    Matrix.atLeastOne(NAME, Forms.EMBEDDING, embedding);
  }

  /** Chunks that are added to the weight. */
  public Chunked(int chunk, int embedding) {
    this(chunk, embedding, false);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Integer> options() {
    Map<String, Integer> options = new LinkedHashMap<>();
    options.put(Forms.CHUNK, chunk);
    options.put(Forms.EMBEDDING, embedding);
    return Collections.unmodifiableMap(options);
  }

  /** How many chunks the numbers of a site fill, the last one perhaps in part. */
  public long chunkCount(Site site) {
    return (site.parameterCount() + chunk - 1) / chunk;
  }

  @Override
  public Optional<String> refusal(Site site) {
    return Matrix.refusal(site, NAME).or(() -> sizeRefusal(site));
  }

  private Optional<String> sizeRefusal(Site site) {
    if (chunk >= site.parameterCount()) {
      return Optional.of(
          "Site \"%s\" cannot take a chunked delta with chunks of %d: the %s %s has %d numbers that are meant. Expected a chunk smaller than that, got %d. Maybe you meant form full."
              .formatted(
                  site.title(),
                  chunk,
                  site.kind().word(),
                  site.shape(),
                  site.parameterCount(),
                  chunk));
    }
    if (embedding >= chunkCount(site)) {
      return Optional.of(
          "Site \"%s\" cannot take a chunked delta with embeddings of %d: its %d numbers are %d chunks of %d. Expected an embedding of 1 to %d, fewer than there are chunks, got %d. Maybe you meant form full, which generates no more numbers."
              .formatted(
                  site.title(),
                  embedding,
                  site.parameterCount(),
                  chunkCount(site),
                  chunk,
                  chunkCount(site) - 1,
                  embedding));
    }
    return Optional.empty();
  }

  /**
   * The same form with an embedding that is smaller than there are chunks; full for a site that one
   * chunk covers, which generates fewer numbers than a larger site's chunks do.
   */
  @Override
  public Form narrowed(Site site) {
    if (!site.kind().isMatrix() || chunkCount(site) > embedding) {
      return this;
    }
    return chunkCount(site) > 1
        ? new Chunked(chunk, Math.toIntExact(chunkCount(site) - 1), replaces)
        : new Full(replaces);
  }

  @Override
  public List<Factor> factors(Site site) {
    // Embeddings have a norm of about 1, so a number of E M varies as much as one of M.
    Factor embeddings =
        Factor.learned("E", chunkCount(site), embedding).summedOver(1).withFanIn(embedding);
    Factor matrix =
        Factor.generated("M", replaces ? Factor.Start.RANDOM : Factor.Start.ZERO, embedding, chunk);
    // Looking up a row of an embedding sums nothing.
    long fanIn = site.kind() == SiteKind.EMBEDDING ? 1 : site.in();
    return Forms.checked(this, site, embeddings, matrix.summedOver(0).withFanIn(fanIn));
  }

  @Override
  public double[] dense(Site site, TensorValue frozen, List<TensorValue> factors) {
    double[] chunks =
        Matrix.product(
            factors.get(0).doubles(),
            factors.get(1).doubles(),
            Math.toIntExact(chunkCount(site)),
            embedding,
            chunk);
    return replaces ? Matrix.instead(site, frozen, chunks) : Matrix.stored(site, chunks);
  }
}
