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

  static Site weight(String name, Layout layout, long in, long out, boolean biased) {
    return new Site(
        name,
        SiteKind.WEIGHT,
        name,
        layout == Layout.IN_OUT ? List.of(in, out) : List.of(out, in),
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
