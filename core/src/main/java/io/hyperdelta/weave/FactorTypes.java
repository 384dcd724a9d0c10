package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The types of factors where they travel between graphs. Stateless. */
final class FactorTypes {
  private FactorTypes() {}

  /**
   * A factor as a generator gives it.
   *
   * @param conditions size or name of the axis of conditions
   */
  static TensorType output(Factor factor, Object conditions) {
    return type(factor, conditions, null);
  }

  /** A factor as a graph takes it: inner axes are open, so that a default of width zero fits. */
  static TensorType input(SiteDelta delta, Factor factor) {
    return type(factor, delta.name() + "/conditions", delta.name() + "/inner");
  }

  private static TensorType type(Factor factor, Object conditions, @Nullable String inner) {
    List<Object> axes = new ArrayList<>();
    axes.add(factor.isGenerated() ? conditions : 1L);
    for (int axis = 0; axis < factor.dims().size(); axis++) {
      boolean open = inner != null && factor.inner().contains(axis);
      axes.add(open ? inner : factor.dims().get(axis));
    }
    return TensorType.of(Dtype.FLOAT, axes.toArray());
  }

  /** A factor of a delta that is zero: without inner axes, or zeros. */
  static TensorValue none(Factor factor) {
    long[] dims = new long[factor.dims().size() + 1];
    dims[0] = 1;
    long count = 1;
    for (int axis = 0; axis < factor.dims().size(); axis++) {
      dims[axis + 1] = factor.inner().contains(axis) ? 0 : factor.dims().get(axis);
      count *= dims[axis + 1];
    }
    return TensorValue.ofFloats(new float[Math.toIntExact(count)], dims);
  }
}
