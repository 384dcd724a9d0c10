package io.hyperdelta.graph;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Element types of ONNX tensors, with their code in the ONNX file format and their width. */
public enum Dtype {
  FLOAT(1, 4),
  UINT8(2, 1),
  INT8(3, 1),
  UINT16(4, 2),
  INT16(5, 2),
  INT32(6, 4),
  INT64(7, 8),
  /** Text; elements have no fixed width. */
  STRING(8, 0),
  BOOL(9, 1),
  FLOAT16(10, 2),
  DOUBLE(11, 8),
  UINT32(12, 4),
  UINT64(13, 8),
  BFLOAT16(16, 2);

  private static final Map<Integer, Dtype> BY_CODE =
      Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Dtype::code, d -> d));

  /** The types that we know, for messages. */
  static final String SUPPORTED = "ONNX's types 1 to 13 or 16";

  private final int code;
  private final int byteWidth;

  Dtype(int code, int byteWidth) {
    this.code = code;
    this.byteWidth = byteWidth;
  }

  /** The number that stands for this type in an ONNX file ({@code TensorProto.DataType}). */
  public int code() {
    return code;
  }

  /** Bytes per element; 0 for {@link #STRING}. */
  public int byteWidth() {
    return byteWidth;
  }

  /** Whether elements are real numbers, of whatever precision. */
  public boolean isReal() {
    return this == FLOAT || this == DOUBLE || this == FLOAT16 || this == BFLOAT16;
  }

  /** Whether elements are integers of 0 or more. */
  public boolean isUnsigned() {
    return this == UINT8 || this == UINT16 || this == UINT32 || this == UINT64;
  }

  /**
   * The type with an ONNX code.
   *
   * @throws ModelException if no supported type has that code
   */
  public static Dtype ofCode(int code) {
    return find(code)
        .orElseThrow(
            () ->
                new ModelException(
                    "A tensor has element type %d, which is not supported. Expected one of %s."
                        .formatted(code, SUPPORTED)));
  }

  /** The supported type with an ONNX code, if there is one. */
  static Optional<Dtype> find(int code) {
    return Optional.ofNullable(BY_CODE.get(code));
  }
}
