package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Node;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a node when its kernel is built.
 *
 * @param node the node
 * @param opset version of the node's operator set
 * @param precision the program's precision
 * @param known the inputs that are the same in every run, null elsewhere: constants by value, and
 *     parameters as tensors whose elements change
 * @param constant which of the known inputs are constants
 * @param held keeps native objects as long as the node may be run
 * @param graphs compiles a graph inside the node
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
record NodeContext(
    Node node,
    int opset,
    Precision precision,
    @Nullable Value[] known,
    boolean[] constant,
    Held held,
    Function<Graph, Subprogram> graphs) {

  /** Keeps a native object as long as the node may be run. */
  <P extends Pointer> P hold(P pointer) {
    return held.hold(pointer);
  }

  /** A number that lives as long as the node may be run. */
  Scalar scalar(double value) {
    return hold(new Scalar(value));
  }

  /** A real attribute as a number that lives as long as the node may be run. */
  Scalar scalarAttribute(String key, float otherwise) {
    return scalar(node.realAttribute(key, otherwise));
  }

  /** Whether an input is given and the same in every run. */
  boolean isConstant(int input) {
    return input < constant.length && constant[input];
  }

  /** A constant input's integers, or null if it is absent or not constant. */
  long @Nullable [] constantLongs(int input) {
    Value value = isConstant(input) ? known[input] : null;
    return value == null ? null : Arguments.longs(value);
  }

  /** A constant input's only number, or null if it is absent, not constant or has several. */
  @Nullable Double constantNumber(int input) {
    Value value = isConstant(input) ? known[input] : null;
    if (value instanceof Value.Integers integers && integers.elements().length == 1) {
      return (double) integers.elements()[0];
    }
    if (value instanceof Value.Device device && device.tensor().numel() == 1) {
      return Tensors.doubles(device.tensor())[0];
    }
    return null;
  }

  /** How to get an input as libtorch's optional: made once where the input never changes hands. */
  OptionalInput optional(int input) {
    if (!node.hasInput(input)) {
      TensorOptional absent = hold(new TensorOptional());
      return in -> absent;
    }
    if (known[input] instanceof Value.Device device) {
      Tensor tensor = device.tensor();
      TensorOptional present = hold(new TensorOptional(tensor));
      return in -> present;
    }
    return in -> new TensorOptional(in.tensor(input));
  }

  /** Whether anybody reads an output. */
  boolean wants(int output) {
    return output < node.outputs().size() && !node.outputs().get(output).isEmpty();
  }

  /**
   * The graph in an attribute, compiled.
   *
   * @throws UnsupportedNodeException if there is none
   */
  Subprogram subprogram(String key) {
    if (node.attributes().get(key) instanceof Attribute.Subgraph graph) {
      return graphs.apply(graph.value());
    }
    throw new UnsupportedNodeException(" without a graph \"" + key + "\"");
  }

  /** The type of tensors that the model declares with an ONNX type code. */
  ScalarType scalarType(long code) {
    return precision.scalarType(Dtype.ofCode((int) code));
  }

  /** See {@link #optional}. */
  @FunctionalInterface
  interface OptionalInput {
    /** The input in this run. */
    TensorOptional of(Arguments in);
  }
}
