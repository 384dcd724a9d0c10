package io.hyperdelta.fit;

import io.hyperdelta.spec.Spec;
import io.hyperdelta.weave.PlannedProduct;
import io.hyperdelta.weave.Workload;
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
  @SuppressWarnings("try") // scopes work by being open
  public static Plan of(Spec spec) {
    try (PointerScope scope = new PointerScope()) {
      return new Plan(Draft.of(spec, Progress.silent()));
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
    return PlannedProduct.of(draft.weaver(), workload);
  }

  /**
   * Hypernetworks that stay within a budget, as {@link Proposals} defines the best of them.
   *
   * @return at least one; the first keeps most of the spec's latent
   * @throws io.hyperdelta.spec.SpecException if there are no hypernetworks, or nothing fits
   */
  public List<Proposal> proposals(Budget budget) {
    return new Proposals(draft, costing, budget).find();
  }
}
