package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Engine;
import io.hyperdelta.autodiff.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The fused kernel against libtorch's own class, which does one operation after another. */
class FusedAdamWTest {
  private static final double RATE = 0.01;
  private static final double DECAY = 0.1;

  private final Random random = new Random(5);

  @BeforeAll
  static void start() {
    Engine.start();
  }

  private Tensor normal(long... dims) {
    int count = 1;
    for (long dim : dims) {
      count *= (int) dim;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensors.ofFloats(values, dims);
  }

  private static long[] dims(Tensor tensor) {
    long[] dims = new long[(int) tensor.dim()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = tensor.size(i);
    }
    return dims;
  }

  private static Tensor leaf(Tensor values) {
    Tensor leaf = values.clone();
    leaf.set_requires_grad(true);
    return leaf;
  }

  private static AdamW adamW(List<Tensor> parameters) {
    AdamWOptions options = new AdamWOptions(RATE);
    options.weight_decay().put(DECAY);
    return new AdamW(new TensorVector(parameters.toArray(new Tensor[0])), options);
  }

  private static void assertSame(Tensor got, Tensor expected) {
    double[] a = Tensors.doubles(got);
    double[] b = Tensors.doubles(expected);
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).isCloseTo(b[i], within(1e-6));
    }
  }

  @Test
  void movesAsLibtorchDoes() {
    try (PointerScope scope = new PointerScope()) {
      List<Tensor> start = List.of(normal(33, 65), normal(1), normal(7, 3, 5));
      List<Tensor> ours = start.stream().map(FusedAdamWTest::leaf).toList();
      List<Tensor> theirs = start.stream().map(FusedAdamWTest::leaf).toList();
      FusedAdamW fused = new FusedAdamW(ours, DECAY);
      AdamW reference = adamW(theirs);
      for (int step = 0; step < 12; step++) {
        List<Tensor> gradients = new ArrayList<>();
        for (int i = 0; i < ours.size(); i++) {
          // The last one gets a gradient in every third step only.
          boolean without = i == 2 && step % 3 != 0;
          Tensor gradient = without ? new Tensor() : normal(dims(start.get(i)));
          gradients.add(without ? gradient : gradient.clone());
          theirs.get(i).mutable_grad().put(gradient);
        }
        fused.step(gradients, RATE, 1);
        reference.step();
      }
      for (int i = 0; i < ours.size(); i++) {
        assertSame(ours.get(i), theirs.get(i));
      }
    }
  }

  @Test
  void shortensGradientsAsClippingDoes() {
    try (PointerScope scope = new PointerScope()) {
      Tensor start = normal(20, 30);
      Tensor ours = leaf(start);
      Tensor theirs = leaf(start);
      FusedAdamW fused = new FusedAdamW(List.of(ours), DECAY);
      AdamW reference = adamW(List.of(theirs));
      for (double size : new double[] {0.5, 40, 3}) {
        Tensor gradient = normal(20, 30).mul(Tensors.ofFloats(new float[] {(float) size}, 1));
        theirs.mutable_grad().put(gradient.clone());
        double norm = torch.clip_grad_norm_(new TensorVector(theirs), 2);
        fused.step(List.of(gradient.clone()), RATE, Math.max(1, norm / 2));
        reference.step();
      }
      assertSame(ours, theirs);
    }
  }
}
