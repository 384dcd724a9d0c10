package io.hyperdelta.delta;

import static io.hyperdelta.delta.SampleSites.bias;
import static io.hyperdelta.delta.SampleSites.weight;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FormTest {
  @Test
  void aRankBelowOneIsRefused() {
    assertThatThrownBy(() -> new LowRank(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A low-rank delta has no such rank. Expected 1 or more, got 0.");
  }

  @Test
  void aBiasTakesNoLowRank() {
    String message =
        "Site \"fc.bias\" cannot take a low-rank delta: it is a bias [3]. Expected a weight,"
            + " a kernel or an embedding. Maybe you meant form shift.";
    assertThat(new LowRank(1).refusal(bias("fc.bias", 3))).contains(message);
    assertThatThrownBy(() -> new LowRank(1).factors(bias("fc.bias", 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void aRankAsHighAsTheSmallerSideIsRefused() {
    Site site = weight("fc.weight", Layout.OUT_IN, 8, 5, false);

    assertThat(new LowRank(4).refusal(site)).isEmpty();
    assertThat(new LowRank(5).refusal(site))
        .contains(
            "Site \"fc.weight\" cannot take a low-rank delta of rank 5: the weight is [5, 8]."
                + " Expected a rank between 1 and 4, got 5. Maybe you meant a smaller rank.");
    assertThatThrownBy(() -> new LowRank(5).factors(site))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Site \"fc.weight\" cannot take a low-rank delta of rank 5");
  }

  @Test
  void aWeightThatIsAVectorTakesRankOne() {
    Site site = weight("w", Layout.IN_OUT, 1, 5, false);

    assertThat(new LowRank(1).refusal(site)).isEmpty();
    assertThat(new LowRank(2).refusal(site)).isPresent();
    assertThat(new LowRank(2).narrowed(site)).isEqualTo(new LowRank(1));
  }

  @Test
  void lowRankIsNarrowedOnlyWhereItMustBe() {
    Site site = weight("w", Layout.IN_OUT, 8, 5, false);

    assertThat(new LowRank(16).narrowed(site)).isEqualTo(new LowRank(4));
    assertThat(new LowRank(4).narrowed(site)).isEqualTo(new LowRank(4));
    assertThat(new LowRank(2).narrowed(site)).isEqualTo(new LowRank(2));
    assertThat(new LowRank(16).narrowed(bias("b", 3))).isEqualTo(new LowRank(16));
    assertThat(new Shift().narrowed(site)).isEqualTo(new Shift());
  }

  @Test
  void aShiftOfAWeightWhoseLayerHasABiasIsRefused() {
    Site site = weight("fc.weight", Layout.IN_OUT, 4, 3, true);
    String message =
        "Site \"fc.weight\" cannot take a shift: its layer has a bias, which is a site of its own."
            + " Expected a bias, got a weight [4, 3]. Maybe you meant the layer's bias, or form"
            + " low-rank.";

    assertThat(new Shift().refusal(site)).contains(message);
    assertThatThrownBy(() -> new Shift().factors(site))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void aShiftMakesTheBiasOfALayerWithoutOne() {
    Site site = weight("fc.weight", Layout.IN_OUT, 4, 3, false);

    assertThat(new Shift().refusal(site)).isEmpty();
    assertThat(new Shift().makesBias(site)).isTrue();
    assertThat(new Shift().makesBias(bias("b", 3))).isFalse();
    assertThat(new LowRank(1).makesBias(site)).isFalse();
  }

  @Test
  void factorsHaveTheirAxesAndOneStartsAtZero() {
    Site site = weight("w", Layout.OUT_IN, 8, 5, false);

    assertThat(new LowRank(3).factors(site))
        .containsExactly(
            Factor.generated("A", Factor.Start.RANDOM, 8, 3).summedOver(1),
            Factor.generated("B", Factor.Start.ZERO, 3, 5).summedOver(0));
    assertThat(new Shift().factors(bias("b", 7)))
        .containsExactly(Factor.generated("b", Factor.Start.ZERO, 7));
  }

  @Test
  void onlySomeFactorsAreGenerated() {
    Site site = weight("w", Layout.OUT_IN, 8, 5, true);

    assertThat(new Core(3, false).generatedCount(site)).isEqualTo(9);
    assertThat(new Core(3, true).generatedCount(site)).isEqualTo(3);
    assertThat(new Basis(4).generatedCount(site)).isEqualTo(4);
    assertThat(new Full().generatedCount(site)).isEqualTo(40);
    assertThat(new Chunked(6, 3).generatedCount(site)).isEqualTo(18);
    assertThat(new Gain().generatedCount(site)).isEqualTo(5);
    for (Form form : Forms.smallest()) {
      if (form.refusal(site).isEmpty()) {
        assertThat(form.factors(site).stream().filter(f -> f.start() == Factor.Start.ZERO))
            .as("factors of %s that start at zero", form)
            .singleElement()
            .matches(Factor::isGenerated);
      }
    }
  }

  @Test
  void chunksMayNotBeLargerThanTheWeightNorNeedMoreNumbersThanIt() {
    Site site = weight("fc.weight", Layout.OUT_IN, 8, 5, false);

    assertThat(new Chunked(39, 1).refusal(site)).isEmpty();
    assertThat(new Chunked(40, 1).refusal(site))
        .contains(
            "Site \"fc.weight\" cannot take a chunked delta with chunks of 40: the weight [5, 8]"
                + " has 40 numbers that are meant. Expected a chunk smaller than that, got 40."
                + " Maybe you meant form full.");
    assertThat(new Chunked(11, 3).refusal(site)).isEmpty();
    assertThat(new Chunked(11, 4).refusal(site))
        .contains(
            "Site \"fc.weight\" cannot take a chunked delta with embeddings of 4: its 40 numbers"
                + " are 4 chunks of 11. Expected an embedding of 1 to 3, fewer than there are"
                + " chunks, got 4. Maybe you meant form full, which generates no more numbers.");
    assertThatThrownBy(() -> new Chunked(11, 4).factors(site))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Site \"fc.weight\" cannot take a chunked delta");
    assertThatThrownBy(() -> new Chunked(1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A chunked delta has no such embedding. Expected 1 or more, got 0.");
  }

  @Test
  void chunksOfASmallSiteHaveSmallerEmbeddingsAndASingleOneIsFull() {
    Site site = weight("w", Layout.IN_OUT, 8, 5, false);

    assertThat(new Chunked(11, 3, true).narrowed(site)).isEqualTo(new Chunked(11, 3, true));
    assertThat(new Chunked(11, 9, true).narrowed(site)).isEqualTo(new Chunked(11, 3, true));
    assertThat(new Chunked(40, 2, true).narrowed(site)).isEqualTo(new Full(true));
    assertThat(new Chunked(40, 2).narrowed(site)).isEqualTo(new Full());
    assertThat(new Chunked(40, 2).narrowed(bias("b", 3))).isEqualTo(new Chunked(40, 2));
  }

  @Test
  void whatReplacesAWeightHasNoFactorAtZero() {
    Site site = weight("w", Layout.OUT_IN, 8, 5, false);

    assertThat(new Full(true).factors(site))
        .containsExactly(Factor.generated("W", Factor.Start.FROZEN, 8, 5));
    assertThat(new Chunked(6, 3, true).factors(site))
        .extracting(Factor::start)
        .containsExactly(Factor.Start.RANDOM, Factor.Start.RANDOM);
    assertThat(new SiteDelta("h", site, new Full(true), 1).startsAtTarget()).isTrue();
    assertThat(new SiteDelta("h", site, new Chunked(6, 3), 1).startsAtTarget()).isTrue();
    assertThat(new SiteDelta("h", site, new Chunked(6, 3, true), 1).startsAtTarget()).isFalse();
  }

  @Test
  void whatIsReplacedIsInTheTitle() {
    assertThat(new Chunked(784, 5, true).title()).isEqualTo("chunked 784 5, replacing");
    assertThat(new Full(true).title()).isEqualTo("full, replacing");
    assertThat(new Full().title()).isEqualTo("full");
    assertThat(new LowRank(4).title()).isEqualTo("low-rank 4");
  }

  @Test
  void onlyAFormThatMakesAWholeWeightReplacesIt() {
    assertThat(Forms.of("chunked", Map.of("chunk", 6, "embedding", 3), true))
        .isEqualTo(new Chunked(6, 3, true));
    assertThat(Forms.of("full", Map.of(), true)).isEqualTo(new Full(true));
    assertThatThrownBy(() -> Forms.of("low-rank", Map.of("rank", 2), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "replace is given with form low-rank, which makes no weight that could stand alone."
                + " Expected it only with form full or chunked, got true. Maybe you meant form"
                + " chunked, or to leave replace out.");
    assertThatThrownBy(() -> Forms.of("chunked", Map.of("chunk", 6), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("embedding is missing. Expected an embedding with form chunked, got none.");
    assertThatThrownBy(() -> Forms.of("basis", Map.of("count", 2, "chunk", 6), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "chunk is given with form basis. Expected no chunk with this form, got 6. Maybe you"
                + " meant form chunked.");
  }

  @Test
  void generatedNumbersAreCounted() {
    assertThat(new LowRank(3).generatedCount(weight("w", Layout.OUT_IN, 8, 5, true)))
        .isEqualTo(3 * (8 + 5));
    assertThat(new Shift().generatedCount(bias("b", 7))).isEqualTo(7);
    assertThat(new Shift().generatedCount(weight("w", Layout.IN_OUT, 8, 5, false))).isEqualTo(5);
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void aDenseLowRankDeltaIsTheProductInTheOrderOfStorage(Layout layout) {
    int in = 8;
    int rank = 3;
    int out = 5;
    Site site = weight("w", layout, in, out, false);
    TensorValue a = random(1, in, rank);
    TensorValue b = random(2, rank, out);

    double[] dense = new LowRank(rank).dense(site, random(3, in, out), List.of(a, b));

    double[][] product = new double[in][out];
    for (int k = 0; k < rank; k++) {
      for (int i = 0; i < in; i++) {
        for (int o = 0; o < out; o++) {
          product[i][o] += (double) a.floats()[i * rank + k] * b.floats()[k * out + o];
        }
      }
    }
    assertThat(dense).hasSize(in * out);
    for (int i = 0; i < in; i++) {
      for (int o = 0; o < out; o++) {
        int position =
            switch (layout) {
              case IN_OUT -> i * out + o;
              case OUT_IN -> o * in + i;
              // A window of 2 behind the units of each channel.
              case CHANNELS_OUT_WINDOW -> (i / 2 * out + o) * 2 + i % 2;
            };
        assertThat(dense[position]).isEqualTo(product[i][o]);
      }
    }
  }

  @Test
  void aDenseShiftIsItsFactor() {
    TensorValue b = random(3, 5);

    assertThat(new Shift().dense(bias("b", 5), random(4, 5), List.of(b)))
        .containsExactly(b.doubles());
  }

  private static TensorValue random(long seed, long... dims) {
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
}
