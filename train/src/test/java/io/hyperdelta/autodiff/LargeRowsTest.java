package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is kept, and where, of rows for which memory may be short. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class LargeRowsTest {
  private static final int[] BATCH = {4, 22, 0, 4, 17};

  /** Trained layers on a frozen one, and on a second that is made of it: 8 KB for each row. */
  private static Model wide() {
    int width = 1024;
    GraphEditor editor = GraphEditor.empty("wide", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 4));
    editor.initializer("W", Case.mixed(4, width));
    editor.initializer("U", Case.mixed(width, width));
    editor.initializer("V", Case.other(width, 2));
    String first = editor.node("Tanh", editor.node("MatMul", "x", "W"));
    String second = editor.node("MatMul", first, "U");
    editor.nodeInto("y", "MatMul", editor.node("Add", first, second), "V");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 2));
    // Both are read by a trained layer of their own.
    String third = editor.node("Add", editor.node("MatMul", first, "V"), "y");
    editor.nodeInto("z", "Add", editor.node("MatMul", second, "V"), third);
    editor.output("z", TensorType.of(Dtype.FLOAT, "rows", 2));
    return editor.finish("wide");
  }

  @Test
  void whatOneNodeMakesOfOtherKeptValuesIsMadeAgainWhereItTakesMuchMemory() {
    Room memory = new Room(128L << 20, 1L << 30, 0);

    assertThat(stepsOf(wide(), 1_000, memory) + 1).isEqualTo(stepsOf(wide(), 20_000, memory));
  }

  @Test
  void rowsInAFileGiveWhatTheWholeProgramGives() {
    Room file = new Room(0, 0, 1L << 30);

    assertThat(stepsOf(wide(), 500, file)).isLessThan(stepsOf(wide(), 500, Room.inMemory(0)));
  }

  /** Steps of a batch, whose outputs are those of the whole program. */
  private static int stepsOf(Model model, int rowCount, Room room) {
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, Set.of("V"), Precision.FLOAT)) {
      Tensor x = torch.randn(rowCount, 4);
      try (CachedRows rows =
          CachedRows.of(program, Map.of("x", Value.of(x)), rowCount, rowCount, room)) {
        assertThat(rows.isCached()).isEqualTo(!room.equals(Room.inMemory(0)));
        Tensor some = torch.index_select(x, 0, Tensors.ofRows(BATCH));
        List<Value> expected = program.run(Map.of("x", Value.of(some)));
        List<Value> got = rows.run(BATCH);
        for (int i = 0; i < expected.size(); i++) {
          assertThat(Cut.same(expected.get(i), got.get(i), 1e-5)).isTrue();
        }
        return rows.stepCount();
      }
    }
  }
}
