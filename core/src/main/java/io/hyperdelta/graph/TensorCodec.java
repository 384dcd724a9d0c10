package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Between {@link TensorValue} and ONNX's {@code TensorProto}. Stateless. */
public final class TensorCodec {
  /** More axes than any engine takes; a damaged file can claim millions. */
  static final int MAX_RANK = 64;

  private TensorCodec() {}

  /**
   * Reads a tensor in ONNX's protobuf encoding, as the official conformance suite stores inputs and
   * outputs.
   *
   * @param source what messages call the file
   * @throws ModelException if the bytes are no tensor or a tensor of an unsupported kind
   */
  public static TensorValue decode(byte[] bytes, String source) {
    String subject = "Tensor file \"%s\"".formatted(source);
    try {
      MemoryEstimate.check(bytes, TensorProto.getDescriptor(), subject);
      return decode(TensorProto.parseFrom(bytes), subject, ExternalTensors.refused());
    } catch (IOException e) {
      throw new ModelException(
          "%s is not a whole ONNX tensor: %s Expected an ONNX protobuf, got %d bytes. Maybe the file was cut off."
              .formatted(subject, e.getMessage(), bytes.length),
          e);
    }
  }

  /**
   * Reads a tensor.
   *
   * @param subject what messages call it
   * @param external reads what the tensor keeps in other files
   */
  static TensorValue decode(TensorProto proto, String subject, ExternalTensors external) {
    Dtype dtype = dtype(proto, subject);
    long[] dims = dims(proto, subject);
    if (proto.hasSegment()) {
      throw new ModelException(
          subject + " is one segment of several, which is not supported. Expected a whole tensor.");
    }
    boolean elsewhere =
        proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL
            || proto.getExternalDataCount() > 0;
    if (elsewhere) {
      return TensorValue.sharing(
          dtype, dims, external.bytes(proto, byteCount(dtype, dims, subject), subject));
    }
    // Sizes are compared with what is there before anything is allocated.
    if (!proto.getRawData().isEmpty()) {
      checkRaw(proto, dtype, dims, subject);
      return TensorValue.sharing(dtype, dims, proto.getRawData().asReadOnlyByteBuffer());
    }
    long got = typedCount(proto, dtype);
    if (got != elementCount(dims)) {
      throw new ModelException(
          "%s has shape %s of %s but not as many values. Expected %d, got %d. Maybe the file is damaged."
              .formatted(subject, Arrays.toString(dims), dtype, elementCount(dims), got));
    }
    return dtype == Dtype.STRING
        ? TensorValue.ofStrings(strings(proto, subject), dims)
        : TensorValue.sharing(
            dtype, dims, typedBytes(proto, dtype, (int) byteCount(dtype, dims, subject)));
  }

  private static Dtype dtype(TensorProto proto, String subject) {
    return Dtype.find(proto.getDataType())
        .orElseThrow(
            () ->
                new ModelException(
                    "%s has element type %d, which is not supported. Expected one of %s."
                        .formatted(subject, proto.getDataType(), Dtype.SUPPORTED)));
  }

