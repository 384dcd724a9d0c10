package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowBlocksTest {
  /** Groups of these sizes, their rows mixed. Row i is called 10 i. */
  private record Rows(int[] rows, int[] groups) {
    static Rows of(int... sizes) {
      List<Integer> groups = new ArrayList<>();
      for (int group = 0; group < sizes.length; group++) {
        for (int i = 0; i < sizes[group]; i++) {
          groups.add(i * sizes.length / sizes[group] % 2 == 0 ? groups.size() : 0, group);
        }
      }
      return new Rows(
          IntStream.range(0, groups.size()).map(i -> 10 * i).toArray(),
          groups.stream().mapToInt(Integer::intValue).toArray());
    }

    int groupOf(int row) {
      return groups[row / 10];
    }

    RowBlocks blocks(int batch) {
      return RowBlocks.of(rows, groups, batch, batch);
    }
  }

  private static int[] sizes(int count, int size) {
    int[] sizes = new int[count];
    Arrays.fill(sizes, size);
    return sizes;
  }

  @ParameterizedTest(name = "{0} groups of {1}, batch {2}: {3} conditions x {4} rows")
  @CsvSource({
    "100, 1, 256, 100, 1",
    "1000, 5, 256, 128, 2",
    "1000, 1, 256, 256, 1",
    "1000, 2, 256, 128, 2",
    "1000, 3, 256, 256, 1",
    "1000, 4, 256, 64, 4",
    "1000, 7, 256, 64, 4",
    "100, 100, 256, 32, 8",
    "8, 100, 256, 32, 8",
    "8, 96, 256, 8, 32",
    "8, 32, 256, 8, 32",
    "1, 5000, 256, 4, 64",
    "100, 100, 100, 25, 4",
    "100, 100, 4, 4, 1",
    "3, 4, 256, 3, 4",
  })
  void sizesFollowTheGroups(int count, int size, int batch, int conditions, int rowsEach) {
    RowBlocks blocks = Rows.of(sizes(count, size)).blocks(batch);

    assertThat(blocks.rowsEach()).isEqualTo(rowsEach);
    assertThat(blocks.conditions()).isEqualTo(conditions);
  }

  @Test
  void aFewLargeGroupsAmongSingleRowsAreNoReasonForBlocks() {
    int[] sizes = sizes(50, 1);
    sizes[7] = 400;

    assertThat(Rows.of(sizes).blocks(64).rowsEach()).isEqualTo(1);
  }

  private static void assertRight(Rows rows, RowBlocks blocks, List<Batch> batches) {
    List<Integer> seen = new ArrayList<>();
    assertThat(batches).hasSize(blocks.batchCount());
    for (Batch batch : batches) {
      int m = blocks.rowsEach();
      assertThat(batch.conditionRows().length).isBetween(1, blocks.conditions());
      assertThat(batch.rows()).hasSize(batch.conditionRows().length * m);
      for (int i = 0; i < batch.rows().length; i++) {
        int condition = batch.conditionRows()[i / m];
        if (m == 1) {
          assertThat(batch.rows()[i]).isEqualTo(condition);
        }
        assertThat(rows.groupOf(batch.rows()[i])).isEqualTo(rows.groupOf(condition));
      }
      Arrays.stream(batch.countedRows()).forEach(seen::add);
    }
    assertThat(seen)
        .containsExactlyInAnyOrderElementsOf(Arrays.stream(rows.rows()).boxed().toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 10, 32, 1000})
  void everyRowCountsOnceInAnEpochAndBlocksHaveOneCondition(int batch) {
    Rows rows = Rows.of(8, 1, 13, 9, 30, 12, 2, 8, 11, 40, 27, 16);
    RowBlocks blocks = rows.blocks(batch);
    Random random = new Random(1);
    for (int epoch = 0; epoch < 5; epoch++) {
      assertRight(rows, blocks, blocks.shuffled(random));
    }
    assertRight(rows, blocks, blocks.inOrder());
    assertThat(blocks.rowsEach()).isEqualTo(batch < 32 ? 1 : batch == 32 ? 2 : 4);
  }

  @Test
  void fullBlocksHaveNoRowsThatDoNotCount() {
    RowBlocks blocks = Rows.of(sizes(20, 12)).blocks(64);

    assertThat(blocks.rowsEach()).isEqualTo(4);
    assertThat(blocks.shuffled(new Random(3))).noneMatch(Batch::isPadded);
    assertThat(Rows.of(9, 8, 9, 8).blocks(32).shuffled(new Random(3))).anyMatch(Batch::isPadded);
  }

  @Test
  void theOrderIsRandomWithinGroupsAndAmongThemAndTheSameForTheSameSeed() {
    Rows rows = Rows.of(sizes(20, 12));
    RowBlocks blocks = rows.blocks(64);
    Set<List<Integer>> orders = new HashSet<>();
    Set<List<Integer>> companions = new HashSet<>();
    Random random = new Random(9);
    for (int epoch = 0; epoch < 20; epoch++) {
      int[] first = blocks.shuffled(random).get(0).rows();
      orders.add(Arrays.stream(first).map(rows::groupOf).boxed().toList());
      companions.add(Arrays.stream(first).limit(4).sorted().boxed().toList());
    }

    assertThat(orders).hasSize(20);
    assertThat(companions).hasSize(20);
    assertThat(blocks.shuffled(new Random(4)).get(1).rows())
        .isEqualTo(blocks.shuffled(new Random(4)).get(1).rows());
  }

  @Test
  void blocksOfAGroupAreSpreadOverTheEpoch() {
    Rows rows = Rows.of(sizes(8, 320));
    RowBlocks blocks = rows.blocks(256);
    for (Batch batch : blocks.shuffled(new Random(5))) {
      Map<Integer, Integer> perGroup = new HashMap<>();
      Arrays.stream(batch.conditionRows())
          .forEach(row -> perGroup.merge(rows.groupOf(row), 1, Integer::sum));
      // One block of each of the eight conditions; a group may come a little early or late.
      assertThat(perGroup.values()).allMatch(count -> count <= 2);
    }
  }

  @Test
  void aConditionPerRowKeepsTheOrderOfAPlainShuffle() {
    int[] rows = {5, 7, 9, 11, 13};
    int[] expected = rows.clone();
    Random random = new Random(2);
    for (int i = expected.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int row = expected[i];
      expected[i] = expected[j];
      expected[j] = row;
    }
    List<Batch> batches = RowBlocks.perRow(rows, 3).shuffled(new Random(2));

    assertThat(batches).hasSize(2);
    assertThat(batches.get(0).rows()).containsExactly(Arrays.copyOf(expected, 3));
    assertThat(batches.get(1).countedRows()).containsExactly(Arrays.copyOfRange(expected, 3, 5));
    assertThat(batches.get(1).conditionRows()).containsExactly(batches.get(1).rows());
  }
}
