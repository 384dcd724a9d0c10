package io.hyperdelta.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What metrics.json holds: every model on every split, and the differences that matter.
 *
 * @param results one per model and split
 * @param differences paired differences on the same rows
 * @param spreads of an ensemble: whether spread tells of errors, one per split; else empty
 * @param rows number of rows by split
 * @param contexts number of contexts by split
 * @param resamples bootstrap resamples behind each interval
 */
public record Evaluation(
    List<Measurement> results,
    List<Difference> differences,
    List<SpreadCheck> spreads,
    Map<String, Integer> rows,
    Map<String, Integer> contexts,
    int resamples) {
  /** The target alone. */
  public static final String FROZEN = "frozen";

  /** The target with the deltas that are given, before anything is trained. */
  public static final String FIXED = "fixed";

  /** The control that gets the condition as more inputs. */
  public static final String EXTRA_INPUTS = "extra-inputs";

  /** The adaptive model. */
  public static final String ADAPTIVE = "adaptive";

  /** The adaptive model with the conditions of other rows. */
  public static final String SHUFFLED = "adaptive-shuffled";

  /** The adaptive model with the training rows' mean condition for every row. */
  public static final String MEAN = "adaptive-mean";

  /** The members of an ensemble: the mean of their own metrics, each measured by itself. */
  public static final String MEMBERS = "members-mean";

  /**
   * The member that is best on the validation rows: what somebody would take who wants but one. The
   * fair measure of an ensemble, since the mean of predictions is never worse than members are on
   * average, whatever they learned.
   */
  public static final String BEST_MEMBER = "best-member";

  /** What the name of a member of an ensemble begins with where it is measured by itself. */
  public static final String MEMBER = "member/";

  /** Held-out rows of contexts that training rows come from. */
  public static final String SEEN = "seen-contexts";

  /** Rows of contexts held out whole. */
  public static final String UNSEEN = "unseen-contexts";

  /** With fewer contexts, resampling them tells little about contexts in general. */
  private static final int MIN_CONTEXTS = 10;

  /** Pairs whose difference is reported: model, against. */
  private static final List<List<String>> PAIRS =
      List.of(
          List.of(ADAPTIVE, FROZEN),
          List.of(FIXED, FROZEN),
          List.of(ADAPTIVE, FIXED),
          List.of(EXTRA_INPUTS, FROZEN),
          List.of(ADAPTIVE, EXTRA_INPUTS),
          List.of(SHUFFLED, ADAPTIVE),
          List.of(MEAN, ADAPTIVE),
          List.of(ADAPTIVE, MEMBERS),
          List.of(ADAPTIVE, BEST_MEMBER),
          List.of(SHUFFLED, FROZEN));

  public Evaluation {
    results = List.copyOf(results);
    differences = List.copyOf(differences);
    spreads = List.copyOf(spreads);
  }

  /**
   * One split's predictions, to be measured.
   *
   * @param name of the split
   * @param labels one per row: numbers or class indices
   * @param contextOf the context of each row
   * @param predictions by model: one array of outputs per row; names of members of an ensemble
   *     begin with {@link #MEMBER}
   * @param spread of the adaptive model, one array per row; none if it has no spread
   */
  public record Split(
      String name,
      double[] labels,
      int[] contextOf,
      Map<String, float[][]> predictions,
      float[][] spread) {
    public Split {
      predictions = new LinkedHashMap<>(predictions);
    }

    /** Predictions without a spread. */
    public Split(
        String name, double[] labels, int[] contextOf, Map<String, float[][]> predictions) {
      this(name, labels, contextOf, predictions, new float[0][]);
    }
  }

  /** Measures all models on all splits; the same seed gives the same intervals. */
  public static Evaluation of(List<Split> splits, Metric metric, int resamples, long seed) {
    List<Measurement> results = new ArrayList<>();
    List<Difference> differences = new ArrayList<>();
    List<SpreadCheck> spreads = new ArrayList<>();
    Map<String, Integer> rows = new LinkedHashMap<>();
    Map<String, Integer> contexts = new LinkedHashMap<>();
    for (Split split : splits) {
      rows.put(split.name(), split.labels().length);
      contexts.put(split.name(), (int) Arrays.stream(split.contextOf()).distinct().count());
      Bootstrap bootstrap = new Bootstrap(metric, split.contextOf(), resamples, seed);
      Map<String, double[]> metrics = new LinkedHashMap<>();
      split
          .predictions()
          .forEach(
              (model, predictions) -> {
                double[] resampled =
                    bootstrap.resampled(scores(metric, predictions, split.labels()));
                metrics.put(model, resampled);
                results.add(measurement(model, split.name(), metric, resampled));
              });
      List<double[]> members =
          metrics.entrySet().stream()
              .filter(e -> e.getKey().startsWith(MEMBER))
              .map(Map.Entry::getValue)
              .toList();
      if (!members.isEmpty()) {
        double[] mean = mean(members);
        metrics.put(MEMBERS, mean);
        results.add(measurement(MEMBERS, split.name(), metric, mean));
      }
      if (split.spread().length > 0) {
        spreads.addAll(spread(split, metric, bootstrap));
      }
      for (List<String> pair : PAIRS) {
        if (metrics.keySet().containsAll(pair)) {
          differences.add(difference(split.name(), metric, pair, metrics));
        }
      }
    }
    return new Evaluation(results, differences, spreads, rows, contexts, resamples);
  }

  private static Measurement measurement(
      String model, String split, Metric metric, double[] resampled) {
    Bootstrap.Interval interval = Bootstrap.interval(resampled);
    return new Measurement(
        model, split, metric.key(), interval.value(), interval.low(), interval.high());
  }

  private static double[] mean(List<double[]> columns) {
    double[] mean = new double[columns.get(0).length];
    for (double[] column : columns) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += column[i] / columns.size();
      }
    }
    return mean;
  }

  /** Nothing where spread or error is the same for all rows. */
  private static List<SpreadCheck> spread(Split split, Metric metric, Bootstrap bootstrap) {
    double[] spread = new double[split.labels().length];
    double sum = 0;
    for (int row = 0; row < spread.length; row++) {
      double squares = 0;
      for (float value : split.spread()[row]) {
        squares += (double) value * value;
      }
      spread[row] = Math.sqrt(squares / split.spread()[row].length);
      sum += spread[row];
    }
    float[][] predictions = Objects.requireNonNull(split.predictions().get(ADAPTIVE));
    // A row's score rises with its error, and only ranks count.
    double[] errors = scores(metric, predictions, split.labels());
    double[] correlations = bootstrap.correlations(Ranks.of(spread), Ranks.of(errors));
    if (Arrays.stream(correlations).anyMatch(Double::isNaN)) {
      return List.of();
    }
    Bootstrap.Interval interval = Bootstrap.interval(correlations);
    return List.of(
        new SpreadCheck(
            split.name(), interval.value(), interval.low(), interval.high(), sum / spread.length));
  }

  private static double[] scores(Metric metric, float[][] predictions, double[] labels) {
    double[] scores = new double[labels.length];
    for (int row = 0; row < scores.length; row++) {
      scores[row] = metric.score(predictions[row], labels[row]);
    }
    return scores;
  }

  private static Difference difference(
      String split, Metric metric, List<String> pair, Map<String, double[]> metrics) {
    double[] first = Objects.requireNonNull(metrics.get(pair.get(0)));
    double[] second = Objects.requireNonNull(metrics.get(pair.get(1)));
    double[] differences = new double[first.length];
    for (int i = 0; i < differences.length; i++) {
      differences[i] = first[i] - second[i];
    }
    Bootstrap.Interval interval = Bootstrap.interval(differences);
    return new Difference(
        pair.get(0),
        pair.get(1),
        split,
        metric.key(),
        interval.value(),
        interval.low(),
        interval.high());
  }

  /** The difference of a pair on a split. */
  public java.util.Optional<Difference> difference(String model, String against, String split) {
    return differences.stream()
        .filter(
            d -> d.model().equals(model) && d.against().equals(against) && d.split().equals(split))
        .findFirst();
  }

  /** What the differences allow to say, in sentences: also that something simpler may do. */
  public List<String> verdicts() {
    List<String> verdicts = new ArrayList<>();
    if (results.stream().noneMatch(result -> result.model().equals(EXTRA_INPUTS))) {
      verdicts.add(
          "There is no control with extra inputs: there is no condition, or no first layer of the target can be widened by it.");
    }
    for (String split : rows.keySet()) {
      int count = contexts.getOrDefault(split, 0);
      if (count > 1 && count < MIN_CONTEXTS) {
        verdicts.add(
            "There are only %d contexts in %s, too few to say which model is better; intervals need %d or more."
                .formatted(count, split, MIN_CONTEXTS));
        continue;
      }
      difference(ADAPTIVE, FROZEN, split)
          .ifPresent(
              d ->
                  verdicts.add(
                      sentence(
                          d,
                          "The adaptive model is better than the frozen target",
                          "The adaptive model cannot be told apart from the frozen target",
                          "The adaptive model is worse than the frozen target")));
      difference(ADAPTIVE, FIXED, split)
          .ifPresent(
              d ->
                  verdicts.add(
                      sentence(
                          d,
                          "The adaptive model is better than the target with its fixed deltas alone",
                          "The target with its fixed deltas alone cannot be told apart from the adaptive model",
                          "The adaptive model is worse than the target with its fixed deltas alone")));
      difference(ADAPTIVE, EXTRA_INPUTS, split)
          .ifPresent(
              d ->
                  verdicts.add(
                      sentence(
                          d,
                          "The adaptive model is better than the target retrained with the condition as extra inputs",
                          "The target retrained with the condition as extra inputs, which is simpler, cannot be told apart from the adaptive model",
                          "The target retrained with the condition as extra inputs, which is simpler, is better than the adaptive model")));
      difference(ADAPTIVE, BEST_MEMBER, split)
          .ifPresent(
              d ->
                  verdicts.add(
                      sentence(
                          d,
                          "The ensemble is better than the best of its members by itself",
                          "The ensemble cannot be told apart from the best of its members, which alone may do",
                          "The ensemble is worse than the best of its members, which alone is simpler")));
      spreads.stream()
          .filter(check -> check.split().equals(split))
          .forEach(check -> verdicts.add(sentence(check)));
      difference(SHUFFLED, ADAPTIVE, split)
          .filter(d -> !d.isWorse())
          .ifPresent(
              d ->
                  verdicts.add(
                      sentence(
                          d,
                          "Shuffled conditions are better than the right ones: the deltas do not use their condition",
                          "Shuffled conditions are not clearly worse than the right ones: the deltas may not use their condition",
                          "")));
    }
    return verdicts;
  }

  private static String sentence(SpreadCheck check) {
    return String.format(
        Locale.ROOT,
        "%s on %s (rank correlation of spread and error %+.3f, 95 %% interval %+.3f to %+.3f).",
        check.tells()
            ? "Where the members of the ensemble lie further apart, errors are larger"
            : "How far the members of the ensemble lie apart says nothing certain about errors",
        check.split(),
        check.correlation(),
        check.low(),
        check.high());
  }

  private static String sentence(Difference d, String better, String same, String worse) {
    String claim = d.isBetter() ? better : d.isWorse() ? worse : same;
    return String.format(
        Locale.ROOT,
        "%s on %s (%s %s, 95 %% interval %s to %s).",
        claim,
        d.split(),
        d.metric(),
        Difference.text(d.value()),
        Difference.text(d.low()),
        Difference.text(d.high()));
  }
}