  /** The shape, after which no product of its sizes overflows, whichever axes are left out. */
  private static long[] dims(TensorProto proto, String subject) {
    if (proto.getDimsCount() > MAX_RANK) {
      throw new ModelException(
          "%s has %d axes. Expected at most %d. Maybe the file is damaged."
              .formatted(subject, proto.getDimsCount(), MAX_RANK));
    }
    long[] dims = new long[proto.getDimsCount()];
    Arrays.setAll(dims, proto::getDims);
    long count = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new ModelException(
            "%s has a negative size in its shape %s. Expected 0 or more."
                .formatted(subject, Arrays.toString(dims)));
      }
      if (dim > 0 && count > Long.MAX_VALUE / dim) {
        throw new ModelException(
            "%s has shape %s, more values than can be counted. Expected a real tensor."
                .formatted(subject, Arrays.toString(dims)));
      }
      count *= Math.max(1, dim);
    }
    return dims;
  }

  private static long elementCount(long[] dims) {
    long count = 1;
    for (long dim : dims) {
      count *= dim;
    }
    return count;
  }

  private static long byteCount(Dtype dtype, long[] dims, String subject) {
    long count = elementCount(dims);
    if (dtype == Dtype.STRING || count > (Integer.MAX_VALUE - 8) / dtype.byteWidth()) {
      throw new ModelException(
          "%s of %s %s is not supported. Expected numbers of less than 2 GB."
              .formatted(subject, dtype, Arrays.toString(dims)));
    }
    return count * dtype.byteWidth();
  }

  private static void checkRaw(TensorProto proto, Dtype dtype, long[] dims, String subject) {
    if (dtype == Dtype.STRING || typedCount(proto, dtype) > 0) {
      throw new ModelException(
          "%s has raw bytes beside its values. Expected %s."
              .formatted(
                  subject, dtype == Dtype.STRING ? "texts without raw bytes" : "one of the two"));
    }
    int size = proto.getRawData().size();
    if (size % dtype.byteWidth() != 0 || size / dtype.byteWidth() != elementCount(dims)) {
      throw new ModelException(
          "%s has shape %s of %s but not as many bytes. Expected %d values of %d bytes each, got %d bytes. Maybe the file is damaged."
              .formatted(
                  subject,
                  Arrays.toString(dims),
                  dtype,
                  elementCount(dims),
                  dtype.byteWidth(),
                  size));
    }
  }

  private static int typedCount(TensorProto proto, Dtype dtype) {
    return switch (dtype) {
      case FLOAT -> proto.getFloatDataCount();
      case DOUBLE -> proto.getDoubleDataCount();
      case INT64 -> proto.getInt64DataCount();
      case UINT32, UINT64 -> proto.getUint64DataCount();
      case STRING -> proto.getStringDataCount();
      default -> proto.getInt32DataCount();
    };
  }

  private static List<String> strings(TensorProto proto, String subject) {
    for (ByteString text : proto.getStringDataList()) {
      if (!text.isValidUtf8()) {
        throw new ModelException(
            subject + " holds bytes that are no text. Expected texts in UTF-8.");
      }
    }
    return proto.getStringDataList().stream().map(ByteString::toStringUtf8).toList();
  }

  /** The typed fields of the format, packed: 8- and 16-bit types travel in int32_data. */
  private static ByteBuffer typedBytes(TensorProto proto, Dtype dtype, int byteCount) {
    int count = byteCount / dtype.byteWidth();
    ByteBuffer buffer = ByteBuffer.allocate(byteCount).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      switch (dtype) {
        case FLOAT -> buffer.putFloat(proto.getFloatData(i));
        case DOUBLE -> buffer.putDouble(proto.getDoubleData(i));
        case INT64 -> buffer.putLong(proto.getInt64Data(i));
        case UINT64 -> buffer.putLong(proto.getUint64Data(i));
        case UINT32 -> buffer.putInt((int) proto.getUint64Data(i));
        case INT32 -> buffer.putInt(proto.getInt32Data(i));
        case INT16, UINT16, FLOAT16, BFLOAT16 -> buffer.putShort((short) proto.getInt32Data(i));
        case INT8, UINT8, BOOL -> buffer.put((byte) proto.getInt32Data(i));
        case STRING -> throw new IllegalStateException("strings have no bytes");
      }
    }
    return buffer.flip();
  }

  static TensorProto encode(String name, TensorValue value) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setName(name).setDataType(value.dtype().code());
    for (long dim : value.dims()) {
      proto.addDims(dim);
    }
    if (value.dtype() == Dtype.STRING) {
      value.strings().forEach(text -> proto.addStringData(ByteString.copyFromUtf8(text)));
    } else {
      proto.setRawData(UnsafeByteOperations.unsafeWrap(value.bytes()));
    }
    return proto.build();
  }
}
