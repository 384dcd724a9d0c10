package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Table;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.graph.ValueShapes;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of all values of a graph for any number of rows and conditions, from runs on a few
 * rows.
 *
 * <p>An axis is taken to grow with the rows n, with the conditions K, with the rows of a condition
 * n / K, or not at all, or to be a sum of such: four runs tell its four numbers. Immutable.
 */
final class TracedShapes {
  private static final TensorType ANY = new TensorType(Dtype.FLOAT, null);

  /** What one run after the other is made on. */
  private static final List<Workload> SEPARATE =
      List.of(new Workload(2, 1), new Workload(4, 1), new Workload(4, 2), new Workload(8, 2));

  /** The same where each row has to bring its own condition. */
  private static final List<Workload> TOGETHER = List.of(new Workload(2, 2), new Workload(4, 4));

  private final boolean separate;
  private final Map<String, double[][]> axes;

  private TracedShapes(boolean separate, Map<String, double[][]> axes) {
    this.separate = separate;
    this.axes = axes;
  }

  /**
   * Runs a graph.
   *
   * @param bindings of its inputs; others are passed over
   * @param rows row numbers to take values from, at least one
   */
  static TracedShapes of(Model model, List<InputBinding> bindings, Table table, int[] rows) {
    boolean separate = !isPerRow(bindings);
    List<Map<String, long[]>> runs = new ArrayList<>();
    List<String> values =
        model.graph().nodes().stream().flatMap(n -> n.outputs().stream()).toList();
    try (Program program = Program.compile(showing(model, values), Set.of(), Precision.FLOAT)) {
      for (Workload workload : separate ? SEPARATE : TOGETHER) {
        runs.add(run(program, model.graph(), bindings, table, rows, workload));
      }
    }
    Map<String, double[][]> axes = new LinkedHashMap<>();
    runs.get(0)
        .forEach(
            (name, dims) -> {
              List<long[]> all = runs.stream().map(run -> run.get(name)).toList();
              axes.put(name, axes(all));
            });
    return new TracedShapes(separate, axes);
  }

  /** Whether an input that the target sees holds a condition as well. */
  static boolean isPerRow(List<InputBinding> bindings) {
    return bindings.stream().anyMatch(binding -> binding.condition() && binding.target());
  }

  /** The model with some of its values as outputs, so that none of them is optimised away. */
  static Model showing(Model model, Collection<String> values) {
    GraphEditor editor = GraphEditor.of(model);
    editor.clearOutputs();
    values.stream().filter(name -> !name.isEmpty()).forEach(name -> editor.output(name, ANY));
    return editor.finish(model.graph().name());
  }

  /** Sizes of the real values of one run. */
  private static Map<String, long[]> run(
      Program program,
      Graph graph,
      List<InputBinding> bindings,
      Table table,
      int[] rows,
      Workload workload) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        NoGradGuard frozen = new NoGradGuard()) {
      Map<String, Value> inputs = inputs(graph, bindings, table, rows, workload);
      List<Value> outputs = program.run(inputs);
      graph
          .initializers()
          .forEach(
              (name, tensor) -> {
                if (tensor.dtype().isReal()) {
                  shapes.put(name, tensor.dims());
                }
              });
      inputs.forEach((name, value) -> put(shapes, name, value));
      for (int i = 0; i < outputs.size(); i++) {
        put(shapes, program.outputNames().get(i), outputs.get(i));
      }
    }
    return shapes;
  }

  private static void put(Map<String, long[]> shapes, String name, Value value) {
    if (value instanceof Value.Device device && device.tensor().is_floating_point()) {
      shapes.put(name, value.dims());
    }
  }

  private static Map<String, Value> inputs(
      Graph graph, List<InputBinding> bindings, Table table, int[] rows, Workload workload) {
    Set<String> names = graph.inputs().stream().map(ValueInfo::name).collect(Collectors.toSet());
    Map<String, Value> inputs = new LinkedHashMap<>();
    for (boolean target : new boolean[] {true, false}) {
      int count = target ? workload.rows() : workload.conditions();
      Stream<InputBinding> some =
          bindings.stream().filter(b -> names.contains(b.input()) && b.target() == target);
      inputs.putAll(RowInputs.of(table.rows(first(rows, count)), some.toList()));
    }
    return inputs;
  }

  /** So many rows, the same ones again where there are fewer. */
  private static int[] first(int[] rows, int count) {
    int[] some = new int[count];
    Arrays.setAll(some, i -> rows[i % rows.length]);
    return some;
  }

  /** For each axis the numbers that n, K, n / K and 1 are multiplied with. */
  private static double[][] axes(List<long[]> runs) {
    long[] first = runs.get(0);
    double[][] axes = new double[first.length][];
    for (int axis = 0; axis < first.length; axis++) {
      double[] sizes = new double[runs.size()];
      for (int run = 0; run < sizes.length; run++) {
        long @Nullable [] dims = runs.get(run);
        // A shape that depends on the values themselves: any of the sizes is as good.
        sizes[run] = dims == null || dims.length != first.length ? first[axis] : dims[axis];
      }
      axes[axis] = sizes.length == SEPARATE.size() ? separate(sizes) : together(sizes);
    }
    return axes;
  }

  private static double[] separate(double[] sizes) {
    double ofRows = (sizes[1] - sizes[0]) / 2;
    double ofBoth = (sizes[3] - sizes[2]) / 4;
    double each = 2 * (ofRows - ofBoth);
    double rows = ofRows - each;
    double conditions = sizes[2] - sizes[0] - 2 * rows;
    return new double[] {rows, conditions, each, sizes[0] - 2 * rows - conditions - 2 * each};
  }

  private static double[] together(double[] sizes) {
    double rows = (sizes[1] - sizes[0]) / 2;
    return new double[] {rows, 0, 0, sizes[0] - 2 * rows};
  }

  /** Whether the graph can be given fewer conditions than rows. */
  boolean isSeparate() {
    return separate;
  }

  /**
   * The sizes for a number of rows and conditions.
   *
   * @throws IllegalArgumentException if each row has to bring its own condition, and the workload
   *     says otherwise
   */
  ValueShapes at(Workload workload) {
    int n = workload.rows();
    int k = workload.conditions();
    if (!separate && n != k) {
      throw new IllegalArgumentException(
          "Rows cannot share conditions here. Expected %d conditions, got %d.".formatted(n, k));
    }
    return name -> {
      double[][] known = axes.get(name);
      if (known == null) {
        return null;
      }
      long[] dims = new long[known.length];
      for (int axis = 0; axis < dims.length; axis++) {
        double[] a = known[axis];
        dims[axis] = Math.max(0, Math.round(a[0] * n + a[1] * k + a[2] * n / k + a[3]));
      }
      return dims;
    };
  }
}
