package io.hyperdelta.cli;

import io.hyperdelta.bundle.DeltaFile;
import io.hyperdelta.bundle.LoraFactors;
import io.hyperdelta.bundle.PeftLora;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.target.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Deltas that somebody gives, whatever they are in. Stateless. */
final class GivenDeltas {
  private GivenDeltas() {}

  /**
   * Reads deltas.
   *
   * @param path a folder that PEFT wrote, or a file that "delta" wrote
   * @throws io.hyperdelta.bundle.BundleException if they cannot be read or are for another target
   */
  static List<FixedDelta> read(Path path, Target target) {
    return Files.isDirectory(path)
        ? PeftLora.read(path).on(target).stream().map(LoraFactors::delta).toList()
        : DeltaFile.read(path).on(target);
  }
}
