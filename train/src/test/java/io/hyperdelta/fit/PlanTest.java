package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.spec.SpecReader;
import io.hyperdelta.weave.Contraction;
import io.hyperdelta.weave.PlannedProduct;
import io.hyperdelta.weave.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What adaptations cost, against counts by hand, and what budgets propose. */
class PlanTest {
  private static final int FEATURES = 48;
  private static final int ROWS = 256;
  private static final Workload ONE = new Workload(ROWS, 1);

  private static final String MLP =
      """
      hypernetworks:
        where:
          condition: place
          trunk: [6]
          latent: 3
          adaptations:
            - {part: fc1.weight, form: low-rank, rank: 2}
      """;

  @TempDir private Path folder;

  @BeforeEach
  void rows() throws IOException {
    Random random = new Random(4);
    StringBuilder csv = new StringBuilder(names(FEATURES) + ",east,north,town,y\n");
    for (int row = 0; row < 60; row++) {
      for (int column = 0; column < FEATURES + 2; column++) {
        csv.append("%.4f,".formatted(random.nextGaussian()));
      }
      csv.append("t%d,%.4f%n".formatted(row % 5, random.nextGaussian()));
    }
    Files.writeString(folder.resolve("rows.csv"), csv.toString());
  }

  private static String names(int count) {
    return IntStream.range(0, count).mapToObj(i -> "f" + i).collect(Collectors.joining(","));
  }

