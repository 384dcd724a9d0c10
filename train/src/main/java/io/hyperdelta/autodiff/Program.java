package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Model;
import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX model compiled for libtorch: computes the model's outputs and lets gradients flow to the
 * initializers that were declared trainable. All other initializers are frozen.
 *
 * <p>Compiling does once what every run would repeat: names become slots, attributes native
 * numbers, and nodes that only constants reach are run. Several threads may run it at once, each in
 * a scope of its own, as long as none changes its parameters or closes it.
 */
public final class Program implements AutoCloseable {
  private final Wiring wiring;
  private final Way way;
  private final Parameters parameters;
  private final List<Tensor> leaves;
  private final Blas.Work work;
  private boolean open = true;
  private boolean whole = true;

  Program(Wiring wiring) {
    this.wiring = wiring;
    this.way = Way.of(wiring, wiring.steps(), wiring.outputs(), new KeptRows[wiring.slotCount()]);
    this.parameters = new Parameters(wiring.parameters(), this::requireOpen);
    this.leaves = wiring.leaves();
    this.work =
        wiring.steps().stream().anyMatch(step -> step.operator().convolving())
            ? Blas.Work.CONVOLUTIONS
            : Blas.Work.PRODUCTS;
  }

  /**
   * Compiles a checked model.
   *
   * @param trainable names of the float initializers that become parameters; all others are frozen
   * @param precision {@link Precision#FLOAT} but for gradient checks
   * @return a program, to be closed
   * @throws UnsupportedModelException if the model uses operators that have no kernel; the message
   *     lists all of them
   * @throws IllegalArgumentException if a trainable name is no float initializer
   */
  public static Program compile(Model model, Set<String> trainable, Precision precision) {
    return compile(model, trainable, precision, name -> "");
  }

  /**
   * The same for an optimizer that moves some parameters otherwise than others.
   *
   * @param kind of a trainable initializer, by name: those of different kinds share no {@link
   *     Parameters.Leaf}, nor do those with different numbers of axes
   */
  public static Program compile(
      Model model, Set<String> trainable, Precision precision, Function<String, ?> kind) {
    Engine.start();
    Model fused = Fusion.fuse(NeutralNodes.without(model, trainable), trainable);
    return new Program(new Compiler(fused, trainable, precision, kind).compile());
  }

  /** The trainable initializers. */
  public Parameters parameters() {
    requireOpen();
    return parameters;
  }

  /** Names of the outputs, in the order in which {@link #run} returns them. */
  public List<String> outputNames() {
    return wiring.outputNames();
  }

  /** Number of nodes that each run executes, constant ones left out. */
  public int stepCount() {
    return wiring.steps().size();
  }

  /** The part that no parameter reaches. */
  public Prefix prefix() {
    return prefix(Set.of());
  }

  /** The part that neither a parameter nor one of some inputs reaches. */
  Prefix prefix(Set<String> changing) {
    return new Prefix(wiring, changing);
  }

  /**
   * Computes the outputs. Arguments are borrowed; results belong to the caller's open scope.
   *
   * @param inputs by name, of the model's declared types; those that are also initializers may be
   *     missing
   * @return one value per output, in the model's order
   * @throws IllegalArgumentException if an input is missing, unknown or of another type or shape,
   *     or a node cannot take the shapes that reach it
   * @throws IllegalStateException after close, or if no {@code PointerScope} is open
   */
  public List<Value> run(Map<String, Value> inputs) {
    requireWhole();
    PointerScope caller = Engine.callerScope();
    Value[] slots = wiring.freshSlots();
    try (PointerScope own = new PointerScope()) {
      bind(inputs, slots);
      return run(way, slots, own, caller);
    }
  }

  /**
   * The same for those who want the gradients of a loss, which are cheaper so than through the tape
   * of {@link #run}.
   *
   * @param inputs as {@link #run} takes them; they must stay open until the pass was gone back
   *     through
   * @return the run, whose values belong to the caller's open scope
   * @throws IllegalArgumentException as {@link #run} does
   * @throws IllegalStateException after close, or if no {@code PointerScope} is open
   */
  public Pass pass(Map<String, Value> inputs) {
    requireWhole();
    PointerScope caller = Engine.callerScope();
    Value[] slots = wiring.freshSlots();
    bind(inputs, slots);
    return pass(way, slots, caller);
  }

