package io.hyperdelta.bundle;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The table of contents of a bundle. It holds nothing that defines what the model computes: that is
 * in the graphs.
 *
 * @param format version of the bundle's layout, {@link #FORMAT} for those written now
 * @param name the model's name
 * @param targetDigest SHA-256 of the frozen target's file
 * @param inputs how the graphs' inputs are filled
 * @param output name of the graphs' output, float32 {@code [rows, ...]}
 * @param classes for a label with classes, their names in the order of the outputs, which are
 *     logits; else empty
 * @param deltas what is adapted
 * @param parameters numbers in the bundle: {@code target}, {@code hypernetworks}, {@code
 *     generatedPerCondition}
 * @param seeds every seed of the run, by what it was used for
 * @param versions of HyperDelta and its engines
 * @param ensemble the members that are combined; null, and not written, for a single model
 * @param prepared how columns that inputs name are made before the graphs see the rows; empty where
 *     rows have them as they are
 * @param spec the training spec
 * @param files SHA-256 by file name, of every other file of the bundle
 */
public record Manifest(
    int format,
    String name,
    String targetDigest,
    List<InputBinding> inputs,
    String output,
    List<String> classes,
    List<DeltaEntry> deltas,
    Map<String, Long> parameters,
    Map<String, Long> seeds,
    Map<String, String> versions,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable EnsembleEntry ensemble,
    List<Preparation> prepared,
    JsonNode spec,
    Map<String, String> files) {
  /** The layout written now. */
  public static final int FORMAT = 1;

  public Manifest {
    inputs = List.copyOf(inputs);
    classes = List.copyOf(classes);
    deltas = List.copyOf(deltas);
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    seeds = Collections.unmodifiableMap(new LinkedHashMap<>(seeds));
    versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
    // A manifest may lack them.
    prepared = List.copyOf(Objects.requireNonNullElse(prepared, List.of()));
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
  }

  /** The manifest of a single model. */
  public Manifest(
      int format,
      String name,
      String targetDigest,
      List<InputBinding> inputs,
      String output,
      List<String> classes,
      List<DeltaEntry> deltas,
      Map<String, Long> parameters,
      Map<String, Long> seeds,
      Map<String, String> versions,
      List<Preparation> prepared,
      JsonNode spec,
      Map<String, String> files) {
    this(
        format,
        name,
        targetDigest,
        inputs,
        output,
        classes,
        deltas,
        parameters,
        seeds,
        versions,
        null,
        prepared,
        spec,
        files);
  }

  /** What is prepared before the graphs see the rows. */
  public Preparations preparations() {
    return new Preparations(prepared);
  }

  /** The same manifest with the digests of the files beside it. */
  public Manifest withFiles(Map<String, String> digests) {
    return new Manifest(
        format,
        name,
        targetDigest,
        inputs,
        output,
        classes,
        deltas,
        parameters,
        seeds,
        versions,
        ensemble,
        prepared,
        spec,
        digests);
  }
}
