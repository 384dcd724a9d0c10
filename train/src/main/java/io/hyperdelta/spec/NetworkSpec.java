package io.hyperdelta.spec;

import java.util.List;

/** A network that is built here. */
public sealed interface NetworkSpec {
  /** The word for the kind of network in a spec file. */
  String key();

  /**
   * Fully connected layers.
   *
   * @param hidden units of each hidden layer, first to last; at least one layer
   */
  record Mlp(List<Integer> hidden) implements NetworkSpec {
    /** Checks and copies the widths. */
    public Mlp {
      hidden = Require.widths("target.train.hidden", hidden);
    }

    @Override
    public String key() {
      return "mlp";
    }
  }
}
