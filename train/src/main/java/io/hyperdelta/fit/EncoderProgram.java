package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.UnsupportedModelException;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.TensorValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/** A frozen encoder in libtorch. Not thread-safe. */
final class EncoderProgram implements AutoCloseable {
  private final String source;
  private final Program program;

  /**
   * Compiles an encoder.
   *
   * @throws ModelException if it uses operators that have no kernel
   */
  EncoderProgram(Model model, String source) {
    this.source = source;
    try {
      this.program = Program.compile(model, Set.of(), Precision.FLOAT);
    } catch (UnsupportedModelException e) {
      throw new ModelException(
          "Encoder \"%s\" cannot be run. %s".formatted(source, e.getMessage()), e);
    }
  }

  /** Outputs by name. */
  Map<String, TensorValue> run(Map<String, TensorValue> inputs) {
    Map<String, TensorValue> outputs = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      Map<String, Value> values = new LinkedHashMap<>();
      inputs.forEach((name, value) -> values.put(name, Value.of(value, Precision.FLOAT)));
      List<Value> results = program.run(values);
      for (int i = 0; i < results.size(); i++) {
        outputs.put(program.outputNames().get(i), results.get(i).toTensorValue());
      }
      return outputs;
    } catch (IllegalArgumentException | UnsupportedModelException e) {
      throw new ModelException(
          "Encoder \"%s\" cannot take the columns. %s".formatted(source, e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
