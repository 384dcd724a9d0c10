package io.hyperdelta.bundle;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A LoRA adapter in the folder format of Hugging Face's PEFT: factors in adapter_model.safetensors,
 * ranks and scales in adapter_config.json. Immutable, so safe to share between threads.
 *
 * <p>Source: PEFT's {@code save_pretrained}. A module has {@code lora_A.weight} {@code [rank, in]}
 * and {@code lora_B.weight} {@code [out, rank]}, a convolution {@code [rank, channels, window...]}
 * and {@code [out, rank, 1...]}, an embedding {@code lora_embedding_A} {@code [rank, rows]} and
 * {@code lora_embedding_B} {@code [out, rank]}. Its weight becomes {@code W + scale B A} for column
 * vectors, with the scale lora_alpha / r, or lora_alpha / sqrt(r) with use_rslora.
 */
public final class PeftLora {
  /** The factors. */
  public static final String WEIGHTS = "adapter_model.safetensors";

  /** Ranks and scales. */
  public static final String CONFIG = "adapter_config.json";

  private static final String PREFIX = "base_model.model.";
  private static final String PICKLE = "adapter_model.bin";

  /** How a factor's name ends: two of PEFT's A, then the two of its B. */
  private static final List<String> ENDINGS =
      List.of(".lora_A.weight", ".lora_embedding_A", ".lora_B.weight", ".lora_embedding_B");

  private final String source;
  private final PeftConfig config;
  private final Map<String, Factors> modules;

  /** PEFT's own factors of a module; null until they are found. */
  private record Factors(@Nullable TensorValue a, @Nullable TensorValue b) {}

  private PeftLora(String source, PeftConfig config, Map<String, Factors> modules) {
    this.source = source;
    this.config = config;
    this.modules = modules;
  }

  /**
   * Reads an adapter.
   *
   * @throws BundleException if a file is missing, unreadable or damaged, if the adapter does
   *     something other than to add the product of two factors to weights, or if its factors are
   *     not of the ranks that it states
   */
  public static PeftLora read(Path folder) {
    String source = folder.toString();
    if (!Files.exists(folder.resolve(WEIGHTS)) && Files.exists(folder.resolve(PICKLE))) {
      throw new BundleException(
          "PEFT adapter \"%s\" cannot be read: it has its factors in %s, and such a file can hold programs. Expected %s. Save it again with safe_serialization."
              .formatted(source, PICKLE, WEIGHTS));
    }
    Path configFile = folder.resolve(CONFIG);
    PeftConfig config =
        PeftConfig.read(
            Safetensors.bytes(configFile, "PEFT configuration", PeftConfig.MAX_BYTES),
            configFile.toString());
    Map<String, Factors> modules = new TreeMap<>();
    Safetensors.read(folder.resolve(WEIGHTS))
        .tensors()
        .forEach((name, value) -> collect(modules, name, value, source));
    PeftLora adapter = new PeftLora(source, config, modules);
    modules.forEach(adapter::check);
    if (modules.isEmpty()) {
      throw adapter.damaged("it has no module", "one or more");
    }
    return adapter;
  }

  private static void collect(
      Map<String, Factors> modules, String name, TensorValue value, String source) {
    for (String ending : ENDINGS) {
      int start = name.startsWith(PREFIX) ? PREFIX.length() : 0;
      int end = name.length() - ending.length();
      if (name.endsWith(ending) && end > start && value.dtype() == Dtype.FLOAT) {
        boolean isA = ENDINGS.indexOf(ending) < 2;
        Factors known = modules.getOrDefault(name.substring(start, end), new Factors(null, null));
        if ((isA ? known.a : known.b) != null) {
          throw damaged(source, "tensor \"" + name + "\" is there under two names", "each once");
        }
        modules.put(
            name.substring(start, end),
            isA ? new Factors(value, known.b) : new Factors(known.a, value));
        return;
      }
    }
    throw damaged(
        source,
        "tensor \"%s\", %s, is no factor of LoRA".formatted(name, value),
        "names that end in lora_A.weight, lora_B.weight, lora_embedding_A or lora_embedding_B, each of real numbers");
  }

