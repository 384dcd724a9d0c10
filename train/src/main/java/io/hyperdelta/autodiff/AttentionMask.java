package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What attention scores get added: a large negative number where a query must not see a key, and a
 * bias if the node has one. Built for one node, used in each run.
 */
final class AttentionMask {
  private final Scalar hidden;
  private final Scalar never;
  private final boolean causal;

  /**
   * Reads a node's attributes.
   *
   * @param node a node with {@code mask_filter_value} and {@code unidirectional}
   */
  AttentionMask(NodeContext node) {
    this.hidden = node.scalarAttribute("mask_filter_value", -10000);
    this.never = node.scalar(Double.NEGATIVE_INFINITY);
    this.causal = node.node().intAttribute("unidirectional", 0) != 0;
  }

  /** Whether the only mask is that queries see no later key. */
  boolean isPlainCausal(@Nullable Tensor mask, @Nullable Tensor bias) {
    return causal && mask == null && bias == null;
  }

  /**
   * What is added to the scores, null if nothing is.
   *
   * @param mask integers, see {@link #padding}
   * @param bias broadcasts to [batch, heads, queries, keys]
   * @param past number of keys from before the first query
   * @param like a tensor of the scores' type
   * @return broadcasts to [batch, heads, queries, keys]
   */
  @Nullable Tensor of(
      @Nullable Tensor mask,
      @Nullable Tensor bias,
      long batch,
      long queries,
      long keys,
      long past,
      Tensor like) {
    Tensor sum = bias;
    if (mask != null) {
      Tensor visible = padding(mask, batch, keys);
      Tensor added = like.new_zeros(1).masked_fill(visible.logical_not(), hidden);
      sum = sum == null ? added : sum.add(added);
    }
    if (causal && queries > 1) {
      Tensor later =
          torch.ones(new long[] {queries, keys}, new TensorOptions(ScalarType.Bool)).triu(past + 1);
      sum = (sum == null ? like.new_zeros(1) : sum).masked_fill(later, never);
    }
    return sum;
  }

  /**
   * Which keys may be seen, bool broadcasting to [batch, heads, queries, keys].
   *
   * @param mask 0 or 1 [batch, keys] or [batch, queries, keys]; or the end of the keys [batch]; or
   *     their ends, then their starts [2 * batch]
   */
  private static Tensor padding(Tensor mask, long batch, long keys) {
    Scalar zero = new Scalar(0L);
    if (mask.dim() == 3) {
      return mask.gt(zero).unsqueeze(1);
    }
    if (mask.dim() == 2) {
      return mask.gt(zero).unsqueeze(1).unsqueeze(1);
    }
    boolean starts = mask.dim() == 1 && mask.size(0) == 2 * batch;
    if (mask.dim() != 1 || (mask.size(0) != batch && !starts)) {
      throw new IllegalArgumentException(
          "a mask of that shape is not supported. Expected [batch], [2 * batch], [batch, keys] or [batch, queries, keys]");
    }
    Tensor key = torch.arange(new Scalar(keys), new TensorOptions(ScalarType.Long)).reshape(1, -1);
    Tensor visible = key.lt(mask.narrow(0, 0, batch).reshape(-1, 1));
    if (starts) {
      visible = visible.logical_and(key.ge(mask.narrow(0, batch, batch).reshape(-1, 1)));
    }
    return visible.unsqueeze(1).unsqueeze(1);
  }
}
