package io.hyperdelta.bundle;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Looks for bytes that make the reader of safetensors files do anything but succeed or throw a
 * {@link BundleException}, and for files that are others when they are written and read again.
 */
final class SafetensorsFuzzTest {
  @FuzzTest(maxDuration = "20s")
  void read(byte[] bytes) {
    HostileSafetensors.replayable(bytes);
  }
}
