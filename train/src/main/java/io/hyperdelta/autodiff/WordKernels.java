package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Words of texts: cleaned, and counted together with their neighbours. */
final class WordKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("StringNormalizer", WordKernels::normalizer).withoutGradient(),
          Operator.of("TfIdfVectorizer", WordKernels::vectorizer).withoutGradient());

  private WordKernels() {}

  private static Kernel normalizer(NodeContext node) {
    Locale locale = locale(node.node().textAttribute("locale", "en_US"));
    String action = node.node().textAttribute("case_change_action", "NONE");
    UnaryOperator<String> change =
        switch (action) {
          case "NONE" -> text -> text;
          case "LOWER" -> text -> text.toLowerCase(locale);
          case "UPPER" -> text -> text.toUpperCase(locale);
          default -> throw new UnsupportedNodeException(" with case \"" + action + "\"");
        };
    boolean exact = node.node().intAttribute("is_case_sensitive", 0) != 0;
    UnaryOperator<String> key = exact ? text -> text : text -> text.toLowerCase(locale);
    Set<String> dropped = new HashSet<>();
    if (node.node().attributes().get("stopwords") instanceof Attribute.Texts texts) {
      texts.values().forEach(text -> dropped.add(key.apply(text)));
    }
    return Kernel.one(
        in -> {
          if (!(in.value(0) instanceof Value.Texts texts)) {
            throw new IllegalArgumentException("numbers were given. Expected texts");
          }
          List<String> kept =
              texts.elements().stream()
                  .filter(text -> !dropped.contains(key.apply(text)))
                  .map(change)
                  .toList();
          // Nothing left is written as one empty text.
          List<String> result = kept.isEmpty() ? List.of("") : kept;
          return texts.shape().size() == 2
              ? Value.ofTexts(result, 1, result.size())
              : Value.ofTexts(result, result.size());
        });
  }

  private static Locale locale(String name) {
    return Locale.forLanguageTag(name.replace('_', '-'));
  }

  private static Kernel vectorizer(NodeContext node) {
    Vectorizer vectorizer = Vectorizer.of(node);
    return Kernel.one(
        in -> {
          Value x = in.value(0);
          List<?> words =
              x instanceof Value.Texts texts
                  ? texts.elements()
                  : Arrays.stream(Arguments.longs(x)).boxed().toList();
          long[] dims = x.dims();
          int rows = dims.length < 2 ? 1 : Math.toIntExact(dims[0]);
          int size = words.size() / Math.max(1, rows);
          double[] result = new double[rows * vectorizer.width()];
          for (int row = 0; row < rows; row++) {
            double[] weighed = vectorizer.row(words.subList(row * size, (row + 1) * size));
            System.arraycopy(weighed, 0, result, row * weighed.length, weighed.length);
          }
          Tensor tensor =
              dims.length < 2
                  ? Tensors.ofDoubles(result, vectorizer.width())
                  : Tensors.ofDoubles(result, rows, vectorizer.width());
          return CastKernels.cast(new Value.Device(tensor), Dtype.FLOAT, node.precision());
        });
  }

  /**
   * Counts sequences of words.
   *
   * @param columns the column of each sequence that counts
   * @param weights one per column, none if counts are not weighed
   * @param once whether a sequence counts once however often it occurs
   */
  private record Vectorizer(
      Map<List<Object>, Integer> columns,
      List<Float> weights,
      boolean once,
      int width,
      int minLength,
      int maxLength,
      int maxSkip) {

    static Vectorizer of(NodeContext node) {
      String mode = node.node().textAttribute("mode", "");
      if (!List.of("TF", "IDF", "TFIDF").contains(mode)) {
        throw new UnsupportedNodeException(" in mode \"" + mode + "\"");
      }
      List<Integer> indexes = integers(node, "ngram_indexes");
      List<Float> weights =
          !mode.equals("TF") && node.node().attributes().get("weights") instanceof Attribute.Reals r
              ? r.values()
              : List.of();
      int width = indexes.stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
      return new Vectorizer(
          columns(pool(node), integers(node, "ngram_counts"), indexes),
          weights,
          mode.equals("IDF"),
          width,
          Math.toIntExact(node.node().intAttribute("min_gram_length", 1)),
          Math.toIntExact(node.node().intAttribute("max_gram_length", 1)),
          Math.toIntExact(node.node().intAttribute("max_skip_count", 0)));
    }

    private static List<?> pool(NodeContext node) {
      return node.node().attributes().get("pool_strings") instanceof Attribute.Texts texts
          ? texts.values()
          : node.node().attributes().get("pool_int64s") instanceof Attribute.Ints ints
              ? ints.values()
              : List.of();
    }

    private static List<Integer> integers(NodeContext node, String key) {
      long[] values = node.node().intsAttribute(key);
      return values == null ? List.of() : Arrays.stream(values).mapToObj(Math::toIntExact).toList();
    }

    /** The pool lists all sequences of one word, then all of two, and so on. */
    private static Map<List<Object>, Integer> columns(
        List<?> pool, List<Integer> starts, List<Integer> indexes) {
      Map<List<Object>, Integer> columns = new HashMap<>();
      int next = 0;
      for (int i = 0; i < starts.size(); i++) {
        int length = i + 1;
        int end = length < starts.size() ? starts.get(length) : pool.size();
        for (int at = starts.get(i); at + length <= end; at += length) {
          columns.put(new ArrayList<>(pool.subList(at, at + length)), indexes.get(next++));
        }
      }
      return columns;
    }

    double[] row(List<?> words) {
      double[] counts = new double[width];
      for (int length = minLength; length <= maxLength; length++) {
        // Single words have no gaps.
        int gaps = length == 1 ? 0 : maxSkip;
        for (int step = 1; step <= gaps + 1; step++) {
          count(words, length, step, counts);
        }
      }
      for (int i = 0; i < width; i++) {
        double count = once ? Math.min(1, counts[i]) : counts[i];
        counts[i] = weights.isEmpty() ? count : count * weights.get(i);
      }
      return counts;
    }

    private void count(List<?> words, int length, int step, double[] counts) {
      for (int start = 0; start + (length - 1) * step < words.size(); start++) {
        List<Object> sequence = new ArrayList<>();
        for (int i = 0; i < length; i++) {
          sequence.add(words.get(start + i * step));
        }
        Integer column = columns.get(sequence);
        if (column != null) {
          counts[column]++;
        }
      }
    }
  }
}
