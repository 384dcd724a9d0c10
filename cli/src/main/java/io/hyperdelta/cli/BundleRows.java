package io.hyperdelta.cli;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.data.Selection;
import io.hyperdelta.data.Source;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TableReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    Map<String, Selection> selections = new LinkedHashMap<>();
    for (InputBinding binding : manifest.inputs()) {
      for (String column : binding.columns()) {
        selections.put(column, Selection.column(column, kind(binding)));
      }
    }
    for (String column : keep) {
      selections.putIfAbsent(column, Selection.column(column, Selection.Kind.CATEGORY));
    }
    List<String> missing = new ArrayList<>();
    for (JsonNode text : manifest.spec().path("data").path("missing")) {
      missing.add(text.asString());
    }
    return TableReader.read(new Source.File(file, missing), List.copyOf(selections.values()));
  }

  private static Selection.Kind kind(InputBinding binding) {
    if (binding.vector() > 0) {
      return Selection.Kind.VECTOR;
    }
    return binding.text() ? Selection.Kind.CATEGORY : Selection.Kind.NUMBER;
  }
}
