package io.hyperdelta.conformance;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.UnsupportedModelException;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorCodec;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.problem.InputException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;

/**
 * A model with inputs and the outputs expected of it, as ONNX's conformance suite stores them: a
 * folder with {@code model.onnx} and one or more folders {@code test_data_set_N}, each holding
 * {@code input_K.pb} and {@code output_K.pb}.
 *
 * @param folder the folder
 */
public record ConformanceCase(Path folder) {
  private static final String MODEL = "model.onnx";

  /** Deeper than the suite by far; a folder that links to itself ends there. */
  private static final int MAX_DEPTH = 12;

  /**
   * All cases below a folder, in the order of their paths.
   *
   * @throws InputException if the folder cannot be read or holds no case
   */
  public static List<ConformanceCase> below(Path folder) {
    List<ConformanceCase> cases;
    try (Stream<Path> files = Files.find(folder, MAX_DEPTH, (path, a) -> path.endsWith(MODEL))) {
      cases = files.map(Path::getParent).sorted().map(ConformanceCase::new).toList();
    } catch (IOException | UncheckedIOException e) {
      throw new ConformanceException(
          "Folder \"%s\" cannot be read. Expected a folder with conformance cases."
              .formatted(folder),
          e);
    }
    if (cases.isEmpty()) {
      throw new ConformanceException(
          "Folder \"%s\" holds no conformance case. Expected files %s with folders test_data_set_0 beside them, at any depth. Debian's package libonnx-testdata has the official ones."
              .formatted(folder, MODEL),
          null);
    }
    return cases;
  }

  /** The name: that of the folder. */
  public String name() {
    return folder.getFileName().toString();
  }

  /** Runs the case on each of its data sets. */
  public Outcome run() {
    Model model;
    try {
      model = ModelReader.read(folder.resolve(MODEL));
    } catch (ModelException e) {
      return new Outcome.Unsupported(Set.of(), List.of(reading(e)));
    }
    Set<String> operators = operators(model);
    try (Program program = Program.compile(anyShape(model), Set.of(), Precision.FLOAT)) {
      for (Path dataSet : dataSets()) {
        List<TensorValue> inputs;
        List<TensorValue> expected;
        try {
          inputs = tensors(dataSet, "input_");
          expected = tensors(dataSet, "output_");
        } catch (ModelException e) {
          return new Outcome.Unsupported(operators, List.of(reading(e)));
        }
        String difference = difference(program, model, inputs, expected);
        if (!difference.isEmpty()) {
          return new Outcome.Failed(operators, difference);
        }
      }
      return new Outcome.Passed(operators);
    } catch (UnsupportedModelException e) {
      return new Outcome.Unsupported(operators, List.copyOf(e.nodes().keySet()));
    } catch (InputException | IllegalArgumentException e) {
      return new Outcome.Failed(operators, String.valueOf(e.getMessage()));
    }
  }

  /** Why a file is not read, without the names in it, so that cases of one reason meet. */
  private static String reading(ModelException e) {
    return "reading: " + String.valueOf(e.getMessage()).replaceAll(" \"[^\"]*\"", "");
  }

  /**
   * ONNX's own runner does not hold inputs to the shapes declared, and some of the suite differ.
   */
  private static Model anyShape(Model model) {
    List<ValueInfo> inputs =
        model.graph().inputs().stream()
            .map(input -> new ValueInfo(input.name(), new TensorType(input.type().dtype(), null)))
            .toList();
    return model.withGraph(model.graph().withInputs(inputs));
  }

  private static Set<String> operators(Model model) {
    Set<String> operators = new TreeSet<>();
    for (Node node : model.graph().nodes()) {
      operators.add(node.domain().isEmpty() ? node.op() : node.domain() + "." + node.op());
    }
    return operators;
  }

  private List<Path> dataSets() {
    List<Path> sets = new ArrayList<>();
    for (int i = 0; Files.isDirectory(folder.resolve("test_data_set_" + i)); i++) {
      sets.add(folder.resolve("test_data_set_" + i));
    }
    if (sets.isEmpty()) {
      throw new ConformanceException(
          "Case \"%s\" has no data. Expected a folder test_data_set_0.".formatted(name()), null);
    }
    return sets;
  }

  private static List<TensorValue> tensors(Path dataSet, String prefix) {
    List<TensorValue> tensors = new ArrayList<>();
    for (int i = 0; Files.exists(dataSet.resolve(prefix + i + ".pb")); i++) {
      Path file = dataSet.resolve(prefix + i + ".pb");
      tensors.add(TensorCodec.decode(ModelReader.readBytes(file), file.getFileName().toString()));
    }
    return tensors;
  }

  @SuppressWarnings("try") // the scope works by being open
  private static String difference(
      Program program, Model model, List<TensorValue> inputs, List<TensorValue> expected) {
    try (PointerScope scope = new PointerScope()) {
      List<Value> got = program.run(named(model, inputs));
      for (int i = 0; i < expected.size(); i++) {
        TensorValue wanted = declared(expected.get(i), model.graph().outputs().get(i));
        String difference = Similarity.difference(wanted, got.get(i).toTensorValue());
        if (!difference.isEmpty()) {
          return "output \"%s\" %s".formatted(program.outputNames().get(i), difference);
        }
      }
      return "";
    }
  }

  /** Files are numbered in the order of the inputs that have no default. */
  private static Map<String, Value> named(Model model, List<TensorValue> inputs) {
    List<ValueInfo> declared =
        inputs.size() > model.graph().requiredInputs().size()
            ? model.graph().inputs()
            : model.graph().requiredInputs();
    if (inputs.size() > declared.size()) {
      throw new ConformanceException(
          "There are more input files than inputs. Expected %d, got %d."
              .formatted(declared.size(), inputs.size()),
          null);
    }
    Map<String, Value> named = new LinkedHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      TensorValue value = declared(inputs.get(i), declared.get(i));
      named.put(declared.get(i).name(), Value.of(value, Precision.FLOAT));
    }
    return named;
  }

  /** The suite's files hold bfloat16 as uint16 of the same bits, since numpy has no such type. */
  private static TensorValue declared(TensorValue value, ValueInfo info) {
    return info.type().dtype() == Dtype.BFLOAT16 && value.dtype() == Dtype.UINT16
        ? TensorValue.ofBytes(Dtype.BFLOAT16, value.dims(), value.bytes())
        : value;
  }
}
