package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.NodeWork.Product;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What nodes do, against counts by hand. */
class NodeWorkTest {
  private final Map<String, long[]> shapes = new HashMap<>();
  private final List<String> inputs = new ArrayList<>();
  private final Map<String, Attribute> attributes = new HashMap<>();

  private NodeWorkTest input(long... dims) {
    String name = "in" + inputs.size();
    shapes.put(name, dims);
    inputs.add(name);
    return this;
  }

  private NodeWorkTest with(String key, Attribute value) {
    attributes.put(key, value);
    return this;
  }

  private NodeWork of(String op, long... output) {
    shapes.put("out", output);
    return NodeWork.of(new Node("", "", op, inputs, List.of("out"), attributes), shapes::get);
  }

  @Test
  void productOfMatrices() {
    NodeWork work = input(5, 3).input(3, 4).of("MatMul", 5, 4);
    assertThat(work.products()).containsExactly(new Product(1, 5, 3, 4));
    assertThat(work.flops()).isEqualTo(5 * 4 * 3 * 2);
  }

  @Test
  void oneWeightForAllMatricesIsOneProduct() {
    assertThat(input(2, 7, 5, 3).input(3, 4).of("MatMul", 2, 7, 5, 4).products())
        .containsExactly(new Product(1, 2 * 7 * 5, 3, 4));
  }

  @Test
  void weightForEachMatrixIsManyProducts() {
    assertThat(input(7, 5, 3).input(7, 3, 4).of("MatMul", 7, 5, 4).products())
        .containsExactly(new Product(7, 5, 3, 4));
  }

  @Test
  void oneMatrixMeetsManyWeights() {
    assertThat(input(5, 3).input(7, 3, 4).of("MatMul", 7, 5, 4).products())
        .containsExactly(new Product(7, 5, 3, 4));
  }

  @Test
  void vectorTimesMatrix() {
    assertThat(input(3).input(3, 4).of("MatMul", 4).flops()).isEqualTo(2 * 3 * 4);
  }

  @Test
  void gemmAddsItsBias() {
    NodeWork work =
        input(3, 5)
            .input(4, 3)
            .input(4)
            .with("transA", Attribute.of(1))
            .with("transB", Attribute.of(1))
            .of("Gemm", 5, 4);
    assertThat(work.products()).containsExactly(new Product(1, 5, 3, 4));
    assertThat(work.flops()).isEqualTo(5 * 4 * 3 * 2 + 5 * 4);
  }

  /** Each of 2 x 6 x 8 x 8 outputs sums a window of 3 x 3 over 4 channels, and adds a bias. */
  @Test
  void convolution() {
    NodeWork work = input(2, 4, 10, 10).input(6, 4, 3, 3).input(6).of("Conv", 2, 6, 8, 8);
    assertThat(work.flops()).isEqualTo(2 * 6 * 8 * 8 * (2 * 4 * 3 * 3 + 1));
  }

  @Test
  void groupedConvolutionSeesItsOwnChannels() {
    NodeWork work =
        input(2, 4, 10, 10).input(6, 2, 3, 3).with("group", Attribute.of(2)).of("Conv", 2, 6, 8, 8);
    assertThat(work.flops()).isEqualTo(2 * 6 * 8 * 8 * 2 * 2 * 3 * 3);
    assertThat(work.products()).containsExactly(new Product(2, 2 * 8 * 8, 2 * 3 * 3, 3));
  }

  /** Each of 2 x 4 x 5 x 5 inputs is spread over a window of 2 x 2 in 6 channels. */
  @Test
  void transposedConvolution() {
    assertThat(input(2, 4, 5, 5).input(4, 6, 2, 2).of("ConvTranspose", 2, 6, 10, 10).flops())
        .isEqualTo(2 * 4 * 5 * 5 * 6 * 2 * 2 * 2);
  }

  /** An LSTM of 8 units over 7 steps of 5 numbers, 3 rows: four gates see input and state. */
  @Test
  void recurrence() {
    NodeWork work = input(7, 3, 5).input(1, 32, 5).input(1, 32, 8).of("LSTM", 7, 1, 3, 8);
    long products = 2 * 7 * 3 * 32 * 5 + 2 * 7 * 3 * 32 * 8;
    assertThat(work.products())
        .extracting(Product::operations)
        .containsExactly(2L * 7 * 3 * 32 * 5, 2L * 7 * 3 * 32 * 8);
    assertThat(work.flops()).isGreaterThan(products);
  }

  @Test
  void einsumMultipliesOnceForAllLetters() {
    NodeWork work =
        input(2, 5, 3)
            .input(2, 3, 4)
            .with("equation", text("bij, bjk -> bik"))
            .of("Einsum", 2, 5, 4);
    assertThat(work.flops()).isEqualTo(2 * 2 * 5 * 3 * 4);
  }

  private static Attribute text(String value) {
    return new Attribute.Text(value);
  }

  @Test
  void sumsCountWhatTheyReadAndOthersWhatTheyMake() {
    assertThat(input(5, 3).of("ReduceSum", 5, 1).flops()).isEqualTo(15);
    assertThat(new NodeWorkTest().input(5, 3).input(3).of("Mul", 5, 3).flops()).isEqualTo(15);
    assertThat(new NodeWorkTest().input(5, 3).of("Softmax", 5, 3).flops()).isEqualTo(75);
  }

  @Test
  void layingOutCostsNoOperations() {
    assertThat(input(5, 3).of("Reshape", 3, 5)).isEqualTo(new NodeWork(List.of(), 0, 0));
    assertThat(new NodeWorkTest().input(5, 3).of("Transpose", 3, 5))
        .isEqualTo(new NodeWork(List.of(), 0, 30));
  }

  @Test
  void valuesThatAreNotRealCountNothing() {
    Node node = new Node("", "", "Add", List.of("a", "b"), List.of("c"), Map.of());
    assertThat(NodeWork.of(node, name -> null)).isEqualTo(new NodeWork(List.of(), 0, 0));
  }
}
