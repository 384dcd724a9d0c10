package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.longs;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * Values of convolutions, poolings, resizing and normalisations worked out by hand, for variants
 * that ONNX's conformance suite has no case of.
 */
final class SpatialValues {
  private SpatialValues() {}

  static Stream<Arguments> cases() {
    return Stream.of(windows(), resizing(), blocks(), normalisations()).flatMap(s -> s);
  }

  /** One channel with one axis. */
  private static TensorValue line(float... values) {
    return TensorValue.ofFloats(values, 1, 1, values.length);
  }

  private static TensorValue image(int height, int width, float... values) {
    return TensorValue.ofFloats(values, 1, 1, height, width);
  }

  private static TensorValue channels(float... values) {
    return TensorValue.ofFloats(values, 1, values.length, 1);
  }

  private static Stream<Arguments> windows() {
    Case conv = Case.of("Conv", 11, line(1, 2, 3), line(1, 1));
    Case average =
        Case.of("AveragePool", 19, line(2, 4, 6)).with("kernel_shape", Attribute.ints(2));
    Case overhanging =
        average
            .with("ceil_mode", 1)
            .with("strides", Attribute.ints(2))
            .with("count_include_pad", 1);
    Case power = Case.of("LpPool", 18, line(1, -2, 3, 4)).with("kernel_shape", Attribute.ints(2));
    return Stream.of(
        Arguments.of(conv.with("auto_pad", Attribute.of("SAME_LOWER")), line(1, 3, 5)),
        Arguments.of(conv.with("auto_pad", Attribute.of("SAME_UPPER")), line(3, 5, 3)),
        Arguments.of(conv.with("auto_pad", Attribute.of("VALID")), line(3, 5)),
        Arguments.of(conv.with("pads", Attribute.ints(2, 0)), line(0, 1, 3, 5)),
        Arguments.of(
            Case.of("ConvTranspose", 11, line(1, 2), line(1, 10, 100), floats(0.5f))
                .with("strides", Attribute.ints(2))
                .with("pads", Attribute.ints(0, 2)),
            line(1.5f, 10.5f, 102.5f)),
        Arguments.of(
            Case.of("ConvTranspose", 11, line(1, 2), line(1, 10, 100), floats(0.5f))
                .with("output_shape", Attribute.ints(6)),
            line(1.5f, 12.5f, 120.5f, 200.5f, 0.5f, 0.5f)),
        Arguments.of(average.with("pads", Attribute.ints(0, 1)), line(3, 5, 6)),
        Arguments.of(
            average.with("pads", Attribute.ints(0, 1)).with("count_include_pad", 1), line(3, 5, 3)),
        Arguments.of(overhanging, line(3, 6)),
        Arguments.of(overhanging.with("pads", Attribute.ints(0, 2)), line(3, 3)),
        Arguments.of(
            average.with("dilations", Attribute.ints(2)).with("pads", Attribute.ints(1, 0)),
            line(4, 4)),
        Arguments.of(power.with("p", 1).with("pads", Attribute.ints(1, 0)), line(1, 3, 5, 7)),
        Arguments.of(power.with("dilations", Attribute.ints(2)).with("p", 1), line(4, 6)),
        Arguments.of(
            Case.of("MaxPool", 12, line(-5, -7, -6))
                .with("kernel_shape", Attribute.ints(2))
                .with("pads", Attribute.ints(1, 0)),
            line(-5, -5, -6)));
  }

