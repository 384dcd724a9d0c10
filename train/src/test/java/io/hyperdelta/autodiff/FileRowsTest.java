package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rows in a file come back bit for bit, and leave nothing behind. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class FileRowsTest {
  private static final String FOLDER = "java.io.tmpdir";

  @TempDir Path folder;
  private String before = "";

  @BeforeEach
  void useFolder() {
    before = System.getProperty(FOLDER);
    System.setProperty(FOLDER, folder.toString());
  }

  @AfterEach
  void useFolderOfBefore() {
    System.setProperty(FOLDER, before);
  }

  @Test
  void rowsComeBackInAnyOrder() {
    try (PointerScope scope = new PointerScope()) {
      Tensor all = torch.randn(7, 3, 5);
      try (FileRows rows = new FileRows(all)) {
        rows.put(0, all.narrow(0, 0, 4));
        rows.put(4, all.narrow(0, 4, 3));
        int[] some = {6, 0, 3, 3, 4};

        Tensor got = rows.take(Pick.of(some, 7));

        assertThat(got.equal(torch.index_select(all, 0, Tensors.ofRows(some)))).isTrue();
      }
    }
  }

  @Test
  void partsNeedNotLieInOrderAndMayBeOfAnyType() {
    try (PointerScope scope = new PointerScope()) {
      Tensor turned = torch.randn(3, 4).t().to(ScalarType.Double);
      try (FileRows rows = new FileRows(turned)) {
        rows.put(0, turned);

        Tensor got = rows.take(Pick.of(new int[] {3, 1}, 4));

        assertThat(got.equal(torch.index_select(turned, 0, Tensors.ofRows(new int[] {3, 1}))))
            .isTrue();
      }
    }
  }

  @Test
  void theFileGoes() throws IOException {
    try (PointerScope scope = new PointerScope()) {
      Tensor all = torch.randn(2, 2);
      try (FileRows rows = new FileRows(all)) {
        rows.put(0, all);
      }
      try (Stream<Path> left = Files.list(folder)) {
        assertThat(left).isEmpty();
      }
    }
  }

  @Test
  void rowsThatAreNotThereAreNoZeros() {
    try (PointerScope scope = new PointerScope()) {
      Tensor all = torch.randn(4, 2);
      try (FileRows rows = new FileRows(all)) {
        rows.put(0, all.narrow(0, 0, 2));
        assertThatThrownBy(() -> rows.take(Pick.of(new int[] {3}, 4)))
            .isInstanceOf(UncheckedIOException.class)
            .hasMessageContaining("it ends too soon");
      }
    }
  }

  @Test
  void aFolderThatIsNotThereHasNoRoom() {
    System.setProperty(FOLDER, folder.resolve("none").toString());

    assertThat(FileRows.fit(1)).isFalse();
    try (PointerScope scope = new PointerScope()) {
      assertThatThrownBy(() -> new FileRows(torch.randn(1, 1)))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageStartingWith(
              "A temporary file in \"%s\" cannot be used: ".formatted(folder.resolve("none")))
          .hasMessageEndingWith("Give Java another folder with -Djava.io.tmpdir.");
    }
  }

  @Test
  void largeRowsOfLargeTablesAreForAFile() {
    Room room = new Room(1 << 20, 4 << 20, 64 << 20);

    assertThat(room.place(4096, 256)).isEqualTo(Room.Place.MEMORY);
    assertThat(room.place(4096, 257)).isEqualTo(Room.Place.FILE);
    assertThat(room.place(4095, 1000)).as("small rows").isEqualTo(Room.Place.MEMORY);
    Room endless = new Room(0, 0, Long.MAX_VALUE);
    assertThat(endless.place(1L << 31, 1)).as("a row too large").isEqualTo(Room.Place.NOWHERE);
    assertThat(room.place(4095, 10_000)).as("many small rows").isEqualTo(Room.Place.NOWHERE);
    assertThat(room.place(4096, 1 << 20)).as("more than the file").isEqualTo(Room.Place.NOWHERE);
    assertThat(room.place(Long.MAX_VALUE, 3)).isEqualTo(Room.Place.NOWHERE);
    System.setProperty(FOLDER, folder.resolve("none").toString());
    assertThat(room.place(4096, 257)).as("no folder").isEqualTo(Room.Place.MEMORY);
  }
}
