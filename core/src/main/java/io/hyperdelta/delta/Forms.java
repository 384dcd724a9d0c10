package io.hyperdelta.delta;

import io.hyperdelta.problem.Spelling;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes forms from what specs and bundles say of them. Stateless. */
public final class Forms {
  static final String RANK = "rank";
  static final String COUNT = "count";

  /**
   * A form as it is written.
   *
   * @param option the number that it needs; null if it needs none
   * @param maker makes it of that number, or of 0
   */
  private record Written(String name, @Nullable String option, Function<Integer, Form> maker) {}

  private static final List<Written> ALL =
      List.of(
          new Written(Full.NAME, null, none -> new Full()),
          new Written(LowRank.NAME, RANK, LowRank::new),
          new Written(Core.SQUARE, RANK, rank -> new Core(rank, false)),
          new Written(Core.DIAGONAL, RANK, rank -> new Core(rank, true)),
          new Written(Basis.NAME, COUNT, Basis::new),
          new Written(Gain.NAME, null, none -> new Gain()),
          new Written(Shift.NAME, null, none -> new Shift()));

  private Forms() {}

  /** The names of all forms. */
  public static List<String> names() {
    return ALL.stream().map(Written::name).toList();
  }

  /** The keys of the numbers that forms need. */
  public static List<String> optionKeys() {
    return ALL.stream().flatMap(form -> Stream.ofNullable(form.option())).distinct().toList();
  }

  /** One of each form, at the smallest size. */
  public static List<Form> smallest() {
    return ALL.stream().map(form -> form.maker().apply(1)).toList();
  }

  /**
   * The form of a name.
   *
   * @param options its numbers by key
   * @throws IllegalArgumentException if the name is unknown, or a number is missing, out of range
   *     or does not belong to the form; the message begins with the key in question
   */
  public static Form of(String name, Map<String, Integer> options) {
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
      if (!key.equals(form.option())) {
        throw new IllegalArgumentException(
            "%s is given with form %s. Expected no %s with this form, got %d.%s"
                .formatted(key, name, key, options.get(key), others(key)));
      }
    }
    if (form.option() == null) {
      return form.maker().apply(0);
    }
    Integer number = options.get(form.option());
    if (number == null) {
      throw new IllegalArgumentException(
          "%s is missing. Expected a %s with form %s, got none."
              .formatted(form.option(), form.option(), name));
    }
    return form.maker().apply(number);
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
    List<String> takers =
        ALL.stream().filter(form -> key.equals(form.option())).map(Written::name).toList();
    return takers.isEmpty() ? "" : " Maybe you meant form " + String.join(" or ", takers) + ".";
  }
}
