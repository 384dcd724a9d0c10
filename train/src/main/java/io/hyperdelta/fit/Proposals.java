package io.hyperdelta.fit;

import io.hyperdelta.delta.Form;
import io.hyperdelta.fit.Lattice.Choice;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.weave.Weaver;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Looks for hypernetworks that stay within a budget.
 *
 * <p>For each latent the best is what generates the most numbers within the budget, of equals the
 * richer form. Trunks are made narrower than the spec's only where a latent has no other way to
 * fit. The first proposal keeps most of the spec's latent: it has the widest that is not wider.
 * Then come those that no other outdoes with a wider latent and as many numbers. A budget that says
 * nothing of parameters allows as many as the spec has, or as it adapts.
 */
final class Proposals {
  private final Lattice lattice;
  private final Budget budget;
  private final double mostParameters;

  Proposals(Draft draft, Costing costing, Budget budget) {
    this.lattice = new Lattice(draft, costing);
    this.budget = budget;
    this.mostParameters =
        budget.limits().containsKey(Budget.Figure.PARAMETERS)
            ? Double.POSITIVE_INFINITY
            : Math.max(
                Costing.parameterEstimate(draft.weaver()),
                (double) SourceSize.adapted(draft.weaver().trainedDeltas()));
  }

  /**
   * The proposals, the first one apart from the most generated numbers to the fewest.
   *
   * @throws SpecException if the spec has no hypernetwork or nothing in the lattice fits
   */
  List<Proposal> find() {
    if (lattice.hypernetworks().isEmpty()) {
      throw new SpecException(
          "A budget has nothing to choose from. Expected a spec with hypernetworks, got none."
              + " Tables and shared deltas have neither latent nor trunk.",
          null);
    }
    List<List<Optional<Form>>> families = affordable();
    List<Proposal> best = new ArrayList<>();
    for (int latent : lattice.latents()) {
      best(latent, families).ifPresent(best::add);
    }
    if (best.isEmpty()) {
      throw unreachable();
    }
    int own = lattice.hypernetworks().get(0).latent();
    Proposal first = best.get(0);
    for (Proposal proposal : best) {
      first = proposal.latent() <= own ? proposal : first;
    }
    Proposal kept = first;
    Stream<Proposal> others =
        best.stream()
            .filter(p -> !p.equals(kept) && best.stream().noneMatch(other -> outdoes(other, p)))
            .sorted(Comparator.comparingLong(p -> -p.bottleneck().generated()));
    return Stream.concat(Stream.of(kept), others).toList();
  }

  private static boolean outdoes(Proposal other, Proposal proposal) {
    return other.latent() > proposal.latent()
        && other.bottleneck().generated() >= proposal.bottleneck().generated();
  }

  /** The forms of which at least the smallest is within the budget, so that no time is lost. */
  private List<List<Optional<Form>>> affordable() {
    return lattice.families().stream()
        .filter(family -> smallest(family).filter(budget::allows).isPresent())
        .toList();
  }

  /** What the smallest of some forms costs, without a trunk and with a latent of 1. */
  private Optional<Bottleneck> smallest(List<Optional<Form>> family) {
    Choice choice = new Choice(Lattice.NO_TRUNK, 1, family.get(0).orElse(null));
    return lattice.weaver(choice).map(weaver -> lattice.proposal(choice).bottleneck());
  }

  /** The best of a latent, with the widest trunks that have any. */
  private Optional<Proposal> best(int latent, List<List<Optional<Form>>> families) {
    for (int narrowing = 0; narrowing <= Lattice.NO_TRUNK; narrowing++) {
      Optional<Proposal> best = Optional.empty();
      for (List<Optional<Form>> family : families) {
        Optional<Proposal> largest = largest(narrowing, latent, family);
        // Of equals the first stays, which is the richer form.
        if (largest.isPresent()
            && best.filter(b -> generated(b) >= generated(largest.get())).isEmpty()) {
          best = largest;
        }
      }
      if (best.isPresent()) {
        return best;
      }
    }
    return Optional.empty();
  }

  private static long generated(Proposal proposal) {
    return proposal.bottleneck().generated();
  }

  /**
   * The largest of some forms, in ascending order, that fits. More rank never takes less time, so
   * what is dear to find out is looked up by halving.
   */
  private Optional<Proposal> largest(int narrowing, int latent, List<Optional<Form>> family) {
    List<Choice> cheap =
        family.stream()
            .map(form -> new Choice(narrowing, latent, form.orElse(null)))
            .filter(choice -> lattice.weaver(choice).filter(this::mayFit).isPresent())
            .toList();
    Optional<Proposal> fits = Optional.empty();
    int low = 0;
    int high = cheap.size() - 1;
    // Without a slowdown to keep, the last that may fit usually does.
    int middle = high;
    while (low <= high) {
      Proposal proposal = lattice.proposal(cheap.get(middle));
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

  /** Whether the counts that are cheap to find out are within the budget. */
  private boolean mayFit(Weaver weaver) {
    double parameters = Costing.parameterEstimate(weaver);
    return parameters <= mostParameters
        && budget.allows(Budget.Figure.PARAMETERS, parameters)
        && budget.allows(
            Budget.Figure.GENERATED, (double) SourceSize.generated(weaver.trainedDeltas()));
  }

  /** Says what the smallest of the lattice would need. */
  private SpecException unreachable() {
    List<Bottleneck> smallest =
        lattice.families().stream().flatMap(family -> smallest(family).stream()).toList();
    List<String> least = new ArrayList<>();
    for (Map.Entry<Budget.Figure, Double> limit : budget.limits().entrySet()) {
      Budget.Figure figure = limit.getKey();
      double value = smallest.stream().mapToDouble(figure::of).min().orElseThrow();
      if (value > limit.getValue()) {
        least.add(figure.key() + "=" + Budget.text(Math.ceil(value * 100) / 100));
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
