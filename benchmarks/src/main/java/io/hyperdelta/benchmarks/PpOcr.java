package io.hyperdelta.benchmarks;

/**
 * Networks of PP-OCR (Du et al. 2020), exported by PaddlePaddle with their weights in Constant
 * nodes. Apache License 2.0.
 */
public final class PpOcr {
  private static final NetworkFile CLASSIFIER =
      new NetworkFile(
          "/models/ch_ppocr_mobile_v2.0_cls_infer.onnx",
          "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c");
  private static final NetworkFile RECOGNISER =
      new NetworkFile(
          "/models/ch_PP-OCRv4_rec_infer.onnx",
          "01963c554a1a00203c5746bca5306fc05a1278a014495383ddd935d0d2ac0415");

  private PpOcr() {}

  /**
   * Tells upright lines of text from turned ones: a convolutional network, float32 [batch, 3, 48,
   * 192] to [batch, 2].
   */
  public static byte[] classifier() {
    return CLASSIFIER.bytes();
  }

  /**
   * Reads a line of text: convolutions and attention, float32 [batch, 3, 48, width] to [batch,
   * width / 8, 6625].
   */
  public static byte[] recogniser() {
    return RECOGNISER.bytes();
  }
}
