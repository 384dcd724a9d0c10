package io.hyperdelta.data;

import java.nio.file.Path;
import java.util.Locale;

/** The kinds of files that hold rows. */
enum Format {
  CSV,
  TSV,
  PARQUET,
  JSON;

  static Format of(Path path, String subject) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    String plain = gzip(path) ? name.substring(0, name.length() - 3) : name;
    return switch (plain.substring(plain.lastIndexOf('.') + 1)) {
      case "csv" -> CSV;
      case "tsv" -> TSV;
      case "json", "ndjson", "jsonl" -> JSON;
      case "parquet" -> {
        if (gzip(path)) {
          throw unknown(subject);
        }
        yield PARQUET;
      }
      default -> throw unknown(subject);
    };
  }

  static boolean gzip(Path path) {
    return path.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
  }

  boolean isText() {
    return this == CSV || this == TSV;
  }

  private static DataException unknown(String subject) {
    return new DataException(
        subject
            + " is of an unknown kind. Expected .csv, .tsv, .parquet, .json, .ndjson or .jsonl,"
            + " all but .parquet also with .gz.",
        null);
  }
}
