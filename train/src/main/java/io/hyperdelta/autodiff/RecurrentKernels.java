package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Recurrent layers. */
final class RecurrentKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("RNN", 7, RecurrentKernels::rnn),
          Operator.of("GRU", 7, RecurrentKernels::gru),
          Operator.of("LSTM", 7, RecurrentKernels::lstm));

  private static final int LENGTHS = 4;
  private static final int HIDDEN_STATE = 5;
  private static final int PEEPHOLES = 7;

  private RecurrentKernels() {}

  private static Kernel rnn(NodeContext node) {
    boolean[] reversed = reversed(node);
    List<List<NamedActivation>> activations =
        NamedActivation.ofDirections(node, reversed.length, List.of("Tanh"));
    FusedCell fused =
        hasClip(node)
            ? null
            : all(activations, "tanh")
                ? FusedCell.TANH
                : all(activations, "relu") ? FusedCell.RELU : null;
    return kernel(node, fused, RecurrentCells.rnn(node, activations), reversed);
  }

  private static Kernel gru(NodeContext node) {
    boolean[] reversed = reversed(node);
    List<List<NamedActivation>> activations =
        NamedActivation.ofDirections(node, reversed.length, List.of("Sigmoid", "Tanh"));
    boolean plain =
        !hasClip(node)
            && node.node().intAttribute("linear_before_reset", 0) != 0
            && all(activations, "sigmoid", "tanh");
    return kernel(
        node, plain ? FusedCell.GRU : null, RecurrentCells.gru(node, activations), reversed);
  }

  private static Kernel lstm(NodeContext node) {
    boolean[] reversed = reversed(node);
    List<List<NamedActivation>> activations =
        NamedActivation.ofDirections(node, reversed.length, List.of("Sigmoid", "Tanh", "Tanh"));
    boolean plain =
        !hasClip(node)
            && !node.node().hasInput(PEEPHOLES)
            && node.node().intAttribute("input_forget", 0) == 0
            && all(activations, "sigmoid", "tanh", "tanh");
    return kernel(
        node, plain ? FusedCell.LSTM : null, RecurrentCells.lstm(node, activations), reversed);
  }

  private static boolean[] reversed(NodeContext node) {
    String direction = node.node().textAttribute("direction", "forward");
    return switch (direction) {
      case "forward" -> new boolean[] {false};
      case "reverse" -> new boolean[] {true};
      case "bidirectional" -> new boolean[] {false, true};
      default -> throw new UnsupportedNodeException(" in direction \"" + direction + "\"");
    };
  }

  private static boolean hasClip(NodeContext node) {
    return node.node().attributes().containsKey("clip");
  }

  private static boolean all(List<List<NamedActivation>> activations, String... names) {
    return activations.stream()
        .allMatch(
            functions ->
                functions.stream().map(NamedActivation::name).toList().equals(List.of(names)));
  }

  private static Kernel kernel(
      NodeContext node,
      @Nullable FusedCell fusedCell,
      RecurrentCell.Maker cells,
      boolean[] reversed) {
    Recurrence fused = fusedCell == null ? null : new FusedRecurrence(node, fusedCell, reversed);
    Recurrence stepped = new SteppedRecurrence(node, cells, reversed);
    boolean batchFirst = node.node().intAttribute("layout", 0) != 0;
    int states = node.node().op().equals("LSTM") ? 2 : 1;
    return in -> {
      Tensor x = batchFirst ? in.tensor(0).transpose(0, 1) : in.tensor(0);
      Tensor[] state = new Tensor[states];
      for (int i = 0; i < states; i++) {
        state[i] = state(in, HIDDEN_STATE + i, x, reversed.length, batchFirst);
      }
      long[] lengths = lengths(in, x);
      // libtorch wants at least one step of each sequence.
      boolean whole = lengths == null || Arrays.stream(lengths).allMatch(length -> length > 0);
      Recurrence recurrence = fused != null && whole ? fused : stepped;
      Tensor[] made = recurrence.run(in, x, state, lengths);
      if (batchFirst) {
        made[0] = made[0].permute(2, 0, 1, 3);
        for (int i = 1; i < made.length; i++) {
          made[i] = made[i].transpose(0, 1);
        }
      }
      // Handles of their own: libtorch's are parts of a tuple that is freed first.
      return Stream.of(made).map(part -> new Value.Device(new Tensor(part))).toArray(Value[]::new);
    };
  }

  /** A first state [directions, batch, hidden]. */
  private static Tensor state(
      Arguments in, int input, Tensor x, int directions, boolean batchFirst) {
    if (!in.has(input)) {
      return x.new_zeros(directions, x.size(1), in.tensor(2).size(2));
    }
    Tensor given = in.tensor(input);
    return batchFirst ? given.transpose(0, 1) : given;
  }

  /** The sequences' lengths, or null if each has all steps. */
  private static long @Nullable [] lengths(Arguments in, Tensor x) {
    if (!in.has(LENGTHS)) {
      return null;
    }
    long steps = x.size(0);
    long[] lengths = in.longs(LENGTHS);
    if (lengths.length != x.size(1)) {
      throw new IllegalArgumentException(
          "%d lengths were given for %d sequences".formatted(lengths.length, x.size(1)));
    }
    for (long length : lengths) {
      if (length < 0 || length > steps) {
        throw new IllegalArgumentException(
            "length %d lies outside sequences of %d steps".formatted(length, steps));
      }
    }
    return Arrays.stream(lengths).allMatch(length -> length == steps) ? null : lengths;
  }
}
