package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TensorMathTest {
  private static TensorValue halves(Dtype dtype, int... bits) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    for (int half : bits) {
      bytes.putShort((short) half);
    }
    return TensorValue.ofBytes(dtype, new long[] {bits.length}, bytes.flip());
  }

  private static TensorValue cast(TensorValue value, Dtype to) {
    return TensorMath.cast(value, to).orElseThrow();
  }

  @Test
  void everyFloat16IsReadAndWrittenAsItself() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = TensorMath.ofFloat16((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(TensorMath.toFloat16(value)).isEqualTo((short) bits);
      }
      float other = Float.intBitsToFloat(bits << 16);
      if (!Float.isNaN(other)) {
        assertThat(TensorMath.toBfloat16(other)).isEqualTo((short) bits);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "8000,-0",
    "3c00,1",
    "c000,-2",
    "7bff,65504",
    "0400,6.103515625E-5",
    "0001,5.960464477539063E-8",
    "8001,-5.960464477539063E-8",
    "7c00,Infinity",
    "fc00,-Infinity",
    "3555,0.333251953125",
    "7e00,NaN"
  })
  void float16IsWhatIeee754Says(String bits, float value) {
    assertThat(TensorMath.ofFloat16((short) Integer.parseInt(bits, 16)))
        .isEqualTo(Float.valueOf(value));
    assertThat(TensorMath.toFloat16(value)).isEqualTo((short) Integer.parseInt(bits, 16));
  }

  /**
   * Against the definition: of all halves the nearest, and of two the one with an even last bit.
   */
  @Test
  void roundingIsToTheNearestHalf() {
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      float x = Float.intBitsToFloat(random.nextInt());
      float size = Math.abs(x);
      if (!(size < 65520)) {
        continue;
      }
      int lower = 0;
      int upper = 0x7c00;
      while (upper - lower > 1) {
        int middle = (lower + upper) / 2;
        if (value(middle) <= size) {
          lower = middle;
        } else {
          upper = middle;
        }
      }
      double below = size - value(lower);
      double above = value(upper) - size;
      int nearest = below < above || (below == above && lower % 2 == 0) ? lower : upper;
      assertThat(TensorMath.toFloat16(size)).as("%s", size).isEqualTo((short) nearest);
      assertThat(TensorMath.toFloat16(-size)).isEqualTo((short) (nearest | 0x8000));
    }
    assertThat(TensorMath.toFloat16(65519.996f)).isEqualTo((short) 0x7bff);
    assertThat(TensorMath.toFloat16(65520)).isEqualTo((short) 0x7c00);
  }

  /** 65536 stands where infinity is, for the numbers that still round down. */
  private static double value(int bits) {
    return bits == 0x7c00 ? 65536 : TensorMath.ofFloat16((short) bits);
  }

  @Test
  void bfloat16IsRoundedToEven() {
    assertThat(TensorMath.toBfloat16(Float.intBitsToFloat(0x3f808000))).isEqualTo((short) 0x3f80);
    assertThat(TensorMath.toBfloat16(Float.intBitsToFloat(0x3f818000))).isEqualTo((short) 0x3f82);
    assertThat(TensorMath.toBfloat16(Float.intBitsToFloat(0x3f808001))).isEqualTo((short) 0x3f81);
    assertThat(TensorMath.toBfloat16(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
    assertThat(TensorMath.toBfloat16(Float.intBitsToFloat(0x7f800001))).isEqualTo((short) 0x7fc0);
  }

  @Test
  void narrowFloatsAreWidenedExactly() {
    assertThat(cast(halves(Dtype.FLOAT16, 0x3c00, 0x3555), Dtype.FLOAT).floats())
        .containsExactly(1, 0x1.554p-2f);
    assertThat(halves(Dtype.BFLOAT16, 0x3f80, 0xc000).doubles()).containsExactly(1, -2);
    assertThat(cast(TensorValue.ofFloats(new float[] {1, -2}, 2), Dtype.BFLOAT16))
        .isEqualTo(halves(Dtype.BFLOAT16, 0x3f80, 0xc000));
  }

  @Test
  void realsLoseTheirFraction() {
    TensorValue reals = TensorValue.ofDoubles(new double[] {-1.9, -0.5, 0.5, 127.9}, 4);
    for (Dtype to : List.of(Dtype.INT8, Dtype.INT16, Dtype.INT32, Dtype.INT64)) {
      assertThat(cast(reals, to).longs()).containsExactly(-1, 0, 0, 127);
    }
    assertThat(cast(reals, Dtype.BOOL).longs()).containsExactly(1, 1, 1, 1);
    assertThat(cast(TensorValue.ofFloats(new float[] {0, -0f}, 2), Dtype.BOOL).longs())
        .containsExactly(0, 0);
  }

  @Test
  void realsThatAreNoSuchIntegerAreNotCast() {
    for (double number : new double[] {Double.NaN, 1e30, -1e30, 0x1p63}) {
      assertThat(TensorMath.cast(TensorValue.ofDoubles(new double[] {number}), Dtype.INT64))
          .isEmpty();
    }
    assertThat(TensorMath.cast(TensorValue.scalar(-1), Dtype.UINT8)).isEmpty();
    assertThat(TensorMath.cast(TensorValue.scalar(256), Dtype.UINT8)).isEmpty();
    assertThat(cast(TensorValue.scalar(255), Dtype.UINT8).longs()).containsExactly(255);
    assertThat(cast(TensorValue.ofDoubles(new double[] {0x1.8p63}), Dtype.UINT64).longs())
        .containsExactly(3L << 62);
    assertThat(TensorMath.cast(TensorValue.ofStrings(List.of("1"), 1), Dtype.FLOAT)).isEmpty();
    assertThat(TensorMath.cast(TensorValue.scalar(1), Dtype.STRING)).isEmpty();
  }

  @Test
  void integersLoseTheirHigherBits() {
    TensorValue longs = TensorValue.longs(-1, 256, 3, 1L << 40);
    assertThat(cast(longs, Dtype.INT8).longs()).containsExactly(-1, 0, 3, 0);
    assertThat(cast(longs, Dtype.UINT16).longs()).containsExactly(0xffff, 256, 3, 0);
    assertThat(cast(longs, Dtype.BOOL).longs()).containsExactly(1, 1, 1, 1);
    assertThat(cast(longs, Dtype.FLOAT).floats()).containsExactly(-1, 256, 3, 0x1p40f);
  }

  @Test
  void integersAreRoundedOnce() {
    // By way of float64 this would first become 2^60 + 2^36, exactly between two float32.
    long number = (1L << 60) + (1L << 36) + 1;
    assertThat(cast(TensorValue.longs(number), Dtype.FLOAT).floats()[0])
        .isEqualTo(0x1p60f + 0x1p37f);
    TensorValue unsigned = cast(TensorValue.longs(-1, Long.MIN_VALUE), Dtype.UINT64);
    assertThat(unsigned.doubles()).containsExactly(0x1p64, 0x1p63);
    assertThat(cast(unsigned, Dtype.FLOAT).floats()).containsExactly(0x1p64f, 0x1p63f);
    assertThat(cast(TensorValue.longs(-1), Dtype.DOUBLE).doubles()).containsExactly(-1);
  }

  @Test
  void axesAreReorderedForEveryWidth() {
    TensorValue x = TensorValue.ofLongs(new long[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 2, 3, 2);
    for (Dtype dtype : List.of(Dtype.INT64, Dtype.FLOAT, Dtype.FLOAT16, Dtype.INT8)) {
      TensorValue turned = TensorMath.transpose(cast(x, dtype), new int[] {2, 0, 1});
      assertThat(turned.dims()).containsExactly(2, 2, 3);
      assertThat(turned.doubles()).containsExactly(0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11);
    }
    assertThat(
            TensorMath.transpose(
                    TensorValue.ofStrings(List.of("a", "b", "c", "d"), 2, 2), new int[] {1, 0})
                .strings())
        .containsExactly("a", "c", "b", "d");
    assertThat(TensorMath.transpose(TensorValue.scalar(3), new int[0]))
        .isEqualTo(TensorValue.scalar(3));
    assertThat(
            TensorMath.transpose(
                    TensorValue.ofFloats(new float[0], Long.MAX_VALUE, 0), new int[] {1, 0})
                .dims())
        .containsExactly(0, Long.MAX_VALUE);
  }
}
