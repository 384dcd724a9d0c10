package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values in other files are read from the model's folder or not at all. */
@Timeout(10)
final class ExternalDataTest {
  private static final float[] VALUES = {1, 2, 3, 4};

  @TempDir private Path outside;
  private Path folder;

  @BeforeEach
  void fill() throws IOException {
    folder = Files.createDirectories(outside.resolve("model"));
    Files.createDirectories(folder.resolve("weights"));
    ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(8);
    for (float value : VALUES) {
      bytes.putFloat(value);
    }
    Files.write(folder.resolve("weights/w.bin"), bytes.array());
    Files.write(folder.resolve("w.bin"), bytes.array());
    Files.write(outside.resolve("secret.bin"), bytes.array());
  }

  private static TensorProto.Builder tensor(String... entries) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName("w")
            .setDataType(Dtype.FLOAT.code())
            .addDims(2)
            .addDims(2)
            .setDataLocation(TensorProto.DataLocation.EXTERNAL);
    for (int i = 0; i < entries.length; i += 2) {
      tensor.addExternalData(
          StringStringEntryProto.newBuilder().setKey(entries[i]).setValue(entries[i + 1]));
    }
    return tensor;
  }

  private Path model(GraphProto.Builder graph) throws IOException {
    graph
        .addInput(SampleModels.info("x", Dtype.FLOAT))
        .addOutput(SampleModels.info("x", Dtype.FLOAT));
    Path file = folder.resolve("m.onnx");
    Files.write(file, ModelProto.newBuilder().setGraph(graph).build().toByteArray());
    return file;
  }

  private float[] values(String... entries) throws IOException {
    Path file = model(GraphProto.newBuilder().addInitializer(tensor(entries)));
    Map<String, TensorValue> read =
        ModelReader.read(file, ExternalData.IN_FOLDER).graph().initializers();
    return Objects.requireNonNull(read.get("w")).floats();
  }

  private void refused(TensorProto.Builder tensor, String problem) throws IOException {
    Path file = model(GraphProto.newBuilder().addInitializer(tensor));
    assertThatThrownBy(() -> ModelReader.read(file, ExternalData.IN_FOLDER))
        .isInstanceOf(ModelException.class)
        .hasMessage("Tensor \"w\" of model \"m.onnx\" " + problem);
  }

  private void fileRefused(String location, String problem) throws IOException {
    refused(
        tensor("location", location, "offset", "8"),
        "keeps its values in file \"%s\"%s".formatted(location, problem));
  }

  @ParameterizedTest
  @ValueSource(strings = {"w.bin", "weights/w.bin", "./w.bin", "weights/./w.bin"})
  void valuesInTheFolderAreRead(String location) throws IOException {
    assertThat(values("location", location, "offset", "8", "length", "16", "checksum", "?"))
        .containsExactly(VALUES);
    assertThat(values("location", location, "offset", "8")).containsExactly(VALUES);
    assertThat(values("location", location, "length", "16")).containsExactly(0, 0, 1, 2);
  }

  @Test
  void aFolderThatIsReachedThroughALinkIsStillTheModelsFolder() throws IOException {
    Path link = link(outside.resolve("link"), folder);
    model(GraphProto.newBuilder().addInitializer(tensor("location", "w.bin", "offset", "8")));

    assertThat(
            ModelReader.read(link.resolve("m.onnx"), ExternalData.IN_FOLDER)
                .graph()
                .initializers()
                .get("w"))
        .isEqualTo(TensorValue.ofFloats(VALUES, 2, 2));
  }

  @Test
  void tensorsOfConstantNodesAreReadTheSameWay() throws IOException {
    NodeProto.Builder constant =
        NodeProto.newBuilder()
            .setName("c")
            .setOpType("Constant")
            .addOutput("c")
            .addAttribute(
                AttributeProto.newBuilder()
                    .setName("value")
                    .setT(tensor("location", "w.bin", "offset", "8")));
    Path file = model(GraphProto.newBuilder().addNode(constant));

    assertThat(
            ModelReader.read(file, ExternalData.IN_FOLDER)
                .graph()
                .nodes()
                .get(0)
                .attributes()
                .get("value"))
        .isEqualTo(Attribute.of(TensorValue.ofFloats(VALUES, 2, 2)));
    assertThatThrownBy(() -> ModelReader.read(file))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "The tensor in attribute \"value\" of Constant node \"c\" of model \"m.onnx\" keeps its"
                + " values in another file, which is not read. Expected a model in one file.");
  }

  @Test
  void nothingIsReadUnlessAskedFor() throws IOException {
    Path file = model(GraphProto.newBuilder().addInitializer(tensor("location", "w.bin")));
    String message =
        "Tensor \"w\" of model \"m.onnx\" keeps its values in another file, which is not read."
            + " Expected a model in one file.";
    assertThatThrownBy(() -> ModelReader.read(file, ExternalData.REFUSED))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> ModelReader.read(file)).hasMessage(message);
    byte[] bytes = Files.readAllBytes(file);
    assertThatThrownBy(() -> ModelReader.read(bytes, "m.onnx")).hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../secret.bin", "weights/../../secret.bin", "weights/../w.bin", ".."})
  void waysOutOfTheFolderAreRefused(String location) throws IOException {
    fileRefused(
        location,
        ", on a way out of the model's folder. Expected a file in that folder or below it.");
  }

  @Test
  void anAbsolutePathIsRefused() throws IOException {
    fileRefused(
        folder.resolve("w.bin").toAbsolutePath().toString(),
        ", an absolute path. Expected a path from the model's folder.");
  }

  @Test
  void whatIsNoPathIsRefused() throws IOException {
    fileRefused(
        "w\0.bin", ", which is no path on this machine. Expected a path from the model's folder.");
  }

  @Test
  void symbolicLinksAreRefused() throws IOException {
    String problem = ", behind a symbolic link. Expected the file itself; copy it there.";
    link(folder.resolve("link.bin"), outside.resolve("secret.bin"));
    link(folder.resolve("inner.bin"), folder.resolve("w.bin"));
    link(folder.resolve("folder"), outside);

    fileRefused("link.bin", problem);
    fileRefused("inner.bin", problem);
    fileRefused("folder/secret.bin", problem);
  }

  private static Path link(Path link, Path to) throws IOException {
    try {
      return Files.createSymbolicLink(link, to);
    } catch (IOException | UnsupportedOperationException e) {
      assumeTrue(false, "this platform or account makes no symbolic links");
      throw e;
    }
  }

  @Test
  void hardLinksAreRefused() throws IOException {
    assumeTrue(
        folder.getFileSystem().supportedFileAttributeViews().contains("unix"),
        "this platform does not tell the number of hard links");
    Files.createLink(folder.resolve("hard.bin"), outside.resolve("secret.bin"));

    fileRefused(
        "hard.bin",
        ", which has 2 hard links and so may be a file from elsewhere. Expected a file with one"
            + " name; copy it there.");
  }

  @Test
  void whatIsNoFileIsRefused() throws IOException {
    fileRefused("weights", ", which is no regular file. Expected one.");
    fileRefused(".", ", which is no regular file. Expected one.");
    fileRefused(
        "gone.bin",
        ", which is not there. Expected it where the model's folder has it; copy it with the"
            + " model.");
  }

  @Test
  void aFileThatEndsTooSoonIsRefused() throws IOException {
    refused(
        tensor("location", "w.bin", "offset", "9"),
        "keeps its values in file \"w.bin\", which ends too soon. Expected 16 bytes from offset 9"
            + " on, got a file of 24 bytes. Maybe it was cut off.");
    refused(
        tensor("location", "w.bin", "offset", "999999999999999999"),
        "keeps its values in file \"w.bin\", which ends too soon. Expected 16 bytes from offset"
            + " 999999999999999999 on, got a file of 24 bytes. Maybe it was cut off.");
    refused(
        tensor("location", "w.bin").setDims(0, 1 << 20),
        "keeps its values in file \"w.bin\", which ends too soon. Expected 8388608 bytes from offset"
            + " 0 on, got a file of 24 bytes. Maybe it was cut off.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "", "8.0", "0x8", "9223372036854775808", "\u0668"})
  void anOffsetThatIsNoneIsRefused(String offset) throws IOException {
    refused(
        tensor("location", "w.bin", "offset", offset),
        "keeps its values in file \"w.bin\" with an unusable offset. Expected a whole number of"
            + " bytes, 0 or more, got \"%s\".".formatted(offset));
  }

  @Test
  void aLengthThatDoesNotFitTheShapeIsRefused() throws IOException {
    refused(
        tensor("location", "w.bin", "length", "12"),
        "keeps its values in file \"w.bin\", 12 bytes long. Expected 16 bytes, as its type and shape"
            + " say.");
    refused(
        tensor("location", "w.bin").setDims(0, 1L << 40),
        "of FLOAT [1099511627776, 2] is not supported. Expected numbers of less than 2 GB.");
    refused(
        tensor("location", "w.bin").setDataType(Dtype.STRING.code()),
        "of STRING [2, 2] is not supported. Expected numbers of less than 2 GB.");
  }

  @Test
  void entriesThatAreMissingOrThereTwiceAreRefused() throws IOException {
    refused(
        tensor("offset", "0"),
        "keeps its values in another file but does not say in which. Expected a path.");
    refused(
        tensor("location", "w.bin", "location", "w.bin"),
        "says twice what the \"location\" of its values in another file is. Expected it once.");
  }
}
