package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.stream.Stream;

/** Resizing, sampling, and blocks of images moved. */
final class ResizeCases {
  private ResizeCases() {}

  static Stream<Case> gradients() {
    return Stream.of(nearest(), linear(), cubic(), sampling(), blocks()).flatMap(s -> s);
  }

  /** To given lengths of the last two of four axes. */
  static Case toSizes(TensorValue x, String mode, String coordinates, long height, long width) {
    return Case.of("Resize", 13, x, null, null, longs(x.dims()[0], x.dims()[1], height, width))
        .with("mode", Attribute.of(mode))
        .with("coordinate_transformation_mode", Attribute.of(coordinates));
  }

  /** By given factors. */
  static Case byScales(TensorValue x, String mode, String coordinates, float... scales) {
    return Case.of("Resize", 13, x, null, floats(scales))
        .with("mode", Attribute.of(mode))
        .with("coordinate_transformation_mode", Attribute.of(coordinates))
        .fix(2);
  }

  private static Stream<Case> nearest() {
    return Stream.of(
        toSizes(mixed(1, 2, 2, 3), "nearest", "asymmetric", 4, 6)
            .with("nearest_mode", Attribute.of("floor")),
        toSizes(mixed(1, 1, 3, 4), "nearest", "half_pixel", 5, 2),
        toSizes(mixed(1, 1, 3, 4), "nearest", "align_corners", 5, 3)
            .with("nearest_mode", Attribute.of("ceil")),
        Case.of("Resize", 10, mixed(1, 1, 3, 4), floats(1, 1, 2, 0.6f)).fix(1),
        Case.of("Upsample", 9, mixed(1, 1, 2, 2), floats(1, 1, 3, 2)).fix(1),
        Case.of("Upsample", 7, mixed(1, 1, 2, 3))
            .with("scales", new Attribute.Reals(List.of(1f, 1f, 2f, 2f)))
            .with("mode", Attribute.of("linear")));
  }

  private static Stream<Case> linear() {
    return Stream.of(
        toSizes(mixed(1, 2, 3, 3), "linear", "half_pixel", 5, 7),
        toSizes(mixed(1, 1, 3, 4), "linear", "align_corners", 5, 2),
        toSizes(mixed(1, 1, 4, 4), "linear", "pytorch_half_pixel", 3, 1),
        byScales(mixed(1, 1, 3, 4), "linear", "asymmetric", 1, 1, 1.5f, 0.6f),
        byScales(mixed(1, 1, 3, 4), "linear", "half_pixel_symmetric", 1, 1, 1.5f, 0.6f),
        byScales(mixed(2, 1, 3), "linear", "half_pixel", 2, 1, 1.5f),
        byScales(mixed(1, 1, 2, 2, 3), "linear", "half_pixel", 1, 1, 2, 1.5f, 2),
        Case.of("Resize", 18, mixed(1, 5, 4, 1), null, null, longs(2, 3))
            .with("mode", Attribute.of("linear"))
            .with("antialias", 1)
            .with("axes", Attribute.ints(2, 1)),
        Case.of(
                "Resize",
                11,
                mixed(1, 1, 4, 4),
                floats(0, 0, 0.4f, -0.3f, 1, 1, 0.9f, 0.8f),
                floats(),
                longs(1, 1, 3, 3))
            .with("mode", Attribute.of("linear"))
            .with("coordinate_transformation_mode", Attribute.of("tf_crop_and_resize"))
            .with("extrapolation_value", 7f)
            .fix(1, 2));
  }

  private static Stream<Case> cubic() {
    return Stream.of(
        toSizes(mixed(1, 1, 4, 4), "cubic", "half_pixel", 7, 3),
        toSizes(mixed(1, 1, 4, 4), "cubic", "align_corners", 6, 5),
        toSizes(mixed(1, 1, 4, 4), "cubic", "half_pixel", 7, 3)
            .with("cubic_coeff_a", -0.5f)
            .with("exclude_outside", 1),
        byScales(mixed(1, 1, 6), "cubic", "asymmetric", 1, 1, 1.5f),
        Case.of("Resize", 19, mixed(1, 1, 6, 5), null, null, longs(4, 2))
            .with("mode", Attribute.of("cubic"))
            .with("antialias", 1)
            .with("axes", Attribute.ints(-2, -1))
            .with("keep_aspect_ratio_policy", Attribute.of("not_larger")));
  }

  private static TensorValue grid(long... dims) {
    float[] values = mixed(dims).floats();
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.63f * values[i];
    }
    return TensorValue.ofFloats(values, dims);
  }

  private static Stream<Case> sampling() {
    return Stream.of(
        Case.of("GridSample", 16, mixed(1, 2, 3, 4), grid(1, 2, 3, 2))
            .with("mode", Attribute.of("bilinear")),
        Case.of("GridSample", 20, mixed(1, 1, 3, 4), grid(1, 2, 3, 2))
            .with("mode", Attribute.of("cubic"))
            .with("padding_mode", Attribute.of("border")),
        Case.of("GridSample", 16, mixed(1, 1, 3, 4), grid(1, 2, 3, 2))
            .with("mode", Attribute.of("bicubic"))
            .with("align_corners", 1)
            .with("padding_mode", Attribute.of("reflection")),
        Case.of("GridSample", 16, mixed(1, 1, 3, 4), grid(1, 2, 2, 2))
            .with("mode", Attribute.of("nearest")),
        Case.of("GridSample", 20, mixed(1, 1, 3, 2, 3), grid(1, 2, 1, 2, 3)),
        regions(10).with("sampling_ratio", 2),
        regions(16).with("sampling_ratio", 0).with("spatial_scale", 0.5f));
  }

  private static Case regions(int opset) {
    return Case.of(
            "RoiAlign",
            opset,
            mixed(2, 2, 5, 4),
            TensorValue.ofFloats(new float[] {0.3f, 0.8f, 3.1f, 4.2f, -2, 1, 5, 9}, 2, 4),
            longs(1, 0))
        .with("output_height", 2)
        .with("output_width", 3)
        .fix(1);
  }

  private static Stream<Case> blocks() {
    return Stream.of(
        Case.of("DepthToSpace", 11, mixed(1, 8, 2, 1)).with("blocksize", 2),
        Case.of("DepthToSpace", 11, mixed(1, 8, 1, 2))
            .with("blocksize", 2)
            .with("mode", Attribute.of("CRD")),
        Case.of("SpaceToDepth", 1, mixed(1, 2, 4, 2)).with("blocksize", 2),
        Case.of("Col2Im", 18, mixed(1, 4, 4), longs(3, 3), longs(2, 2)),
        Case.of("Col2Im", 18, mixed(2, 8, 6), longs(4, 5), longs(2, 2))
            .with("strides", Attribute.ints(2, 2))
            .with("pads", Attribute.ints(0, 0, 0, 1)),
        Case.of("Col2Im", 18, mixed(1, 4, 4), longs(4), longs(2))
            .with("dilations", Attribute.ints(2))
            .with("pads", Attribute.ints(1, 1)),
        Case.of("CenterCropPad", 18, mixed(3, 5), longs(6, 2)),
        Case.of("CenterCropPad", 18, mixed(3, 4), longs(1)).with("axes", Attribute.ints(-2)));
  }
}
