package io.hyperdelta.sidebyside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job comes out of its folder as it went in, and is trained by a process of its own. */
class JobTest {
  @TempDir private Path folder;

  private static Job job(int conditions) {
    return AdaptedMlp.job(
        conditions, List.of(Adaptation.of("fc2.weight", new LowRank(3))), Map.of("rank", 3), 2);
  }

  @Test
  void comesBackFromItsFolder() {
    Job job = job(8);
    job.write(folder);
    assertThat(Job.readSettings(folder)).isEqualTo(job.settings());
    assertThat(Job.readModel(folder)).isEqualTo(job.model());
    Job.Data data = job.data();
    Job.Data read = Job.readData(folder);
    assertThat(read.inputs()).isEqualTo(data.inputs());
    assertThat(read.labels()).isEqualTo(data.labels());
    for (int i = 0; i < data.rows().size(); i++) {
      assertThat(read.rows().get(i)).isEqualTo(data.rows().get(i));
      assertThat(read.conditions().get(i)).isEqualTo(data.conditions().get(i));
    }
  }

  /** The loss falls below that of a guess among ten classes, from step to step the same. */
  @Test
  void isTrainedByItsWorker() {
    job(256).write(folder);
    double[] losses;
    try (Side side = new Side(SideBySide.ours(folder))) {
      losses = side.steps(64 * 4).losses();
      assertThat(side.startSeconds()).isPositive();
    }
    assertThat(losses[losses.length - 1]).isLessThan(losses[0]);
    try (Side side = new Side(SideBySide.ours(folder))) {
      assertThat(side.steps(1).losses()[0]).isCloseTo(losses[0], within(1e-6));
    }
  }

  @Test
  void withoutPyTorchNothingIsMeasured() {
    String table = SideBySide.table(folder, Optional.empty(), List.of());
    assertThat(table.lines().skip(2))
        .hasSizeGreaterThan(8)
        .allMatch(line -> line.contains("| not measured | not measured | | |"));
    assertThat(Race.table(folder, Optional.empty())).contains("| not measured | not measured |");
  }
}
