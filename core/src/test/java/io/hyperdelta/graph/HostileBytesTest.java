package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the bytes, reading gives a model or a {@link ModelException}, soon. */
@Timeout(60)
final class HostileBytesTest {
  private static final byte[] VALID = ModelWriter.write(SampleModels.full());

  /** Whether the bytes are a model; any exception but ModelException fails the test. */
  private static boolean isModel(byte[] bytes) {
    try {
      ModelWriter.write(ModelReader.read(bytes, "hostile.onnx"));
      return true;
    } catch (ModelException e) {
      assertThat(e.getMessage()).isNotBlank();
      return false;
    }
  }

  @Test
  void everyTruncationIsRefusedOrRead() {
    Assertions.assertTimeout(
        Duration.ofSeconds(30),
        () -> {
          int refused = 0;
          for (int length = 0; length < VALID.length; length++) {
            refused += isModel(Arrays.copyOf(VALID, length)) ? 0 : 1;
          }
          // Only the few lengths that end between two top-level fields leave a whole protobuf.
          assertThat(refused).isGreaterThan(VALID.length - 10);
        });
    assertThat(isModel(VALID)).isTrue();
  }

  @Test
  void changedBytesAreRefusedOrRead() {
    Assertions.assertTimeout(
        Duration.ofSeconds(60),
        () -> {
          Random random = new Random(5);
          int refused = 0;
          for (int i = 0; i < 20_000; i++) {
            byte[] bytes = VALID.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            refused += isModel(bytes) ? 0 : 1;
          }
          assertThat(refused).isBetween(1_000, 19_000);
        });
  }

