package io.hyperdelta.bundle;

import io.hyperdelta.delta.DeltaMatrix;
import io.hyperdelta.delta.DenseMatrix;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.problem.Spelling;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Fixed deltas in a safetensors file, for the one target that they were made for. Immutable, so
 * safe to share between threads.
 *
 * <p>The file's metadata has {@code hyperdelta.delta}, the version of this layout, and {@code
 * hyperdelta.target}, the SHA-256 of the target's file. A site has the tensor {@code SITE/W},
 * float32 {@code [in, width]}, or {@code SITE/A} {@code [in, rank]} and {@code SITE/B} {@code
 * [rank, width]}, whose product is the delta; and {@code SITE/units}, int64 {@code [width]} in
 * ascending order, where not all units are meant. Rows of inputs are multiplied from the left, and
 * scales are in the numbers.
 *
 * @see Safetensors
 */
public final class DeltaFile {
  /** The layout written now. */
  public static final int FORMAT = 1;

  private static final String FORMAT_KEY = "hyperdelta.delta";
  private static final String TARGET_KEY = "hyperdelta.target";

  private final String source;
  private final String targetDigest;
  private final Map<String, Tensors> sites;

  /** What the file has of a site; null what it has not. */
  private record Tensors(
      @Nullable TensorValue w,
      @Nullable TensorValue a,
      @Nullable TensorValue b,
      @Nullable TensorValue units) {
    static final Tensors NONE = new Tensors(null, null, null, null);
  }

  private DeltaFile(String source, String targetDigest, Map<String, Tensors> sites) {
    this.source = source;
    this.targetDigest = targetDigest;
    this.sites = sites;
  }

  /**
   * Reads a file.
   *
   * @throws BundleException if it is missing, unreadable or damaged, or is another safetensors file
   */
  public static DeltaFile read(Path file) {
    return of(Safetensors.read(file), file.toString());
  }

  /**
   * Reads the bytes of a file.
   *
   * @param source what messages call it
   * @throws BundleException if they are damaged, or are another safetensors file
   */
  public static DeltaFile read(byte[] bytes, String source) {
    return of(Safetensors.read(bytes, source), source);
  }

  private static DeltaFile of(Safetensors file, String source) {
    String format = file.metadata().get(FORMAT_KEY);
    if (format == null) {
      throw new BundleException(
          "File \"%s\" has no deltas of ours: its metadata lacks %s. Expected a file that \"delta\" wrote. A PEFT adapter is given as its folder."
              .formatted(source, FORMAT_KEY));
    }
    if (!format.equals(String.valueOf(FORMAT))) {
      throw new BundleException(
          "Delta file \"%s\" has format \"%s\". Expected format %d. Maybe another version of HyperDelta wrote it."
              .formatted(source, format, FORMAT));
    }
    String digest = file.metadata().get(TARGET_KEY);
    if (digest == null) {
      throw damaged(source, "its metadata lacks " + TARGET_KEY, "the SHA-256 of its target");
    }
    Map<String, Tensors> sites = new TreeMap<>();
    file.tensors().forEach((name, value) -> collect(sites, name, value, source));
    if (sites.isEmpty()) {
      throw damaged(source, "it has no delta", "those of one site or more");
    }
    return new DeltaFile(source, digest, sites);
  }

  private static void collect(
      Map<String, Tensors> sites, String name, TensorValue value, String source) {
    int slash = name.lastIndexOf('/');
    String role = name.substring(slash + 1);
    Tensors known = sites.getOrDefault(name.substring(0, Math.max(0, slash)), Tensors.NONE);
    boolean real = value.dtype() == Dtype.FLOAT;
    Tensors more = null;
    if (role.equals("W") && real) {
      more = new Tensors(value, known.a, known.b, known.units);
    } else if (role.equals("A") && real) {
      more = new Tensors(known.w, value, known.b, known.units);
    } else if (role.equals("B") && real) {
      more = new Tensors(known.w, known.a, value, known.units);
    } else if (role.equals("units") && !real) {
      more = new Tensors(known.w, known.a, known.b, value);
    }
    if (slash < 1 || more == null) {
      throw damaged(
          source,
          "tensor \"%s\", %s, belongs to no delta".formatted(name, value),
          "the name of a site and /W, /A or /B of real numbers, or /units of whole ones");
    }
    sites.put(name.substring(0, slash), more);
  }

  /** SHA-256 of the target that the deltas were made for, as the file says. */
  public String targetDigest() {
    return targetDigest;
  }

