package io.hyperdelta.autodiff;

import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Attention as ONNX Runtime's optimiser writes it. */
final class AttentionKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("Attention", AttentionKernels::attention).in(FusedKernels.DOMAIN),
          Operator.of("MultiHeadAttention", AttentionKernels::multiHead).in(FusedKernels.DOMAIN),
          Operator.of("RotaryEmbedding", AttentionKernels::rotary).in(FusedKernels.DOMAIN));

  private AttentionKernels() {}

  private static Kernel attention(NodeContext node) {
    refuse(node, "do_rotary");
    refuse(node, "past_present_share_buffer");
    long heads = node.node().intAttribute("num_heads", 1);
    long[] sizes = node.node().intsAttribute("qkv_hidden_sizes");
    Core core = new Core(node);
    boolean present = node.wants(1);
    return in -> {
      Tensor x = in.tensor(0);
      Tensor weights = in.tensor(1);
      Tensor projected = Products.linear(x, weights.t(), optional(in, 2));
      long width = weights.size(1) / 3;
      TensorVector parts =
          projected.split(sizes == null ? new long[] {width, width, width} : sizes, -1);
      Tensor query = byHead(parts.get(0), heads);
      Tensor key = byHead(parts.get(1), heads);
      Tensor value = byHead(parts.get(2), heads);
      if (in.has(4)) {
        key = torch.cat(new TensorVector(in.tensor(4).select(0, 0), key), 2);
        value = torch.cat(new TensorVector(in.tensor(4).select(0, 1), value), 2);
      }
      long past = key.size(2) - x.size(1);
      Tensor y = core.run(query, key, value, past, optional(in, 3), optional(in, 5));
      return present
          ? new Value[] {
            new Value.Device(y), new Value.Device(torch.stack(new TensorVector(key, value), 0))
          }
          : new Value[] {new Value.Device(y)};
    };
  }

  private static Kernel multiHead(NodeContext node) {
    if (!node.node().hasInput(1) || !node.node().hasInput(2)) {
      throw new UnsupportedNodeException(" with packed keys and values");
    }
    long heads = node.node().intAttribute("num_heads", 1);
    Core core = new Core(node);
    return in -> {
      long width = in.tensor(0).size(2);
      Tensor query = byHead(biased(in, 0, 0), heads);
      // Keys and values of an encoder come by head already.
      boolean ready = in.tensor(1).dim() == 4;
      Tensor key = ready ? in.tensor(1) : byHead(biased(in, 1, width), heads);
      Tensor value = ready ? in.tensor(2) : byHead(biased(in, 2, 2 * width), heads);
      if (in.has(6)) {
        key = torch.cat(new TensorVector(in.tensor(6), key), 2);
        value = torch.cat(new TensorVector(in.tensor(7), value), 2);
      }
      long past = in.has(6) ? in.tensor(6).size(2) : 0;
      Tensor y = core.run(query, key, value, past, optional(in, 4), optional(in, 5));
      return new Value[] {new Value.Device(y), new Value.Device(key), new Value.Device(value)};
    };
  }

  private static Tensor biased(Arguments in, int input, long from) {
    Tensor x = in.tensor(input);
    return in.has(3) ? x.add(in.tensor(3).narrow(0, from, x.size(2))) : x;
  }

  private static @Nullable Tensor optional(Arguments in, int input) {
    return in.has(input) ? in.tensor(input) : null;
  }

  /** From [batch, steps, heads * size] to [batch, heads, steps, size]. */
  private static Tensor byHead(Tensor x, long heads) {
    return x.reshape(x.size(0), x.size(1), heads, -1).transpose(1, 2);
  }

  private static void refuse(NodeContext node, String attribute) {
    if (node.node().intAttribute(attribute, 0) != 0) {
      throw new UnsupportedNodeException(" with " + attribute);
    }
  }

  /** Softmax of the scores, times the values. */
  private static final class Core {
    private final AttentionMask mask;
    private final DoubleOptional scale;

    Core(NodeContext node) {
      this.mask = new AttentionMask(node);
      float number = node.node().realAttribute("scale", 0);
      this.scale = node.hold(number == 0 ? new DoubleOptional() : new DoubleOptional(number));
    }

    /**
     * Attends.
     *
     * @param query [batch, heads, queries, size]
     * @param key [batch, heads, keys, size]
     * @param value [batch, heads, keys, valueSize]
     * @param past number of keys from before the first query
     * @return [batch, queries, heads * valueSize]
     */
    Tensor run(
        Tensor query,
        Tensor key,
        Tensor value,
        long past,
        @Nullable Tensor padding,
        @Nullable Tensor bias) {
      long batch = query.size(0);
      long queries = query.size(2);
      long keys = key.size(2);
      boolean plain = past == 0 && queries == keys && mask.isPlainCausal(padding, bias);
      Tensor added = plain ? null : mask.of(padding, bias, batch, queries, keys, past, query);
      TensorOptional addend = added == null ? new TensorOptional() : new TensorOptional(added);
      return Products.inFloat32(
              torch.scaled_dot_product_attention(query, key, value, addend, 0, plain, scale, false))
          .transpose(1, 2)
          .reshape(batch, queries, -1);
    }
  }

  private static Kernel rotary(NodeContext node) {
    refuse(node, "is_packed_batching");
    boolean interleaved = node.node().intAttribute("interleaved", 0) != 0;
    long partial = node.node().intAttribute("rotary_embedding_dim", 0);
    long heads = node.node().intAttribute("num_heads", 0);
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          boolean flat = x.dim() == 3;
          long turned = partial > 0 ? partial : 2 * in.tensor(2).size(1);
          long count = heads > 0 ? heads : flat ? x.size(2) / turned : x.size(1);
          // [batch, heads, steps, size]
          Tensor parts = flat ? byHead(x, count) : x;
          Tensor positions = positions(in, parts.size(2));
          Tensor cosine = torch.embedding(in.tensor(2), positions).unsqueeze(1);
          Tensor sine = torch.embedding(in.tensor(3), positions).unsqueeze(1);
          Tensor result = turn(parts, turned, interleaved, cosine, sine);
          return flat ? result.transpose(1, 2).reshape(Shapes.of(x)) : result;
        });
  }

  /** Positions [batch or 1, steps]: given, or counted on from a first one. */
  private static Tensor positions(Arguments in, long steps) {
    Tensor given = in.tensor(1);
    if (given.dim() == 2) {
      return given;
    }
    Scalar first = new Scalar(in.number(1));
    return torch.arange(first, new Scalar(in.number(1) + steps)).unsqueeze(0);
  }

  /** Turns pairs of numbers by angles; what is behind the turned part passes unchanged. */
  private static Tensor turn(
      Tensor x, long turned, boolean interleaved, Tensor cosine, Tensor sine) {
    long half = turned / 2;
    Tensor part = x.narrow(3, 0, turned);
    Tensor pairs =
        interleaved
            ? part.reshape(x.size(0), x.size(1), x.size(2), half, 2)
            : part.reshape(x.size(0), x.size(1), x.size(2), 2, half).transpose(3, 4);
    Tensor a = pairs.select(4, 0);
    Tensor b = pairs.select(4, 1);
    Tensor first = a.mul(cosine).sub(b.mul(sine));
    Tensor second = a.mul(sine).add(b.mul(cosine));
    TensorVector both = new TensorVector(first, second);
    Tensor result = interleaved ? torch.stack(both, 4).flatten(3, 4) : torch.cat(both, 3);
    return turned == x.size(3)
        ? result
        : torch.cat(new TensorVector(result, x.narrow(3, turned, x.size(3) - turned)), 3);
  }
}
