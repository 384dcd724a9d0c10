package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Evaluating the frozen prefix once gives what the whole program gives. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class CachedRowsTest {
  private static final int ROWS = 23;
  private static final int[] BATCH = {4, 22, 0, 4, 17};
  private static final Room PLENTY = Room.inMemory(1 << 20);

  /**
   * Columns of numbers and words, a frozen layer, and a trained one; the batch's size is read from
   * a shape on the way.
   *
   * @param softmaxAxis 1 keeps rows apart, 0 mixes them
   */
  private static Model network(int softmaxAxis) {
    GraphEditor editor = GraphEditor.empty("network", 17);
    editor.input("number", TensorType.of(Dtype.FLOAT, "rows", 1));
    editor.input("word", TensorType.of(Dtype.STRING, "rows", 1));
    editor.input("offset", TensorType.of(Dtype.FLOAT, 1, 4));
    editor.initializer("W", Case.mixed(4, 4));
    editor.initializer("V", Case.other(4, 2));
    String onehot =
        editor.node(
            GraphEditor.ML_DOMAIN,
            "OneHotEncoder",
            Map.of("cats_strings", Attribute.texts(List.of("a", "b", "c"))),
            List.of("word"));
    String flat = editor.node("Reshape", onehot, editor.constant(TensorValue.longs(-1, 3)));
    String joined = editor.node("Concat", Map.of("axis", Attribute.of(1)), "number", flat);
    String hidden = editor.node("Tanh", editor.node("MatMul", joined, "W"));
    String soft = editor.node("Softmax", Map.of("axis", Attribute.of(softmaxAxis)), hidden);
    String shifted = editor.node("Add", soft, "offset");
    String product = editor.node("MatMul", shifted, "V");
    String shape =
        editor.node(
            "Concat",
            Map.of("axis", Attribute.of(0)),
            editor.firstDim(hidden),
            editor.constant(TensorValue.longs(2)));
    editor.nodeInto("y", "Reshape", product, shape);
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 2));
    return editor.finish("network");
  }

  private static Map<String, Value> rows(int[] picked) {
    float[] numbers = new float[picked.length];
    List<String> words = new ArrayList<>();
    for (int i = 0; i < picked.length; i++) {
      numbers[i] = (float) Math.sin(1 + picked[i]);
      words.add(List.of("a", "b", "c", "d").get(picked[i] % 4));
    }
    Map<String, Value> inputs = new HashMap<>();
    inputs.put("number", Value.of(Tensors.ofFloats(numbers, picked.length, 1)));
    inputs.put("word", Value.ofTexts(words, picked.length, 1));
    inputs.put("offset", Value.of(Tensors.of(Case.other(1, 4), Precision.FLOAT)));
    return inputs;
  }

  private static Map<String, Value> allRows() {
    int[] all = new int[ROWS];
    java.util.Arrays.setAll(all, i -> i);
    return rows(all);
  }

  private static Program program(int softmaxAxis) {
    return Program.compile(network(softmaxAxis), Set.of("V"), Precision.FLOAT);
  }

  private static void assertEqualsWholeProgram(Program program, CachedRows rows) {
    Value expected = program.run(rows(BATCH)).get(0);
    Value got = rows.run(BATCH).get(0);
    assertThat(got.dims()).containsExactly(BATCH.length, 2);
    assertThat(Cut.same(expected, got, 1e-5)).isTrue();
  }

  @Test
  void constantsThatOnlyTheFrozenPartReadsCanBeFreed() {
    try (PointerScope scope = new PointerScope();
        Program program = program(1);
        Program reference = program(1)) {
      Value expected = reference.run(rows(BATCH)).get(0);
      try (CachedRows rows = CachedRows.of(program, allRows(), ROWS, 7, PLENTY)) {
        assertThat(rows.isCached()).isTrue();
        long before = Pointer.totalCount();
        rows.freeFrozenConstants();
        assertThat(Pointer.totalCount()).as("W, above all").isLessThan(before);
        Value got = rows.run(BATCH).get(0);
        assertThat(Cut.same(expected, got, 1e-5)).isTrue();
        assertThat(program.parameters().values()).containsOnlyKeys("V");
        assertThatIllegalStateException()
            .isThrownBy(() -> program.run(rows(BATCH)))
            .withMessage(
                "The program was run after constants of its frozen part were freed. Expected cached rows to run it.");
      }
    }
  }

  @Test
  void nothingIsFreedWhereNothingIsKept() {
    try (PointerScope scope = new PointerScope();
        Program program = program(1);
        CachedRows rows = CachedRows.of(program, allRows(), ROWS, 7, Room.inMemory(100))) {
      assertThat(rows.isCached()).isFalse();
      rows.freeFrozenConstants();
      assertEqualsWholeProgram(program, rows);
    }
  }

  @Test
  void inputsThatChangeFromRunToRunAreNeverFrozen() {
    GraphEditor editor = GraphEditor.empty("masked", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 4));
    editor.optionalInput(
        "mask",
        TensorType.of(Dtype.FLOAT, "mask", 4),
        TensorValue.ofFloats(new float[] {1, 1, 1, 1}, 1, 4));
    editor.initializer("W", Case.mixed(4, 4));
    editor.initializer("V", Case.other(4, 2));
    String hidden = editor.node("Mul", editor.node("MatMul", "x", "W"), "mask");
    editor.nodeInto("y", "MatMul", editor.node("Tanh", hidden), "V");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 2));
    Map<String, Value> mask = new HashMap<>();
    try (PointerScope scope = new PointerScope();
        Team team = Team.of(2);
        Program program = Program.compile(editor.finish("masked"), Set.of("V"), Precision.FLOAT)) {
      Tensor all = Tensors.of(Case.mixed(ROWS, 4), Precision.FLOAT);
      Map<String, Value> inputs = Map.of("x", Value.of(all));
      try (CachedRows rows =
          CachedRows.of(program, inputs, ROWS, 7, PLENTY, Set.of(), Set.of("mask"), team)) {
        assertThat(rows.isCached()).isTrue();
        assertThat(rows.stepCount()).as("all but the product with W").isEqualTo(3);
        for (int run = 0; run < 3; run++) {
          float[] numbers = new float[BATCH.length * 4];
          for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (i + run) % 3;
          }
          mask.put("mask", Value.of(Tensors.ofFloats(numbers, BATCH.length, 4)));
          Map<String, Value> picked = new HashMap<>(mask);
          picked.put("x", Value.of(all.index_select(0, Tensors.ofRows(BATCH))));
          assertThat(
                  Cut.same(program.run(picked).get(0), rows.run(BATCH, BATCH, mask).get(0), 1e-6))
              .isTrue();
        }
        assertThat(
                Cut.same(
                    program
                        .run(Map.of("x", Value.of(all.index_select(0, Tensors.ofRows(BATCH)))))
                        .get(0),
                    rows.run(BATCH).get(0),
                    1e-6))
            .as("without them the defaults")
            .isTrue();
        assertThatIllegalArgumentException()
            .isThrownBy(() -> rows.run(BATCH, BATCH, inputs))
            .withMessage("Inputs do not change from run to run. Expected some of [mask], got [x].");
      }
    }
  }

  @Test
  void keepsThePrefixPerRow() {
    try (PointerScope scope = new PointerScope();
        Program program = program(1);
        CachedRows rows = CachedRows.of(program, allRows(), ROWS, 7, PLENTY)) {
      assertThat(program.prefix().worthwhile()).isTrue();
      assertThat(rows.isCached()).isTrue();
      // The product, the shape (Shape, Slice, Concat) and the last Reshape.
      assertThat(rows.stepCount()).isEqualTo(5);
      assertThat(program.stepCount()).isEqualTo(12);
      assertEqualsWholeProgram(program, rows);
    }
  }

  @Test
  void gradientsFlowThroughTheRemainder() {
    try (PointerScope scope = new PointerScope();
        Program program = program(1);
        CachedRows rows = CachedRows.of(program, allRows(), ROWS, 7, PLENTY)) {
      Tensor leaf = program.parameters().tensors().get(0);
      ((Value.Device) program.run(rows(BATCH)).get(0)).tensor().sum().backward();
      float[] expected = Tensors.floats(leaf.grad());
      leaf.mutable_grad().zero_();
      ((Value.Device) rows.run(BATCH).get(0)).tensor().sum().backward();

      assertThat(Tensors.floats(leaf.grad()))
          .usingComparatorWithPrecision(1e-5f)
          .containsExactly(expected);
    }
  }

  @Test
  void seesChangedParameters() {
    try (PointerScope scope = new PointerScope();
        Program program = program(1);
        CachedRows rows = CachedRows.of(program, allRows(), ROWS, 7, PLENTY)) {
      program.parameters().set(Map.of("V", Case.positive(4, 2)));
      assertEqualsWholeProgram(program, rows);
    }
  }

  @Test
  void runsTheWholeProgramWhereRowsMix() {
    try (PointerScope scope = new PointerScope();
        Program program = program(0);
        CachedRows rows = CachedRows.of(program, allRows(), ROWS, 7, PLENTY)) {
      assertThat(rows.isCached()).isFalse();
      assertThat(rows.stepCount()).isEqualTo(program.stepCount());
      assertEqualsWholeProgram(program, rows);
    }
  }

  @Test
  void runsTheWholeProgramWhereMemoryIsShort() {
    try (PointerScope scope = new PointerScope();
        Program program = program(1);
        CachedRows rows = CachedRows.of(program, allRows(), ROWS, 7, Room.inMemory(100))) {
      assertThat(rows.isCached()).isFalse();
      assertEqualsWholeProgram(program, rows);
    }
  }

  @Test
  void worksForASingleRow() {
    try (PointerScope scope = new PointerScope();
        Program program = program(1);
        CachedRows rows = CachedRows.of(program, rows(new int[] {3}), 1, 7, PLENTY)) {
      Value expected = program.run(rows(new int[] {3, 3})).get(0);
      assertThat(Cut.same(expected, rows.run(new int[] {0, 0}).get(0), 1e-5)).isTrue();
    }
  }

  @Test
  void outlivesTheScopeItWasMadeIn() {
    try (Program program = program(1)) {
      CachedRows rows;
      try (PointerScope scope = new PointerScope()) {
        rows = CachedRows.of(program, allRows(), ROWS, 7, PLENTY);
      }
      try (PointerScope scope = new PointerScope();
          rows) {
        assertEqualsWholeProgram(program, rows);
      }
    }
  }

  /**
   * Conditions c [K, 2] and rows x [K m, 2]: y = ([K, m, 2] of tanh(x A) + tanh(c B)) V, where the
   * sum, which no parameter reaches, depends on which rows share a condition.
   */
  private static Model blocks() {
    GraphEditor editor = GraphEditor.empty("blocks", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.input("c", TensorType.of(Dtype.FLOAT, "conditions", 2));
    editor.initializer("A", Case.mixed(2, 2));
    editor.initializer("B", Case.other(2, 2));
    editor.initializer("V", Case.positive(2, 3));
    String x = editor.node("Tanh", editor.node("MatMul", "x", "A"));
    String c = editor.node("Tanh", editor.node("MatMul", "c", "B"));
    String shape =
        editor.node(
            "Concat",
            Map.of("axis", Attribute.of(0)),
            editor.firstDim(c),
            editor.constant(TensorValue.longs(-1, 2)));
    String sum = editor.node("Add", editor.node("Reshape", x, shape), editor.unsqueeze(c, 1));
    String flat = editor.node("Reshape", sum, editor.constant(TensorValue.longs(-1, 2)));
    editor.nodeInto("y", "MatMul", flat, "V");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 3));
    return editor.finish("blocks");
  }

  private static Value pairs(int offset, int[] picked) {
    float[] numbers = new float[2 * picked.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) Math.sin(offset + 2 * picked[i / 2] + i % 2);
    }
    return Value.of(Tensors.ofFloats(numbers, picked.length, 2));
  }

  @Test
  void rowsThatShareConditionsGiveWhatTheWholeProgramGives() {
    int[] all = new int[ROWS];
    java.util.Arrays.setAll(all, i -> i);
    int[] rows = {4, 22, 0, 4, 17, 3};
    int[] conditions = {22, 9};
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(blocks(), Set.of("V"), Precision.FLOAT);
        CachedRows cached =
            CachedRows.of(
                program,
                Map.of("x", pairs(0, all), "c", pairs(100, all)),
                ROWS,
                7,
                PLENTY,
                Set.of("c"))) {
      assertThat(cached.isCached()).isTrue();
      // The Tanh of x and the Unsqueeze of c's are kept; the sum is not, nor what leads to it.
      assertThat(cached.stepCount()).isEqualTo(program.stepCount() - 5);
      Value expected = program.run(Map.of("x", pairs(0, rows), "c", pairs(100, conditions))).get(0);
      assertThat(Cut.same(expected, cached.run(rows, conditions).get(0), 1e-5)).isTrue();
      assertThat(cached.run(rows, new int[] {5}).get(0).dims()).containsExactly(6, 3);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cached.run(rows, new int[4]))
          .withMessageContaining("6 rows and 4 conditions");
      assertThatIllegalArgumentException().isThrownBy(() -> cached.run(rows, new int[0]));
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  CachedRows.of(
                      program,
                      Map.of("x", pairs(0, all), "c", pairs(100, all)),
                      ROWS,
                      7,
                      PLENTY,
                      Set.of("d")))
          .withMessageContaining("[d]");
    }
  }

  @Test
  void refusesRowsThatAreNotThere() {
    try (PointerScope scope = new PointerScope();
        Program program = program(1);
        CachedRows rows = CachedRows.of(program, allRows(), ROWS, 7, PLENTY)) {
      assertThatIllegalArgumentException().isThrownBy(() -> rows.run(new int[] {ROWS}));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CachedRows.of(program, allRows(), 0, 1, PLENTY));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> CachedRows.of(program, Map.of(), ROWS, 1, PLENTY))
          .withMessageContaining("is missing");
      rows.close();
      rows.close();
      assertThatIllegalStateException().isThrownBy(() -> rows.run(BATCH));
    }
  }
}
