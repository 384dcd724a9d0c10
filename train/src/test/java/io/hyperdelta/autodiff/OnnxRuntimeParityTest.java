package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What ONNX's own suite does not cover gives what ONNX Runtime gives. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class OnnxRuntimeParityTest {
  private static final double TOLERANCE = 1e-5;

  static Stream<Case> cases() {
    return Stream.of(RecurrentCases.runtimeCases(), FusedCases.runtimeCases())
        .flatMap(cases -> cases);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void givesWhatOnnxRuntimeGives(Case testCase) throws OrtException {
    try (PointerScope scope = new PointerScope();
        Program open = Program.compile(testCase.openModel(), Set.of(), Precision.FLOAT);
        Program folded = Program.compile(testCase.model(), Set.of(), Precision.FLOAT)) {
      List<TensorValue> got = values(open.run(testCase.values()));
      List<TensorValue> expected = runInOnnxRuntime(testCase, got);
      compare(got, expected);
      compare(values(folded.run(Map.of())), expected);
    }
  }

  private static List<TensorValue> values(List<Value> values) {
    return values.stream().map(Value::toTensorValue).toList();
  }

  private static void compare(List<TensorValue> got, List<TensorValue> expected) {
    for (int i = 0; i < got.size(); i++) {
      assertThat(got.get(i).dims()).as("shape of output %d", i).isEqualTo(expected.get(i).dims());
      double[] a = got.get(i).doubles();
      double[] b = expected.get(i).doubles();
      for (int k = 0; k < a.length; k++) {
        assertThat(a[k])
            .as("output %d, element %d", i, k)
            .isCloseTo(b[k], org.assertj.core.data.Offset.offset(TOLERANCE * (1 + Math.abs(b[k]))));
      }
    }
  }

  private static List<TensorValue> runInOnnxRuntime(Case testCase, List<TensorValue> typesOf)
      throws OrtException {
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      byte[] model = ModelWriter.write(model(testCase, typesOf));
      for (int i = 0; i < testCase.inputs().size(); i++) {
        if (testCase.inputs().get(i) != null) {
          inputs.put("x" + i, tensor(environment, testCase.inputs().get(i)));
        }
      }
      try (OrtSession session = environment.createSession(model, options);
          OrtSession.Result result = session.run(inputs)) {
        List<TensorValue> values = new ArrayList<>();
        for (int i = 0; i < typesOf.size(); i++) {
          values.add(value((OnnxTensor) result.get(i)));
        }
        return values;
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  private static Model model(Case testCase, List<TensorValue> typesOf) {
    List<ValueInfo> inputs = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < testCase.inputs().size(); i++) {
      TensorValue value = testCase.inputs().get(i);
      names.add(value == null ? "" : "x" + i);
      if (value != null) {
        inputs.add(new ValueInfo("x" + i, new TensorType(value.dtype(), null)));
      }
    }
    List<ValueInfo> outputs = new ArrayList<>();
    for (int i = 0; i < typesOf.size(); i++) {
      outputs.add(new ValueInfo("y" + i, new TensorType(typesOf.get(i).dtype(), null)));
    }
    Node node =
        new Node(
            "node",
            testCase.domain(),
            testCase.op(),
            names,
            outputs.stream().map(ValueInfo::name).toList(),
            testCase.attributes());
    Graph graph = new Graph("case", inputs, outputs, Map.of(), List.of(node), List.of());
    Map<String, Long> opsets = Map.of("", (long) testCase.opset(), FusedKernels.DOMAIN, 1L);
    return new Model(8, opsets, "test", Map.of(), graph);
  }

  private static OnnxTensor tensor(OrtEnvironment environment, TensorValue value)
      throws OrtException {
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(value.bytes().remaining()).order(ByteOrder.nativeOrder());
    bytes.put(value.bytes()).rewind();
    return OnnxTensor.createTensor(
        environment, bytes, value.dims(), OnnxJavaType.valueOf(value.dtype().name()));
  }

  private static TensorValue value(OnnxTensor tensor) {
    Dtype dtype = Dtype.valueOf(tensor.getInfo().type.name());
    return TensorValue.ofBytes(dtype, tensor.getInfo().getShape(), tensor.getByteBuffer());
  }
}