  private static TensorValue noise(long... dims) {
    long count = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    float[] values = new float[Math.toIntExact(count)];
    Random random = new Random(9);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 4;
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** x [rows, 5] -> Gemm of 8 units -> Tanh -> MatMul of 1. */
  private static GraphEditor mlp() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 5));
    editor.initializer("fc1.weight", noise(5, 8));
    editor.initializer("fc1.bias", noise(8));
    editor.initializer("fc2.weight", noise(8, 1));
    String h = editor.node("Tanh", editor.node("Gemm", "x", "fc1.weight", "fc1.bias"));
    editor.nodeInto("y", "MatMul", h, "fc2.weight");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    return editor;
  }

  /** x [rows, 48] as images of 3 x 4 x 4 -> Conv of 5 channels -> Relu -> mean -> Gemm of 1. */
  private static GraphEditor cnn() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", FEATURES));
    editor.initializer("conv.weight", noise(5, 3, 3, 3));
    editor.initializer("conv.bias", noise(5));
    editor.initializer("fc.weight", noise(5, 1));
    editor.initializer("fc.bias", noise(1));
    String image = editor.node("Reshape", "x", editor.constant(TensorValue.longs(-1, 3, 4, 4)));
    String h =
        editor.node(
            "Conv", Map.of("pads", Attribute.ints(1, 1, 1, 1)), image, "conv.weight", "conv.bias");
    String mean = editor.node("GlobalAveragePool", editor.node("Relu", h));
    String flat = editor.node("Reshape", mean, editor.constant(TensorValue.longs(-1, 5)));
    editor.nodeInto("y", "Gemm", flat, "fc.weight", "fc.bias");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    return editor;
  }

  private Plan plan(GraphEditor target, int features, String sources) throws IOException {
    Files.write(folder.resolve("net.onnx"), ModelWriter.write(target.finish("net")));
    Path spec = folder.resolve("spec.yaml");
    Files.writeString(
        spec,
        """
        name: small
        data: {rows: rows.csv, label: y}
        target: {onnx: net.onnx, inputs: {%s: [%s]}}
        conditions:
          place: [east, north]
          both: [f0, east]
        """
                .formatted(features == 1 ? "f0" : "x", names(features))
            + sources);
    return Plan.of(SpecReader.read(spec));
  }

  @Test
  void parametersOfEachPartOfTheHypernetwork() throws IOException {
    SourceSize size = plan(mlp(), 5, MLP).bottleneck().sources().get(0);
    assertThat(size.encoder()).isZero();
    // Two layers with biases, and scale and shift between them.
    assertThat(size.trunk()).isEqualTo((2 * 6 + 6) + 2 * 6 + (6 * 3 + 3));
    assertThat(size.generated()).isEqualTo(2 * (5 + 8));
    assertThat(size.heads()).isEqualTo((3 + 1) * 2 * (5 + 8));
    assertThat(size.adapted()).isEqualTo(5 * 8);
  }

  @Test
  void operationsOfAnMlp() throws IOException {
    Bottleneck bottleneck = plan(mlp(), 5, MLP).bottleneck();
    assertThat(bottleneck.uncounted()).isEmpty();
    // Standardising two numbers, a layer, its normalisation and swish, and the latent.
    int trunk = 2 * 2 + (2 * 2 * 6 + 6) + (5 * 6 + 6 + 6) + (2 * 6 * 3 + 3);
    for (RunningCost cost : bottleneck.running()) {
      Workload workload = cost.workload();
      double share = (double) workload.conditions() / ROWS;
      assertThat(cost.target()).isEqualTo(2 * 5 * 8 + 8 + 8 + 2 * 8);
      // The two strengths are multiplied once.
      assertThat(cost.trunk()).isCloseTo(trunk * share + 1.0 / ROWS, within(1e-9));
      double narrowed = generated(workload, share, 5, 2, 4, 0, 1);
      double widened = generated(workload, share, 2, 8, 4, 0, 1);
      assertThat(cost.deltas()).isCloseTo(narrowed + 2 + widened + 8, within(1e-9));
      assertThat(cost.slowdown()).isGreaterThan(1);
    }
    assertThat(bottleneck.running())
        .extracting(RunningCost::workload)
        .containsExactly(Workload.MIXED, ONE);
    assertThat(bottleneck.slowdown()).isEqualTo(bottleneck.running().get(0).slowdown());
  }

  /** Operations for a row of x F(z) in the planned order, x having some places for each row. */
  private static double generated(
      Workload workload, double share, int in, int out, int count, double unfolding, int places) {
    return switch (Contraction.cheapest(workload, in, out, count, unfolding)) {
      case FACTORS_FIRST -> share * 2 * count * in * out + places * (2.0 * in * out + unfolding);
      case INPUT_FIRST -> places * (2.0 * in * count * out + 2.0 * count * out);
      case HEAD_LAST -> places * (1.0 * count * in + 2.0 * count * in * out);
    };
  }

  @Test
  void operationsOfAConvolution() throws IOException {
    Bottleneck bottleneck =
        plan(
                cnn(),
                FEATURES,
                """
                hypernetworks:
                  where:
                    condition: place
                    trunk: []
                    latent: 1
                    adaptations:
                      - {part: conv.weight, form: low-rank, rank: 2}
                """)
            .bottleneck();
    RunningCost cost = bottleneck.running().get(0);
    // Each of 5 x 4 x 4 outputs sums 3 x 3 x 3 numbers and a bias; ReLU and mean see each of them.
    assertThat(cost.target()).isEqualTo(5 * 16 * (2 * 27 + 1) + 80 + 80 + (2 * 5 + 1));
    assertThat(cost.trunk()).isCloseTo(2 * 2 + (2 * 2 + 1) + 1.0 / ROWS, within(1e-9));
    double narrowed = generated(Workload.MIXED, 1, 27, 2, 2, 2 * 27 * 27, 16);
    double widened = generated(Workload.MIXED, 1, 2, 5, 2, 0, 16);
    assertThat(cost.deltas()).isCloseTo(narrowed + 16 * 2 + widened + 16 * 5, within(1e-9));
  }

  @Test
  void tablesAndSharedDeltasCount() throws IOException {
    Bottleneck bottleneck =
        plan(
                mlp(),
                5,
                """
                tables:
                  towns: {column: town, adaptations: [{part: fc1.bias, form: shift}]}
                shared:
                  all: {adaptations: [{part: fc1.weight, form: low-rank, rank: 1}]}
                """)
            .bottleneck();
    assertThat(bottleneck.sources())
        .extracting(SourceSize::kind)
        .containsExactly("table", "shared");
    assertThat(bottleneck.sources())
        .extracting(SourceSize::parameters)
        .containsExactly((5 + 1) * 8L, 5L + 8);
    assertThat(bottleneck.parameters()).isEqualTo(48 + 13);
    assertThat(bottleneck.generated()).isEqualTo(8 + 13);
    assertThat(bottleneck.adapted()).isEqualTo(40 + 8);
  }

  @Test
  void conditionThatTheTargetSeesCannotBeSharedByRows() throws IOException {
    Bottleneck bottleneck =
        plan(mlpOfSingles(), 1, MLP.replace("place", "both").replace("rank: 2", "rank: 1"))
            .bottleneck();
    assertThat(bottleneck.running())
        .extracting(RunningCost::workload)
        .containsExactly(Workload.MIXED);
  }

  /** Its input is f0, which is a condition as well. */
  private static GraphEditor mlpOfSingles() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("f0", TensorType.of(Dtype.FLOAT, "rows", 1));
    editor.initializer("fc1.weight", noise(1, 8));
    editor.initializer("fc2.weight", noise(8, 1));
    editor.nodeInto("y", "MatMul", editor.node("MatMul", "f0", "fc1.weight"), "fc2.weight");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    return editor;
  }

  @Test
  void explainsEachProductThatHasAnOrder() throws IOException {
    Plan plan = plan(mlp(), 5, MLP);
    List<PlannedProduct> products = plan.products(Workload.MIXED);
    assertThat(products).extracting(PlannedProduct::factor).containsExactly("A", "B");
    for (PlannedProduct product : products) {
      assertThat(product.count()).isEqualTo(4);
      PlannedProduct.Option least =
          product.options().stream()
              .min(Comparator.comparingDouble(PlannedProduct.Option::micros))
              .orElseThrow();
      assertThat(product.chosen()).isEqualTo(least.title());
    }
  }

  /**
   * Pasted into the spec, the first proposal costs what was said, and every one keeps the budget.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {"parameters=300", "parameters=120", "generated=10", "generated=40,parameters=900"})
  void proposalsKeepTheBudgetWhenTheyAreBuilt(String written) throws IOException {
    Budget budget = Budget.parse(List.of(written.split(",", -1)));
    List<Proposal> proposals = plan(mlp(), 5, MLP).proposals(budget);
    assertThat(proposals).isNotEmpty();
    for (Proposal proposal : proposals) {
      Bottleneck built = plan(mlp(), 5, proposal.yaml()).bottleneck();
      assertThat(built).isEqualTo(proposal.bottleneck());
      assertThat(budget.allows(built)).isTrue();
    }
    assertThat(proposals).extracting(Proposal::latent).doesNotHaveDuplicates();
  }

  @Test
  void slowdownOfTheSpecItselfIsKept() throws IOException {
    Plan plan = plan(mlp(), 5, MLP);
    Bottleneck present = plan.bottleneck();
    double limit = present.slowdown() + 1e-6;
    List<Proposal> proposals = plan.proposals(new Budget(Map.of(Budget.Figure.SLOWDOWN, limit)));
    assertThat(proposals).allMatch(p -> p.bottleneck().slowdown() <= limit);
    Proposal first = proposals.get(0);
    assertThat(first.latent()).isEqualTo(3);
    assertThat(first.bottleneck().generated()).isGreaterThanOrEqualTo(present.generated());
    assertThat(plan(mlp(), 5, first.yaml()).bottleneck()).isEqualTo(first.bottleneck());
  }

  @Test
  void mostNumbersWithinTheBudgetAreProposed() throws IOException {
    Plan plan = plan(mlp(), 5, MLP);
    // Full would be 40, rank 4 is 52 and rank 2 is 26.
    assertThat(first(plan, "generated=39,parameters=999").form()).isEqualTo("low-rank 2");
    assertThat(first(plan, "generated=40,parameters=999").form()).isEqualTo("full");
    assertThat(first(plan, "generated=52,parameters=999").form()).isEqualTo("low-rank 4");
    assertThat(where(first(plan, "generated=39,parameters=999")).trunk()).containsExactly(6);
  }

  /** The spec has 155 parameters and adapts 40 numbers, so 155 are as many as it may have. */
  @Test
  void budgetWithoutParametersAllowsNoMoreThanNow() throws IOException {
    Plan plan = plan(mlp(), 5, MLP);
    assertThat(plan.bottleneck().parameters()).isEqualTo(155);
    assertThat(plan.proposals(Budget.parse(List.of("generated=1000"))))
        .allMatch(proposal -> proposal.bottleneck().parameters() <= 155);
  }

  private static HypernetworkSpec where(Proposal proposal) {
    return Objects.requireNonNull(proposal.hypernetworks().get("where"));
  }

  private static Proposal first(Plan plan, String budget) {
    return plan.proposals(Budget.parse(List.of(budget.split(",", -1)))).get(0);
  }

  @Test
  void shiftsStayAndWhatCannotTakeTheFormIsNotProposed() throws IOException {
    Plan plan =
        plan(
            mlp(),
            5,
            """
            hypernetworks:
              where:
                condition: place
                latent: 2
                adaptations:
                  - {part: "*", form: low-rank, rank: 2, scale: 0.5}
                  - {part: fc1.bias, form: shift}
            """);
    Proposal proposal = first(plan, "generated=30");
    assertThat(where(proposal).adaptations())
        .extracting(a -> a.part() + " " + a.form().name() + " " + a.scale())
        .containsExactly(
            "* " + proposal.form().replaceAll(" .*", "") + " 0.5", "fc1.bias shift 1.0");
    assertThat(proposal.bottleneck().generated()).isLessThanOrEqualTo(30);
  }

  @Test
  void budgetThatNothingMeetsIsToldTheLeast() throws IOException {
    Plan plan = plan(mlp(), 5, MLP);
    // A linear latent of 1: 3 parameters; a diagonal of 1: a head of 2 and the factors of 5 and 8.
    assertThatThrownBy(() -> first(plan, "parameters=10"))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith(
            "Budget parameters=10 cannot be met. Expected at least parameters=18, which");
    assertThat(first(plan, "parameters=18").bottleneck().parameters()).isEqualTo(18);
    assertThatThrownBy(() -> first(plan, "slowdown=1.01"))
        .hasMessageStartingWith("Budget slowdown=1.01 cannot be met. Expected at least slowdown=");
  }

  @Test
  void budgetNeedsAHypernetwork() throws IOException {
    Plan plan =
        plan(
            mlp(),
            5,
            "shared: {all: {adaptations: [{part: fc1.weight, form: low-rank, rank: 1}]}}\n");
    assertThatThrownBy(() -> first(plan, "parameters=10"))
        .isInstanceOf(SpecException.class)
        .hasMessageStartingWith("A budget has nothing to choose from.");
  }
}
