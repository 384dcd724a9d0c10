package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The choice among the boxes around detected objects. */
final class BoxKernels {
  static final List<Operator> ALL =
      List.of(Operator.of("NonMaxSuppression", BoxKernels::nonMaxSuppression).withoutGradient());

  private BoxKernels() {}

  private static Kernel nonMaxSuppression(NodeContext node) {
    boolean centred = node.node().intAttribute("center_point_box", 0) != 0;
    return Kernel.one(
        in -> {
          float[] corners = Tensors.floats(in.tensor(0));
          float[] scores = Tensors.floats(in.tensor(1));
          long[] dims = in.value(1).dims();
          int classes = Math.toIntExact(dims[1]);
          int count = Math.toIntExact(dims[2]);
          Rule rule = Rule.of(in);
          List<long[]> chosen = new ArrayList<>();
          for (int image = 0; image < dims[0]; image++) {
            Box[] boxes = boxes(corners, image * count, count, centred);
            for (int c = 0; c < classes; c++) {
              int from = (image * classes + c) * count;
              for (int box : rule.choose(boxes, scores, from)) {
                chosen.add(new long[] {image, c, box});
              }
            }
          }
          long[] rows = chosen.stream().flatMapToLong(Arrays::stream).toArray();
          return Value.ofLongs(rows, chosen.size(), 3);
        });
  }

  private static Box[] boxes(float[] corners, int from, int count, boolean centred) {
    Box[] boxes = new Box[count];
    for (int i = 0; i < count; i++) {
      int at = 4 * (from + i);
      boxes[i] =
          centred
              ? Box.around(corners[at], corners[at + 1], corners[at + 2], corners[at + 3])
              : Box.between(corners[at], corners[at + 1], corners[at + 2], corners[at + 3]);
    }
    return boxes;
  }

  /** A rectangle. */
  private record Box(float top, float left, float bottom, float right) {
    /** From two opposite corners, whichever. */
    static Box between(float y1, float x1, float y2, float x2) {
      return new Box(Math.min(y1, y2), Math.min(x1, x2), Math.max(y1, y2), Math.max(x1, x2));
    }

    static Box around(float x, float y, float width, float height) {
      return new Box(y - height / 2, x - width / 2, y + height / 2, x + width / 2);
    }

    private float area() {
      return (bottom - top) * (right - left);
    }

    /** The area of the overlap as a part of that which both cover. */
    float overlap(Box other) {
      float height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
      float width = Math.min(right, other.right) - Math.max(left, other.left);
      if (height <= 0 || width <= 0) {
        return 0;
      }
      float common = height * width;
      return common / (area() + other.area() - common);
    }
  }

  /** Which boxes of a class are kept. */
  private record Rule(long maxCount, float maxOverlap, float minScore) {
    static Rule of(Arguments in) {
      return new Rule(
          in.has(2) ? in.number(2) : 0,
          in.has(3) ? Tensors.floats(in.tensor(3))[0] : 0,
          in.has(4) ? Tensors.floats(in.tensor(4))[0] : Float.NEGATIVE_INFINITY);
    }

    /** The best boxes, best first, without those that overlap a better one. */
    List<Integer> choose(Box[] boxes, float[] scores, int from) {
      List<Integer> candidates =
          IntStream.range(0, boxes.length)
              .filter(i -> scores[from + i] > minScore)
              .boxed()
              .sorted(Comparator.comparing((Integer i) -> -scores[from + i]))
              .toList();
      List<Integer> kept = new ArrayList<>();
      for (int candidate : candidates) {
        if (kept.size() >= maxCount) {
          break;
        }
        if (kept.stream().allMatch(k -> boxes[k].overlap(boxes[candidate]) <= maxOverlap)) {
          kept.add(candidate);
        }
      }
      return kept;
    }
  }
}
