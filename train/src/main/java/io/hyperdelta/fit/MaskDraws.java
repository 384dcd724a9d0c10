package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.hypernetwork.DropoutMask;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Draws masks of dropout, other ones each time. They come from a seed and not from libtorch's own
 * generator, which is one for the whole process. Not thread-safe.
 */
final class MaskDraws {
  private final List<DropoutMask> masks;
  private final SplittableRandom random;

  MaskDraws(List<DropoutMask> masks, long seed) {
    this.masks = masks;
    this.random = new SplittableRandom(seed);
  }

  /**
   * Masks for one step, by input; tensors belong to the caller's open scope.
   *
   * @param conditions how many conditions the step has
   */
  Map<String, Value> next(int conditions) {
    Map<String, Value> drawn = new LinkedHashMap<>();
    for (DropoutMask mask : masks) {
      float[] values = new float[Math.multiplyExact(conditions, mask.width())];
      float kept = (float) (1 / (1 - mask.rate()));
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextDouble() < mask.rate() ? 0 : kept;
      }
      drawn.put(mask.input(), Value.of(Tensors.ofFloats(values, conditions, mask.width())));
    }
    return drawn;
  }

  /** The masks of some of the conditions, which share memory with all; in the caller's scope. */
  static Map<String, Value> shard(Map<String, Value> drawn, int first, int count) {
    Map<String, Value> shard = new LinkedHashMap<>();
    drawn.forEach(
        (input, mask) ->
            shard.put(input, Value.of(((Value.Device) mask).tensor().narrow(0, first, count))));
    return shard;
  }
}
