package io.hyperdelta.bundle;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Looks for bytes that make the reader of PEFT configurations, or the patterns in them, do anything
 * but succeed or throw a {@link BundleException}.
 */
final class PeftConfigFuzzTest {
  @FuzzTest(maxDuration = "20s")
  void read(byte[] bytes) {
    PeftConfigTest.assertReadOrRefused(bytes);
  }
}