  /**
   * The deltas on the sites of their target, in the order of the sites.
   *
   * @throws BundleException if they were made for another target, or do not fit their sites
   */
  public List<FixedDelta> on(Target target) {
    if (!targetDigest.equals(target.digest())) {
      throw new BundleException(
          "Delta file \"%s\" was made for another target. Expected one for the target with SHA-256 %s, got one for %s. Deltas belong to the very weights that they were made for; give that target, or make them anew for this one."
              .formatted(source, target.digest(), targetDigest));
    }
    List<String> names = target.sites().stream().map(Site::name).toList();
    for (String name : sites.keySet()) {
      if (!names.contains(name)) {
        throw new BundleException(
            "Delta file \"%s\" cannot be used: its target has no site \"%s\". Expected sites of the target.%s"
                .formatted(source, name, Spelling.advice(name, names)));
      }
    }
    List<FixedDelta> deltas = new ArrayList<>();
    for (Site site : target.sites()) {
      Tensors tensors = sites.get(site.name());
      if (tensors != null) {
        deltas.add(delta(site, tensors));
      }
    }
    return List.copyOf(deltas);
  }

  private FixedDelta delta(Site site, Tensors tensors) {
    try {
      return new FixedDelta(units(site, tensors.units), matrix(site, tensors));
    } catch (IllegalArgumentException e) {
      throw new BundleException(
          "Delta file \"%s\" cannot be used: %s".formatted(source, e.getMessage()), e);
    }
  }

  private DeltaMatrix matrix(Site site, Tensors tensors) {
    if (tensors.w != null && tensors.a == null && tensors.b == null) {
      return new DenseMatrix(tensors.w);
    }
    if (tensors.w != null || tensors.a == null || tensors.b == null) {
      throw damaged(source, "site \"" + site.name() + "\" has other tensors", "W, or A and B");
    }
    // Not its rank: a factor without inputs may state any.
    if (tensors.a.rank() == 2 && tensors.a.dim(1) == 0) {
      throw damaged(
          source, "site \"" + site.name() + "\" has factors of rank 0", "a rank of 1 or more");
    }
    return new LowRankMatrix(tensors.a, tensors.b);
  }

  private Site units(Site site, @Nullable TensorValue units) {
    if (units == null) {
      return site;
    }
    List<Integer> indices = new ArrayList<>();
    for (long unit : units.longs()) {
      if (unit < 0 || unit >= site.out()) {
        throw damaged(
            source,
            "site \"%s\" has no unit %d".formatted(site.name(), unit),
            "0 to " + (site.out() - 1));
      }
      indices.add((int) unit);
    }
    // No units would mean all of them.
    if (indices.isEmpty() || units.rank() != 1) {
      throw damaged(
          source,
          "site \"%s\" has units %s".formatted(site.name(), units),
          "one axis of one unit or more");
    }
    return site.only(new Units(indices));
  }

  private static BundleException damaged(String source, String problem, String expected) {
    return new BundleException(
        "Delta file \"%s\" cannot be used: %s. Expected %s.".formatted(source, problem, expected));
  }

  /**
   * The bytes of a file: the same for the same deltas. Numbers are rounded to float32.
   *
   * @param deltas at least one, each on a site of its own
   * @throws IllegalArgumentException if there is none, two are on one site, one is on a site that
   *     the target does not have, or a number leaves the range of float32
   */
  public static byte[] bytes(Target target, List<FixedDelta> deltas) {
    Map<String, TensorValue> tensors = new TreeMap<>();
    Set<String> names = new HashSet<>();
    for (FixedDelta exact : deltas) {
      FixedDelta delta = exact.rounded();
      String name = delta.site().name();
      if (!target.sites().contains(delta.site().only(Units.ALL)) || !names.add(name)) {
        throw new IllegalArgumentException(
            "The fixed delta on site \"%s\" cannot be written. Expected sites of the target, each once; add deltas on one site up first."
                .formatted(delta.site().title()));
      }
      if (delta.matrix() instanceof LowRankMatrix product) {
        tensors.put(name + "/A", product.a());
        tensors.put(name + "/B", product.b());
      } else {
        tensors.put(name + "/W", delta.matrix().dense().values());
      }
      if (!delta.site().units().isAll()) {
        tensors.put(
            name + "/units",
            TensorValue.longs(
                delta.site().units().indices().stream().mapToLong(Integer::longValue).toArray()));
      }
    }
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException(
          "No deltas are to be written. Expected those of one site or more.");
    }
    return new Safetensors(
            tensors, Map.of(FORMAT_KEY, String.valueOf(FORMAT), TARGET_KEY, target.digest()))
        .bytes();
  }
}
