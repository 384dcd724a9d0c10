package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.NodeWork;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueShapes;
import io.hyperdelta.hypernetwork.HeadLayout;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.weave.CostModel;
import io.hyperdelta.weave.Weaving;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Counts what adaptations around one target cost. Nothing is a formula of a form: the woven graph
 * is run on a few rows, which tells all sizes, and its nodes are counted.
 *
 * @param draft the target and the rows
 * @param targetShapes sizes of the target's values
 */
record Costing(Draft draft, TracedShapes targetShapes) {
  /** Rows of a batch, as graphs for anybody are planned. */
  private static final int ROWS = Workload.MIXED.rows();

  private static final int TRACED_ROWS = 8;

  /** Runs the target. */
  static Costing of(Draft draft) {
    Model target = draft.target().target().model();
    return new Costing(draft, trace(draft, target, draft.target().bindings()));
  }

  private static TracedShapes trace(Draft draft, Model model, List<InputBinding> bindings) {
    int[] training = draft.rows().split().train();
    int[] some = Arrays.copyOf(training, Math.min(TRACED_ROWS, training.length));
    return TracedShapes.of(model, bindings, draft.rows().table(), some);
  }

  /** The workloads that can be asked for: where a target sees conditions, each row has its own. */
  List<Workload> workloads() {
    Workload mixed = Workload.MIXED.with(draft.positions());
    return TracedShapes.isPerRow(draft.bindings())
        ? List.of(mixed)
        : List.of(mixed, new Workload(ROWS, 1).with(draft.positions()));
  }

  /** All figures of some sources around the target. */
  Bottleneck bottleneck(Weaving weaver) {
    List<SourceSize> sizes =
        weaver.sources().stream().map(s -> SourceSize.of(s, deltas(weaver, s))).toList();
    Map<String, TensorValue> parameters = weaver.freshParameters(0);
    List<RunningCost> running =
        workloads().stream().map(w -> running(weaver, parameters, w)).toList();
    Set<String> uncounted = new LinkedHashSet<>();
    draft.target().target().model().graph().nodes().stream()
        .filter(NodeWork::hides)
        .forEach(node -> uncounted.add(node.op()));
    return new Bottleneck(
        sizes, SourceSize.adapted(weaver.trainedDeltas()), running, List.copyOf(uncounted));
  }

  /** What one workload costs. */
  private RunningCost running(
      Weaving weaver, Map<String, TensorValue> parameters, Workload workload) {
    Model woven = weaver.fused(parameters, workload);
    ValueShapes shapes =
        trace(draft, woven, Training.bindings(draft.target(), weaver, draft.rows())).at(workload);
    List<NodeWork> all = work(woven, shapes, node -> true);
    List<NodeWork> trunk = work(woven, shapes, node -> isTrunk(node, weaver));
    List<NodeWork> target =
        work(
            weaver.target().model(),
            targetShapes.at(new Workload(workload.rows(), workload.rows())),
            node -> true);
    double rows = workload.rows();
    return new RunningCost(
        workload,
        flops(target) / rows,
        flops(trunk) / rows,
        (flops(all) - flops(trunk) - flops(target)) / rows,
        CostModel.FORWARD.nanos(all) / CostModel.FORWARD.nanos(target));
  }

  /** Whether a node is part of an encoder or trunk: a source's, and no delta's. */
  private static boolean isTrunk(Node node, Weaving weaver) {
    String name = node.output();
    return weaver.sources().stream()
            .anyMatch(source -> name.startsWith("hyperdelta/" + source.name() + "/"))
        && weaver.deltas().stream()
            .noneMatch(delta -> name.startsWith("hyperdelta/" + delta.name() + "/"));
  }

  /** The work of those nodes that make real numbers. */
  private static List<NodeWork> work(Model model, ValueShapes shapes, Predicate<Node> which) {
    List<NodeWork> work = new ArrayList<>();
    for (Node node : model.graph().nodes()) {
      boolean real = node.outputs().stream().anyMatch(output -> shapes.of(output) != null);
      if (real && which.test(node)) {
        work.add(NodeWork.of(node, shapes));
      }
    }
    return work;
  }

  private static double flops(List<NodeWork> work) {
    return work.stream().mapToDouble(NodeWork::flops).sum();
  }

  private static List<SiteDelta> deltas(Weaving weaver, Source source) {
    return weaver.deltas().stream().filter(d -> d.owner().equals(source.name())).toList();
  }

  private static double count(Map<String, TensorValue> parameters) {
    return parameters.values().stream().mapToDouble(TensorValue::elementCount).sum();
  }

  /**
   * How many numbers sources learn, without making them: heads are {@code [width + 1, elements]}.
   * Proposals are chosen by it and then counted.
   */
  static double parameterEstimate(Weaving weaver) {
    double sum = 0;
    for (Source source : weaver.sources()) {
      if (source instanceof Hypernetwork hypernetwork
          && !hypernetwork.heads().equals(HeadLayout.PER_SITE)) {
        sum += count(source.freshParameters(deltas(weaver, source), 0));
      } else if (source.isTrained()) {
        sum += count(source.freshParameters(List.of(), 0));
        for (SiteDelta delta : deltas(weaver, source)) {
          for (Factor factor : delta.form().factors(delta.site())) {
            sum += (factor.isGenerated() ? source.width() + 1.0 : 1) * factor.elementCount();
          }
        }
      }
    }
    return sum;
  }
}
