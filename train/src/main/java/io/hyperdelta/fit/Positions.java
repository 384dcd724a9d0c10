package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.target.Axes;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Use;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * How many rows the layers of a target have for each row of a batch: one in an MLP, as many as
 * there are tokens or pixels in others. What contractions are planned for: {@link
 * io.hyperdelta.weave.Workload#with}. Stateless.
 */
public final class Positions {
  private Positions() {}

  /**
   * Runs a target on some rows and looks.
   *
   * @param inputs of the target by name, each with as many rows along its first axis; one is enough
   * @param rows how many there are, 1 or more
   * @return by initializer of a site, 2 or more; layers that have one for each row are left out
   * @throws IllegalArgumentException if the inputs do not fit the target
   */
  @SuppressWarnings("try") // scopes work by being open
  public static Map<String, Integer> of(Target target, Map<String, Value> inputs, int rows) {
    // A layer may be used twice, and its weight and bias by one node.
    Set<String> made = new LinkedHashSet<>();
    for (Site site : target.sites()) {
      site.uses().forEach(use -> made.add(use.output()));
    }
    Map<String, long[]> shapes = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        NoGradGuard frozen = new NoGradGuard();
        Program program =
            Program.compile(
                TracedShapes.showing(target.model(), made), Set.of(), Precision.FLOAT)) {
      List<Value> values = program.run(inputs);
      for (int i = 0; i < values.size(); i++) {
        shapes.put(program.outputNames().get(i), values.get(i).dims());
      }
    }
    Map<String, Integer> positions = new LinkedHashMap<>();
    for (Site site : target.sites()) {
      for (Use use : site.uses()) {
        long count = count(site, use, Objects.requireNonNull(shapes.get(use.output())), rows);
        if (count > 1) {
          positions.merge(
              site.initializer(), (int) Math.min(Integer.MAX_VALUE, count), Integer::max);
        }
      }
    }
    return positions;
  }

  private static long count(Site site, Use use, long[] dims, int rows) {
    if (use.axes() == Axes.STEPS_FIRST) {
      return dims[0];
    }
    long numbers = 1;
    for (long dim : dims) {
      numbers *= dim;
    }
    return numbers / Math.max(1, rows * site.out());
  }
}
