package io.hyperdelta.delta;

import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Units;
import io.hyperdelta.target.Use;
import java.util.List;

/** Sites without a target. */
final class SampleSites {
  private SampleSites() {}

  /** A weight; of a transposed convolution with a window of 2. */
  static Site weight(String name, Layout layout, long in, long out, boolean biased) {
    List<Long> dims =
        switch (layout) {
          case IN_OUT -> List.of(in, out);
          case OUT_IN -> List.of(out, in);
          case CHANNELS_OUT_WINDOW -> List.of(in / 2, out, 2L);
        };
    return new Site(
        name,
        SiteKind.WEIGHT,
        name,
        dims,
        layout,
        in,
        out,
        biased,
        List.of(new Use("MatMul", "x", "y", 1)),
        Units.ALL);
  }

  static Site bias(String name, long out) {
    return new Site(
        name,
        SiteKind.BIAS,
        name,
        List.of(out),
        Layout.IN_OUT,
        1,
        out,
        false,
        List.of(new Use("Gemm", "", "y", 1)),
        Units.ALL);
  }
}
