package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.VoidTensorHook;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.Float32Backend;
import org.bytedeco.pytorch.global.torch.Float32Op;
import org.bytedeco.pytorch.global.torch.Float32Precision;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Large products, and only they, may be in bfloat16, and only as long as that is open. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class Bfloat16ProductsTest {
  /** Halfway between two neighbours in bfloat16, which has 8 bits. */
  private static final float FINE = 1 + 1.0f / 1024;

  private static final long LARGE = 256;

  /** libtorch holds hooks as long as it likes: one for all tests. */
  @SuppressWarnings("NullAway.Init")
  private static Seen seen;

  @BeforeAll
  static void start() {
    Engine.start();
    seen = new Seen();
  }

  @Test
  void largeProductsAreToldAndSmallOnesAreNot() {
    boolean before = Products.reduce(true);
    try (PointerScope scope = new PointerScope()) {
      assertThat(precisionIn(LARGE * LARGE, LARGE)).isEqualTo(Float32Precision.BF16);
      assertThat(precisionIn(LARGE * LARGE, 8)).isNotEqualTo(Float32Precision.BF16);
      assertThat(precision()).isNotEqualTo(Float32Precision.BF16);
    } finally {
      Products.reduce(before);
    }
    try (PointerScope scope = new PointerScope()) {
      assertThat(precisionIn(LARGE * LARGE, LARGE)).isNotEqualTo(Float32Precision.BF16);
    }
  }

  @Test
  void aProcessorThatHasNoneIsNotAskedForThem() {
    assumeFalse(Bfloat16Products.areAvailable(), "it has");

    assertThatThrownBy(Bfloat16Products::open).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void factorsAreRoundedAndSumsAreNot() {
    assumeTrue(Bfloat16Products.areAvailable(), "the processor has none");
    try (PointerScope scope = new PointerScope()) {
      Tensor fine = torch.full(new long[] {LARGE, LARGE}, new Scalar(FINE));
      Tensor one = torch.eye(LARGE);

      Tensor whole = Products.matmul(fine, one);
      Tensor rounded;
      Tensor sum;
      Tensor linear;
      try (Bfloat16Products reduced = Bfloat16Products.open()) {
        rounded = Products.matmul(fine, one);
        sum = Products.addmm(fine, torch.ones(LARGE, LARGE), one);
        linear = Products.linear(fine, one, fine.select(0, 0));
      }
      Tensor after = Products.matmul(fine, one);

      assertThat(whole.equal(fine)).isTrue();
      assertThat(rounded.equal(torch.ones(LARGE, LARGE))).isTrue();
      assertThat(sum.equal(fine.add(new Scalar(1)))).isTrue();
      assertThat(linear.equal(fine.add(new Scalar(1)))).isTrue();
      assertThat(after.equal(fine)).isTrue();
    }
  }

  @Test
  void gradientsAreRoundedAsTheirProductWas() {
    assumeTrue(Bfloat16Products.areAvailable(), "the processor has none");
    try (PointerScope scope = new PointerScope()) {
      Tensor x = torch.eye(LARGE).requires_grad_();
      Tensor fine = torch.full(new long[] {LARGE, LARGE}, new Scalar(FINE));
      try (Bfloat16Products reduced = Bfloat16Products.open()) {
        Engine.backward(Products.matmul(x, fine).sum());
      }

      // Ones times what 1 + 1/1024 is rounded to.
      Tensor expected = torch.full(new long[] {LARGE, LARGE}, new Scalar(LARGE));
      assertThat(x.grad().equal(expected)).isTrue();
    }
  }

  /** Its own products are small and many: in bfloat16 a step of MiniLM took four times as long. */
  @Test
  void libtorchsOwnAttentionPassesGradientsInFloat32() {
    boolean before = Products.reduce(true);
    try (PointerScope scope = new PointerScope()) {
      assertThat(precisionBehind(UnaryOperator.identity())).isEqualTo(Float32Precision.BF16);
      assertThat(precisionBehind(Products::inFloat32)).isNotEqualTo(Float32Precision.BF16);
    } finally {
      Products.reset();
      Products.reduce(before);
    }
  }

  /** The precision when a gradient has come through something from a large product. */
  private static Float32Precision precisionBehind(UnaryOperator<Tensor> something) {
    Tensor x = torch.ones(2).requires_grad_();
    x.register_hook(seen);
    Tensor made = something.apply(x.add(x));
    Products.of(LARGE * LARGE, LARGE, () -> made.add(made)).sum().backward();
    return seen.precision;
  }

  /** Looks what the precision is when a gradient arrives. */
  private static final class Seen extends VoidTensorHook {
    private Float32Precision precision = Float32Precision.NONE;

    Seen() {
      retainReference();
    }

    @Override
    public void call(TensorBase gradient) {
      precision = Bfloat16ProductsTest.precision();
    }
  }

  @Test
  void aFrozenLayersProductIsRoundedAndItsBiasIsNot() {
    assumeTrue(Bfloat16Products.areAvailable(), "the processor has none");
    float[] one = new float[(int) (LARGE * LARGE)];
    for (int i = 0; i < LARGE; i++) {
      one[(int) (i * LARGE + i)] = 1;
    }
    float[] fine = new float[(int) LARGE];
    Arrays.fill(fine, FINE);
    GraphEditor editor = GraphEditor.empty("layer", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", LARGE));
    editor.initializer("w", TensorValue.ofFloats(one, LARGE, LARGE));
    editor.initializer("b", TensorValue.ofFloats(fine, LARGE));
    editor.nodeInto("y", "Gemm", "x", "w", "b");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", LARGE));
    Model model = editor.finish("layer");
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, Set.of(), Precision.FLOAT)) {
      Tensor x = torch.full(new long[] {LARGE, LARGE}, new Scalar(FINE));
      Tensor y;
      try (Bfloat16Products reduced = Bfloat16Products.open()) {
        y = ((Value.Device) program.run(Map.of("x", Value.of(x))).get(0)).tensor();
      }

      Tensor expected = torch.full(new long[] {LARGE, LARGE}, new Scalar(1 + (double) FINE));
      assertThat(y.equal(expected)).isTrue();
    }
  }

  private static Float32Precision precision() {
    return torch.globalContext().float32Precision(Float32Backend.MKLDNN, Float32Op.MATMUL).intern();
  }

  private static Float32Precision precisionIn(long numbers, long columns) {
    Float32Precision[] seen = new Float32Precision[1];
    Products.of(
        numbers,
        columns,
        () -> {
          seen[0] = precision();
          return torch.ones(1);
        });
    return seen[0];
  }
}
