package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * An activation function that a node names in an attribute instead of standing for itself.
 *
 * @param name its name in lower case
 * @param function what it does
 */
record NamedActivation(String name, UnaryOperator<Tensor> function) {
  /** Beyond this libtorch takes the identity for Softplus; at 40 that is exact in float64. */
  private static final double SOFTPLUS_THRESHOLD = 40;

  Tensor apply(Tensor x) {
    return function.apply(x);
  }

  /**
   * A function. Those with numbers take them from the lists in order, the others take none.
   *
   * @param name its name in any case
   */
  static NamedActivation of(
      NodeContext node, String name, Iterator<Float> alphas, Iterator<Float> betas) {
    String lower = name.toLowerCase(Locale.ROOT);
    return new NamedActivation(lower, function(node, lower, alphas, betas));
  }

  /**
   * The functions of a recurrent node, direction by direction.
   *
   * @param directions number of directions
   * @param otherwise names of the functions of one direction if the node names none
   */
  static List<List<NamedActivation>> ofDirections(
      NodeContext node, int directions, List<String> otherwise) {
    List<String> names = names(node.node(), directions, otherwise);
    Iterator<Float> alphas = reals(node.node(), "activation_alpha");
    Iterator<Float> betas = reals(node.node(), "activation_beta");
    List<List<NamedActivation>> functions = new ArrayList<>();
    for (int d = 0; d < directions; d++) {
      List<NamedActivation> ofDirection = new ArrayList<>();
      for (int i = 0; i < otherwise.size(); i++) {
        ofDirection.add(of(node, names.get(d * otherwise.size() + i), alphas, betas));
      }
      functions.add(ofDirection);
    }
    return functions;
  }

  private static List<String> names(Node node, int directions, List<String> otherwise) {
    if (node.attributes().get("activations") instanceof Attribute.Texts texts) {
      int expected = directions * otherwise.size();
      if (texts.values().size() != expected) {
        throw new UnsupportedNodeException(
            " with %d activations where there are %d".formatted(texts.values().size(), expected));
      }
      return texts.values();
    }
    List<String> names = new ArrayList<>();
    for (int d = 0; d < directions; d++) {
      names.addAll(otherwise);
    }
    return names;
  }

  private static Iterator<Float> reals(Node node, String key) {
    return node.attributes().get(key) instanceof Attribute.Reals reals
        ? reals.values().iterator()
        : List.<Float>of().iterator();
  }

  private static UnaryOperator<Tensor> function(
      NodeContext node, String name, Iterator<Float> alphas, Iterator<Float> betas) {
    return switch (name) {
      case "relu" -> Tensor::relu;
      case "tanh" -> Tensor::tanh;
      case "sigmoid" -> Tensor::sigmoid;
      case "affine" -> affine(next(node, alphas, 1), next(node, betas, 0));
      case "leakyrelu" -> leakyRelu(next(node, alphas, 0.01f));
      case "thresholdedrelu" -> thresholdedRelu(next(node, alphas, 1), node.scalar(0));
      case "scaledtanh" -> scaledTanh(next(node, alphas, 1), next(node, betas, 1));
      case "hardsigmoid" -> hardSigmoid(node, next(node, alphas, 0.2f), next(node, betas, 0.5f));
      case "elu" -> elu(next(node, alphas, 1), node.scalar(1));
      case "softsign" -> softsign(node.scalar(1));
      case "softplus" -> softplus(node.scalar(1), node.scalar(SOFTPLUS_THRESHOLD));
      default -> throw new UnsupportedNodeException(" with activation \"" + name + "\"");
    };
  }

  private static Scalar next(NodeContext node, Iterator<Float> numbers, float otherwise) {
    return node.scalar(numbers.hasNext() ? numbers.next() : otherwise);
  }

  private static UnaryOperator<Tensor> affine(Scalar alpha, Scalar beta) {
    return x -> x.mul(alpha).add(beta);
  }

  private static UnaryOperator<Tensor> leakyRelu(Scalar alpha) {
    return x -> torch.leaky_relu(x, alpha);
  }

  private static UnaryOperator<Tensor> thresholdedRelu(Scalar alpha, Scalar zero) {
    return x -> torch.threshold(x, alpha, zero);
  }

  private static UnaryOperator<Tensor> scaledTanh(Scalar alpha, Scalar beta) {
    return x -> x.mul(beta).tanh().mul(alpha);
  }

  private static UnaryOperator<Tensor> hardSigmoid(NodeContext node, Scalar alpha, Scalar beta) {
    Scalar zero = node.scalar(0);
    Scalar one = node.scalar(1);
    return x -> torch.hardtanh(x.mul(alpha).add(beta), zero, one);
  }

  private static UnaryOperator<Tensor> elu(Scalar alpha, Scalar one) {
    return x -> torch.elu(x, alpha, one, one);
  }

  private static UnaryOperator<Tensor> softsign(Scalar one) {
    return x -> x.div(x.abs().add(one));
  }

  private static UnaryOperator<Tensor> softplus(Scalar one, Scalar threshold) {
    return x -> torch.softplus(x, one, threshold);
  }
}
