package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever serves a model carries ONNX Runtime and nothing that trains. */
class ClassPathTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.bytedeco.pytorch.global.torch",
        "org.bytedeco.openblas.global.openblas",
        "org.bytedeco.javacpp.Loader",
        "org.duckdb.DuckDBDriver",
        "io.hyperdelta.fit.Progress"
      })
  void nothingThatTrainsCanBeLoaded(String name) {
    assertThatThrownBy(() -> load(name)).isInstanceOf(ClassNotFoundException.class);
  }

  @Test
  void onnxRuntimeCanBeLoaded() throws ClassNotFoundException {
    assertThat(load("ai.onnxruntime.OrtEnvironment")).isPublic();
  }

  private static Class<?> load(String name) throws ClassNotFoundException {
    return Class.forName(name, false, ClassPathTest.class.getClassLoader());
  }
}
