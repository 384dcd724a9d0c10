package io.hyperdelta.target;

import io.hyperdelta.graph.ConstantFolding;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelReader;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The trained, frozen network that makes the prediction, with the very bytes of its file: they are
 * its identity and never change. Immutable.
 */
public final class Target {
  private final byte[] bytes;
  private final Model model;
  private final String digest;
  private final List<Site> sites;

  private Target(byte[] bytes, Model model) {
    this.bytes = bytes;
    this.model = model;
    this.digest = sha256(bytes);
    this.sites = List.copyOf(SiteDiscovery.sites(model));
  }

  /**
   * Reads a target from its file.
   *
   * @throws ModelException if the file cannot be read, is no ONNX model, or is written in an
   *     unsupported operator set version
   */
  public static Target read(Path file) {
    return owning(ModelReader.readBytes(file), file.getFileName().toString());
  }

  /**
   * A target from the bytes of its file.
   *
   * @param source what messages call the target, usually its file name
   * @throws ModelException if the bytes are no ONNX model or are written in an unsupported operator
   *     set version
   */
  public static Target of(byte[] bytes, String source) {
    return owning(bytes.clone(), source);
  }

  private static Target owning(byte[] bytes, String source) {
    Model model = ModelReader.read(bytes, source);
    if (model.opset() < ModelReader.MIN_OPSET || model.opset() > ModelReader.MAX_OPSET) {
      throw new ModelException(
          "Model \"%s\" is written in operator set version %d. Expected %d to %d. Export it again with a version in that range."
              .formatted(source, model.opset(), ModelReader.MIN_OPSET, ModelReader.MAX_OPSET));
    }
    return new Target(bytes, ConstantFolding.fold(model));
  }

  /**
   * The graph, with the file's constants as initializers: it computes what the file computes, and
   * is what adaptations are woven into.
   *
   * @see ConstantFolding
   */
  public Model model() {
    return model;
  }

  /** The bytes of the target's file; a fresh array. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** SHA-256 of the bytes, 64 lower-case hexadecimal digits. */
  public String digest() {
    return digest;
  }

  /** The adaptable parameters, in the order of the graph. */
  public List<Site> sites() {
    return sites;
  }

  /** SHA-256 as 64 lower-case hexadecimal digits. */
  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256.", e);
    }
  }
}
