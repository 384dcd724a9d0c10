package io.hyperdelta.graph;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Estimates from a protobuf's bytes how much memory it takes once it is parsed. An empty message is
 * two bytes in a file and an object in memory, so a small file can ask for a large heap. Stateless.
 */
final class MemoryEstimate {
  /** About what one message or text takes: the protobuf library's object, and ours made of it. */
  private static final long PART_BYTES = 200;

  /** A number of one byte takes eight in an array that has grown, and may be boxed besides. */
  private static final long VARINT_BYTES = 24;

  /** Packed numbers of fixed width: the file's, the parsed ones, and the tensor's. */
  private static final long PACKED_FACTOR = 3;

  /** As deep as the protobuf library goes itself. */
  private static final int MAX_DEPTH = 100;

  private MemoryEstimate() {}

  /**
   * Refuses bytes that would not fit in memory.
   *
   * @param type what the bytes are
   * @param subject what messages call them
   * @throws IOException if the bytes are no protobuf
   * @throws ModelException if the estimate is more than this process may use
   */
  static void check(byte[] bytes, Descriptor type, String subject) throws IOException {
    long estimate =
        bytes.length + message(UnsafeByteOperations.unsafeWrap(bytes).newCodedInput(), type, 1);
    long memory = Runtime.getRuntime().maxMemory();
    if (estimate > memory) {
      throw new ModelException(
          "%s does not fit in memory. Expected at most %d bytes, all that this process may use, got an estimate of %d from %d bytes of file. Start Java with a larger -Xmx, if the file is sound."
              .formatted(subject, memory, estimate, bytes.length));
    }
  }

  private static long message(CodedInputStream in, Descriptor type, int depth) throws IOException {
    long sum = PART_BYTES;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
      if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        int limit = in.pushLimit(in.readRawVarint32());
        boolean isMessage =
            field != null && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
        if (isMessage && depth < MAX_DEPTH) {
          sum += message(in, field.getMessageType(), depth + 1);
        } else {
          sum += delimited(field, in.getBytesUntilLimit());
        }
        // Also what is left of a message that ended early: its reader will refuse it.
        in.skipRawBytes(in.getBytesUntilLimit());
        in.popLimit(limit);
      } else {
        sum += field == null ? PART_BYTES : VARINT_BYTES;
        if (!in.skipField(tag)) {
          break;
        }
      }
    }
    return sum;
  }

  private static long delimited(@Nullable FieldDescriptor field, long length) {
    if (field == null || !field.isPackable()) {
      return PART_BYTES + length;
    }
    return switch (field.getType()) {
      case FLOAT, DOUBLE, FIXED32, FIXED64, SFIXED32, SFIXED64 -> PACKED_FACTOR * length;
      default -> VARINT_BYTES * length;
    };
  }
}
