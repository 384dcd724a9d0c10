package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Between {@link TensorValue} and ONNX's {@code TensorProto}. Stateless. */
public final class TensorCodec {
  private TensorCodec() {}

  /**
   * Reads a tensor in ONNX's protobuf encoding, as the official conformance suite stores inputs and
   * outputs.
   *
   * @param source what messages call the file
   * @throws ModelException if the bytes are no tensor or a tensor of an unsupported kind
   */
  public static TensorValue decode(byte[] bytes, String source) {
    try {
      return decode(TensorProto.parseFrom(bytes), source);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new ModelException(
          "Tensor file \"%s\" is not a whole ONNX tensor: %s".formatted(source, e.getMessage()), e);
    }
  }

  static TensorValue decode(TensorProto proto, String source) {
    String subject = "Tensor \"%s\" of model \"%s\"".formatted(proto.getName(), source);
    if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL
        || proto.getExternalDataCount() > 0) {
      throw new ModelException(
          subject
              + " keeps its values in another file, which is not read. Expected a model in one file.");
    }
    long[] dims = proto.getDimsList().stream().mapToLong(Long::longValue).toArray();
    Dtype dtype = Dtype.ofCode(proto.getDataType());
    long count = elementCount(dims, subject);
    long got = storedCount(proto, dtype);
    if (got != count) {
      throw new ModelException(
          "%s has shape %s of %s but not as many values. Expected %d, got %d. Maybe the file is damaged."
              .formatted(subject, Arrays.toString(dims), dtype, count, got));
    }
    if (dtype == Dtype.STRING) {
      List<String> texts =
          proto.getStringDataList().stream().map(ByteString::toStringUtf8).toList();
      return TensorValue.ofStrings(texts, dims);
    }
    return TensorValue.ofBytes(
        dtype, dims, proto.hasRawData() ? rawBytes(proto) : typedBytes(proto, dtype));
  }

  private static long elementCount(long[] dims, String subject) {
    long count = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new ModelException(
            "%s has a negative size in its shape %s. Expected 0 or more."
                .formatted(subject, Arrays.toString(dims)));
      }
      try {
        count = Math.multiplyExact(count, dim);
      } catch (ArithmeticException e) {
        throw new ModelException(
            "%s has shape %s, more values than can be counted. Expected a real tensor."
                .formatted(subject, Arrays.toString(dims)),
            e);
      }
    }
    return count;
  }

  /** How many elements the file holds: compared with the shape before anything is allocated. */
  private static long storedCount(TensorProto proto, Dtype dtype) {
    if (proto.hasRawData() && dtype != Dtype.STRING) {
      int size = proto.getRawData().size();
      return size % dtype.byteWidth() == 0 ? size / dtype.byteWidth() : -1;
    }
    return switch (dtype) {
      case FLOAT -> proto.getFloatDataCount();
      case DOUBLE -> proto.getDoubleDataCount();
      case INT64 -> proto.getInt64DataCount();
      case UINT32, UINT64 -> proto.getUint64DataCount();
      case STRING -> proto.getStringDataCount();
      default -> proto.getInt32DataCount();
    };
  }

  private static ByteBuffer rawBytes(TensorProto proto) {
    return proto.getRawData().asReadOnlyByteBuffer();
  }

  /** The typed fields of the format, packed: 8- and 16-bit types travel in int32_data. */
  private static ByteBuffer typedBytes(TensorProto proto, Dtype dtype) {
    int count = Math.toIntExact(storedCount(proto, dtype));
    ByteBuffer buffer =
        ByteBuffer.allocate(Math.multiplyExact(count, dtype.byteWidth()))
            .order(ByteOrder.LITTLE_ENDIAN);
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
