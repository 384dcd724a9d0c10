package io.hyperdelta.benchmarks;

import io.hyperdelta.target.Target;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A file of a network that others trained, inside an artefact that Maven fetched.
 *
 * @param resource its path on the class path
 * @param sha256 digest of the bytes, 64 lower-case hexadecimal digits
 */
record NetworkFile(String resource, String sha256) {
  /**
   * The bytes.
   *
   * @throws IllegalStateException if the file is missing or is another than the one expected
   */
  byte[] bytes() {
    try (InputStream stream = NetworkFile.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException(
            "File \"%s\" is not on the class path. Expected the artefacts that the module's pom names."
                .formatted(resource));
      }
      byte[] bytes = stream.readAllBytes();
      String digest = Target.sha256(bytes);
      if (!digest.equals(sha256)) {
        throw new IllegalStateException(
            "File \"%s\" is another one. Expected SHA-256 %s, got %s. Maybe the artefact has a new version."
                .formatted(resource, sha256, digest));
      }
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
