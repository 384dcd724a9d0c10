package io.hyperdelta.fit;

import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Forms;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.problem.InputException;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.weave.Weaver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Looks for hypernetworks that stay within a budget: a small lattice of trunks, latents, forms and
 * ranks, the same for all hypernetworks of a spec; parts, conditions and everything else stay.
 *
 * <p>Of the adaptations of a hypernetwork, those by a matrix (all but gains and shifts) get another
 * form; where there are none, the gains do; shifts stay. For each latent the best is what generates
 * the most numbers within the budget, of equals the form that comes first in {@link #FORMS}. A
 * trunk is made smaller than the spec's only where a latent has no other way to fit. Latents of
 * which another is both wider and generates as many numbers are left out.
 */
final class Proposals {
  /** From the richest to the poorest, as the list of forms in the documentation has them. */
  private static final List<String> FORMS =
      List.of("full", "low-rank", "core", "basis", "diagonal-core", "gain");

  /** Beyond this a proposal would have outgrown what deltas are for. */
  private static final int LARGEST_NUMBER = 512;

  /** Wider than any default; the spec's own latent is looked at besides. */
  private static final int LARGEST_LATENT = 64;

  /** Times that a trunk is halved before it is left out. */
  private static final int HALVINGS = 2;

  /**
   * With the moments of the optimiser three times as many numbers are held in memory; a budget
   * without parameters gets no further than this.
   */
  private static final double MOST_PARAMETERS = 1 << 24;

  private final Draft draft;
  private final Costing costing;
  private final Budget budget;

  Proposals(Draft draft, Costing costing, Budget budget) {
    this.draft = draft;
    this.costing = costing;
    this.budget = budget;
  }

  /** A point of the lattice; without a form the spec's own stay. */
  private record Choice(List<Integer> trunk, int latent, @Nullable Form form) {}

  /**
   * The proposals, the one first whose latent is nearest to the spec's without being wider, then
   * from the most generated numbers to the fewest.
   *
   * @throws SpecException if the spec has no hypernetwork or nothing in the lattice fits
   */
  List<Proposal> find() {
    if (hypernetworks().isEmpty()) {
      throw new SpecException(
          "A budget has nothing to choose from. Expected a spec with hypernetworks, got none."
              + " Tables and shared deltas have neither latent nor trunk.",
          null);
    }
    List<Proposal> best = new ArrayList<>();
    for (int latent : latents()) {
      best(latent).ifPresent(best::add);
    }
    List<Proposal> front =
        best.stream()
            .filter(p -> best.stream().noneMatch(other -> outdoes(other, p)))
            .sorted(Comparator.comparingLong(p -> -p.bottleneck().generated()))
            .toList();
    if (front.isEmpty()) {
      throw unreachable();
    }
    int own = hypernetworks().get(0).latent();
    Proposal first =
        front.stream()
            .filter(p -> p.latent() <= own)
            .max(Comparator.comparingInt(Proposal::latent))
            .orElse(front.get(0));
    return Stream.concat(Stream.of(first), front.stream().filter(p -> !p.equals(first))).toList();
  }

  private static boolean outdoes(Proposal other, Proposal proposal) {
    return other.latent() > proposal.latent()
        && other.bottleneck().generated() >= proposal.bottleneck().generated();
  }

  /** The best of a latent with the widest trunk that has any. */
  private Optional<Proposal> best(int latent) {
    for (List<Integer> trunk : trunks()) {
      Optional<Proposal> best =
          families().stream()
              .flatMap(family -> largest(trunk, latent, family).stream())
              // Of equals the first stays, which is the richer form.
              .reduce((a, b) -> b.bottleneck().generated() > a.bottleneck().generated() ? b : a);
      if (best.isPresent()) {
        return best;
      }
    }
    return Optional.empty();
  }

  /**
   * The largest of some forms, in ascending order, that fits. More rank never takes less time, so
   * the slowdown, which is dear to find out, is looked up by halving.
   */
  private Optional<Proposal> largest(List<Integer> trunk, int latent, List<Form> family) {
    List<Choice> cheap =
        (family.isEmpty() ? Stream.<@Nullable Form>of((Form) null) : family.stream())
            .map(form -> new Choice(trunk, latent, form))
            .filter(this::mayFit)
            .toList();
    Optional<Proposal> fits = Optional.empty();
    int low = 0;
    int high = cheap.size() - 1;
    // Without a slowdown to keep, the last that may fit usually does.
    int middle = high;
    while (low <= high) {
      Proposal proposal = proposal(cheap.get(middle));
      if (budget.allows(proposal.bottleneck())) {
        fits = Optional.of(proposal);
        low = middle + 1;
      } else {
        high = middle - 1;
      }
      middle = (low + high) / 2;
    }
    return fits;
  }

  /** Whether counts that are cheap to find out are within the budget, and sites take the form. */
  private boolean mayFit(Choice choice) {
    Weaver weaver = weaver(choice);
    if (weaver == null) {
      return false;
    }
    double parameters = Costing.parameterEstimate(weaver);
    return parameters <= MOST_PARAMETERS
        && budget.allows(Budget.Figure.PARAMETERS, parameters)
        && budget.allows(Budget.Figure.GENERATED, (double) SourceSize.generated(weaver.deltas()));
  }

  private Proposal proposal(Choice choice) {
    Weaver weaver = weaver(choice);
    if (weaver == null) {
      throw new IllegalStateException("A choice was not looked at before it was proposed.");
    }
    Map<String, HypernetworkSpec> specs = new LinkedHashMap<>();
    draft
        .spec()
        .hypernetworks()
        .forEach(
            (name, spec) -> {
              List<AdaptationSpec> adaptations = spec.adaptations();
              boolean[] varied = varied(adaptations.stream().map(AdaptationSpec::form).toList());
              specs.put(
                  name,
                  spec.with(
                      choice.trunk(),
                      choice.latent(),
                      changed(adaptations, varied, choice.form(), AdaptationSpec::with)));
            });
    Form form = choice.form();
    return new Proposal(
        choice.trunk(),
        choice.latent(),
        form == null ? "as it was" : form.title(),
        specs,
        costing.bottleneck(weaver));
  }

  /** The sources around the target; null if a site cannot take the form. */
  private @Nullable Weaver weaver(Choice choice) {
    List<Source> sources = new ArrayList<>();
    for (Source source : draft.sources()) {
      if (source instanceof Hypernetwork hypernetwork) {
        List<Adaptation> adaptations = hypernetwork.adaptations();
        boolean[] varied = varied(adaptations.stream().map(Adaptation::form).toList());
        sources.add(
            hypernetwork.with(
                choice.trunk(),
                choice.latent(),
                changed(adaptations, varied, choice.form(), Adaptation::with)));
      } else {
        sources.add(source);
      }
    }
    try {
      return Sources.weaver(draft.target().target(), sources);
    } catch (InputException e) {
      return null;
    }
  }

  private interface WithForm<A> {
    A with(A adaptation, Form form);
  }

  private static <A> List<A> changed(
      List<A> adaptations, boolean[] varied, @Nullable Form form, WithForm<A> change) {
    return IntStream.range(0, adaptations.size())
        .mapToObj(
            i ->
                varied[i] && form != null
                    ? change.with(adaptations.get(i), form)
                    : adaptations.get(i))
        .toList();
  }

  /** Which of a hypernetwork's adaptations get another form. */
  private static boolean[] varied(List<Form> forms) {
    boolean byMatrix = forms.stream().anyMatch(form -> !isVector(form));
    boolean[] varied = new boolean[forms.size()];
    for (int i = 0; i < varied.length; i++) {
      varied[i] = byMatrix ? !isVector(forms.get(i)) : forms.get(i).name().equals("gain");
    }
    return varied;
  }

  private static boolean isVector(Form form) {
    return form.name().equals("gain") || form.name().equals("shift");
  }

  private List<Hypernetwork> hypernetworks() {
    return draft.sources().stream()
        .filter(Hypernetwork.class::isInstance)
        .map(Hypernetwork.class::cast)
        .toList();
  }

  private SortedSet<Integer> latents() {
    SortedSet<Integer> latents = new TreeSet<>();
    for (int latent = 1; latent <= LARGEST_LATENT; latent *= 2) {
      latents.add(latent);
    }
    hypernetworks().forEach(h -> latents.add(h.latent()));
    return latents;
  }

  /** The trunk of the first hypernetwork, then narrower ones, then none. */
  private List<List<Integer>> trunks() {
    List<Integer> own = hypernetworks().get(0).trunk();
    List<List<Integer>> trunks = new ArrayList<>();
    for (int halving = 0; halving <= HALVINGS; halving++) {
      int by = 1 << halving;
      trunks.add(own.stream().map(width -> Math.max(1, width / by)).toList());
    }
    trunks.add(List.of());
    return trunks.stream().distinct().toList();
  }

  /** The forms of each kind in ascending order; one empty list if no adaptation varies. */
  private List<List<Form>> families() {
    boolean any =
        hypernetworks().stream()
            .map(h -> varied(h.adaptations().stream().map(Adaptation::form).toList()))
            .anyMatch(varied -> IntStream.range(0, varied.length).anyMatch(i -> varied[i]));
    return any ? FORMS.stream().map(Proposals::family).toList() : List.of(List.of());
  }

  private static List<Form> family(String name) {
    Optional<Form> smallest =
        Forms.smallest().stream().filter(form -> form.name().equals(name)).findFirst();
    if (smallest.isEmpty()) {
      return List.of();
    }
    if (smallest.get().options().isEmpty()) {
      return List.of(smallest.get());
    }
    String option = smallest.get().options().keySet().iterator().next();
    List<Form> family = new ArrayList<>();
    for (int number = 1; number <= LARGEST_NUMBER; number *= 2) {
      family.add(Forms.of(name, Map.of(option, number)));
    }
    return family;
  }

  /** What the smallest of the lattice would need. */
  private SpecException unreachable() {
    List<Bottleneck> smallest =
        families().stream()
            .map(family -> new Choice(List.of(), 1, family.isEmpty() ? null : family.get(0)))
            .filter(choice -> weaver(choice) != null)
            .map(choice -> proposal(choice).bottleneck())
            .toList();
    List<String> least = new ArrayList<>();
    for (Map.Entry<Budget.Figure, Double> limit : budget.limits().entrySet()) {
      Budget.Figure figure = limit.getKey();
      double value = smallest.stream().mapToDouble(figure::of).min().orElseThrow();
      if (value > limit.getValue()) {
        double rounded = figure == Budget.Figure.SLOWDOWN ? Math.ceil(value * 100) / 100 : value;
        least.add(figure.key() + "=" + figure.text(rounded));
      }
    }
    return new SpecException(
        least.isEmpty()
            ? "Budget %s cannot be met in all its figures at once. Expected limits that go together; each alone can be met. Loosen one of them, or select smaller parts."
                .formatted(budget)
            : "Budget %s cannot be met. Expected at least %s, which the smallest form, a latent of 1 and no trunk need, got less. Select smaller parts, or loosen the budget."
                .formatted(budget, String.join(", ", least)),
        null);
  }
}
