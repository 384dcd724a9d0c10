package io.hyperdelta.spec;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a spec cannot be, and what is said of it. */
final class SpecProblemsTest {
  private static final String SMALL = SpecReaderTest.SMALL;
  private static final String FIXED = SpecReaderTest.FIXED;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'[long, lat]' | '[{column: long, type: cyclic}]' | 'conditions.place: period is missing for column \"long\"."
            + " Expected the number after which it repeats, such as 24 for hours, got nothing.'",
        "'[long, lat]' | '[{column: long, type: number, width: 3}]' | 'conditions.place: width is given with type"
            + " number. Expected it only with type category.'",
        "'[long, lat]' | '[{column: long, type: cyclical}]' | 'conditions.place[0].type has an unusable value."
            + " Expected one of number, category, cyclic, vector, text, got \"cyclical\". Maybe you meant \"cyclic\".'",
        "'[long, lat]' | '{cols: [long]}' | 'conditions.place.cols is not a key of a spec. Expected one of columns,"
            + " constantNorm, table, key, unknown, got cols.'",
        "'fit: {}' | 'tables: {neighbourhood: {column: c, adaptations: [{part: \"*\", form: shift}]}}' | 'The name"
            + " \"neighbourhood\" is given twice among hypernetworks, tables, shared and fixed. Expected each name once.'",
        "'fit: {}' | 'shared: {s: {adaptations: []}}' | 'shared.s.adaptations has an unusable value. Expected a list"
            + " that is not empty, got [].'",
      })
  void whatSourcesAndColumnsCannotBeIsExplained(String from, String to, String problem)
      throws IOException {
    refused((SMALL + "fit: {}\n").replace(from, to), ": " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'{style: {}}' | 'fixed.style: it has neither peft nor safetensors. Expected exactly one of them, got none.'",
        "'{style: {peft: a, safetensors: b}}' | 'fixed.style: it has both peft and safetensors. Expected exactly one of"
            + " them, got both.'",
        "'{style: {peft: a, scale: 0}}' | 'fixed.style: scale is out of range. Expected a finite number other than 0,"
            + " got 0.0.'",
        "'{style: {pef: a}}' | 'fixed.style.pef is not a key of a spec. Expected one of peft, safetensors, scale, got"
            + " pef. Maybe you meant \"peft\".'",
        "'{style: {peft: 3}}' | 'fixed.style.peft has an unusable value. Expected a text that is not empty, got 3.'",
        "'{neighbourhood: {peft: a}}' | 'The name \"neighbourhood\" is given twice among hypernetworks, tables, shared"
            + " and fixed. Expected each name once.'",
      })
  void fixedDeltasThatCannotBeAreExplained(String fixed, String problem) throws IOException {
    refused(FIXED + "fixed: " + fixed + "\n", ": " + problem);
  }

  @Test
  void fixedDeltasNeedATargetAndSomethingToTrain() throws IOException {
    refused(
        SMALL + "fixed: {style: {peft: a}}\n",
        ": fixed.style is given with target.train. Expected target.onnx: fixed deltas belong to the weights that they were made for. The target that an earlier run trained is target.onnx in its bundle.");
    refused(
        FIXED.replaceFirst("(?s)hypernetworks:.*", "") + "fixed: {style: {peft: a}}\n",
        ": There is nothing to train: all deltas are fixed. Expected at least one entry in hypernetworks, tables or shared, got none. To put fixed deltas into the target's weights, use merge with --delta.");
  }

  @Test
  void aMisspeltKeyIsExplainedOnce() throws IOException {
    refused(
        SMALL.replace("    condition: place", "    trunc: [8]\n    condition: place"),
        ": hypernetworks.neighbourhood.trunc is not a key of a spec. Expected one of condition,"
            + " trunk, latent, dropout, heads, embedding, seed, learningRate, adaptations, got trunc. Maybe you meant \"trunk\".");
    refused(
        SMALL.replace("name: houses", "nane: houses"),
        ": nane is not a key of a spec. Expected one of name, data, target, objective, conditions,"
            + " hypernetworks, tables, shared, fixed, ensemble, fit, evaluate, got nane. Maybe you"
            + " meant \"name\".");
    refused(
        SMALL.replace("scale: 0.5", "scal: 0.5"),
        ": hypernetworks.neighbourhood.adaptations[1].scal is not a key of a spec. Expected one of"
            + " part, form, rank, count, chunk, embedding, replace, scale, cap, got scal. Maybe you meant \"scale\".");
    refused(
        SMALL + "fit: {epoch: 3}\n",
        ": fit.epoch is not a key of a spec. Expected one of epochs, batch, learningRate,"
            + " weightDecay, warmup, clip, patience, seed, penalty, products, got epoch. Maybe you meant \"epochs\".");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name: houses | name: a/b | name has an unusable value. Expected a text matching"
            + " ^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$, got \"a/b\".",
        "[128, 64] | [128, x] | target.train.hidden[1] has an unusable value. Expected a whole"
            + " number of at least 1 and of at most 65536, got \"x\".",
        "rank: 4 | rank: 0 | hypernetworks.neighbourhood.adaptations[0].rank has an unusable value."
            + " Expected a whole number of at least 1 and of at most 65536, got 0.",
        "form: shift | form: shft | hypernetworks.neighbourhood.adaptations[1].form has an unusable"
            + " value. Expected one of full, low-rank, core, diagonal-core, basis, chunked, gain, shift, got \"shft\". Maybe you meant \"shift\".",
        "label: ln(price) | | data.label is missing. Expected a text that is not empty, got"
            + " nothing.",
        "name: houses | 'name: a\nfit: {learningRate: .nan}' | fit.learningRate has an unusable value. Expected a"
            + " number above 0 and of at most 10, got \"NaN\".",
        "name: houses | 'name: a\nfit: {learningRate: -.inf}' | fit.learningRate has an unusable value. Expected"
            + " a number above 0 and of at most 10, got \"-Infinity\".",
        "name: houses | 'name: a\nfit: {epochs: 1e999}' | fit.epochs has an unusable value. Expected a whole"
            + " number of at least 1 and of at most 1000000, got \"Infinity\".",
        "name: houses | 'name: a\nfit: {epochs: 2.5}' | fit.epochs has an unusable value. Expected a whole number"
            + " of at least 1 and of at most 1000000, got 2.5.",
        "name: houses | 'name: a\nfit: {seed: 99999999999999999999999999}' | fit.seed has an unusable value."
            + " Expected a whole number of at least 0 and of at most 9007199254740991, got"
            + " 99999999999999999999999999.",
        "name: houses | 'name: a\nfit:' | fit has an unusable value. Expected keys with values, got null.",
        "TLA, | 5, | data.features[0] has an unusable value. Expected a text or keys with values"
            + " that is not empty, got 5.",
        "[long, lat] | [] | conditions.place has an unusable value. Expected a list or keys with"
            + " values that is not empty, got [].",
      })
  void anUnusableValueIsExplained(String from, String to, String problem) throws IOException {
    refused(SMALL.replace(from, to == null ? "" : to), ": " + problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "condition: place | condition: plac | hypernetworks.neighbourhood.condition is unknown."
            + " Expected one of place, got \"plac\". Maybe you meant \"place\".",
        "form: shift | form: shift, rank: 3 | hypernetworks.neighbourhood.adaptations[1].rank is"
            + " given with form shift. Expected no rank with this form, got 3. Maybe you meant form"
            + " low-rank or core or diagonal-core.",
        "', rank: 4' | '' | hypernetworks.neighbourhood.adaptations[0].rank is missing. Expected a"
            + " rank with form low-rank, got none.",
        "[long, lat] | [long, long] | 'conditions.place: condition names \"long\" twice. Expected"
            + " each name once, got long, long.'",
        "rows: houses.csv | '' | 'data has neither rows nor sql. Expected exactly one of them, got"
            + " none.'",
        "train: {network: mlp, hidden: [128, 64]} | onnx: a.onnx, got: 1 | 'target'",
        "'  features: [TLA, {column: syear, type: category}, {column: beds, type: number}]' | '' |"
            + " 'data.features is missing. Expected at least one column, got none. Only a target"
            + " with inputs needs no features.'",
        "form: shift | form: shift, replace: true | hypernetworks.neighbourhood.adaptations[1].replace"
            + " is given with form shift, which makes no weight that could stand alone. Expected it"
            + " only with form full or chunked, got true. Maybe you meant form chunked, or to leave"
            + " replace out.",
        "form: shift | 'form: chunked, chunk: 9' | hypernetworks.neighbourhood.adaptations[1].embedding"
            + " is missing. Expected an embedding with form chunked, got none.",
        "label: ln(price) | 'split: {test: 0.6, validation: 0.5}\n  label: p' | 'data.split leaves"
            + " no rows to train on. Expected test and validation to add up to less than 1, got"
            + " 0.6 + 0.5.'",
      })
  void keysThatDoNotFitTogetherAreExplained(String from, String to, String problem)
      throws IOException {
    if (problem.equals("target")) {
      refused(
          SMALL.replace(from, from + "\n  inputs: {x: [a]}"),
          ": target.inputs is given with target.train. Expected it only with target.onnx, got"
              + " both.");
    } else {
      refused(SMALL.replace(from, to), ": " + problem);
    }
  }

  @Test
  void aliasesAndDuplicatesAreRefused() throws IOException {
    refused(
        SMALL.replace("[long, lat]", "&p [long, lat]"),
        " uses an anchor or alias on line 9. Expected plain YAML, got & or *. Repeat the value, and"
            + " quote a text that starts with & or *.");
    refused(
        SMALL.replace("part: \"*\", form: shift", "part: *all, form: shift"),
        " uses an anchor or alias on line 15. Expected plain YAML, got & or *. Repeat the value,"
            + " and quote a text that starts with & or *.");
    refused(
        SMALL + "name: again\n",
        " has a key twice on line 16. Expected each key once, got name again.");
  }

  @Test
  void whatIsNoYamlIsRefused() throws IOException {
    refused(
        "name: [a\nb: c: d",
        " cannot be understood on line 2. Expected YAML or JSON, got: while parsing a flow"
            + " sequence, expected ',' or ']', but got :.");
    refused("[".repeat(100), " is nested too deeply. Expected at most 32 levels, got more.");
    refused("", " is empty. Expected a spec, got nothing.");
    refused("- a", ": the spec has an unusable value. Expected keys with values, got [\"a\"].");
    refused(SMALL + "---\nname: two\n", " goes on after its end. Expected one document, got more.");
  }

  @Test
  void aFileThatCannotBeReadIsRefused() throws IOException {
    Path none = folder.resolve("none.yaml");
    assertThatThrownBy(() -> SpecReader.read(none))
        .isInstanceOf(SpecException.class)
        .hasMessage("Spec \"" + none + "\" does not exist. Expected the path of a spec file.");
    assertThatThrownBy(() -> SpecReader.read(folder.resolve("a.txt")))
        .hasMessage(
            "Spec \""
                + folder.resolve("a.txt")
                + "\" has an unknown kind. Expected a .yaml, .yml or .json file.");
    Path large = folder.resolve("large.yaml");
    Files.writeString(large, "#".repeat(SpecReader.LARGEST_BYTES + 1));
    assertThatThrownBy(() -> SpecReader.read(large))
        .hasMessage(
            "Spec \"" + large + "\" is too large. Expected at most 1048576 bytes, got more.");
    Path latin = folder.resolve("latin.yaml");
    Files.write(latin, "name: \u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> SpecReader.read(latin))
        .hasMessage(
            "Spec \"" + latin + "\" is not UTF-8 text. Expected UTF-8. Save the file as UTF-8.");
  }

  private void refused(String yaml, String problem) throws IOException {
    Path file = file(yaml);
    assertThatThrownBy(() -> SpecReader.read(file))
        .isInstanceOf(SpecException.class)
        .hasMessage("Spec \"" + file + "\"" + problem);
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("spec.yaml"), yaml);
  }
}
