package io.hyperdelta.bundle;

import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.target.Target;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** What must hold for any bytes that are read as a safetensors file, and as one of deltas. */
final class HostileSafetensors {
  private static final Target TARGET = SampleAdapter.target();

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
    readDeltas(bytes);
    return true;
  }

  /** Deltas that are read are written and read again; others are refused. */
  private static void readDeltas(byte[] bytes) {
    List<FixedDelta> deltas;
    try {
      deltas = DeltaFile.read(bytes, "hostile.safetensors").on(TARGET);
    } catch (BundleException e) {
      String message = String.valueOf(e.getMessage());
      check(message.endsWith(".") && message.length() < 1_000 + 2 * bytes.length, message);
      return;
    }
    byte[] written = DeltaFile.bytes(TARGET, deltas);
    check(DeltaFile.read(written, "written").on(TARGET).equals(deltas), "other deltas");
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
