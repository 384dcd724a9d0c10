package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorType;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * An input of a program.
 *
 * @param name its name
 * @param type its declared type
 * @param slot where its value goes
 * @param optional whether it has a default
 */
record InputSlot(String name, TensorType type, int slot, boolean optional) {

  /**
   * The value as the program takes it.
   *
   * @throws IllegalArgumentException if its type or shape is not the declared one
   */
  Value accept(Value value, Precision precision) {
    if (!typeFits(value, precision) || !shapeFits(value.dims())) {
      throw new IllegalArgumentException(
          "Input \"%s\" does not fit the model. Expected %s, got %s."
              .formatted(name, type, Step.describe(value)));
    }
    if (value instanceof Value.Device device
        && Tensors.type(device.tensor()) == ScalarType.Float
        && precision == Precision.DOUBLE) {
      return new Value.Device(device.tensor().to(ScalarType.Double));
    }
    return value;
  }

  private boolean typeFits(Value value, Precision precision) {
    if (value instanceof Value.Integers integers) {
      return integers.dtype() == type.dtype();
    }
    if (value instanceof Value.Device device && type.dtype() != Dtype.STRING) {
      ScalarType got = Tensors.type(device.tensor());
      return got == precision.scalarType(type.dtype())
          || got == Precision.FLOAT.scalarType(type.dtype());
    }
    return value instanceof Value.Texts && type.dtype() == Dtype.STRING;
  }

  private boolean shapeFits(long[] dims) {
    List<Dim> declared = type.dims();
    if (declared == null) {
      return true;
    }
    if (declared.size() != dims.length) {
      return false;
    }
    for (int i = 0; i < dims.length; i++) {
      if (declared.get(i) instanceof Dim.Fixed fixed && fixed.size() != dims[i]) {
        return false;
      }
    }
    return true;
  }
}