  private static Stream<Arguments> resizing() {
    TensorValue picture = image(2, 4, 1, 2, 3, 4, 5, 6, 7, 8);
    Case old = Case.of("Resize", 10, picture, floats(1, 1, 0.6f, 0.6f));
    float[] ramp = new float[1024];
    float[] longer = new float[1100];
    for (int i = 0; i < ramp.length; i++) {
      ramp[i] = i / 1023f;
    }
    for (int i = 0; i < longer.length; i++) {
      longer[i] = i / 1099f;
    }
    return Stream.of(
        Arguments.of(old, image(1, 2, 1, 3)),
        Arguments.of(old.with("mode", Attribute.of("linear")), image(1, 2, 1, 2.6666667f)),
        Arguments.of(
            Case.of("Upsample", 9, line(1, 2), floats(1, 1, 2))
                .with("mode", Attribute.of("linear")),
            line(1, 1.5f, 2, 2)),
        Arguments.of(
            Case.of("Upsample", 7, line(1, 2))
                .with("scales", new Attribute.Reals(List.of(1f, 1f, 1.5f))),
            line(1, 1, 2)),
        Arguments.of(
            ResizeCases.byScales(line(1, 2, 3, 4), "nearest", "tf_half_pixel_for_nn", 1, 1, 0.5f)
                .with("nearest_mode", Attribute.of("floor")),
            line(2, 4)),
        Arguments.of(
            ResizeCases.byScales(line(1, 2, 3, 4), "linear", "half_pixel_symmetric", 1, 1, 0.6f),
            line(1.6666667f, 3.3333333f)),
        Arguments.of(
            Case.of("Resize", 18, line(1, 2, 3, 4), null, floats(0.5f))
                .with("axes", Attribute.ints(-1))
                .with("mode", Attribute.of("linear"))
                .with("antialias", 1),
            line(1.625f, 3.375f)),
        Arguments.of(
            Case.of("Resize", 18, image(2, 4, 1, 2, 3, 4, 5, 6, 7, 8), null, null, longs(4, 4))
                .with("axes", Attribute.ints(2, 3))
                .with("keep_aspect_ratio_policy", Attribute.of("not_larger")),
            image(2, 4, 1, 2, 3, 4, 5, 6, 7, 8)),
        Arguments.of(
            Case.of("Resize", 11, line(1, 2, 3), floats(0, 0, 0.5f, 1, 1, 1.5f), floats(1, 1, 1))
                .with("mode", Attribute.of("linear"))
                .with("coordinate_transformation_mode", Attribute.of("tf_crop_and_resize"))
                .with("extrapolation_value", 9f),
            line(2, 3, 9)),
        Arguments.of(
            ResizeCases.byScales(line(1, 2), "linear", "half_pixel", 1, 1, 2).with("antialias", 1),
            line(1, 1.25f, 1.75f, 2)),
        Arguments.of(
            Case.of("Resize", 13, line(ramp), null, null, longs(1, 1, 1100))
                .with("mode", Attribute.of("linear"))
                .with("coordinate_transformation_mode", Attribute.of("align_corners")),
            line(longer)));
  }

  private static Stream<Arguments> blocks() {
    return Stream.of(
        Arguments.of(
            Case.of(
                "Col2Im",
                18,
                TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 1, 2, 3),
                longs(4),
                longs(2)),
            line(1, 6, 8, 6)),
        Arguments.of(
            Case.of(
                    "Col2Im",
                    18,
                    TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 1, 2, 3),
                    longs(3),
                    longs(2))
                .with("pads", Attribute.ints(0, 1)),
            line(1, 6, 8)),
        Arguments.of(Case.of("CenterCropPad", 18, floats(1, 2, 3, 4), longs(1)), floats(2)),
        Arguments.of(Case.of("CenterCropPad", 18, floats(1, 2), longs(5)), floats(0, 1, 2, 0, 0)));
  }

  private static Stream<Arguments> normalisations() {
    TensorValue x = TensorValue.ofFloats(new float[] {1, 3, 2, 6}, 1, 4, 1);
    return Stream.of(
        Arguments.of(
            Case.of("GroupNormalization", 18, x, floats(1, 2), floats(0, 1))
                .with("num_groups", 2)
                .with("epsilon", 0f),
            channels(-1, 1, -1, 3)),
        Arguments.of(
            Case.of("GroupNormalization", 21, x, floats(1, 2, 3, 4), floats(0, 0, 0, 1))
                .with("num_groups", 2)
                .with("epsilon", 0f),
            channels(-1, 2, -3, 5)),
        Arguments.of(
            Case.of("RMSNormalization", 23, floats(1, 7), floats(1, 2)).with("epsilon", 0f),
            floats(0.2f, 2.8f)),
        Arguments.of(
            Case.of("LRN", 13, channels(1, 2, 3))
                .with("size", 2)
                .with("alpha", 2f)
                .with("beta", 1f)
                .with("bias", 0f),
            channels(0.2f, 2 / 13f, 1 / 3f)),
        Arguments.of(Case.of("LpNormalization", 1, floats(3, -4)), floats(0.6f, -0.8f)),
        Arguments.of(
            Case.of("LpNormalization", 1, floats(1, -3)).with("p", 1), floats(0.25f, -0.75f)),
        Arguments.of(Case.of("LpNormalization", 22, floats(0, 0)), floats(0, 0)),
        Arguments.of(
            Case.of(
                    "BatchNormalization",
                    7,
                    TensorValue.ofFloats(new float[] {1, 5}, 1, 1, 2),
                    TensorValue.ofFloats(new float[] {1, 2}, 1, 2),
                    TensorValue.ofFloats(new float[] {0, 1}, 1, 2),
                    TensorValue.ofFloats(new float[] {0, 1}, 1, 2),
                    TensorValue.ofFloats(new float[] {1, 4}, 1, 2))
                .with("spatial", 0)
                .with("epsilon", 0f),
            TensorValue.ofFloats(new float[] {1, 5}, 1, 1, 2)));
  }
}
