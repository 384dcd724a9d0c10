package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.weave.Weaver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which rows share a condition, by bits and texts. */
final class SharedConditionsTest {
  private static Map<String, TensorValue> inputs(float[] numbers, String... texts) {
    int rows = texts.length;
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    inputs.put("x", TensorValue.ofFloats(new float[rows], rows, 1));
    inputs.put("number", TensorValue.ofFloats(numbers, rows, numbers.length / rows));
    inputs.put("text", TensorValue.ofStrings(List.of(texts), rows, 1));
    return inputs;
  }

  private static Map<String, TensorValue> named(Map<String, TensorValue> inputs) {
    return SharedConditions.named(inputs, new TreeSet<>(Set.of("number", "text")));
  }

  @Test
  void eachConditionIsSentOnceWithTheRowsThatHaveIt() {
    Map<String, TensorValue> inputs =
        inputs(new float[] {1, 2, 1, 2, 1, 2, 3, 2, 1, 2, 1, 2}, "a", "a", "b", "a", "a", "b");
    Map<String, TensorValue> named = named(inputs);

    assertThat(named.get("number"))
        .isEqualTo(TensorValue.ofFloats(new float[] {1, 2, 1, 2, 3, 2}, 3, 2));
    assertThat(named.get("text")).isEqualTo(TensorValue.ofStrings(List.of("a", "b", "a"), 3, 1));
    assertThat(named.get(Weaver.CONDITION_OF_ROW))
        .isEqualTo(TensorValue.ofLongs(new long[] {0, 0, 1, 2, 0, 1}, 6));
    assertThat(named.get("x")).isSameAs(inputs.get("x"));
  }

  @Test
  void rowsOfWhichMoreThanHalfHaveTheirOwnStayAsTheyAre() {
    Map<String, TensorValue> inputs = inputs(new float[] {1, 2, 3, 1}, "a", "a", "a", "a");
    assertThat(named(inputs)).isSameAs(inputs);
    assertThat(named(inputs(new float[] {1}, "a"))).doesNotContainKey(Weaver.CONDITION_OF_ROW);
  }

  @Test
  void missingNumbersAreTheSameAndZerosOfOppositeSignAreNot() {
    float missing = Float.NaN;
    float[] numbers = {missing, 0f, -0f, missing, 0f, -0f};
    Map<String, TensorValue> named = named(inputs(numbers, "a", "a", "a", "a", "a", "a"));
    assertThat(named.get(Weaver.CONDITION_OF_ROW))
        .isEqualTo(TensorValue.ofLongs(new long[] {0, 1, 2, 0, 1, 2}, 6));
  }

  @Test
  void textsWithOneHashAreToldApartAndFoundFast() {
    // "Aa" and "BB" have the same hash, and so has whatever is put together from them.
    int bits = 15;
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 1 << bits; i++) {
      StringBuilder text = new StringBuilder();
      for (int bit = 0; bit < bits; bit++) {
        text.append((i >> bit & 1) == 0 ? "Aa" : "BB");
      }
      texts.add(text.toString());
    }
    texts.addAll(List.copyOf(texts));
    Map<String, TensorValue> named =
        assertTimeout(
            Duration.ofSeconds(5),
            () -> named(inputs(new float[texts.size()], texts.toArray(new String[0]))));
    assertThat(named.get("text"))
        .isEqualTo(TensorValue.ofStrings(texts.subList(0, 1 << bits), 1 << bits, 1));
    assertThat(Collections.frequency(texts, texts.get(7))).isEqualTo(2);
  }
}
