package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import io.hyperdelta.problem.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads ONNX files into {@link Model} values. What is read is checked by {@link GraphCheck}, so a
 * model in hand is well formed. Stateless.
 *
 * <p>Not read, and said so: model-local functions, sparse initializers, values that are no tensors,
 * and external data unless asked for.
 */
public final class ModelReader {
  /** Lowest and highest version of ONNX's own operator set that the weaver writes for. */
  public static final int MIN_OPSET = 7;

  /** See {@link #MIN_OPSET}. */
  public static final int MAX_OPSET = 21;

  /** Protobuf, and with it the format, ends at 2 GB; an array a little earlier. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8;

  private final String source;

  private ModelReader(String source) {
    this.source = source;
  }

  /**
   * Reads a model file. External data is refused.
   *
   * @throws ModelException if the file is missing, unreadable, no ONNX model, or holds something
   *     unsupported
   */
  public static Model read(Path file) {
    return read(file, ExternalData.REFUSED);
  }

  /**
   * Reads a model file.
   *
   * @param externalData whether values of its tensors may be in other files
   * @throws ModelException if the file is missing, unreadable, no ONNX model, or holds something
   *     unsupported, and if such another file is not to be read
   */
  public static Model read(Path file, ExternalData externalData) {
    byte[] bytes = readBytes(file);
    return new ModelReader(file.getFileName().toString())
        .read(bytes, ExternalTensors.beside(file, externalData));
  }

  /**
   * The bytes of a model file.
   *
   * @throws ModelException if the file is missing, cannot be read, or is too large to be
   */
  public static byte[] readBytes(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        // To open a pipe is to wait for whoever may write to it.
        throw new ModelException(
            "Model file \"%s\" cannot be read: is a %s. Expected a readable ONNX file."
                .formatted(file, attributes.isDirectory() ? "directory" : "pipe or device"));
      }
      checkSize(file, attributes.size());
      return FileBytes.read(file, (int) attributes.size());
    } catch (NoSuchFileException e) {
      throw new ModelException(
          "Model file \"%s\" is not there. Expected an ONNX file.".formatted(file), e);
    } catch (IOException e) {
      throw new ModelException(
          "Model file \"%s\" cannot be read: %s. Expected a readable ONNX file."
              .formatted(file, FileReason.of(e)),
          e);
    }
  }

  private static void checkSize(Path file, long size) {
    if (size > MAX_BYTES) {
      throw new ModelException(
          "Model file \"%s\" is larger than ONNX files can be. Expected at most %d bytes, got %d. Export it with its weights in other files, or cut it in two."
              .formatted(file, MAX_BYTES, size));
    }
    // What is made of it takes as much again: tensors for an engine, or the file of a graph with
    // deltas.
    long memory = Runtime.getRuntime().maxMemory();
    if (size > memory / 2) {
      throw new ModelException(
          "Model file \"%s\" does not fit in memory. Expected at most %d bytes, half of what this process may use, got %d. Start Java with a larger -Xmx."
              .formatted(file, memory / 2, size));
    }
  }

  /**
   * Reads a model from the bytes of a file. External data is refused.
   *
   * @param bytes which the model's tensors share, so that nobody may change them any more
   * @param source what messages call the model, usually its file name
   * @throws ModelException if the bytes are no ONNX model or hold something unsupported
   */
  public static Model read(byte[] bytes, String source) {
    return new ModelReader(source).read(bytes, ExternalTensors.refused());
  }

  private Model read(byte[] bytes, ExternalTensors external) {
    try {
      MemoryEstimate.check(bytes, ModelProto.getDescriptor(), "Model \"%s\"".formatted(source));
      CodedInputStream stream = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
      // The model's tensors are parts of the file's bytes: weights are in memory once.
      stream.enableAliasing(true);
      ModelProto proto = ModelProto.parseFrom(stream);
      stream.checkLastTagWas(0);
      return model(proto, external);
    } catch (IOException e) {
      throw new ModelException(
          "Model \"%s\" is not a whole ONNX file: %s Expected an ONNX protobuf, got %d bytes. Maybe the file was cut off."
              .formatted(source, e.getMessage(), bytes.length),
          e);
    }
  }

  private Model model(ModelProto proto, ExternalTensors external) {
    if (!proto.hasGraph()) {
      throw problem(
          "has no graph. Expected an ONNX model; maybe the file is empty or something else");
    }
    if (proto.getFunctionsCount() > 0) {
      throw problem(
          "defines functions of its own, which is not supported. Expected only operators; export it with functions inlined");
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    proto.getMetadataPropsList().forEach(p -> metadata.put(p.getKey(), p.getValue()));
    Model model =
        new Model(
            proto.getIrVersion(),
            opsets(proto),
            proto.getProducerName(),
            metadata,
            new GraphDecoder(source, external).graph(proto.getGraph()));
    GraphCheck.check(model.graph(), source);
    return model;
  }

  private Map<String, Long> opsets(ModelProto proto) {
    Map<String, Long> opsets = new LinkedHashMap<>();
    for (OperatorSetIdProto imported : proto.getOpsetImportList()) {
      long version = imported.getVersion();
      if (version < 1 || version > Integer.MAX_VALUE) {
        throw problem(
            "imports version %d of operator set \"%s\". Expected a version from 1 to %d; maybe the file is damaged"
                .formatted(version, imported.getDomain(), Integer.MAX_VALUE));
      }
      // ONNX gives its own operators two spellings of one domain.
      String domain = imported.getDomain().equals("ai.onnx") ? "" : imported.getDomain();
      Long other = opsets.put(domain, version);
      if (other != null && other != version) {
        throw problem(
            "imports versions %d and %d of operator set \"%s\". Expected one"
                .formatted(other, version, domain));
      }
    }
    return opsets;
  }

  private ModelException problem(String what) {
    return new ModelException("Model \"%s\" %s.".formatted(source, what));
  }
}
