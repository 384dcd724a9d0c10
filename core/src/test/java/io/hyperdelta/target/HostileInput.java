package io.hyperdelta.target;

import io.hyperdelta.graph.ConstantFolding;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorCodec;
import io.hyperdelta.graph.TensorValue;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.Set;

/** What must hold for any bytes at all: the laws that fuzzing and its corpus test. */
final class HostileInput {
  /** Processor time; a small input takes milliseconds, but the first ones also load classes. */
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private HostileInput() {}

  /** Something that is done with the bytes; only {@link ModelException} may escape. */
  private interface Use {
    void run(byte[] bytes);
  }

  /**
   * Runs a test of some bytes; if it fails, says how to run it again with them.
   *
   * @param folder where the corpus keeps such bytes
   */
  static void replayable(byte[] bytes, String folder, Runnable test) {
    try {
      test.run();
    } catch (RuntimeException | Error e) {
      String file =
          "core/src/test/resources/io/hyperdelta/target/%s/found-%08x"
              .formatted(folder, Arrays.hashCode(bytes));
      throw new AssertionError(
          "%s%nTo replay these %d bytes:%necho %s | base64 -d > %s%nmvn test -pl core -Dtest=CorpusTest"
              .formatted(e, bytes.length, Base64.getEncoder().encodeToString(bytes), file),
          e);
    }
  }

  /** Bytes as a model file. Returns whether they are a target. */
  static boolean isTarget(byte[] bytes) {
    return use(bytes, HostileInput::useModel);
  }

  /** Bytes as a tensor file. Returns whether they are a tensor. */
  static boolean isTensor(byte[] bytes) {
    return use(bytes, HostileInput::useTensor);
  }

  private static boolean use(byte[] bytes, Use use) {
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long start = clock.getCurrentThreadCpuTime();
    boolean refused = false;
    try {
      use.run(bytes);
    } catch (ModelException e) {
      refused = true;
      String message = String.valueOf(e.getMessage());
      check(message.endsWith(".") && message.length() < 1_000 + bytes.length, message);
    }
    check(clock.getCurrentThreadCpuTime() - start < LIMIT.toNanos(), "took too long");
    return !refused;
  }

  private static void useModel(byte[] bytes) {
    Model model = ModelReader.read(bytes, "hostile.onnx");
    checkWritable(model);
    Model folded = ConstantFolding.fold(model);
    if (!folded.equals(model)) {
      checkWritable(folded);
    }
    check(folded.graph().outputs().equals(model.graph().outputs()), "other outputs when folded");
    Target target = Target.of(bytes, "hostile.onnx");
    check(target.model().equals(folded), "a target is not its folded model");
    Set<String> names = new HashSet<>();
    check(target.sites().stream().allMatch(site -> names.add(site.name())), "two sites, one name");
  }

  private static void checkWritable(Model model) {
    byte[] written = ModelWriter.write(model);
    try {
      Model again = ModelReader.read(written, "written.onnx");
      check(again.equals(model), "another model when read again");
      check(Arrays.equals(ModelWriter.write(again), written), "other bytes when written again");
    } catch (ModelException e) {
      throw new AssertionError("What we wrote is refused: " + e.getMessage(), e);
    }
  }

  // Not AssertJ: while fuzzing, each microsecond is an input more.
  private static void check(boolean holds, String flaw) {
    if (!holds) {
      throw new AssertionError(flaw);
    }
  }

  private static void useTensor(byte[] bytes) {
    TensorValue tensor = TensorCodec.decode(bytes, "hostile.pb");
    check(tensor.reshaped(tensor.dims()).equals(tensor), "another tensor when reshaped to itself");
    int read = tensor.dtype() == Dtype.STRING ? tensor.strings().size() : tensor.doubles().length;
    check(read == tensor.elementCount(), "another number of elements");
  }
}
