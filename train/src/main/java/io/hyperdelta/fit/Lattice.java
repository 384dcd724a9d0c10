package io.hyperdelta.fit;

import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Forms;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.problem.InputException;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.weave.Weaver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The hypernetworks that a budget chooses among: trunks as wide as the spec's or narrower, latents,
 * forms and ranks, the same for all hypernetworks of a spec. Parts, conditions and everything else
 * stay.
 *
 * <p>Of the adaptations of a hypernetwork, those by a matrix (all but gains and shifts) get another
 * form; where there are none, the gains do; shifts stay.
 *
 * @param draft the spec and its target
 * @param costing counts what a choice costs
 */
record Lattice(Draft draft, Costing costing) {
  /** From the richest to the poorest, as the list of forms in the documentation has them. */
  private static final List<String> FORMS =
      List.of("full", "low-rank", "core", "basis", "diagonal-core", "gain");

  /** Beyond this a proposal would have outgrown what deltas are for. */
  private static final int LARGEST_NUMBER = 512;

  /** Wider than any default; the spec's own latent is in the lattice besides. */
  private static final int LARGEST_LATENT = 64;

  /** Times that trunks are halved before they are left out. */
  private static final int HALVINGS = 2;

  /** Without trunks. */
  static final int NO_TRUNK = HALVINGS + 1;

  /**
   * A point of the lattice.
   *
   * @param narrowing times that trunks are halved, or {@link #NO_TRUNK}
   * @param form in the place of those that may change; without it they stay, there being none
   */
  record Choice(int narrowing, int latent, @Nullable Form form) {
    List<Integer> trunk(List<Integer> own) {
      return narrowing == NO_TRUNK
          ? List.of()
          : own.stream().map(width -> Math.max(1, width >> narrowing)).toList();
    }
  }

  List<Hypernetwork> hypernetworks() {
    return draft.sources().stream()
        .filter(Hypernetwork.class::isInstance)
        .map(Hypernetwork.class::cast)
        .toList();
  }

  /** Ascending. */
  SortedSet<Integer> latents() {
    SortedSet<Integer> latents = new TreeSet<>();
    for (int latent = 1; latent <= LARGEST_LATENT; latent *= 2) {
      latents.add(latent);
    }
    hypernetworks().forEach(h -> latents.add(h.latent()));
    return latents;
  }

  /**
   * The forms of each kind in ascending order, at least one; nothing in it where none may change.
   */
  List<List<Optional<Form>>> families() {
    boolean any =
        hypernetworks().stream()
            .map(h -> varied(h.adaptations().stream().map(Adaptation::form).toList()))
            .anyMatch(varied -> IntStream.range(0, varied.length).anyMatch(i -> varied[i]));
    return any ? FORMS.stream().map(Lattice::family).toList() : List.of(List.of(Optional.empty()));
  }

  private static List<Optional<Form>> family(String name) {
    Form smallest =
        Forms.smallest().stream()
            .filter(form -> form.name().equals(name))
            .findFirst()
            .orElseThrow();
    if (smallest.options().isEmpty()) {
      return List.of(Optional.of(smallest));
    }
    String option = smallest.options().keySet().iterator().next();
    List<Optional<Form>> family = new ArrayList<>();
    for (int number = 1; number <= LARGEST_NUMBER; number *= 2) {
      family.add(Optional.of(Forms.of(name, Map.of(option, number), false)));
    }
    return family;
  }

  /** The sources of a choice around the target; nothing if a site cannot take the form. */
  Optional<Weaver> weaver(Choice choice) {
    List<Source> sources = new ArrayList<>();
    for (Source source : draft.sources()) {
      if (source instanceof Hypernetwork own) {
        boolean[] varied = varied(own.adaptations().stream().map(Adaptation::form).toList());
        sources.add(
            own.with(
                choice.trunk(own.trunk()),
                choice.latent(),
                changed(own.adaptations(), varied, choice.form(), Adaptation::with)));
      } else {
        sources.add(source);
      }
    }
    try {
      return Optional.of(Sources.weaver(draft.target().target(), sources));
    } catch (InputException e) {
      return Optional.empty();
    }
  }

  /** What a choice is in a spec, and what it costs. */
  Proposal proposal(Choice choice) {
    Map<String, HypernetworkSpec> specs = new LinkedHashMap<>();
    draft
        .spec()
        .hypernetworks()
        .forEach(
            (name, own) -> {
              boolean[] varied =
                  varied(own.adaptations().stream().map(AdaptationSpec::form).toList());
              specs.put(
                  name,
                  own.with(
                      choice.trunk(own.trunk()),
                      choice.latent(),
                      changed(own.adaptations(), varied, choice.form(), AdaptationSpec::with)));
            });
    return new Proposal(
        choice.latent(),
        choice.form() == null ? "as it was" : choice.form().title(),
        specs,
        costing.bottleneck(weaver(choice).orElseThrow()));
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

  /** Which adaptations get another form. */
  private static boolean[] varied(List<Form> forms) {
    boolean byMatrix = forms.stream().anyMatch(form -> !isGain(form) && !isShift(form));
    boolean[] varied = new boolean[forms.size()];
    for (int i = 0; i < varied.length; i++) {
      // A weight that is generated outright is another model than one with a delta.
      varied[i] =
          !forms.get(i).replaces() && !isShift(forms.get(i)) && !(byMatrix && isGain(forms.get(i)));
    }
    return varied;
  }

  private static boolean isGain(Form form) {
    return form.name().equals("gain");
  }

  private static boolean isShift(Form form) {
    return form.name().equals("shift");
  }
}