  @Test
  void randomBytesAreRefusedOrRead() {
    Random random = new Random(6);
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      assertThat(isModel(bytes)).isFalse();
    }
  }

  private static void tensorRefused(TensorProto.Builder tensor, String message) {
    ModelProto model = model(GraphProto.newBuilder().addInitializer(tensor.setName("w")));
    assertThatThrownBy(() -> ModelReader.read(model.toByteArray(), "m.onnx"))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
  }

  private static void modelRefused(ModelProto.Builder model, String message) {
    assertThatThrownBy(() -> ModelReader.read(model.build().toByteArray(), "m.onnx"))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
  }

  private static ModelProto model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setGraph(
            graph
                .addInput(SampleModels.info("x", Dtype.FLOAT))
                .addOutput(SampleModels.info("x", Dtype.FLOAT)))
        .build();
  }

  private static TensorProto.Builder floats(long... dims) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(Dtype.FLOAT.code());
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor;
  }

  @Test
  void sizesThatOverflowAreRefused() {
    tensorRefused(
        floats(1L << 40, 1L << 40),
        "Tensor \"w\" of model \"m.onnx\" has shape [1099511627776, 1099511627776], more values"
            + " than can be counted. Expected a real tensor.");
    // 2^62 * 4 = 2^64, which wraps to 0.
    tensorRefused(
        floats(1L << 62, 4),
        "Tensor \"w\" of model \"m.onnx\" has shape [4611686018427387904, 4], more values than can"
            + " be counted. Expected a real tensor.");
  }

  @Test
  void aZeroDoesNotHideSizesThatOverflow() {
    for (long[] dims : new long[][] {{0, Long.MAX_VALUE, 2}, {Long.MAX_VALUE, 2, 0}}) {
      tensorRefused(
          floats(dims),
          "Tensor \"w\" of model \"m.onnx\" has shape %s, more values than can be counted. Expected a real tensor."
              .formatted(Arrays.toString(dims)));
    }
    TensorValue empty =
        TensorCodec.decode(floats(Long.MAX_VALUE, 0).build(), "Tensor", ExternalTensors.refused());
    assertThat(empty.elementCount()).isEqualTo(0);
  }

  @Test
  void millionsOfAxesAreRefused() {
    TensorProto.Builder tensor = floats();
    for (int i = 0; i < 1_000_000; i++) {
      tensor.addDims(1);
    }
    tensorRefused(
        tensor,
        "Tensor \"w\" of model \"m.onnx\" has 1000000 axes. Expected at most 64. Maybe the file is"
            + " damaged.");
  }

  @Test
  void valuesThatAreThereTwiceOrInPartAreRefused() {
    ByteString raw = ByteString.copyFrom(new byte[4]);
    tensorRefused(
        floats(1).addFloatData(1).setRawData(raw),
        "Tensor \"w\" of model \"m.onnx\" has raw bytes beside its values. Expected one of the two.");
    tensorRefused(
        floats(1).setDataType(Dtype.STRING.code()).addStringData(raw).setRawData(raw),
        "Tensor \"w\" of model \"m.onnx\" has raw bytes beside its values. Expected texts without"
            + " raw bytes.");
    tensorRefused(
        floats(1).addFloatData(1).setSegment(TensorProto.Segment.newBuilder().setEnd(1)),
        "Tensor \"w\" of model \"m.onnx\" is one segment of several, which is not supported."
            + " Expected a whole tensor.");
    tensorRefused(
        floats(1).addInt32Data(1),
        "Tensor \"w\" of model \"m.onnx\" has shape [1] of FLOAT but not as many values. Expected"
            + " 1, got 0. Maybe the file is damaged.");
    assertThat(
            TensorCodec.decode(
                    floats(1).addFloatData(7).setRawData(ByteString.EMPTY).build(),
                    "Tensor",
                    ExternalTensors.refused())
                .floats())
        .as("some writers set the raw bytes of every tensor, of most to nothing")
        .containsExactly(7);
  }

  @Test
  void textsThatAreNoTextAreRefused() {
    tensorRefused(
        floats(1)
            .setDataType(Dtype.STRING.code())
            .addStringData(ByteString.copyFrom(new byte[] {(byte) 0xc0})),
        "Tensor \"w\" of model \"m.onnx\" holds bytes that are no text. Expected texts in UTF-8.");
  }

  @Test
  void aHugeShapeWithoutValuesIsRefusedBeforeAnythingIsAllocated() {
    tensorRefused(
        floats(1L << 60),
        "Tensor \"w\" of model \"m.onnx\" has shape [1152921504606846976] of FLOAT but not as many"
            + " values. Expected 1152921504606846976, got 0. Maybe the file is damaged.");
  }

  @Test
  void negativeSizesAreRefused() {
    tensorRefused(
        floats(2, -3),
        "Tensor \"w\" of model \"m.onnx\" has a negative size in its shape [2, -3]. Expected 0 or"
            + " more.");
  }

  @Test
  void anotherNumberOfElementsIsRefused() {
    tensorRefused(
        floats(2, 3).addFloatData(1),
        "Tensor \"w\" of model \"m.onnx\" has shape [2, 3] of FLOAT but not as many values."
            + " Expected 6, got 1. Maybe the file is damaged.");
    tensorRefused(
        floats(1).setRawData(ByteString.copyFrom(new byte[5])),
        "Tensor \"w\" of model \"m.onnx\" has shape [1] of FLOAT but not as many bytes. Expected 1"
            + " values of 4 bytes each, got 5 bytes. Maybe the file is damaged.");
  }

  @Test
  void anUnknownElementTypeIsRefused() {
    tensorRefused(
        floats(1).setDataType(17),
        "Tensor \"w\" of model \"m.onnx\" has element type 17, which is not supported. Expected one"
            + " of ONNX's types 1 to 13 or 16.");
  }

  @Test
  void externalDataIsRefused() {
    String message =
        "Tensor \"w\" of model \"m.onnx\" keeps its values in another file, which is not read."
            + " Expected a model in one file.";
    tensorRefused(floats(1).setDataLocation(TensorProto.DataLocation.EXTERNAL), message);
    tensorRefused(
        floats(1)
            .addExternalData(
                StringStringEntryProto.newBuilder().setKey("location").setValue("/etc/passwd")),
        message);
  }

  @Test
  void whatIsNotSupportedIsNamed() {
    modelRefused(
        model(GraphProto.newBuilder()).toBuilder().addFunctions(FunctionProto.newBuilder()),
        "Model \"m.onnx\" defines functions of its own, which is not supported. Expected only"
            + " operators; export it with functions inlined.");
    modelRefused(
        model(GraphProto.newBuilder().addSparseInitializer(SparseTensorProto.newBuilder()))
            .toBuilder(),
        "Model \"m.onnx\" has sparse initializers, which are not supported. Expected dense ones.");
    modelRefused(
        model(
            GraphProto.newBuilder()
                .addInput(
                    ValueInfoProto.newBuilder()
                        .setName("q")
                        .setType(
                            TypeProto.newBuilder()
                                .setSequenceType(TypeProto.Sequence.newBuilder()))))
            .toBuilder(),
        "Model \"m.onnx\" has an input or output \"q\" that is no tensor (SEQUENCE_TYPE). Expected"
            + " tensors only.");
    modelRefused(
        model(
            GraphProto.newBuilder()
                .addNode(
                    NodeProto.newBuilder()
                        .setName("n")
                        .setOpType("If")
                        .addAttribute(
                            AttributeProto.newBuilder()
                                .setName("a")
                                .setType(AttributeProto.AttributeType.GRAPHS))))
            .toBuilder(),
        "Model \"m.onnx\" has a If node \"n\" with an attribute \"a\" of type GRAPHS, which is not"
            + " supported.");
  }

  @Test
  void twoInitializersOfOneNameAreRefused() {
    modelRefused(
        model(
            GraphProto.newBuilder()
                .addInitializer(floats(0).setName("w"))
                .addInitializer(floats(0).setName("w")))
            .toBuilder(),
        "Model \"m.onnx\" has two initializers named \"w\". Expected unique names.");
  }

  @Test
  void anOperatorSetVersionThatIsNoVersionIsRefused() {
    modelRefused(
        model(GraphProto.newBuilder()).toBuilder()
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(1L << 40)),
        "Model \"m.onnx\" imports version 1099511627776 of operator set \"\". Expected a version"
            + " from 1 to 2147483647; maybe the file is damaged.");
  }

  @Test
  void noModelAtAllIsRefused() {
    assertThatThrownBy(() -> ModelReader.read(new byte[0], "m.onnx"))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Model \"m.onnx\" has no graph. Expected an ONNX model; maybe the file is empty or"
                + " something else.");
  }

  @Test
  void aDamagedTensorFileIsRefused() {
    assertThatThrownBy(() -> TensorCodec.decode(new byte[] {8}, "input_0.pb"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Tensor file \"input_0.pb\" is not a whole ONNX tensor: ")
        .hasMessageEndingWith(
            " Expected an ONNX protobuf, got 1 bytes. Maybe the file was cut off.");
    assertThatThrownBy(() -> TensorCodec.decode(floats(3).build().toByteArray(), "input_0.pb"))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Tensor file \"input_0.pb\" has shape [3] of FLOAT but not as many values. Expected 3,"
                + " got 0. Maybe the file is damaged.");
  }
}
