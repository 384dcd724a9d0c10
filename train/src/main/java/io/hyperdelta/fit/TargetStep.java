package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.Node;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.spec.FeatureSpec;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.NetworkSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.spec.TargetSpec;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Use;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the target of a run: trains one and freezes it, or takes the user's. Also makes the control
 * that gets extra inputs.
 */
final class TargetStep {
  private final Spec spec;
  private final TrainingRows rows;
  private final Encoders encoders;
  private final Progress progress;

  TargetStep(Spec spec, TrainingRows rows, Encoders encoders, Progress progress) {
    this.spec = spec;
    this.rows = rows;
    this.encoders = encoders;
    this.progress = progress;
  }

  /**
   * The target before it is trained, or the user's: enough to see whether the adaptations fit it,
   * before any time is spent.
   */
  TrainedTarget draft(List<Condition> conditions) {
    if (!(spec.target() instanceof TargetSpec.Train train)) {
      return brought((TargetSpec.Onnx) spec.target());
    }
    try {
      network(train, extraColumns(conditions)).fresh(train.fit().seed());
      return frozen(network(train, List.of()).fresh(train.fit().seed()));
    } catch (IllegalArgumentException e) {
      throw new SpecException(
          "A column has a name that the network needs for itself: %s Rename the column, for example with sql."
              .formatted(e.getMessage()),
          e);
    }
  }

  private static List<ColumnEncoder> extraColumns(List<Condition> conditions) {
    return conditions.stream().flatMap(c -> c.encoder().columns().stream()).distinct().toList();
  }

  /** The frozen target. */
  TrainedTarget make() {
    if (!(spec.target() instanceof TargetSpec.Train train)) {
      return brought((TargetSpec.Onnx) spec.target());
    }
    MlpNetwork network = network(train, List.of());
    return frozen(train(network, train.fit(), "train target"));
  }

  private MlpNetwork network(TargetSpec.Train train, List<ColumnEncoder> extra) {
    List<ColumnEncoder> columns =
        new ArrayList<>(
            encoders.features(spec.data().features().stream().map(FeatureSpec::column).toList()));
    // A condition column that is a feature already is not put in twice.
    extra.stream()
        .filter(e -> ColumnEncoder.of(columns, e.column()).isEmpty())
        .forEach(columns::add);
    return new MlpNetwork(columns, ((NetworkSpec.Mlp) train.network()).hidden(), rows.labels());
  }

  private Model train(MlpNetwork network, FitSpec fit, String title) {
    Model fresh = network.fresh(fit.seed());
    FitResult result =
        fitter(FitRows.perRow(rows, open(network), fit), singleBindings(fresh))
            .fit(fresh, network.parameterNames(), fit, progress, title);
    return fresh.withGraph(fresh.graph().withInitializers(result.parameters()));
  }

  /** The network's columns that may be unknown or missing in rows to come. */
  private List<String> open(MlpNetwork network) {
    List<String> open = new ArrayList<>(network.categories());
    rows.mayMiss().stream()
        .filter(name -> network.columns().contains(name) && !open.contains(name))
        .forEach(open::add);
    return open;
  }

  private List<InputBinding> singleBindings(Model model) {
    return model.graph().inputs().stream()
        .map(input -> TargetBindings.single(input.name(), rows, input.name(), true, false))
        .toList();
  }

  private TrainedTarget frozen(Model model) {
    return new TrainedTarget(
        Target.of(ModelWriter.write(model), "target.onnx"),
        singleBindings(model),
        MlpNetwork.OUTPUT);
  }

  private TrainedTarget brought(TargetSpec.Onnx onnx) {
    Target target = Target.read(onnx.path());
    Graph graph = target.model().graph();
    return new TrainedTarget(
        target, TargetBindings.of(onnx, graph, rows.table()), TargetBindings.output(onnx, graph));
  }

  private Fitter fitter(FitRows fitted, List<InputBinding> bindings) {
    return new Fitter(
        RowInputs.of(fitted.table(), bindings),
        fitted.labels(),
        fitted.batching(),
        new Loss(spec.objective(), rows.labels().deviation()));
  }

