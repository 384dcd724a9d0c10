package io.hyperdelta.fit;

import io.hyperdelta.bundle.BundleException;
import io.hyperdelta.bundle.DeltaFile;
import io.hyperdelta.bundle.LoraFactors;
import io.hyperdelta.bundle.PeftLora;
import io.hyperdelta.delta.DeltaAlgebra;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.hypernetwork.FixedSource;
import io.hyperdelta.spec.FixedSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Merge;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The fixed deltas that a spec names.
 *
 * @param sources of the deltas, in the order written
 * @param applied the target with all of them in its weights: where training starts; empty if there
 *     are none
 */
record FixedDeltas(List<FixedSource> sources, Optional<TrainedTarget> applied) {
  FixedDeltas {
    sources = List.copyOf(sources);
  }

  /**
   * Reads them onto the target.
   *
   * @throws SpecException if they cannot be read, are for another target, or do not fit it
   */
  static FixedDeltas of(Spec spec, TrainedTarget target) {
    List<FixedSource> sources = new ArrayList<>();
    List<FixedDelta> all = new ArrayList<>();
    spec.fixed()
        .forEach(
            (name, fixed) -> {
              try {
                List<FixedDelta> deltas = read(fixed, target.target());
                sources.add(FixedSource.of(name, target.target(), deltas));
                all.addAll(deltas);
              } catch (BundleException | IllegalArgumentException e) {
                throw new SpecException("fixed.%s: %s".formatted(name, e.getMessage()), e);
              }
            });
    return new FixedDeltas(
        sources, all.isEmpty() ? Optional.empty() : Optional.of(applied(target, all)));
  }

  private static List<FixedDelta> read(FixedSpec fixed, Target target) {
    List<FixedDelta> deltas =
        fixed.format() == FixedSpec.Format.PEFT
            ? PeftLora.read(fixed.path()).on(target).stream().map(LoraFactors::delta).toList()
            : DeltaFile.read(fixed.path()).on(target);
    return deltas.stream().map(delta -> DeltaAlgebra.scaled(delta, fixed.scale())).toList();
  }

  private static TrainedTarget applied(TrainedTarget target, List<FixedDelta> deltas) {
    try {
      byte[] merged = ModelWriter.write(Merge.merge(target.target(), deltas));
      return new TrainedTarget(
          Target.of(merged, "target with fixed deltas"), target.bindings(), target.output());
    } catch (IllegalArgumentException e) {
      throw new SpecException("fixed: " + e.getMessage(), e);
    }
  }
}
