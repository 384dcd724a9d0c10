package io.hyperdelta.cli;

import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.data.JoinedTableReader;
import io.hyperdelta.runtime.AdaptiveModel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code --table}: newer context tables than those of the bundle. */
final class TableOption {
  @Option(
      names = {"-t", "--table"},
      paramLabel = "NAME=FILE",
      description =
          "CSV, TSV, Parquet or JSON file to use in place of a context table of the bundle, such as one with newer contexts; NAME is that of the first condition that joins it.")
  private Map<String, Path> tables = new LinkedHashMap<>();

  /** Whether there are any. */
  boolean isGiven() {
    return !tables.isEmpty();
  }

  /** Gives the tables to a model. */
  void apply(AdaptiveModel model) {
    Manifest manifest = model.manifest();
    tables.forEach(
        (name, file) ->
            model.useTable(
                name,
                JoinedTableReader.read(
                    file, manifest.preparations().join(name), BundleRows.missing(manifest))));
  }
}
