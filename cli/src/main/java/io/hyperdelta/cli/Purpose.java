package io.hyperdelta.cli;

/** What a command is for; the help lists commands under these headings, in this order. */
enum Purpose {
  TRAIN("Train"),
  INSPECT("Inspect"),
  USE("Use"),
  SHELL("Shell");

  private final String heading;

  Purpose(String heading) {
    this.heading = heading;
  }

  String heading() {
    return heading;
  }
}
