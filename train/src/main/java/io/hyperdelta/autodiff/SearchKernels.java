package io.hyperdelta.autodiff;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Elements and their positions, found by what they are: largest, not zero, chosen, distinct. */
final class SearchKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("TopK", SearchKernels::topK),
          Operator.fixed("NonZero", Kernel.one(SearchKernels::nonZero)).withoutGradient(),
          Operator.of("Compress", SearchKernels::compress),
          Operator.of("Unique", SearchKernels::unique));

  private SearchKernels() {}

  private static Kernel topK(NodeContext node) {
    long axisAttribute = node.node().intAttribute("axis", -1);
    long countAttribute = node.node().intAttribute("k", 0);
    boolean largest = node.node().intAttribute("largest", 1) != 0;
    boolean countIsInput = node.node().hasInput(1);
    // Of equal elements the first counts, which libtorch's own topk does not promise.
    BoolOptional stable = node.hold(new BoolOptional(true));
    return in -> {
      Tensor x = in.tensor(0);
      int axis = Shapes.axis(axisAttribute, (int) x.dim());
      long count = countIsInput ? in.number(1) : countAttribute;
      if (count < 0 || count > x.size(axis)) {
        throw new IllegalArgumentException(
            "%d elements of an axis of size %d are wanted".formatted(count, x.size(axis)));
      }
      T_TensorTensor_T sorted = x.sort(stable, axis, largest);
      return new Value[] {
        Tensors.like(sorted.get0().narrow(axis, 0, count), in.value(0)),
        new Value.Device(sorted.get1().narrow(axis, 0, count))
      };
    };
  }

  private static Value nonZero(Arguments in) {
    Tensor places = in.tensor(0).nonzero().t();
    return in.value(0) instanceof Value.Integers && places.numel() <= Value.MAX_HOST_ELEMENTS
        ? Value.ofLongs(Tensors.longs(places), Shapes.of(places))
        : new Value.Device(places);
  }

  private static Kernel compress(NodeContext node) {
    boolean flat = !node.node().attributes().containsKey("axis");
    long axisAttribute = node.node().intAttribute("axis", 0);
    return Kernel.one(
        in -> {
          long[] dims = in.value(0).dims();
          int axis = flat ? 0 : Shapes.axis(axisAttribute, dims.length);
          long[] condition = in.longs(1);
          long[] chosen =
              IntStream.range(0, condition.length)
                  .filter(i -> condition[i] != 0)
                  .asLongStream()
                  .toArray();
          HostMath.positions(chosen, flat ? Shapes.count(dims) : dims[axis]);
          Tensor index = Tensors.ofLongs(chosen, chosen.length);
          return HostMath.rearrange(
              in.value(0), x -> (flat ? x.reshape(-1) : x).index_select(axis, index));
        });
  }

  private static Kernel unique(NodeContext node) {
    boolean flat = !node.node().attributes().containsKey("axis");
    long axisAttribute = node.node().intAttribute("axis", 0);
    boolean sorted = node.node().intAttribute("sorted", 1) != 0;
    return in -> {
      Value x = in.value(0);
      Tensor keys = keys(in);
      int axis = flat ? 0 : Shapes.axis(axisAttribute, (int) keys.dim());
      T_TensorTensorTensor_T found =
          torch.unique_dim(flat ? keys.reshape(-1) : keys, axis, true, true, true);
      // What a tuple gives lives inside it, so outputs need handles of their own.
      Tensor place = new Tensor(found.get1());
      Tensor count = new Tensor(found.get2());
      Tensor first = first(place, count.numel());
      if (!sorted) {
        Tensor order = first.argsort();
        place = order.argsort().index_select(0, place);
        count = count.index_select(0, order);
        first = first.index_select(0, order);
      }
      // Taken from the input rather than from what was found, so that gradients flow.
      Tensor taken = first;
      Value distinct =
          HostMath.rearrange(x, t -> (flat ? t.reshape(-1) : t).index_select(axis, taken));
      return new Value[] {
        distinct, new Value.Device(first), new Value.Device(place), new Value.Device(count)
      };
    };
  }

  /** What orders the elements: themselves, or the ranks of texts. */
  private static Tensor keys(Arguments in) {
    if (!(in.value(0) instanceof Value.Texts texts)) {
      return in.tensor(0).detach();
    }
    Map<String, Integer> ranks = new TreeMap<>();
    new TreeSet<>(texts.elements()).forEach(text -> ranks.put(text, ranks.size()));
    return Tensors.ofLongs(texts.elements().stream().mapToLong(ranks::get).toArray(), texts.dims());
  }

  /** Where each distinct element stands first. */
  private static Tensor first(Tensor place, long distinct) {
    TensorOptions options = new TensorOptions(ScalarType.Long);
    Scalar size = new Scalar(place.numel());
    return torch
        .full(new long[] {distinct}, size, options)
        .scatter_reduce(0, place, torch.arange(size, options), "amin", true);
  }
}
