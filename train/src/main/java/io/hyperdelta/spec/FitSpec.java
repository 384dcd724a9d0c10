package io.hyperdelta.spec;

/**
 * How a network is fitted: AdamW, warm-up and cosine decay, clipping, early stopping.
 *
 * @param epochs passes over the training rows at most, 1 or more
 * @param batch rows per step, 1 or more
 * @param learningRate highest learning rate, above 0
 * @param weightDecay decoupled weight decay, in [0, 1)
 * @param warmup fraction of the steps in which the learning rate rises, in [0, 1)
 * @param clip largest norm of a step's gradient, above 0
 * @param patience epochs without a better validation loss after which fitting stops, 1 or more
 * @param seed of the initial weights and of the order of the rows
 * @param penalty what the size of the deltas is multiplied with before it is added to the training
 *     loss, 0 or more; 0 for what has no deltas
 * @param products in which precision large products are computed; what is delivered is float32
 */
public record FitSpec(
    int epochs,
    int batch,
    double learningRate,
    double weightDecay,
    double warmup,
    double clip,
    int patience,
    long seed,
    double penalty,
    ProductPrecision products) {
  /** Early stopping usually ends sooner; the cosine decay needs a known end. */
  public static final int DEFAULT_EPOCHS = 40;

  /** Large enough for dense products, small enough for noise that generalises. */
  public static final int DEFAULT_BATCH = 256;

  /** AdamW's usual rate for small networks. */
  public static final double DEFAULT_LEARNING_RATE = 0.001;

  /** AdamW's usual decay: mild, yet it keeps unused heads at zero. */
  public static final double DEFAULT_WEIGHT_DECAY = 0.01;

  /** Two of 40 epochs: Adam's averages settle before the full rate. */
  public static final double DEFAULT_WARMUP = 0.05;

  /** Ordinary steps stay below it; a rare outlier row cannot throw the weights. */
  public static final double DEFAULT_CLIP = 1.0;

  /** A quarter of the epochs: the validation loss of small sets is noisy. */
  public static final int DEFAULT_PATIENCE = 10;

  /** The seed of everything else. */
  public static final long DEFAULT_SEED = SplitSpec.DEFAULT_SEED;

  /** Weight decay keeps deltas small already; more has to be asked for. */
  public static final double DEFAULT_PENALTY = 0;

  /** What is fitted is what is measured; less has to be asked for. */
  public static final ProductPrecision DEFAULT_PRODUCTS = ProductPrecision.FLOAT32;

  /** Checks the ranges. */
  public FitSpec {
    Require.between("epochs", epochs, 1, 1_000_000);
    Require.between("batch", batch, 1, 1 << 20);
    Require.positive("learningRate", learningRate);
    Require.fraction("weightDecay", weightDecay);
    Require.fraction("warmup", warmup);
    Require.positive("clip", clip);
    Require.between("patience", patience, 1, 1_000_000);
    if (penalty != 0) {
      Require.positive("penalty", penalty);
    }
  }

  /** The same with another seed. */
  public FitSpec withSeed(long newSeed) {
    return new FitSpec(
        epochs,
        batch,
        learningRate,
        weightDecay,
        warmup,
        clip,
        patience,
        newSeed,
        penalty,
        products);
  }

  /** The default fit. */
  public static FitSpec defaults() {
    return builder().build();
  }

  /** A builder that holds the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /** Changes single settings of the defaults. Not thread-safe. */
  public static final class Builder {
    private int epochs = DEFAULT_EPOCHS;
    private int batch = DEFAULT_BATCH;
    private double learningRate = DEFAULT_LEARNING_RATE;
    private double weightDecay = DEFAULT_WEIGHT_DECAY;
    private double warmup = DEFAULT_WARMUP;
    private double clip = DEFAULT_CLIP;
    private int patience = DEFAULT_PATIENCE;
    private long seed = DEFAULT_SEED;
    private double penalty = DEFAULT_PENALTY;
    private ProductPrecision products = DEFAULT_PRODUCTS;

    private Builder() {}

    /** Sets the largest number of passes over the training rows. */
    public Builder epochs(int value) {
      epochs = value;
      return this;
    }

    /** Sets the rows per step. */
    public Builder batch(int value) {
      batch = value;
      return this;
    }

    /** Sets the highest learning rate. */
    public Builder learningRate(double value) {
      learningRate = value;
      return this;
    }

    /** Sets the decoupled weight decay. */
    public Builder weightDecay(double value) {
      weightDecay = value;
      return this;
    }

    /** Sets the fraction of the steps in which the learning rate rises. */
    public Builder warmup(double value) {
      warmup = value;
      return this;
    }

    /** Sets the largest norm of a step's gradient. */
    public Builder clip(double value) {
      clip = value;
      return this;
    }

    /** Sets the epochs without a better validation loss after which fitting stops. */
    public Builder patience(int value) {
      patience = value;
      return this;
    }

    /** Sets the seed. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Sets what the size of the deltas is multiplied with before it is added to the loss. */
    public Builder penalty(double value) {
      penalty = value;
      return this;
    }

    /** Sets in which precision large products are computed. */
    public Builder products(ProductPrecision value) {
      products = value;
      return this;
    }

    /**
     * The finished spec.
     *
     * @throws IllegalArgumentException if a setting is out of range
     */
    public FitSpec build() {
      return new FitSpec(
          epochs,
          batch,
          learningRate,
          weightDecay,
          warmup,
          clip,
          patience,
          seed,
          penalty,
          products);
    }
  }
}
