package io.hyperdelta.bundle;

import com.code_intelligence.jazzer.junit.FuzzTest;

/**
 * Looks for bytes that make the reader of context tables do anything but succeed or throw one of
 * the package's exceptions.
 */
final class JoinedTableFuzzTest {
  @FuzzTest(maxDuration = "20s")
  void read(byte[] bytes) {
    JoinedTableTest.assertReadOrRefused(bytes);
  }
}
