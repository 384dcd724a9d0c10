package io.hyperdelta.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Several adaptive models around one target, combined into one.
 *
 * @param members by name, in the order written; two or more
 * @param combine how
 * @param bootstrap what each member's training rows are drawn from
 */
public record EnsembleSpec(Map<String, MemberSpec> members, Combine combine, Bootstrap bootstrap) {
  /** Needs nothing to be learned, and shows where members disagree. */
  public static final Combine DEFAULT_COMBINE = Combine.MEAN;

  /** Other seeds alone make members differ, and each learns from all rows. */
  public static final Bootstrap DEFAULT_BOOTSTRAP = Bootstrap.NONE;

  /** How many members there can be: each is fitted, and each runs. */
  static final int MOST_MEMBERS = 100;

  /** Checks the count and names, and copies the map. */
  public EnsembleSpec {
    Require.between("ensemble.members", members.size(), 2, MOST_MEMBERS);
    members.keySet().forEach(name -> Require.name("ensemble.members key", name));
    members = Collections.unmodifiableMap(new LinkedHashMap<>(members));
  }

  /** How members are combined. */
  public enum Combine {
    /** The mean of their outputs. */
    MEAN("mean"),
    /** The mean of their outputs with learned weights. */
    LEARNED("learned"),
    /** One network with the mean of their deltas. */
    MEAN_DELTA("mean-delta");

    private final String key;

    Combine(String key) {
      this.key = key;
    }

    /** The word in a spec file. */
    public String key() {
      return key;
    }
  }

  /** What a member's training rows are drawn from, with replacement. */
  public enum Bootstrap {
    /** Nothing is drawn: all members learn from the same rows. */
    NONE("none"),
    /** Whole contexts, as many as there are. */
    CONTEXTS("contexts"),
    /** Rows, as many as there are. */
    ROWS("rows");

    private final String key;

    Bootstrap(String key) {
      this.key = key;
    }

    /** The word in a spec file. */
    public String key() {
      return key;
    }
  }
}
