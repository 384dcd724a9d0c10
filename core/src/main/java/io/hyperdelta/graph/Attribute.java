package io.hyperdelta.graph;

import java.util.Arrays;
import java.util.List;

/** The value of a node's attribute. */
public sealed interface Attribute {
  /** An integer. */
  record Int(long value) implements Attribute {}

  /** A real number. */
  record Real(float value) implements Attribute {}

  /** A text. */
  record Text(String value) implements Attribute {}

  /** A tensor. */
  record Tensor(TensorValue value) implements Attribute {}

  /** A subgraph, as control flow operators have. */
  record Subgraph(Graph value) implements Attribute {}

  /** Integers. */
  record Ints(List<Long> values) implements Attribute {
    public Ints {
      values = List.copyOf(values);
    }
  }

  /** Real numbers. */
  record Reals(List<Float> values) implements Attribute {
    public Reals {
      values = List.copyOf(values);
    }
  }

  /** Texts. */
  record Texts(List<String> values) implements Attribute {
    public Texts {
      values = List.copyOf(values);
    }
  }

  /** An integer attribute. */
  static Attribute of(long value) {
    return new Int(value);
  }

  /** A real attribute. */
  static Attribute of(float value) {
    return new Real(value);
  }

  /** A text attribute. */
  static Attribute of(String value) {
    return new Text(value);
  }

  /** A tensor attribute. */
  static Attribute of(TensorValue value) {
    return new Tensor(value);
  }

  /** An attribute of several integers. */
  static Attribute ints(long... values) {
    return new Ints(Arrays.stream(values).boxed().toList());
  }

  /** An attribute of several texts. */
  static Attribute texts(List<String> values) {
    return new Texts(values);
  }
}