  /** Runs steps on slots that are partly filled, as {@link #run} does. */
  List<Value> run(Way part, Value[] slots, PointerScope own, PointerScope caller) {
    prepare();
    part.plan().run(slots, own);
    return results(slots, caller);
  }

  /** Runs steps on slots that are partly filled, as {@link #pass} does. */
  Pass pass(Way part, Value[] slots, PointerScope caller) {
    Reversal reversal = part.reversal();
    if (reversal == null) {
      try (PointerScope own = new PointerScope()) {
        return Pass.taped(run(part, slots, own, caller), leaves);
      }
    }
    prepare();
    long[] @Nullable [] @Nullable [] dims = reversal.run(slots, caller);
    return Pass.untaped(reversal, wiring, slots, dims, results(slots, caller));
  }

  private void prepare() {
    requireOpen();
    if (!Team.isMember()) {
      Engine.blas().prepare(work);
    }
  }

  private void requireWhole() {
    requireOpen();
    if (!whole) {
      throw new IllegalStateException(
          "The program was run after constants of its frozen part were freed. Expected cached rows to run it.");
    }
  }

  /**
   * Frees the constants that a way does not read, and what the kernels keep that it does not run.
   * Only it can be run from now on.
   */
  void keepWhatIsReadBy(Way only) {
    whole = false;
    Set<Step> run = new HashSet<>(only.plan().steps());
    wiring.steps().stream().filter(step -> !run.contains(step)).forEach(Step::free);
    boolean[] read = new boolean[wiring.slotCount()];
    for (int slot : only.reads()) {
      read[slot] = true;
    }
    for (int slot = 0; slot < read.length; slot++) {
      if (!read[slot]
          && wiring.constant()[slot]
          && wiring.initial()[slot] instanceof Value.Device device) {
        wiring.initial()[slot] = null;
        wiring.held().release(device.tensor());
      }
    }
    Engine.giveMemoryBack();
  }

  /** Checks inputs and puts them into their slots. */
  void bind(Map<String, Value> inputs, Value[] slots) {
    int used = 0;
    for (InputSlot input : wiring.inputs()) {
      @Nullable Value value = inputs.get(input.name());
      if (value != null) {
        slots[input.slot()] = input.accept(value, wiring.precision());
        used++;
      } else if (!input.optional()) {
        throw new IllegalArgumentException(
            "Input \"%s\" is missing. Expected %s, got the inputs %s."
                .formatted(input.name(), input.type(), inputs.keySet()));
      }
    }
    if (used != inputs.size()) {
      refuseUnknown(inputs.keySet());
    }
  }

  /** Whether it computes convolutions. */
  boolean convolves() {
    return work == Blas.Work.CONVOLUTIONS;
  }

  Wiring wiring() {
    return wiring;
  }

  void requireOpen() {
    if (!open) {
      throw new IllegalStateException("The program was used after it was closed.");
    }
  }

  private void refuseUnknown(Set<String> given) {
    List<String> known = wiring.inputs().stream().map(InputSlot::name).toList();
    for (String name : given) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "Input \"%s\" is unknown. Expected one of %s.%s"
                .formatted(name, known, Spelling.advice(name, known)));
      }
    }
  }

  /** Hands the outputs over to the caller's scope, constants as second handles. */
  private List<Value> results(Value[] slots, PointerScope caller) {
    List<Value> results = new ArrayList<>(wiring.outputs().length);
    for (int slot : wiring.outputs()) {
      Value value = slots[slot];
      if (value instanceof Value.Device device) {
        Tensor handle = wiring.isMade(slot) ? device.tensor() : new Tensor(device.tensor());
        caller.attach(handle);
        value = new Value.Device(handle);
      }
      results.add(value);
    }
    return results;
  }

  /** Frees the parameters and constants. */
  @Override
  public void close() {
    if (open) {
      open = false;
      wiring.held().close();
    }
  }
}
