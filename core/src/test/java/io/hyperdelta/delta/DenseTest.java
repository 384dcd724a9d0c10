package io.hyperdelta.delta;

import static io.hyperdelta.delta.SampleSites.bias;
import static io.hyperdelta.delta.SampleSites.weight;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Axes;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Units;
import io.hyperdelta.target.Use;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Dense deltas are what the forms' formulas say, for all units and for some. */
class DenseTest {
  private static final int IN = 6;
  private static final int OUT = 5;
  private static final int RANK = 2;
  private static final int COUNT = 3;
  private static final int CHUNK = 4;
  private static final int EMBEDDING = 2;

  static Stream<Arguments> cases() {
    List<Form> forms =
        List.of(
            new Full(),
            new Full(true),
            new LowRank(RANK),
            new Core(RANK, false),
            new Core(RANK, true),
            new Basis(COUNT),
            new Chunked(CHUNK, EMBEDDING),
            new Chunked(CHUNK, EMBEDDING, true),
            new Gain());
    return forms.stream()
        .flatMap(
            form ->
                Stream.of(Layout.values())
                    .flatMap(
                        layout ->
                            Stream.of("", "0..2", "2..4", "0,2..3")
                                .map(units -> Arguments.of(form, layout, units))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void isTheFormula(Form form, Layout layout, String units) {
    Site site = weight("w", layout, IN, OUT, false);
    Site some = units.isEmpty() ? site : site.only(Units.of(units));
    Random random = new Random(5);
    TensorValue frozen = random(random, site.dims().stream().mapToLong(Long::longValue).toArray());
    List<TensorValue> factors = new ArrayList<>();
    form.factors(some).forEach(factor -> factors.add(random(random, factor.shape())));

    double[] dense = form.dense(some, frozen, factors);

    assertThat(dense).hasSize(IN * OUT);
    List<Integer> chosen = some.units().isAll() ? List.of(0, 1, 2, 3, 4) : some.units().indices();
    for (int i = 0; i < IN; i++) {
      for (int o = 0; o < OUT; o++) {
        int position =
            switch (layout) {
              case IN_OUT -> i * OUT + o;
              case OUT_IN -> o * IN + i;
              case CHANNELS_OUT_WINDOW -> (i / 2 * OUT + o) * 2 + i % 2;
            };
        int unit = chosen.indexOf(o);
        double expected =
            unit < 0
                ? 0
                : formula(form, factors, frozen.floats()[position], i, unit, chosen.size());
        assertThat(dense[position]).isCloseTo(expected, within(1e-9));
      }
    }
  }

  /** The element of the delta for one input and one of the units that are meant. */
  private static double formula(
      Form form, List<TensorValue> factors, double frozen, int i, int u, int width) {
    List<float[]> f = factors.stream().map(TensorValue::floats).toList();
    double sum = 0;
    if (form.replaces()) {
      sum -= frozen;
    }
    if (form instanceof Full) {
      sum += f.get(0)[i * width + u];
    } else if (form instanceof Chunked) {
      int chunk = (i * width + u) / CHUNK;
      int place = (i * width + u) % CHUNK;
      for (int k = 0; k < EMBEDDING; k++) {
        sum += (double) f.get(0)[chunk * EMBEDDING + k] * f.get(1)[k * CHUNK + place];
      }
    } else if (form instanceof LowRank) {
      for (int k = 0; k < RANK; k++) {
        sum += (double) f.get(0)[i * RANK + k] * f.get(1)[k * width + u];
      }
    } else if (form instanceof Core core) {
      for (int k = 0; k < RANK; k++) {
        for (int l = 0; l < RANK; l++) {
          double middle = core.diagonal() ? (k == l ? f.get(1)[k] : 0) : f.get(1)[k * RANK + l];
          sum += f.get(0)[i * RANK + k] * middle * f.get(2)[l * width + u];
        }
      }
    } else if (form instanceof Basis) {
      for (int k = 0; k < COUNT; k++) {
        sum += (double) f.get(0)[k] * f.get(1)[(k * IN + i) * width + u];
      }
    } else {
      sum = frozen * f.get(0)[u];
    }
    return sum;
  }

  @Test
  void aGainOfAPartOfAnInitializerIsOfThatPart() {
    Site site =
        new Site(
            "w",
            SiteKind.WEIGHT,
            "both",
            3,
            List.of(1L, 3L),
            Layout.OUT_IN,
            3,
            1,
            false,
            List.of(new Use("RNN", "x", "y", 1)),
            Units.ALL);
    TensorValue both = TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 2, 1, 3);

    assertThat(new Gain().dense(site, both, List.of(TensorValue.ofFloats(new float[] {2}, 1))))
        .containsExactly(8, 10, 12);
  }

  @Test
  void aGainOfATransposedKernelInGroupsReachesTheChannelsOfItsUnits() {
    Site site =
        new Site(
            "w",
            SiteKind.KERNEL,
            "w",
            List.of(4L, 1L, 2L),
            Layout.CHANNELS_OUT_WINDOW,
            4,
            2,
            false,
            List.of(
                new Use(
                    "ConvTranspose",
                    "x",
                    "y",
                    1,
                    "",
                    1,
                    Axes.CHANNELS_FIRST,
                    0,
                    Map.of("group", Attribute.of(2)))),
            Units.ALL);
    TensorValue ones = TensorValue.ofFloats(new float[] {1, 1, 1, 1, 1, 1, 1, 1}, 4, 1, 2);

    assertThat(new Gain().dense(site, ones, List.of(TensorValue.ofFloats(new float[] {3, 5}, 2))))
        .containsExactly(3, 3, 3, 3, 5, 5, 5, 5);
  }

  @ParameterizedTest
  @MethodSource("units")
  void aShiftOfSomeUnitsLeavesTheOthers(String units, double[] expected) {
    TensorValue terms = TensorValue.ofFloats(new float[] {7, 8}, 2);
    Site some = bias("b", 4).only(Units.of(units));

    assertThat(new Shift().dense(some, random(new Random(1), 4), List.of(terms)))
        .containsExactly(expected);
  }

  static Stream<Arguments> units() {
    return Stream.of(
        Arguments.of("1..2", new double[] {0, 7, 8, 0}),
        Arguments.of("0,3", new double[] {7, 0, 0, 8}));
  }

  private static TensorValue random(Random random, long... dims) {
    int count = 1;
    for (long dim : dims) {
      count = Math.toIntExact(count * dim);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorValue.ofFloats(values, dims);
  }
}
