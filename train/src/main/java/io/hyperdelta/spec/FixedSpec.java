package io.hyperdelta.spec;

import java.nio.file.Path;

/**
 * Deltas that are given and stay as they are, such as a LoRA from elsewhere.
 *
 * @param format what they are read from
 * @param path the folder or file; a relative path is resolved against the working directory
 * @param scale what they are multiplied with, finite and not 0
 */
public record FixedSpec(Format format, Path path, double scale) {
  /** The deltas as they are. */
  public static final double DEFAULT_SCALE = 1;

  /** What deltas are read from. */
  public enum Format {
    /** A folder that Hugging Face's PEFT wrote, with a LoRA in it. */
    PEFT,
    /** A safetensors file of ours, as {@code delta} writes it. */
    SAFETENSORS;

    /** The key in a spec. */
    public String key() {
      return this == PEFT ? "peft" : "safetensors";
    }
  }

  /** Checks the scale and makes the path absolute. */
  public FixedSpec {
    path = Require.absolute(path);
    if (!Double.isFinite(scale) || scale == 0) {
      throw new IllegalArgumentException(
          "scale is out of range. Expected a finite number other than 0, got " + scale + ".");
    }
  }

  /** The LoRA of a PEFT folder. */
  public static FixedSpec peft(Path folder) {
    return new FixedSpec(Format.PEFT, folder, DEFAULT_SCALE);
  }

  /** The deltas of a file of ours. */
  public static FixedSpec safetensors(Path file) {
    return new FixedSpec(Format.SAFETENSORS, file, DEFAULT_SCALE);
  }
}