  /** Fits parameters of a woven graph. */
  FitResult fit(
      Model model,
      String output,
      List<InputBinding> bindings,
      FitRows fitted,
      List<String> parameters,
      FitSpec fit,
      WovenFit woven,
      String title) {
    return fitter(fitted, bindings)
        .fit(withoutOthers(model, output, woven), parameters, fit, woven, progress, title);
  }

  /** The model with the outputs only that fitting needs. */
  static Model withoutOthers(Model model, String output, WovenFit woven) {
    return onlyOutputs(model, woven.penalty() > 0 ? Set.of(output, Weaver.SIZE) : Set.of(output));
  }

  /** The model with one output only. */
  static Model onlyOutput(Model model, String output) {
    return onlyOutputs(model, Set.of(output));
  }

  private static Model onlyOutputs(Model model, Set<String> wanted) {
    if (model.graph().outputs().size() == wanted.size()) {
      return model;
    }
    GraphEditor editor = GraphEditor.of(model);
    editor.clearOutputs();
    model.graph().outputs().stream()
        .filter(o -> wanted.contains(o.name()))
        .forEach(o -> editor.output(o.name(), o.type()));
    return editor.finish(model.graph().name());
  }

  /** A control: a model and how its inputs are filled. */
  record Control(Model model, List<InputBinding> bindings) {}

  /**
   * The same network with the conditions as extra inputs. A network that we train is trained again
   * from the start with wider input; one that the user brings is widened in its first layers, the
   * new weights zero, and trained on from where it is.
   */
  Optional<Control> extraInputs(TrainedTarget target, List<Condition> conditions) {
    if (conditions.isEmpty()) {
      return Optional.empty();
    }
    if (spec.target() instanceof TargetSpec.Train train) {
      Model model =
          train(
              network(train, extraColumns(conditions)), train.fit(), "train extra-inputs control");
      return Optional.of(new Control(model, singleBindings(model)));
    }
    List<Site> first = firstLayers(target.target());
    if (first.isEmpty()) {
      return Optional.empty();
    }
    List<Hypernetwork> linear = new ArrayList<>();
    for (Condition condition : conditions) {
      List<Adaptation> shifts =
          first.stream().map(site -> Adaptation.of(site.name(), new Shift())).toList();
      linear.add(
          new Hypernetwork(
              // Conditions and tables may have the same name.
              "control-" + linear.size(),
              condition,
              List.of(),
              condition.encoder().width(),
              shifts));
    }
    Weaver weaver = new Weaver(target.target(), linear);
    Model model = weaver.fused(weaver.freshParameters(spec.fit().seed()), Workload.MIXED);
    List<InputBinding> bindings = Training.bindings(target, weaver, rows);
    List<String> parameters = new ArrayList<>(weaver.freshParameters(0).keySet());
    target.target().sites().forEach(site -> parameters.add(site.initializer()));
    FitResult result =
        fit(
            model,
            target.output(),
            bindings,
            FitRows.perRow(rows, FitRows.open(rows, bindings), spec.fit()),
            parameters,
            spec.fit(),
            WovenFit.NONE,
            "train extra-inputs control");
    return Optional.of(
        new Control(
            onlyOutput(
                model.withGraph(model.graph().withInitializers(result.parameters())),
                target.output()),
            bindings));
  }

  /** The sites that take a shift in layers which no other site's layer feeds. */
  private static List<Site> firstLayers(Target target) {
    Map<String, Use> products = new LinkedHashMap<>();
    target.sites().stream()
        .filter(site -> site.kind() == SiteKind.WEIGHT)
        .forEach(site -> site.uses().forEach(use -> products.put(use.output(), use)));
    Set<String> reached = new HashSet<>();
    for (Node node : target.model().graph().nodes()) {
      if (node.inputs().stream().anyMatch(reached::contains)
          || node.outputs().stream().anyMatch(products::containsKey)) {
        reached.addAll(node.outputs());
      }
    }
    return target.sites().stream()
        .filter(site -> new Shift().refusal(site).isEmpty())
        .filter(
            site ->
                site.uses().stream()
                    .allMatch(
                        use -> {
                          Use product = products.get(product(site, use));
                          return product != null && !reached.contains(product.input());
                        }))
        .toList();
  }

  /** The output of the product that a weight's use is, or that a bias is added to. */
  private static String product(Site site, Use use) {
    return site.kind() == SiteKind.BIAS && !use.input().isEmpty() ? use.input() : use.output();
  }
}
