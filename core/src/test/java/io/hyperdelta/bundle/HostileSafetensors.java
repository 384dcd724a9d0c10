package io.hyperdelta.bundle;

import java.util.Arrays;
import java.util.Base64;

/** What must hold for any bytes that are read as a safetensors file. */
final class HostileSafetensors {
  private HostileSafetensors() {}

  /** Whether the bytes are read. Only a {@link BundleException} may say that they are not. */
  static boolean isSound(byte[] bytes) {
    Safetensors read;
    try {
      read = Safetensors.read(bytes, "hostile.safetensors");
    } catch (BundleException e) {
      String message = String.valueOf(e.getMessage());
      check(message.endsWith(".") && message.length() < 1_000 + bytes.length, message);
      return false;
    }
    byte[] written = read.bytes();
    Safetensors again = Safetensors.read(written, "written.safetensors");
    check(again.equals(read), "other tensors when read again");
    check(Arrays.equals(again.bytes(), written), "other bytes when written again");
    return true;
  }

  /** The same; a failure says how to run it again. */
  static void replayable(byte[] bytes) {
    try {
      isSound(bytes);
    } catch (RuntimeException | Error e) {
      throw new AssertionError(
          "%s%nTo replay these %d bytes:%necho %s | base64 -d > core/src/test/resources/io/hyperdelta/bundle/%s/found-%08x%nmvn test -pl core -Dtest=SafetensorsCorpusTest"
              .formatted(
                  e,
                  bytes.length,
                  Base64.getEncoder().encodeToString(bytes),
                  SafetensorsCorpusTest.FILES,
                  Arrays.hashCode(bytes)),
          e);
    }
  }

  // Not AssertJ: while fuzzing, each microsecond is an input more.
  private static void check(boolean holds, String flaw) {
    if (!holds) {
      throw new AssertionError(flaw);
    }
  }
}
