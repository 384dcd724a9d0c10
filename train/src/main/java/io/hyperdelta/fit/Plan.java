package io.hyperdelta.fit;

import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.weave.PlannedProduct;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;

/**
 * What a spec would cost, without training: the rows are read and the adaptations put around the
 * target, or around one like it that is not trained. Not thread-safe.
 */
public final class Plan {
  private final Draft draft;
  private final Costing costing;

  private Plan(Draft draft) {
    this.draft = draft;
    this.costing = Costing.of(draft);
  }

  /**
   * Plans a spec.
   *
   * @throws io.hyperdelta.problem.InputException if the spec, the data or a model file cannot be
   *     used, as for training
   */
  public static Plan of(Spec spec) {
    return of(spec, Progress.silent());
  }

  /**
   * The same, telling how it gets on: texts of conditions are encoded, which may take a while.
   *
   * @throws io.hyperdelta.problem.InputException as {@link #of(Spec)}
   */
  @SuppressWarnings("try") // scopes work by being open
  public static Plan of(Spec spec, Progress progress) {
    try (PointerScope scope = new PointerScope()) {
      return new Plan(Draft.of(spec, progress));
    }
  }

  /** What the spec costs as it is. */
  public Bottleneck bottleneck() {
    return costing.bottleneck(draft.weaving());
  }

  /** The workloads that costs are given for; a condition per row comes first. */
  public List<Workload> workloads() {
    return costing.workloads();
  }

  /** The products whose order is planned for a workload, with what each order would cost. */
  public List<PlannedProduct> products(Workload workload) {
    return draft.members().apart(draft.target().target()).values().stream()
        .flatMap(weaver -> PlannedProduct.of(weaver, workload).stream())
        .toList();
  }

  /**
   * How a member is trained.
   *
   * @param member its name, empty where the spec has one model
   * @param batch what its batches are like
   * @param products those whose order is planned for them
   */
  public record Trained(String member, Workload batch, List<PlannedProduct> products) {
    /** A member. */
    public Trained {
      products = List.copyOf(products);
    }
  }

  /** How each member is trained, in order. */
  public List<Trained> trained() {
    List<Trained> trained = new ArrayList<>();
    draft
        .members()
        .apart(draft.target().target())
        .forEach(
            (member, weaver) -> {
              Workload batch = draft.members().workload(draft, member, weaver);
              trained.add(new Trained(member, batch, PlannedProduct.of(weaver, batch)));
            });
    return trained;
  }

  /**
   * Hypernetworks that stay within a budget, as {@link Proposals} defines the best of them.
   *
   * @return at least one; the first keeps most of the spec's latent
   * @throws SpecException if there are no hypernetworks, or several models, or nothing fits
   */
  public List<Proposal> proposals(Budget budget) {
    if (draft.spec().ensemble() != null) {
      throw new SpecException(
          "A budget is for one model, and the spec has an ensemble. Expected a spec without one. Plan it without the ensemble; a member costs as much again.",
          null);
    }
    return new Proposals(draft, costing, budget).find();
  }
}
