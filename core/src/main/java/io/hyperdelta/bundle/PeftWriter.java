package io.hyperdelta.bundle;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.problem.FileReason;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Writes low-rank factors as a folder that {@link PeftLora} and Hugging Face's PEFT read: the same
 * bytes for the same factors. Stateless.
 */
public final class PeftWriter {
  private PeftWriter() {}

  /**
   * Writes a folder, whole or not at all.
   *
   * <p>Each module keeps its own rank and scale, those that differ from the first one's as
   * patterns. PEFT knows no units: where only some are meant, the others get zeros. The file has
   * alpha, which is the scale times the rank, so a scale can come back with another last digit.
   *
   * @param folder a new or empty one
   * @param factors at least one, each on a site of its own
   * @param baseModel name of the model that the adapter belongs to, possibly empty
   * @throws IllegalArgumentException if there are no factors, two are on one site or one is on a
   *     site that PEFT has no factors for
   * @throws BundleException if the folder has something in it or cannot be written
   */
  public static void write(Path folder, List<LoraFactors> factors, String baseModel) {
    Map<String, LoraFactors> modules = modules(factors);
    Map<String, TensorValue> tensors = new LinkedHashMap<>();
    modules.forEach(
        (module, own) -> {
          tensors.put(PeftLora.factorName(module, own.site(), true), a(own));
          tensors.put(PeftLora.factorName(module, own.site(), false), b(own));
        });
    // PEFT's readers ask for the format.
    byte[] weights = new Safetensors(tensors, Map.of("format", "pt")).bytes();
    publish(folder, weights, config(modules, baseModel).bytes(modules.keySet()));
  }

  private static Map<String, LoraFactors> modules(List<LoraFactors> factors) {
    Map<String, LoraFactors> modules = new LinkedHashMap<>();
    for (LoraFactors own : factors) {
      Site site = own.site();
      if (!site.kind().isMatrix() || site.groups() > 1) {
        throw new IllegalArgumentException(
            "Site \"%s\" cannot be written for PEFT: it is a %s %s%s. Expected a weight, an embedding or a kernel of one group."
                .formatted(
                    site.title(),
                    site.kind().word(),
                    site.shape(),
                    site.groups() > 1 ? " in " + site.groups() + " groups" : ""));
      }
      LoraFactors other = modules.put(ModuleSites.module(site), own);
      if (other != null) {
        throw new IllegalArgumentException(
            "Sites \"%s\" and \"%s\" cannot both be written for PEFT: they are one module. Expected one pair of factors for each; add them up first."
                .formatted(other.site().title(), site.title()));
      }
    }
    if (modules.isEmpty()) {
      throw new IllegalArgumentException(
          "No factors are to be written for PEFT. Expected those of one site or more.");
    }
    return modules;
  }

  private static PeftConfig config(Map<String, LoraFactors> modules, String baseModel) {
    LoraFactors first = modules.values().iterator().next();
    Map<ModulePattern, Integer> ranks = new LinkedHashMap<>();
    Map<ModulePattern, Double> alphas = new LinkedHashMap<>();
    modules.forEach(
        (module, own) -> {
          if (own.rank() != first.rank()) {
            ranks.put(pattern(module, modules), own.rank());
          }
          if (alpha(own) != alpha(first)) {
            alphas.put(pattern(module, modules), alpha(own));
          }
        });
    return new PeftConfig(first.rank(), alpha(first), false, ranks, alphas, baseModel);
  }

  /** The number that, divided by the rank, is the scale again where there is one. */
  private static double alpha(LoraFactors factors) {
    double alpha = factors.scale() * factors.rank();
    return Stream.of(alpha, Math.nextUp(alpha), Math.nextDown(alpha))
        .filter(candidate -> candidate / factors.rank() == factors.scale())
        .findFirst()
        .orElse(alpha);
  }

  /**
   * A regular expression for this module alone. It starts with a caret only where it must, since
   * older versions of PEFT take none.
   */
  private static ModulePattern pattern(String module, Map<String, LoraFactors> modules) {
    String quoted = module.replaceAll("[\\\\.\\[\\]{}()*+?^$|]", "\\\\$0");
    boolean ambiguous = modules.keySet().stream().anyMatch(other -> other.endsWith("." + module));
    return new ModulePattern(ambiguous ? "^" + quoted : quoted);
  }

  private static TensorValue a(LoraFactors factors) {
    Site site = factors.site();
    TensorValue a = PeftLora.transposed(factors.a(), Math.toIntExact(site.in()), factors.rank());
    if (site.kind() != SiteKind.KERNEL) {
      return a;
    }
    long[] dims = site.dims().stream().mapToLong(Long::longValue).toArray();
    dims[0] = factors.rank();
    return a.reshaped(dims);
  }

  private static TensorValue b(LoraFactors factors) {
    Site site = factors.site();
    int out = Math.toIntExact(site.out());
    int rank = factors.rank();
    float[] ours = factors.b().floats();
    int width = Math.toIntExact(site.width());
    float[] theirs = new float[Math.multiplyExact(out, rank)];
    for (int u = 0; u < width; u++) {
      for (int k = 0; k < rank; k++) {
        theirs[site.unit(u) * rank + k] = ours[k * width + u];
      }
    }
    long[] dims = {out, rank};
    if (site.kind() == SiteKind.KERNEL) {
      dims = Arrays.copyOf(dims, site.dims().size());
      Arrays.fill(dims, 2, dims.length, 1);
    }
    return TensorValue.ofFloats(theirs, dims);
  }

  private static void publish(Path folder, byte[] weights, byte[] config) {
    Path destination = folder.toAbsolutePath().normalize();
    Path parent = destination.getParent();
    try {
      if (parent == null || (Files.exists(destination) && !isEmptyFolder(destination))) {
        throw new BundleException(
            "A PEFT adapter cannot be written to \"%s\": it is a file or holds something. Expected a new or empty folder."
                .formatted(folder));
      }
      Files.createDirectories(parent);
      Path draft =
          parent.resolve(
              "." + destination.getFileName() + ".draft-" + ProcessHandle.current().pid());
      Files.createDirectories(draft);
      try {
        Files.write(draft.resolve(PeftLora.WEIGHTS), weights);
        Files.write(draft.resolve(PeftLora.CONFIG), config);
        Files.deleteIfExists(destination);
        Files.move(draft, destination, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(draft.resolve(PeftLora.WEIGHTS));
        Files.deleteIfExists(draft.resolve(PeftLora.CONFIG));
        Files.deleteIfExists(draft);
      }
    } catch (IOException e) {
      throw new BundleException(
          "A PEFT adapter cannot be written to \"%s\": %s. Expected a folder that can be made."
              .formatted(folder, FileReason.of(e)),
          e);
    }
  }

  private static boolean isEmptyFolder(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.findAny().isEmpty();
    }
  }
}
