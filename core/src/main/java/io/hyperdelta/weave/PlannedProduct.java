package io.hyperdelta.weave;

import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.hypernetwork.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A product of a value with a factor that is a sum of matrices, and what each order of it would
 * cost: why a graph is woven as it is.
 *
 * @param delta whose product it is
 * @param factor its letter in the form's formula
 * @param workload the sizes that it is planned for, with the rows of the layer
 * @param in rows of the factor
 * @param out columns of the factor
 * @param count how many matrices are added up to the factor
 * @param options all orders
 * @param chosen the order that the graph has
 */
public record PlannedProduct(
    SiteDelta delta,
    String factor,
    Workload workload,
    long in,
    long out,
    long count,
    List<Option> options,
    String chosen) {
  /**
   * An order.
   *
   * @param title its name
   * @param micros what a training step spends on it by the cost model, forwards and back; infinite
   *     if it is out of the question
   * @param steps what it does, in words
   */
  public record Option(String title, double micros, String steps) {}

  public PlannedProduct {
    options = List.copyOf(options);
  }

  /** The products that are planned when the sources of a weaver are woven for a workload. */
  public static List<PlannedProduct> of(Weaver weaver, Workload workload) {
    List<PlannedProduct> planned = new ArrayList<>();
    Set<SiteDelta> kernels = ConditionKernels.chosen(weaver.deltas(), workload, delta -> true);
    for (Source source : weaver.sources()) {
      for (SiteDelta delta : weaver.deltas()) {
        if (!delta.owner().equals(source.name())) {
          continue;
        }
        if (kernels.contains(delta) && !(source instanceof SharedSource)) {
          planned.add(ofKernel(delta, workload));
        } else {
          add(planned, source, delta, workload);
        }
      }
    }
    return planned;
  }

  /** Of a delta whose factors are made, and added to a kernel for each condition. */
  private static PlannedProduct ofKernel(SiteDelta delta, Workload workload) {
    long in = delta.site().in();
    long out = delta.site().width();
    MergedCost cost =
        MergedCost.ofKernels(delta.site(), MergedForm.of(delta).orElseThrow(), workload);
    String made =
        String.format(
            Locale.ROOT,
            "%,d kernels of %,d x %,d, each times its images",
            workload.conditions(),
            in,
            out);
    List<Option> options =
        List.of(
            new Option("contribution", cost.apart() / 1e3, "added to what the convolution makes"),
            new Option(ConditionKernels.TITLE, cost.merged() / 1e3, made));
    return new PlannedProduct(
        delta, "kernel", workload, in, out, 1, options, ConditionKernels.TITLE);
  }

  private static void add(
      List<PlannedProduct> planned, Source source, SiteDelta delta, Workload workload) {
    Workload layer = workload.at(delta.site());
    boolean first = true;
    List<Factor> factors = delta.form().factors(delta.site());
    boolean mixes = !source.columns().isEmpty();
    for (Factor factor : factors) {
      // Only what a form begins with meets the layer's own input; the rest meets rows.
      double unfolding = first ? Operands.unfolding(delta.site()) : 0;
      List<Long> dims = factor.dims();
      if (factor.isGenerated() && delta.form() instanceof Chunked) {
        if (source instanceof Hypernetwork h) {
          long in = delta.site().in();
          long out = delta.site().width();
          double apart = Operands.unfolding(delta.site());
          planned.add(of(delta, factor, layer, in, out, h.latent() + 1L, apart));
        }
      } else if (factor.isGenerated() && dims.size() == 2 && source instanceof Hypernetwork h) {
        planned.add(of(delta, factor, layer, dims.get(0), dims.get(1), h.latent() + 1L, unfolding));
      } else if (!factor.isGenerated() && dims.size() == 3 && mixes) {
        planned.add(
            of(
                delta,
                factor,
                layer,
                dims.get(1),
                dims.get(2),
                dims.get(0),
                Operands.unfolding(delta.site())));
      }
      first = false;
    }
  }

  private static PlannedProduct of(
      SiteDelta delta,
      Factor factor,
      Workload workload,
      long in,
      long out,
      long count,
      double unfolding) {
    List<Option> options = new ArrayList<>();
    for (Contraction order : Contraction.values()) {
      double nanos = Contraction.cost(order, workload, in, out, count, unfolding);
      options.add(new Option(order.title(), nanos / 1e3, order.steps(workload, in, out, count)));
    }
    Contraction chosen = Contraction.cheapest(workload, in, out, count, unfolding);
    return new PlannedProduct(
        delta, factor.role(), workload, in, out, count, options, chosen.title());
  }
}
