package io.hyperdelta.cli;

import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.bundle.Preparations;
import io.hyperdelta.bundle.RawKind;
import io.hyperdelta.data.Selection;
import io.hyperdelta.data.Source;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TableReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads the columns that a bundle needs from a file, typed as they were in training. Stateless. */
final class BundleRows {
  private BundleRows() {}

  /**
   * Reads a file.
   *
   * @param keep further columns, taken as texts
   */
  static Table read(Path file, Manifest manifest, List<String> keep) {
    Source source = new Source.File(file, missing(manifest));
    Map<String, Selection> selections = new LinkedHashMap<>();
    given(source, manifest)
        .raw()
        .forEach((column, kind) -> selections.put(column, Selection.column(column, kind(kind))));
    for (String column : keep) {
      selections.putIfAbsent(column, Selection.column(column, Selection.Kind.CATEGORY));
    }
    return TableReader.read(source, List.copyOf(selections.values()));
  }

  /** What is needed of a file: what it has of the columns that are made of others is not made. */
  private static Preparations.Plan given(Source source, Manifest manifest) {
    Set<String> columns = new HashSet<>();
    if (!manifest.prepared().isEmpty()) {
      TableReader.columns(source).forEach(column -> columns.add(column.name()));
    }
    return manifest.preparations().plan(manifest.inputs(), columns::contains);
  }

  /** Texts that meant a missing value in training. */
  static List<String> missing(Manifest manifest) {
    List<String> missing = new ArrayList<>();
    for (JsonNode text : manifest.spec().path("data").path("missing")) {
      missing.add(text.asString());
    }
    return missing;
  }

  private static Selection.Kind kind(RawKind kind) {
    return switch (kind) {
      case NUMBER -> Selection.Kind.NUMBER;
      case VECTOR -> Selection.Kind.VECTOR;
      case TEXT, KEY -> Selection.Kind.CATEGORY;
    };
  }
}
