package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Members compute shards at once, on one thread each. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes and teams work by being open
class TeamTest {
  private static final int SIZE = 3;

  @Test
  void eachPartIsComputedOnceByAThreadOfItsOwn() {
    String[] threads = new String[SIZE];
    boolean[] members = new boolean[SIZE];
    try (Team team = Team.of(SIZE)) {
      for (int round = 0; round < 20; round++) {
        AtomicIntegerArray done = new AtomicIntegerArray(SIZE);
        team.run(
            SIZE,
            shard -> {
              done.incrementAndGet(shard);
              threads[shard] = Thread.currentThread().toString();
              members[shard] = Team.isMember();
            });
        assertThat(IntStream.range(0, SIZE).map(done::get)).containsOnly(1);
      }
      assertThat(threads[0]).isEqualTo(Thread.currentThread().toString());
      assertThat(threads[1]).isNotEqualTo(threads[0]);
      assertThat(members).containsOnly(true);
      assertThat(Team.isMember()).isFalse();
    }
  }

  @Test
  void operationsOfMembersHaveOneThreadAndThoseOfTheWholeHaveTheirOwnAgain() {
    Engine.blas().prepare(Blas.Work.PRODUCTS);
    int before = torch.get_num_threads();
    int[] threads = new int[SIZE];
    int[] alone = new int[1];
    try (Team team = Team.of(SIZE)) {
      team.run(SIZE, shard -> threads[shard] = torch.get_num_threads());
      team.run(1, shard -> alone[shard] = torch.get_num_threads());
    }
    assertThat(threads).containsOnly(1);
    assertThat(alone).containsExactly(before);
    assertThat(torch.get_num_threads()).isEqualTo(before);
  }

  @Test
  void aFailureOfAPartIsTheCallersWhenAllPartsHaveEnded() {
    AtomicIntegerArray done = new AtomicIntegerArray(SIZE);
    try (Team team = Team.of(SIZE)) {
      for (int failing = 0; failing < SIZE; failing++) {
        int wrong = failing;
        assertThatIllegalStateException()
            .isThrownBy(
                () ->
                    team.run(
                        SIZE,
                        shard -> {
                          if (shard == wrong) {
                            throw new IllegalStateException("shard " + shard);
                          }
                          sleep();
                          done.incrementAndGet(shard);
                        }))
            .withMessage("shard " + wrong);
        assertThat(Team.isMember()).isFalse();
      }
    }
    assertThat(IntStream.range(0, SIZE).map(done::get)).containsOnly(SIZE - 1);
  }

  private static void sleep() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void morePartsThanMembersAreRefused() {
    try (Team team = Team.of(2)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> team.run(3, shard -> {}))
          .withMessage(
              "A team cannot compute so many shards at once. Expected at most one for each member, 2, got 3.");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Team.of(0))
          .withMessage("A team cannot have 0 members. Expected 1 or more.");
    }
  }

  /** Constant integers, sized tensors and a weight that may be packed, all made when first used. */
  @Test
  void aProgramRunsInSeveralThreadsAtOnce() {
    GraphEditor editor = GraphEditor.empty("several", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 1, 8, 8));
    editor.initializer("W", Case.mixed(256, 64));
    editor.initializer("V", Case.other(64, 2));
    String large =
        editor.node(
            "Resize",
            Map.of("mode", io.hyperdelta.graph.Attribute.of("linear")),
            "x",
            "",
            editor.constant(TensorValue.ofFloats(new float[] {1, 1, 2, 2}, 4)));
    String flat = editor.node("Reshape", large, editor.constant(TensorValue.longs(-1, 256)));
    String hidden = editor.node("Tanh", editor.node("MatMul", flat, "W"));
    editor.nodeInto("y", "MatMul", hidden, "V");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 2));
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(editor.finish("several"), Set.of("V"), Precision.FLOAT);
        Program reference = Program.compile(editor.finish("several"), Set.of(), Precision.FLOAT);
        Team team = Team.of(4)) {
      team.run(
          4,
          shard -> {
            Random random = new Random(shard);
            for (int round = 0; round < 100; round++) {
              int rows = 1 + random.nextInt(200);
              float[] numbers = new float[rows * 64];
              for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) random.nextGaussian();
              }
              try (PointerScope own = new PointerScope()) {
                Map<String, Value> inputs =
                    Map.of("x", Value.of(Tensors.ofFloats(numbers, rows, 1, 8, 8)));
                Value got = program.run(inputs).get(0);
                Value expected;
                synchronized (reference) {
                  expected = reference.run(inputs).get(0);
                }
                assertThat(Cut.same(expected, got, 1e-5)).isTrue();
              }
            }
          });
    }
  }

  @Test
  void gradientsOfPartsAreThoseOfTheWholeAndShareNoMemory() {
    GraphEditor editor = GraphEditor.empty("sum", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.initializer("a", Case.mixed(3));
    editor.initializer("b", Case.other(3));
    editor.initializer("unused", Case.other(2));
    editor.nodeInto("y", "Mul", "x", editor.node("Add", "a", "b"));
    editor.nodeInto("z", "Mul", "unused", "unused");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.output("z", TensorType.of(Dtype.FLOAT, 2));
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(editor.finish("sum"), Set.of("a", "b", "unused"), Precision.FLOAT)) {
      Tensor x = Tensors.of(Case.mixed(4, 3), Precision.FLOAT);
      Tensor value = ((Value.Device) program.run(Map.of("x", Value.of(x))).get(0)).tensor();
      var gradients = Engine.gradients(value.sum(), program.parameters().tensors(), scope);

      double[] expected = Tensors.doubles(x.sum(0));
      assertThat(Tensors.doubles(gradients.get(0))).containsExactly(expected);
      gradients.get(0).zero_();
      assertThat(Tensors.doubles(gradients.get(1))).containsExactly(expected);
      assertThat(gradients.get(2).defined()).isFalse();
      assertThat(Arrays.stream(expected).map(Math::abs).min().orElse(0)).isPositive();
    }
  }
}
