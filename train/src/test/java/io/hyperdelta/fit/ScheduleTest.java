package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ScheduleTest {
  @Test
  void risesInAStraightLineAndFallsAlongHalfACosine() {
    Schedule schedule = new Schedule(0.4, 4, 24);

    assertThat(schedule.at(0)).isCloseTo(0.1, within(1e-12));
    assertThat(schedule.at(3)).isCloseTo(0.4, within(1e-12));
    assertThat(schedule.at(4)).isCloseTo(0.4, within(1e-12));
    assertThat(schedule.at(14)).isCloseTo(0.2, within(1e-12));
    assertThat(schedule.at(23)).isBetween(0.0, 0.004);
  }

  @Test
  void needsNoWarmUp() {
    assertThat(new Schedule(1, 0, 10).at(0)).isEqualTo(1);
  }
}
