package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ParagraphTest {
  @Test
  void breaksAtSpaces() {
    assertThat(wrap("aaa bbb ccc", 7)).isEqualTo("aaa bbb\nccc");
    assertThat(wrap("aaa bbb ccc", 6)).isEqualTo("aaa\nbbb\nccc");
  }

  @Test
  void longWordsStayWhole() {
    assertThat(wrap("see /a/very/long/path here", 10)).isEqualTo("see\n/a/very/long/path\nhere");
  }

  @Test
  void lineBreaksAndDoubleSpacesStay() {
    assertThat(wrap("a\nb  c", 10)).isEqualTo("a\nb  c");
  }

  @Test
  void controlCharactersCannotSteerTheTerminal() {
    assertThat(wrap("column \"\u001b[31m\u0007\"", 40)).isEqualTo("column \"?[31m?\"");
    assertThat(wrap("a\tb", 40)).isEqualTo("a b");
  }

  private static String wrap(String text, int width) {
    return Paragraph.wrap(text, width).replace(System.lineSeparator(), "\n");
  }
}