  private void check(String module, Factors factors) {
    TensorValue a = factors.a;
    TensorValue b = factors.b;
    if (a == null || b == null) {
      throw damaged(
          "module \"%s\" lacks %s".formatted(module, a == null ? "lora_A" : "lora_B"), "both");
    }
    long rank = config.rankOf(module);
    boolean fits = a.rank() >= 2 && b.rank() >= 2 && a.dim(0) == rank && b.dim(1) == rank;
    for (int axis = 2; fits && axis < b.rank(); axis++) {
      fits = b.dim(axis) == 1;
    }
    if (!fits) {
      throw damaged(
          "module \"%s\" has lora_A %s and lora_B %s".formatted(module, a, b),
          "[%d, in] and [out, %d], as %s says".formatted(rank, rank, CONFIG));
    }
  }

  /** The name of the model that the adapter was trained around, possibly empty. */
  public String baseModel() {
    return config.baseModel();
  }

  /** The modules that are adapted, as PyTorch names them, in order. */
  public List<String> modules() {
    return List.copyOf(modules.keySet());
  }

  /**
   * The adapter's factors on the sites of a target, in the order of the sites.
   *
   * @throws BundleException if a module is none of the sites or may be several, two modules are one
   *     site, or factors do not fit their site
   */
  public List<LoraFactors> on(Target target) {
    ModuleSites names = new ModuleSites(target.sites());
    Map<Site, LoraFactors> found = new HashMap<>();
    Map<Site, String> owners = new HashMap<>();
    modules.forEach(
        (module, factors) -> {
          Site site = names.find(module, source);
          String owner = owners.put(site, module);
          if (owner != null) {
            throw unfit(
                "its modules \"%s\" and \"%s\" are both site \"%s\". Expected a site for each."
                    .formatted(owner, module, site.name()));
          }
          found.put(site, factors(module, factors, site));
        });
    return target.sites().stream().filter(found::containsKey).map(found::get).toList();
  }

  private LoraFactors factors(String module, Factors factors, Site site) {
    TensorValue a = Objects.requireNonNull(factors.a);
    TensorValue b = Objects.requireNonNull(factors.b);
    if (site.groups() > 1) {
      throw unfit(
          "its module \"%s\" is the kernel %s in %d groups. Expected a kernel of one group."
              .formatted(module, site.shape(), site.groups()));
    }
    if (site.uses().stream().anyMatch(use -> use.gain() != 1)) {
      throw unfit(
          "site \"%s\" of its module \"%s\" is multiplied with a number behind its weight. Expected a Gemm with alpha 1."
              .formatted(site.name(), module));
    }
    if (site.kind() == SiteKind.KERNEL && !sameWindow(a, site)) {
      throw unfit(
          "its module \"%s\" has lora_A %s for the kernel %s. Expected the same axes but the first."
              .formatted(module, a, site.shape()));
    }
    int rank = Math.toIntExact(a.dim(0));
    try {
      return new LoraFactors(
          site,
          transposed(a, rank, a.elementCount() / rank),
          transposed(b, b.elementCount() / rank, rank),
          config.scaleOf(module));
    } catch (IllegalArgumentException e) {
      throw new BundleException(
          "PEFT adapter \"%s\" does not fit the target: its module \"%s\" cannot be used. %s"
              .formatted(source, module, e.getMessage()),
          e);
    }
  }

  private static boolean sameWindow(TensorValue a, Site site) {
    List<Long> dims = Arrays.stream(a.dims()).boxed().toList();
    return dims.subList(1, dims.size()).equals(site.dims().subList(1, site.dims().size()));
  }

  /** A matrix [columns, rows] of the elements of one [rows, columns]. */
  static TensorValue transposed(TensorValue value, int rows, int columns) {
    float[] numbers = value.floats();
    float[] result = new float[numbers.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result[column * rows + row] = numbers[row * columns + column];
      }
    }
    return TensorValue.ofFloats(result, columns, rows);
  }

  private BundleException unfit(String problem) {
    return new BundleException(
        "PEFT adapter \"%s\" does not fit the target: %s".formatted(source, problem));
  }

  private BundleException damaged(String problem, String expected) {
    return damaged(source, problem, expected);
  }

  private static BundleException damaged(String source, String problem, String expected) {
    return new BundleException(
        "PEFT adapter \"%s\" cannot be used: %s. Expected %s."
            .formatted(source, problem, expected));
  }

  /** How PEFT names a factor of a module. */
  static String factorName(String module, Site site, boolean isA) {
    boolean embedding = site.kind() == SiteKind.EMBEDDING;
    return PREFIX + module + ENDINGS.get((isA ? 0 : 2) + (embedding ? 1 : 0));
  }
}
