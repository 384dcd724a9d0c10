package io.hyperdelta.autodiff;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Values taken from between the elements of an image: at given points, in given regions. */
final class SamplingKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("GridSample", SamplingKernels::gridSample),
          Operator.of("RoiAlign", SamplingKernels::roiAlign));

  private SamplingKernels() {}

  private static Kernel gridSample(NodeContext node) {
    String mode = node.node().textAttribute("mode", "linear");
    String padding = node.node().textAttribute("padding_mode", "zeros");
    boolean corners = node.node().intAttribute("align_corners", 0) != 0;
    // libtorch's own numbers.
    int interpolation =
        switch (mode) {
          case "linear", "bilinear" -> 0;
          case "nearest" -> 1;
          case "cubic", "bicubic" -> 2;
          default -> throw new UnsupportedNodeException(" in mode \"" + mode + "\"");
        };
    int outside =
        switch (padding) {
          case "zeros" -> 0;
          case "border" -> 1;
          case "reflection" -> 2;
          default -> throw new UnsupportedNodeException(" with padding_mode \"" + padding + "\"");
        };
    return Kernel.binary(
        (x, grid) ->
            torch.grid_sampler(x, grid.to(Tensors.type(x)), interpolation, outside, corners));
  }

  /**
   * Averages over regions. Bilinear samples on a regular grid are separable, so each region is its
   * image between two small matrices. No gradient flows to the regions.
   */
  private static Kernel roiAlign(NodeContext node) {
    String mode = node.node().textAttribute("mode", "avg");
    if (!mode.equals("avg")) {
      throw new UnsupportedNodeException(" in mode \"" + mode + "\"");
    }
    String coordinates =
        node.node()
            .textAttribute(
                "coordinate_transformation_mode",
                node.opset() < 16 ? "output_half_pixel" : "half_pixel");
    boolean halfPixel = coordinates.equals("half_pixel");
    int height = (int) node.node().intAttribute("output_height", 1);
    int width = (int) node.node().intAttribute("output_width", 1);
    int samples = (int) node.node().intAttribute("sampling_ratio", 0);
    double scale = node.node().realAttribute("spatial_scale", 1);
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          double[] regions = Tensors.doubles(in.tensor(1));
          Tensor vertical = bins(regions, 1, x.size(2), height, samples, scale, halfPixel);
          Tensor horizontal = bins(regions, 0, x.size(3), width, samples, scale, halfPixel);
          Tensor images = x.index_select(0, in.tensor(2));
          return vertical
              .to(Tensors.type(x))
              .matmul(images)
              .matmul(horizontal.to(Tensors.type(x)).transpose(2, 3));
        });
  }

  /**
   * For each region the weights of an axis' elements in each bin, [regions, 1, bins, length].
   *
   * @param regions four corners each: left, top, right, bottom
   * @param from the place of the axis' lower corner among the four
   */
  private static Tensor bins(
      double[] regions,
      int from,
      long length,
      int bins,
      int samples,
      double scale,
      boolean halfPixel) {
    int count = regions.length / 4;
    double[] weights = new double[Math.toIntExact((long) count * bins * length)];
    for (int r = 0; r < count; r++) {
      double offset = halfPixel ? 0.5 : 0;
      double start = regions[4 * r + from] * scale - offset;
      double size = regions[4 * r + from + 2] * scale - offset - start;
      // Without the half pixel even a malformed region counts as one pixel.
      double bin = (halfPixel ? size : Math.max(1, size)) / bins;
      int taken = samples > 0 ? samples : (int) Math.ceil(bin);
      for (int b = 0; b < bins; b++) {
        for (int i = 0; i < taken; i++) {
          double at = start + (b + (i + 0.5) / taken) * bin;
          addSample(weights, (r * bins + b) * (int) length, (int) length, at, 1.0 / taken);
        }
      }
    }
    return Tensors.ofDoubles(weights, count, 1, bins, length);
  }

  private static void addSample(double[] weights, int row, int length, double at, double share) {
    if (at < -1 || at > length) {
      return;
    }
    double place = Math.max(0, at);
    int low = (int) place;
    if (low >= length - 1) {
      weights[row + length - 1] += share;
    } else {
      weights[row + low] += share * (1 - (place - low));
      weights[row + low + 1] += share * (place - low);
    }
  }
}
