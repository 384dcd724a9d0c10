package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Fourier transforms and the windows and filters around them. */
final class SignalKernels {
  static final List<Operator> ALL =
      List.of(
          window("HannWindow", turn -> 0.5 - 0.5 * Math.cos(turn)),
          // ONNX's cosine sum takes 25/46 where others take 0.54.
          window("HammingWindow", turn -> 25.0 / 46 - 21.0 / 46 * Math.cos(turn)),
          window("BlackmanWindow", turn -> 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn)),
          Operator.of("MelWeightMatrix", SignalKernels::melWeightMatrix).withoutGradient(),
          Operator.of("DFT", SignalKernels::fourier),
          Operator.of("STFT", SignalKernels::shortTimeFourier));

  private SignalKernels() {}

  /** A window as a function of the angle that runs through one turn. */
  private static Operator window(String name, DoubleUnaryOperator shape) {
    return Operator.of(
            name,
            node -> {
              boolean periodic = node.node().intAttribute("periodic", 1) != 0;
              Dtype type = CastKernels.target(node, "output_datatype");
              return Kernel.one(
                  in -> {
                    long size = in.number(0);
                    double turn = 2 * Math.PI / Math.max(1, periodic ? size : size - 1);
                    double[] values =
                        LongStream.range(0, size)
                            .mapToDouble(i -> shape.applyAsDouble(turn * i))
                            .toArray();
                    return typed(Tensors.ofDoubles(values, size), type, node);
                  });
            })
        .withoutGradient();
  }

  private static Value typed(Tensor values, Dtype type, NodeContext node) {
    return CastKernels.cast(new Value.Device(values), type, node.precision());
  }

  private static Kernel melWeightMatrix(NodeContext node) {
    Dtype type = CastKernels.target(node, "output_datatype");
    return Kernel.one(
        in -> {
          int bands = Math.toIntExact(in.number(0));
          long length = in.number(1);
          int bins = Math.toIntExact(length / 2 + 1);
          double low = mel(Tensors.doubles(in.tensor(3))[0]);
          double high = mel(Tensors.doubles(in.tensor(4))[0]);
          int[] edges = new int[bands + 2];
          for (int i = 0; i < edges.length; i++) {
            double hertz = hertz(low + i * (high - low) / edges.length);
            edges[i] = (int) Math.floor((length + 1) * hertz / in.number(2));
          }
          double[] weights = new double[bins * bands];
          for (int band = 0; band < bands; band++) {
            for (int bin = edges[band]; bin < edges[band + 2] || bin == edges[band + 1]; bin++) {
              weights[bin * bands + band] =
                  bin <= edges[band + 1]
                      ? ramp(bin, edges[band], edges[band + 1])
                      : ramp(bin, edges[band + 2], edges[band + 1]);
            }
          }
          return typed(Tensors.ofDoubles(weights, bins, bands), type, node);
        });
  }

  private static double mel(double hertz) {
    return 2595 * Math.log10(1 + hertz / 700);
  }

  private static double hertz(double mel) {
    return 700 * (Math.pow(10, mel / 2595) - 1);
  }

  /** Straight from 0 at the foot of a triangle to 1 at its top. */
  private static double ramp(int at, int foot, int top) {
    return foot == top ? 1 : (double) (at - foot) / (top - foot);
  }

  private static Kernel fourier(NodeContext node) {
    boolean inverse = node.node().intAttribute("inverse", 0) != 0;
    boolean oneSided = node.node().intAttribute("onesided", 0) != 0;
    boolean axisIsInput = node.node().hasInput(2);
    long axisAttribute = node.node().intAttribute("axis", node.opset() < 20 ? 1 : -2);
    StringViewOptional normalization = node.hold(new StringViewOptional());
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          int axis = Shapes.axis(axisIsInput ? in.number(2) : axisAttribute, (int) x.dim());
          LongOptional length = in.has(1) ? new LongOptional(in.number(1)) : new LongOptional();
          Tensor signal = numbers(x);
          Tensor result;
          if (inverse) {
            result =
                oneSided
                    ? torch.fft_irfft(signal, length, axis, normalization).unsqueeze(-1)
                    : torch.view_as_real(torch.fft_ifft(signal, length, axis, normalization));
          } else {
            result =
                torch.view_as_real(
                    oneSided
                        ? torch.fft_rfft(signal, length, axis, normalization)
                        : torch.fft_fft(signal, length, axis, normalization));
          }
          return result.to(Tensors.type(x));
        });
  }

  /**
   * Real or complex numbers, of a last axis with one or two parts of each; in float64, since terms
   * cancel and the narrowest types have no transform.
   */
  private static Tensor numbers(Tensor x) {
    Tensor wide = x.to(ScalarType.Double);
    return x.size(-1) == 1 ? wide.squeeze(-1) : torch.view_as_complex(wide.contiguous());
  }

  private static Kernel shortTimeFourier(NodeContext node) {
    boolean oneSided = node.node().intAttribute("onesided", 1) != 0;
    LongOptional whole = node.hold(new LongOptional());
    StringViewOptional normalization = node.hold(new StringViewOptional());
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          Tensor signal = numbers(x);
          long length =
              in.has(3) ? in.number(3) : in.has(2) ? in.tensor(2).size(0) : signal.size(1);
          Tensor frames = signal.unfold(1, length, in.number(1));
          Tensor windowed = in.has(2) ? frames.mul(in.tensor(2)) : frames;
          Tensor result =
              oneSided
                  ? torch.fft_rfft(windowed, whole, -1, normalization)
                  : torch.fft_fft(windowed, whole, -1, normalization);
          return torch.view_as_real(result).to(Tensors.type(x));
        });
  }
}
