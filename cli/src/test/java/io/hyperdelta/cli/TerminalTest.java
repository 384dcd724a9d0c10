package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.Writer;
import org.junit.jupiter.api.Test;

class TerminalTest {
  @Test
  void theLaunchersWordCounts() {
    assertThat(Terminal.errIsTerminal("true")).isTrue();
    assertThat(Terminal.errIsTerminal("false")).isFalse();
  }

  @Test
  void forkedTestsHaveNoTerminal() {
    // Surefire talks to this process through pipes; from Java 22 on there is a console object all
    // the same.
    assertThat(Terminal.errIsTerminal(null)).isFalse();
  }

  @Test
  void unknownWidthIsEighty() {
    assertThat(Terminal.columns(null)).isEqualTo(80);
    assertThat(Terminal.columns("wide")).isEqualTo(80);
    assertThat(Terminal.columns("132")).isEqualTo(132);
  }

  @Test
  void absurdWidthIsWidened() {
    PrintWriter nothing = new PrintWriter(Writer.nullWriter());
    assertThat(new Terminal(nothing, nothing, true, true, 0).width()).isEqualTo(40);
  }

  @Test
  void progressFitsTheTerminal() {
    PrintWriter nothing = new PrintWriter(Writer.nullWriter());
    assertThat(new Terminal(nothing, nothing, true, true, 80).progress())
        .isInstanceOf(TerminalProgress.class);
    assertThat(new Terminal(nothing, nothing, false, true, 80).progress())
        .isInstanceOf(PlainProgress.class);
  }
}
