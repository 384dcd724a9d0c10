package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.bools;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.scalar;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Operators with graphs inside; the graphs read values of the graph around by name. */
final class ControlCases {
  private ControlCases() {}

  static Stream<Case> gradients() {
    return Stream.of(
        branch(bools(1)),
        branch(bools(0)),
        loop(scalar(3), null),
        loop(scalar(2), bools(1)),
        loop(scalar(5), bools(0)),
        Case.of("Scan", 9, mixed(2), other(3, 2), mixed(2))
            .capture(2)
            .with("body", scanBody())
            .with("num_scan_inputs", 1)
            .outputs(2),
        Case.of("Scan", 16, mixed(2), other(2, 3), mixed(2))
            .capture(2)
            .with("body", scanBody())
            .with("num_scan_inputs", 1)
            .with("scan_input_axes", Attribute.ints(-1))
            .with("scan_output_axes", Attribute.ints(1))
            .with("scan_input_directions", Attribute.ints(1))
            .with("scan_output_directions", Attribute.ints(1))
            .outputs(2),
        Case.of("Scan", 8, null, mixed(2, 2), other(2, 3, 2), mixed(2))
            .capture(3)
            .with("body", scanBody("x3"))
            .with("num_scan_inputs", 1)
            .outputs(2));
  }

  /** x1 squared or x1 negated. */
  private static Case branch(TensorValue condition) {
    return Case.of("If", 13, condition, mixed(3))
        .capture(1)
        .with("then_branch", graph(List.of(), List.of("y"), node("Mul", "y", "x1", "x1")))
        .with("else_branch", graph(List.of(), List.of("y"), node("Neg", "y", "x1")));
  }

  /** Each round takes v to v * x3 + x3, by a branch that is known in the round only. */
  private static Case loop(TensorValue rounds, @Nullable TensorValue condition) {
    Node sum =
        new Node(
            "",
            "",
            "If",
            List.of("go"),
            List.of("sum"),
            Map.of(
                "then_branch",
                graph(List.of(), List.of("t"), node("Add", "t", "product", "x3")),
                "else_branch",
                graph(List.of(), List.of("e"), node("Neg", "e", "product"))));
    Attribute body =
        graph(
            List.of(info("round", Dtype.INT64), info("go", Dtype.BOOL), info("v", Dtype.FLOAT)),
            List.of("goOn", "sum", "product"),
            node("Identity", "goOn", "go"),
            node("Mul", "product", "v", "x3"),
            sum);
    return Case.of("Loop", 13, rounds, condition, mixed(2), other(2))
        .capture(3)
        .with("body", body)
        .outputs(2);
  }

  private static Attribute scanBody() {
    return scanBody("x2");
  }

  /** The state becomes state * captured + x, and is given out squared. */
  private static Attribute scanBody(String captured) {
    return graph(
        List.of(info("state", Dtype.FLOAT), info("x", Dtype.FLOAT)),
        List.of("next", "square"),
        node("Mul", "product", "state", captured),
        node("Add", "next", "product", "x"),
        node("Mul", "square", "next", "next"));
  }

  static Node node(String op, String output, String... inputs) {
    return new Node("", "", op, List.of(inputs), List.of(output), Map.of());
  }

  static ValueInfo info(String name, Dtype dtype) {
    return new ValueInfo(name, new TensorType(dtype, null));
  }

  static Attribute graph(List<ValueInfo> inputs, List<String> outputs, Node... nodes) {
    List<ValueInfo> declared =
        outputs.stream()
            .map(
                name ->
                    new ValueInfo(
                        name,
                        name.equals("goOn")
                            ? TensorType.of(Dtype.BOOL)
                            : TensorType.of(Dtype.FLOAT, 2)))
            .toList();
    return new Attribute.Subgraph(
        new Graph("inside", inputs, declared, Map.of(), List.of(nodes), List.of()));
  }
}
