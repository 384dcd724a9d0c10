package io.hyperdelta.cli;

/** Lays out text for a terminal. Stateless. */
final class Paragraph {
  private Paragraph() {}

  /**
   * Breaks lines at spaces so that none is longer than {@code width}, except where a single word
   * is. Line breaks in the text stay; other control characters become {@code ?}, because names from
   * a file must not be able to steer a terminal.
   *
   * @param text what to lay out
   * @param width columns of a line
   * @return lines, separated and not ended by the system's line separator
   */
  static String wrap(String text, int width) {
    StringBuilder wrapped = new StringBuilder();
    for (String line : text.strip().split("\\R", -1)) {
      if (!wrapped.isEmpty()) {
        wrapped.append(System.lineSeparator());
      }
      wrapLine(printable(line), width, wrapped);
    }
    return wrapped.toString();
  }

  private static void wrapLine(String line, int width, StringBuilder wrapped) {
    int column = 0;
    boolean first = true;
    for (String word : line.split(" ", -1)) {
      if (!first && column + 1 + word.length() > width) {
        wrapped.append(System.lineSeparator());
        column = 0;
      } else if (!first) {
        wrapped.append(' ');
        column++;
      }
      wrapped.append(word);
      column += word.length();
      first = false;
    }
  }

  private static String printable(String line) {
    StringBuilder text = new StringBuilder(line);
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\t') {
        text.setCharAt(i, ' ');
      } else if (Character.isISOControl(text.charAt(i))) {
        text.setCharAt(i, '?');
      }
    }
    return text.toString();
  }
}
