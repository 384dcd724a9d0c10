package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** ONNX's operators for categories: texts and integers to numbers, on the Java side. */
final class TextKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("OneHotEncoder", TextKernels::oneHotEncoder)
              .in(GraphEditor.ML_DOMAIN)
              .withoutGradient(),
          Operator.of("LabelEncoder", TextKernels::labelEncoder)
              .in(GraphEditor.ML_DOMAIN)
              .withoutGradient());

  private TextKernels() {}

  private static Kernel oneHotEncoder(NodeContext node) {
    boolean zeros = node.node().intAttribute("zeros", 1) != 0;
    List<?> categories = list(node, "cats_strings");
    List<?> known = categories != null ? categories : list(node, "cats_int64s");
    if (known == null) {
      throw new UnsupportedNodeException(" without categories");
    }
    Map<Object, Integer> positions = new HashMap<>();
    for (int i = 0; i < known.size(); i++) {
      positions.putIfAbsent(known.get(i), i);
    }
    ScalarType type = node.precision().scalarType(Dtype.FLOAT);
    return Kernel.tensor(
        in -> {
          List<Object> keys = keys(in.value(0), known.get(0));
          float[] rows = new float[keys.size() * known.size()];
          for (int i = 0; i < keys.size(); i++) {
            Integer position = positions.get(keys.get(i));
            if (position != null) {
              rows[i * known.size() + position] = 1;
            } else if (!zeros) {
              throw new IllegalArgumentException(
                  "category \"%s\" is unknown. Expected one of %s".formatted(keys.get(i), known));
            }
          }
          long[] dims = in.value(0).dims();
          long[] wide = Arrays.copyOf(dims, dims.length + 1);
          wide[dims.length] = known.size();
          return typed(Tensors.ofFloats(rows, wide), type);
        });
  }

  private static Tensor typed(Tensor tensor, ScalarType type) {
    return Tensors.type(tensor) == type ? tensor : tensor.to(type);
  }

  private static Kernel labelEncoder(NodeContext node) {
    return node.opset() == 1 ? classEncoder(node) : mapEncoder(node);
  }

  /** Operator set 1: texts to their positions in one list, integers back to texts. */
  private static Kernel classEncoder(NodeContext node) {
    List<?> classes = list(node, "classes_strings");
    if (classes == null) {
      throw new UnsupportedNodeException(" without classes_strings");
    }
    Map<Object, Object> forward = new HashMap<>();
    Map<Object, Object> backward = new HashMap<>();
    for (int i = 0; i < classes.size(); i++) {
      forward.putIfAbsent(classes.get(i), (long) i);
      backward.put((long) i, classes.get(i));
    }
    Object noNumber = node.node().intAttribute("default_int64", -1);
    Object noText = node.node().textAttribute("default_string", "_Unused");
    return Kernel.one(
        in ->
            in.value(0) instanceof Value.Texts
                ? encode(in.value(0), "", forward, noNumber, ScalarType.Float)
                : encode(in.value(0), 0L, backward, noText, ScalarType.Float));
  }

  private static Kernel mapEncoder(NodeContext node) {
    List<?> keys = firstList(node, "keys_");
    List<?> values = firstList(node, "values_");
    if (keys == null || values == null || keys.isEmpty() || keys.size() != values.size()) {
      throw new UnsupportedNodeException(" without as many values as keys");
    }
    Map<Object, Object> map = new HashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      map.putIfAbsent(keys.get(i), values.get(i));
    }
    Object otherwise = otherwise(node, values.get(0));
    Object key = keys.get(0);
    ScalarType type = node.precision().scalarType(Dtype.FLOAT);
    return Kernel.one(in -> encode(in.value(0), key, map, otherwise, type));
  }

  private static Object otherwise(NodeContext node, Object value) {
    if (node.node().attributes().get("default_tensor") instanceof Attribute.Tensor tensor) {
      return elements(tensor.value()).get(0);
    }
    if (value instanceof Long) {
      return node.node().intAttribute("default_int64", -1);
    }
    return value instanceof Float
        ? (Object) node.node().realAttribute("default_float", 0)
        : node.node().textAttribute("default_string", "_Unused");
  }

  private static Value encode(
      Value value, Object sampleKey, Map<Object, Object> map, Object otherwise, ScalarType type) {
    List<Object> found = new ArrayList<>();
    for (Object key : keys(value, sampleKey)) {
      Object result = map.get(key);
      found.add(result == null ? otherwise : result);
    }
    long[] dims = value.dims();
    if (otherwise instanceof Long) {
      long[] numbers = found.stream().mapToLong(o -> (Long) o).toArray();
      return new Value.Integers(Dtype.INT64, dims, numbers);
    }
    if (otherwise instanceof String) {
      return Value.ofTexts(found.stream().map(Object::toString).toList(), dims);
    }
    float[] numbers = new float[found.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (Float) found.get(i);
    }
    return new Value.Device(typed(Tensors.ofFloats(numbers, dims), type));
  }

  /** A value's elements as the boxed type of the keys that they are compared with. */
  private static List<Object> keys(Value value, Object sampleKey) {
    if (value instanceof Value.Texts texts) {
      return List.copyOf(texts.elements());
    }
    if (sampleKey instanceof Float) {
      Tensor tensor =
          value instanceof Value.Device device
              ? device.tensor()
              : Tensors.of((Value.Integers) value);
      return Arrays.stream(Tensors.doubles(tensor)).<Object>mapToObj(d -> (float) d).toList();
    }
    return Arrays.stream(Arguments.longs(value)).<Object>mapToObj(Long::valueOf).toList();
  }

  /** The attribute whose name begins so, whatever the type that its name ends in. */
  private static @Nullable List<?> firstList(NodeContext node, String prefix) {
    for (String type : List.of("strings", "int64s", "floats", "tensor")) {
      List<?> found = list(node, prefix + type);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static @Nullable List<?> list(NodeContext node, String key) {
    Attribute attribute = node.node().attributes().get(key);
    if (attribute instanceof Attribute.Texts texts) {
      return texts.values();
    } else if (attribute instanceof Attribute.Ints ints) {
      return ints.values();
    } else if (attribute instanceof Attribute.Reals reals) {
      return reals.values();
    } else if (attribute instanceof Attribute.Tensor tensor) {
      return elements(tensor.value());
    }
    return null;
  }

  private static List<?> elements(TensorValue value) {
    return switch (value.dtype()) {
      case STRING -> value.strings();
      case FLOAT, DOUBLE ->
          Arrays.stream(value.doubles()).mapToObj(number -> (float) number).toList();
      default -> Arrays.stream(value.longs()).boxed().toList();
    };
  }
}
