package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** In which precision a program computes what its model declares as float32. */
public enum Precision {
  /** As declared. */
  FLOAT,
  /** In float64, for gradient checks: every float32 initializer, input and constant is widened. */
  DOUBLE;

  /** The type that tensors of a declared type have in a program of this precision. */
  ScalarType scalarType(Dtype dtype) {
    return switch (dtype) {
      case FLOAT -> this == DOUBLE ? ScalarType.Double : ScalarType.Float;
      case DOUBLE -> ScalarType.Double;
      case FLOAT16 -> ScalarType.Half;
      case BFLOAT16 -> ScalarType.BFloat16;
      case INT64 -> ScalarType.Long;
      case INT32 -> ScalarType.Int;
      case INT16 -> ScalarType.Short;
      case INT8 -> ScalarType.Char;
      case UINT8 -> ScalarType.Byte;
      case BOOL -> ScalarType.Bool;
      case UINT16, UINT32, UINT64, STRING ->
          throw new IllegalArgumentException(
              "element type %s has no tensors. Expected a float, a signed integer, uint8 or bool"
                  .formatted(dtype));
    };
  }

  /** Whether libtorch computes with a type; the others stay in Java. */
  static boolean hasTensors(Dtype dtype) {
    return switch (dtype) {
      case UINT16, UINT32, UINT64, STRING -> false;
      default -> true;
    };
  }

  /** The declared type of what a tensor holds. */
  static Dtype dtype(ScalarType type) {
    return switch (type) {
      case Float -> Dtype.FLOAT;
      case Double -> Dtype.DOUBLE;
      case Half -> Dtype.FLOAT16;
      case BFloat16 -> Dtype.BFLOAT16;
      case Long -> Dtype.INT64;
      case Int -> Dtype.INT32;
      case Short -> Dtype.INT16;
      case Char -> Dtype.INT8;
      case Byte -> Dtype.UINT8;
      case Bool -> Dtype.BOOL;
      default -> throw new IllegalArgumentException("a tensor has element type " + type);
    };
  }
}
