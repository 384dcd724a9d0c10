package io.hyperdelta.bundle;

import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.FileBytes;
import io.hyperdelta.problem.FileReason;
import io.hyperdelta.target.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The folder that a training run leaves, opened for reading. Every file is compared with the
 * manifest's digest when it is read, so what is used is what was published. Immutable.
 */
public final class Bundle {
  /** The frozen target, byte for byte. */
  public static final String TARGET = "target.onnx";

  /** The adaptive model in one graph. */
  public static final String FUSED = "fused.onnx";

  /** Condition to factors. */
  public static final String GENERATOR = "generator.onnx";

  /** Target with factors as optional inputs. */
  public static final String TARGET_WITH_DELTAS = "target-with-deltas.onnx";

  /** The table of contents. */
  public static final String MANIFEST = "manifest.json";

  /** Measurements on held-out rows. */
  public static final String METRICS = "metrics.json";

  /** The model described for people. */
  public static final String MODEL_CARD = "model-card.md";

  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY).build();
  private static final DefaultPrettyPrinter PRINTER =
      new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));

  private final Path folder;
  private final Manifest manifest;

  private Bundle(Path folder, Manifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /**
   * Opens a bundle.
   *
   * @throws BundleException if the folder is no bundle, its manifest is unreadable, or its target
   *     is not the one it was made for
   */
  public static Bundle open(Path folder) {
    if (!isBundle(folder)) {
      throw new BundleException(
          "Folder \"%s\" is no bundle: it has no %s. Expected a folder that \"train\" wrote."
              .formatted(folder, MANIFEST));
    }
    try {
      JsonNode json = JSON.readTree(Files.readAllBytes(folder.resolve(MANIFEST)));
      // Before anything else: another format may have other properties.
      JsonNode format = json.path("format");
      if (format.isInt() && format.intValue() != Manifest.FORMAT) {
        throw new BundleException(
            "Bundle \"%s\" has format %d. Expected format %d. Maybe another version of HyperDelta wrote it."
                .formatted(folder, format.intValue(), Manifest.FORMAT));
      }
      if (!json.isObject() || !format.isInt()) {
        throw damaged(folder, "it states no format", null);
      }
      return new Bundle(folder, JSON.treeToValue(json, Manifest.class));
    } catch (JacksonException e) {
      throw damaged(folder, reason(e), e);
    } catch (IOException e) {
      throw new BundleException(
          "Bundle \"%s\" cannot be read: %s. Expected a folder that \"train\" wrote."
              .formatted(folder, FileReason.of(e)),
          e);
    }
  }

  private static BundleException damaged(
      Path folder, String reason, @Nullable JacksonException cause) {
    return new BundleException(
        "Bundle \"%s\" has a damaged manifest: %s. Expected the file that \"train\" wrote."
            .formatted(folder, reason),
        cause);
  }

  /** A record's constructor takes no null, which says nothing of the manifest. */
  private static String reason(JacksonException e) {
    if (!(e instanceof ValueInstantiationException)) {
      return e.getOriginalMessage();
    }
    // What a record says of its values ends with a full stop of its own.
    return e.getCause() instanceof IllegalArgumentException cause && cause.getMessage() != null
        ? cause.getMessage().replaceFirst("\\.$", "")
        : "a key is missing in it";
  }

  /** Whether a folder looks like a bundle: it has a manifest. */
  public static boolean isBundle(Path folder) {
    return Files.isRegularFile(folder.resolve(MANIFEST));
  }

  /** Names of the files that belong to the bundle in a folder; none if it is no readable bundle. */
  static Set<String> files(Path folder) {
    try {
      Set<String> files = new HashSet<>(open(folder).manifest().files().keySet());
      files.add(MANIFEST);
      return files;
    } catch (BundleException e) {
      return Set.of();
    }
  }

  /** JSON with fixed indentation and line ends: equal values give equal bytes. */
  public static byte[] json(Object value) {
    return (JSON.writer().with(PRINTER).writeValueAsString(value) + "\n")
        .getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  /** Where the bundle is. */
  public Path folder() {
    return folder;
  }

  /** The table of contents. */
  public Manifest manifest() {
    return manifest;
  }

  /**
   * The bytes of one of the bundle's files.
   *
   * @throws BundleException if the manifest does not list it, it is missing, or it is not what was
   *     published
   */
  public byte[] read(String file) {
    String expected = manifest.files().get(file);
    if (expected == null) {
      throw new BundleException(
          "Bundle \"%s\" has no file \"%s\". Expected one of %s."
              .formatted(folder, file, manifest.files().keySet()));
    }
    try {
      byte[] bytes = FileBytes.read(folder.resolve(file));
      String digest = Target.sha256(bytes);
      if (!digest.equals(expected)) {
        throw new BundleException(
            "File \"%s\" of bundle \"%s\" is not the one that was published. Expected SHA-256 %s, got %s. %s"
                .formatted(file, folder, expected, digest, advice(file)));
      }
      return bytes;
    } catch (IOException e) {
      throw new BundleException(
          "File \"%s\" of bundle \"%s\" cannot be read: %s. Expected the file that \"train\" wrote."
              .formatted(file, folder, FileReason.of(e)),
          e);
    }
  }

  private static String advice(String file) {
    return file.equals(TARGET)
        ? "An adaptation works on the very target it was trained around; put that one back, or train for the new one."
        : "Maybe it was edited or cut off; train again, or copy the bundle again.";
  }

  /**
   * The frozen target.
   *
   * @throws BundleException as by {@link #read}
   */
  public Target target() {
    byte[] bytes = read(TARGET);
    if (!Target.sha256(bytes).equals(manifest.targetDigest())) {
      throw new BundleException(
          "Bundle \"%s\" was made for another target. Expected SHA-256 %s, got %s."
              .formatted(folder, manifest.targetDigest(), Target.sha256(bytes)));
    }
    return Target.of(bytes, TARGET);
  }

  /** The deltas on the target. */
  public List<SiteDelta> deltas(Target target) {
    return manifest.deltas().stream().map(entry -> entry.resolve(target)).toList();
  }
}
