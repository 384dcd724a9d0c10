package io.hyperdelta.autodiff;

import io.hyperdelta.autodiff.Interpolation.Axis;
import io.hyperdelta.autodiff.Interpolation.Coordinates;
import io.hyperdelta.graph.Attribute;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Resizing by scales or to sizes: how long each axis becomes. */
final class ResizeKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("Resize", 10, 10, ResizeKernels::scaled),
          Operator.of("Resize", 11, ResizeKernels::resize),
          Operator.of("Upsample", 7, 9, ResizeKernels::scaled));

  private ResizeKernels() {}

  /** The operators before 11, which know scales only. */
  private static Kernel scaled(NodeContext node) {
    Attribute attribute = node.node().attributes().get("scales");
    double[] scales =
        attribute instanceof Attribute.Reals reals
            ? reals.values().stream().mapToDouble(Float::doubleValue).toArray()
            : constant(node, 1);
    Interpolation interpolation = Interpolation.simple(node.node());
    Resampler resampler = new Resampler(node, interpolation, node.scalar(0));
    return Kernel.tensor(
        in -> {
          long[] dims = in.value(0).dims();
          double[] given = scales != null ? scales : Tensors.doubles(in.tensor(1));
          long[] every = Shapes.allAxes(dims.length);
          return resampler.apply(in.tensor(0), byScales(dims, every, given, null));
        });
  }

  private static double @Nullable [] constant(NodeContext node, int input) {
    return node.isConstant(input) && node.known()[input] instanceof Value.Device device
        ? Tensors.doubles(device.tensor())
        : null;
  }

  private static Kernel resize(NodeContext node) {
    Interpolation interpolation = Interpolation.of(node.node());
    String policy = node.node().textAttribute("keep_aspect_ratio_policy", "stretch");
    if (!List.of("stretch", "not_larger", "not_smaller").contains(policy)) {
      throw new UnsupportedNodeException(" with keep_aspect_ratio_policy \"%s\"".formatted(policy));
    }
    boolean crops = interpolation.coordinates() == Coordinates.TF_CROP_AND_RESIZE;
    double[] constantScales = constant(node, 2);
    double[] constantRegion = constant(node, 1);
    long[] axesAttribute = node.node().intsAttribute("axes");
    Resampler resampler =
        new Resampler(node, interpolation, node.scalarAttribute("extrapolation_value", 0));
    return Kernel.tensor(
        in -> {
          long[] dims = in.value(0).dims();
          long[] axes =
              axesAttribute == null
                  ? Shapes.allAxes(dims.length)
                  : Shapes.axes(axesAttribute, dims.length);
          double[] region = crops ? reals(in, 1, constantRegion) : null;
          double[] scales = in.has(2) ? reals(in, 2, constantScales) : new double[0];
          Axis[] change =
              scales.length > 0
                  ? byScales(dims, axes, scales, region)
                  : bySizes(dims, axes, in.longs(3), region, policy);
          return resampler.apply(in.tensor(0), change);
        });
  }

  private static double[] reals(Arguments in, int input, double @Nullable [] constant) {
    return constant != null ? constant : Tensors.doubles(in.tensor(input));
  }

  private static Axis[] byScales(
      long[] dims, long[] axes, double[] scales, double @Nullable [] region) {
    checkCount(axes, scales.length);
    Axis[] change = unchanged(dims);
    for (int i = 0; i < axes.length; i++) {
      long from = dims[(int) axes[i]];
      double start = region == null ? 0 : region[i];
      double end = region == null ? 1 : region[axes.length + i];
      double length = from * (end - start) * scales[i];
      // ONNX's shape inference multiplies in float32, where 10 * 0.7 is 7.
      long to = (long) Math.floor((float) (from * (end - start)) * (float) scales[i]);
      change[(int) axes[i]] = new Axis(from, to, length, scales[i], start, end);
    }
    return change;
  }

  private static Axis[] bySizes(
      long[] dims, long[] axes, long[] sizes, double @Nullable [] region, String policy) {
    checkCount(axes, sizes.length);
    double common = policy.equals("not_larger") ? Double.MAX_VALUE : 0;
    for (int i = 0; i < axes.length; i++) {
      double scale = (double) sizes[i] / dims[(int) axes[i]];
      common = policy.equals("not_larger") ? Math.min(common, scale) : Math.max(common, scale);
    }
    Axis[] change = unchanged(dims);
    for (int i = 0; i < axes.length; i++) {
      long from = dims[(int) axes[i]];
      double start = region == null ? 0 : region[i];
      double end = region == null ? 1 : region[axes.length + i];
      boolean stretched = policy.equals("stretch");
      long to = stretched ? sizes[i] : (long) Math.floor(common * from + 0.5);
      double length = stretched ? to : common * from;
      double scale = stretched ? (double) to / from : common;
      change[(int) axes[i]] = new Axis(from, to, length, scale, start, end);
    }
    return change;
  }

  private static Axis[] unchanged(long[] dims) {
    return Arrays.stream(dims)
        .mapToObj(length -> new Axis(length, length, length, 1, 0, 1))
        .toArray(Axis[]::new);
  }

  private static void checkCount(long[] axes, int count) {
    if (axes.length != count) {
      throw new IllegalArgumentException(
          "%d axes are to be resized. Expected as many scales or sizes, got %d"
              .formatted(axes.length, count));
    }
  }
}
