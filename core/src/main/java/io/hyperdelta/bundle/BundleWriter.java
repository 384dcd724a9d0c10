package io.hyperdelta.bundle;

import io.hyperdelta.problem.FileReason;
import io.hyperdelta.target.Target;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes a bundle beside its destination and puts it there whole: whoever looks sees the earlier
 * bundle or the new one. Not thread-safe.
 *
 * <p>A run that is killed leaves at most a hidden folder with its process id in the name, which the
 * next run to the same destination clears away; if it was killed between the two renames of {@link
 * #publish}, the next run puts the earlier bundle back.
 */
public final class BundleWriter implements AutoCloseable {
  private final Path destination;
  private final Path draft;
  private final Map<String, String> digests = new LinkedHashMap<>();
  private final Thread cleanUp;

  private BundleWriter(Path destination, Path draft) {
    this.destination = destination;
    this.draft = draft;
    this.cleanUp = new Thread(() -> deleteQuietly(draft));
    Runtime.getRuntime().addShutdownHook(cleanUp);
  }

  /**
   * Prepares to write: called before any training, so that a folder that cannot be written is
   * noticed at once.
   *
   * @throws BundleException if the destination exists and is no bundle, or the place cannot be
   *     written
   */
  public static BundleWriter to(Path destination) {
    Path absolute = destination.toAbsolutePath().normalize();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new BundleException(
          "A bundle cannot be written to \"%s\". Expected a folder below another."
              .formatted(destination));
    }
    try {
      Files.createDirectories(parent);
      recover(absolute, parent);
      refuseForeign(absolute);
      Path draft = parent.resolve(hidden(absolute, "draft") + ProcessHandle.current().pid());
      deleteQuietly(draft);
      Files.createDirectory(draft);
      return new BundleWriter(absolute, draft);
    } catch (IOException e) {
      throw new BundleException(
          "A bundle cannot be written to \"%s\": %s. Expected a folder that can be made or replaced."
              .formatted(destination, FileReason.of(e)),
          e);
    }
  }

  private static void refuseForeign(Path destination) throws IOException {
    if (!Files.exists(destination, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.isDirectory(destination)) {
      throw new BundleException(
          "A bundle cannot be written to \"%s\": it is a file. Expected a new folder or an earlier bundle."
              .formatted(destination));
    }
    try (Stream<Path> entries = Files.list(destination)) {
      // A manifest.json alone proves nothing: others write files of that name too.
      Set<String> own = Bundle.files(destination);
      Optional<Path> any =
          entries.filter(path -> !own.contains(path.getFileName().toString())).sorted().findFirst();
      if (any.isPresent()) {
        throw new BundleException(
            "A bundle cannot be written to \"%s\": the folder holds something that is no bundle, such as \"%s\". Expected a new folder, an empty one or an earlier bundle. Nothing was changed; choose another folder with --out."
                .formatted(destination, any.get().getFileName()));
      }
    }
  }

  private static String hidden(Path destination, String role) {
    return "." + destination.getFileName() + "." + role + "-";
  }

  /** Puts back what a killed run moved away, and clears what killed runs left. */
  private static void recover(Path destination, Path parent) throws IOException {
    for (Path previous : leftOvers(destination, parent, "previous")) {
      if (Files.exists(destination)) {
        deleteQuietly(previous);
      } else {
        Files.move(previous, destination, StandardCopyOption.ATOMIC_MOVE);
      }
    }
    leftOvers(destination, parent, "draft").forEach(BundleWriter::deleteQuietly);
  }

  private static List<Path> leftOvers(Path destination, Path parent, String role)
      throws IOException {
    String prefix = hidden(destination, role);
    try (Stream<Path> entries = Files.list(parent)) {
      return entries
          .filter(path -> path.getFileName().toString().startsWith(prefix))
          .filter(path -> !alive(path.getFileName().toString().substring(prefix.length())))
          .sorted()
          .toList();
    }
  }

  /**
   * Whether another process has this id. In containers each run has the same one, so our own is
   * that of a run before us.
   */
  private static boolean alive(String pid) {
    if (!pid.matches("[0-9]{1,18}")) {
      return true;
    }
    long id = Long.parseLong(pid);
    return id != ProcessHandle.current().pid() && ProcessHandle.of(id).isPresent();
  }

  /**
   * Writes a file of the bundle.
   *
   * @param name plain file name
   * @throws BundleException if it cannot be written
   */
  public void put(String name, byte[] bytes) {
    try {
      Files.write(draft.resolve(name), bytes);
      digests.put(name, Target.sha256(bytes));
    } catch (IOException e) {
      throw new BundleException(
          "File \"%s\" of the new bundle cannot be written: %s.".formatted(name, FileReason.of(e)),
          e);
    }
  }

  /**
   * Writes the manifest with the digests of the files so far, and opens the draft for a look before
   * it is published.
   *
   * @param manifest its digests are filled in
   */
  public Bundle seal(Manifest manifest) {
    put(Bundle.MANIFEST, Bundle.json(manifest.withFiles(digests)));
    return Bundle.open(draft);
  }

  /**
   * Puts the sealed bundle in its place.
   *
   * @throws BundleException if it cannot be moved; an earlier bundle is then back in its place
   */
  public Bundle publish() {
    Path previous =
        destination.resolveSibling(hidden(destination, "previous") + ProcessHandle.current().pid());
    try {
      // Training takes long enough for somebody to have put something there.
      refuseForeign(destination);
      boolean replaces = Files.exists(destination);
      if (replaces) {
        Files.move(destination, previous, StandardCopyOption.ATOMIC_MOVE);
      }
      try {
        Files.move(draft, destination, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        if (replaces) {
          Files.move(previous, destination, StandardCopyOption.ATOMIC_MOVE);
        }
        throw e;
      }
      deleteQuietly(previous);
      return Bundle.open(destination);
    } catch (AtomicMoveNotSupportedException e) {
      throw new BundleException(
          "The file system of \"%s\" cannot rename folders.".formatted(destination), e);
    } catch (IOException e) {
      throw new BundleException(
          "The new bundle cannot be moved to \"%s\": %s. The earlier one, if any, is unchanged."
              .formatted(destination, FileReason.of(e)),
          e);
    }
  }

  /** Clears the draft unless it was published. */
  @Override
  public void close() {
    deleteQuietly(draft);
    try {
      Runtime.getRuntime().removeShutdownHook(cleanUp);
    } catch (IllegalStateException e) {
      // The virtual machine is already shutting down, and the hook runs.
      return;
    }
  }

  private static void deleteQuietly(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.walk(folder)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(entry);
      }
    } catch (IOException e) {
      // A left-over is found and cleared by the next run; failing here would hide the real error.
      return;
    }
  }
}
