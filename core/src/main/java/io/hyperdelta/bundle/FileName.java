package io.hyperdelta.bundle;

import java.util.regex.Pattern;

/**
 * Names that become part of a file name in a bundle. They may come from a manifest that somebody
 * else wrote, so nothing that could lead out of the folder is let through. Stateless.
 */
final class FileName {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private FileName() {}

  static String checked(String subject, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "%s has an unusable name. Expected letters, digits, dots, underscores and hyphens, at most 128, starting with a letter or digit, got \"%s\"."
              .formatted(subject, name));
    }
    return name;
  }
}
