package io.hyperdelta.spec;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The network that is frozen and adapted. */
public sealed interface TargetSpec {
  /**
   * A target that is trained on the features first.
   *
   * @param network what is trained
   * @param fit how it is fitted
   */
  record Train(NetworkSpec network, FitSpec fit) implements TargetSpec {
    /** Checks the fit. */
    public Train {
      if (fit.penalty() != 0) {
        throw new IllegalArgumentException(
            "target.train.fit.penalty is given for a target, which has no deltas. Expected it only in the fit of the hypernetworks, got %s."
                .formatted(fit.penalty()));
      }
    }
  }

  /**
   * A trained network that the user brings.
   *
   * @param path the ONNX file; a relative path is resolved against the working directory
   * @param inputs for an input of the file, what fills it; inputs that are not named are filled by
   *     the column of their name
   * @param output the output that is the prediction, or null where the file has only one
   */
  record Onnx(Path path, Map<String, InputSpec> inputs, @Nullable String output)
      implements TargetSpec {
    /** Checks names, copies the map and makes the path absolute. */
    public Onnx {
      path = Require.absolute(path);
      inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
      if (output != null) {
        Require.text("target.output", output);
      }
    }
  }

  /**
   * A fully connected target that is trained first, with the default fit.
   *
   * @param hidden units of each hidden layer, first to last
   */
  static Train mlp(int... hidden) {
    return new Train(
        new NetworkSpec.Mlp(Arrays.stream(hidden).boxed().toList()), FitSpec.defaults());
  }

  /**
   * A trained network whose inputs are filled by the columns of their names.
   *
   * @param path the ONNX file
   */
  static Onnx onnx(Path path) {
    return new Onnx(path, Map.of(), null);
  }
}
