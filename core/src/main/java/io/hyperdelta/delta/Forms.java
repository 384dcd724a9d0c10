package io.hyperdelta.delta;

import io.hyperdelta.problem.Spelling;
import io.hyperdelta.target.Site;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Makes forms from what specs and bundles say of them. Stateless. */
public final class Forms {
  static final String RANK = "rank";
  static final String COUNT = "count";
  static final String CHUNK = "chunk";
  static final String EMBEDDING = "embedding";

  /** What specs and bundles say of a form that replaces the weight. */
  public static final String REPLACE = "replace";

  /**
   * A form as it is written.
   *
   * @param options the numbers that it needs
   * @param replaceable whether it can replace the weight
   * @param maker makes it of these numbers
   */
  private record Written(String name, List<String> options, boolean replaceable, Maker maker) {
    static Written adding(String name, Function<Integer, Form> maker, String option) {
      return new Written(
          name, List.of(option), false, (numbers, replace) -> maker.apply(numbers.get(0)));
    }
  }

  private interface Maker {
    /**
     * Makes a form.
     *
     * @param numbers in the order of the options
     */
    Form make(List<Integer> numbers, boolean replace);
  }

  private static final List<Written> ALL =
      List.of(
          new Written(Full.NAME, List.of(), true, (none, replace) -> new Full(replace)),
          Written.adding(LowRank.NAME, LowRank::new, RANK),
          Written.adding(Core.SQUARE, rank -> new Core(rank, false), RANK),
          Written.adding(Core.DIAGONAL, rank -> new Core(rank, true), RANK),
          Written.adding(Basis.NAME, Basis::new, COUNT),
          new Written(
              Chunked.NAME,
              List.of(CHUNK, EMBEDDING),
              true,
              (numbers, replace) -> new Chunked(numbers.get(0), numbers.get(1), replace)),
          new Written(Gain.NAME, List.of(), false, (none, replace) -> new Gain()),
          new Written(Shift.NAME, List.of(), false, (none, replace) -> new Shift()));

  private Forms() {}

  /** The names of all forms. */
  public static List<String> names() {
    return ALL.stream().map(Written::name).toList();
  }

  /** The keys of the numbers that forms need. */
  public static List<String> optionKeys() {
    return ALL.stream().flatMap(form -> form.options().stream()).distinct().toList();
  }

  /** One of each form, at the smallest size. */
  public static List<Form> smallest() {
    return ALL.stream()
        .map(form -> form.maker().make(Collections.nCopies(form.options().size(), 1), false))
        .toList();
  }

  /**
   * The form of a name.
   *
   * @param options its numbers by key
   * @param replace whether it is to replace the weight, rather than to be added to it
   * @throws IllegalArgumentException if the name is unknown, or a number is missing, out of range
   *     or does not belong to the form; the message begins with the key in question
   */
  public static Form of(String name, Map<String, Integer> options, boolean replace) {
    Written form =
        ALL.stream()
            .filter(candidate -> candidate.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "form is unknown. Expected one of %s, got %s.%s"
                            .formatted(
                                String.join(", ", names()), name, Spelling.advice(name, names()))));
    for (String key : options.keySet()) {
      if (!form.options().contains(key)) {
        throw new IllegalArgumentException(
            "%s is given with form %s. Expected no %s with this form, got %d.%s"
                .formatted(key, name, key, options.get(key), others(key)));
      }
    }
    List<Integer> numbers = new ArrayList<>();
    for (String key : form.options()) {
      Integer number = options.get(key);
      if (number == null) {
        throw new IllegalArgumentException(
            "%s is missing. Expected %s %s with form %s, got none."
                .formatted(key, "aeiou".indexOf(key.charAt(0)) < 0 ? "a" : "an", key, name));
      }
      numbers.add(number);
    }
    if (replace && !form.replaceable()) {
      throw new IllegalArgumentException(
          "%s is given with form %s, which makes no weight that could stand alone. Expected it only with form %s, got true. Maybe you meant form chunked, or to leave %s out."
              .formatted(REPLACE, name, takers(Written::replaceable), REPLACE));
    }
    return form.maker().make(numbers, replace);
  }

  /**
   * The factors of a form on a site that takes it.
   *
   * @throws IllegalArgumentException with the refusal if the site does not
   */
  static List<Factor> checked(Form form, Site site, Factor... factors) {
    form.refusal(site)
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(reason);
            });
    return List.of(factors);
  }

  private static String others(String key) {
    String takers = takers(form -> form.options().contains(key));
    return takers.isEmpty() ? "" : " Maybe you meant form " + takers + ".";
  }

  private static String takers(Predicate<Written> condition) {
    return ALL.stream().filter(condition).map(Written::name).collect(Collectors.joining(" or "));
  }
}
