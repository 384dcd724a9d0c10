package io.hyperdelta.bundle;

import io.hyperdelta.delta.DenseMatrix;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A target with a weight of every kind that PEFT adapts, and adapters for it. */
final class SampleAdapter {
  /** A configuration with nothing special. */
  static final String CONFIG =
      """
      {"peft_type": "LORA", "r": 2, "lora_alpha": 3, "bias": "none", "target_modules": ["query"],
       "fan_in_fan_out": false, "inference_mode": true, "lora_dropout": 0.1, "use_dora": false,
       "modules_to_save": null, "init_lora_weights": true, "loftq_config": {}, "rank_pattern": {}}
      """;

  private SampleAdapter() {}

  /**
   * Four layers side by side: a Gemm {@code [out, in] = [4, 3]}, a MatMul {@code [3, 5]}, an
   * embedding {@code [6, 4]} and a kernel {@code [4, 3, 1, 2]}.
   */
  static Target target() {
    GraphEditor editor = GraphEditor.empty("net", 13);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.input("ids", TensorType.of(Dtype.INT64, "rows"));
    editor.input("image", TensorType.of(Dtype.FLOAT, "rows", 3, 1, 8));
    editor.initializer("bert.layer.0.query.weight", random(1, 4, 3));
    editor.initializer("onnx::MatMul_12", random(2, 3, 5));
    editor.initializer("bert.words.weight", random(3, 6, 4));
    editor.initializer("bert.conv.weight", random(4, 4, 3, 1, 2));
    Map<String, Attribute> transB = Map.of("transB", new Attribute.Int(1));
    editor.output(
        editor.node("Gemm", transB, "x", "bert.layer.0.query.weight"),
        TensorType.of(Dtype.FLOAT, "rows", 4));
    editor.prefix("/bert/layer.0/key/");
    editor.output(
        editor.node("MatMul", "x", "onnx::MatMul_12"), TensorType.of(Dtype.FLOAT, "rows", 5));
    editor.prefix("");
    editor.output(
        editor.node("Gather", "bert.words.weight", "ids"), TensorType.of(Dtype.FLOAT, "rows", 4));
    editor.output(
        editor.node("Conv", "image", "bert.conv.weight"),
        TensorType.of(Dtype.FLOAT, "rows", 4, 1, 7));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  static Site site(Target target, String name) {
    return target.sites().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  static TensorValue random(long seed, long... dims) {
    int count = 1;
    for (long dim : dims) {
      count *= (int) dim;
    }
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** A folder as PEFT leaves it. */
  static Path write(Path folder, String config, Map<String, TensorValue> tensors) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve(PeftLora.CONFIG), config);
      Files.write(folder.resolve(PeftLora.WEIGHTS), new Safetensors(tensors, Map.of()).bytes());
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** PEFT's factors of one linear module. */
  static Map<String, TensorValue> module(String module, int rank, int in, int out) {
    return Map.of(
        "base_model.model." + module + ".lora_A.weight", random(11, rank, in),
        "base_model.model." + module + ".lora_B.weight", random(12, out, rank));
  }

  static List<String> names(List<LoraFactors> factors) {
    return factors.stream().map(own -> own.site().name()).toList();
  }

  /** Deltas of the target, of each kind that a file can have. */
  static List<FixedDelta> deltas() {
    Target target = target();
    Site kernel = site(target, "bert.conv.weight");
    Site some = site(target, "bert.words.weight").only(Units.of("0,2..3"));
    return List.of(
        new FixedDelta(
            site(target, "bert.layer.0.query.weight"),
            new LowRankMatrix(random(1, 3, 2), random(2, 2, 4))),
        new FixedDelta(kernel, new DenseMatrix(random(5, kernel.in(), kernel.width()))),
        new FixedDelta(some, new DenseMatrix(random(5, some.in(), some.width()))));
  }
}
