package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Axes;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Use;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The operands of each kind of site. Stateless. */
final class Operands {
  private Operands() {}

  /** The input of a node that uses a site. */
  static Operand of(GraphEditor editor, Site site, Use use, Blocks blocks) {
    return switch (site.kind()) {
      case KERNEL -> new Convolution(editor, site, use, blocks);
      case EMBEDDING -> new Embedding(editor, site, use, blocks);
      default -> {
        String first = Blocks.rowsFirst(editor, use.input(), site.in(), use.axes());
        yield rows(editor, blocks.of(first, site.in()));
      }
    };
  }

  /** Operations for one row that only a product with a factor of its own needs. */
  static double unfolding(Site site) {
    return switch (site.kind()) {
      // A convolution with the identity lays windows out.
      case KERNEL -> 2.0 * site.in() * site.in();
      // A table for each condition is never worth making to pick a few rows from.
      case EMBEDDING -> Double.POSITIVE_INFINITY;
      default -> 0;
    };
  }

  /** Rows that are blocks already, float32 {@code [K, m, in]}. */
  static Operand rows(GraphEditor editor, String x) {
    return new Operand() {
      @Override
      public String times(String matrix, long width) {
        return editor.node("MatMul", x, matrix);
      }

      @Override
      public String timesEach(String matrices) {
        return editor.node("MatMul", x, matrices);
      }

      @Override
      public String spread() {
        return editor.unsqueeze(x, 3);
      }
    };
  }

  /** An image or signal that a convolution, or a transposed one, goes over. */
  private record Convolution(GraphEditor editor, Site site, Use use, Blocks blocks)
      implements Operand {
    /** One static convolution, which is all that ONNX has: kernels cannot differ between rows. */
    @Override
    public String times(String matrix, long width) {
      String weight =
          site.layout() == Layout.OUT_IN ? kernel(matrix, width) : spread(matrix, width);
      // Sorted, since the order is part of a file's bytes.
      Map<String, Attribute> attributes = new TreeMap<>(use.attributes());
      attributes.put("group", Attribute.of(1));
      String made = editor.node("", use.op(), attributes, List.of(use.input(), weight));
      return blocks.of(Blocks.rowsFirst(editor, made, width, use.axes()), width);
    }

    private String kernel(String matrix, long width) {
      long[] kernel = site.dims().stream().mapToLong(Long::longValue).toArray();
      kernel[0] = width;
      String turned = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 0)), matrix);
      return editor.node("Reshape", turned, editor.constant(TensorValue.longs(kernel)));
    }

    /** The kernel of a transposed convolution, which has its units behind the channels. */
    private String spread(String matrix, long width) {
      long[] kernel = site.dims().stream().mapToLong(Long::longValue).toArray();
      kernel[1] = width;
      String split =
          editor.node("Reshape", matrix, editor.constant(TensorValue.longs(kernel[0], -1, width)));
      String turned = Blocks.turned(editor, Axes.CHANNELS_FIRST, split);
      return editor.node("Reshape", turned, editor.constant(TensorValue.longs(kernel)));
    }

    /** What each window sees, laid out by a convolution with the identity. */
    @Override
    public String timesEach(String matrices) {
      int in = Math.toIntExact(site.in());
      float[] identity = new float[Math.multiplyExact(in, in)];
      for (int i = 0; i < in; i++) {
        identity[i * in + i] = 1;
      }
      String windows = times(editor.constant(TensorValue.ofFloats(identity, in, in)), in);
      return editor.node("MatMul", windows, matrices);
    }

    @Override
    public double unfolding() {
      return Operands.unfolding(site);
    }
  }

  /** Ids, each of which picks a row. */
  private record Embedding(GraphEditor editor, Site site, Use use, Blocks blocks)
      implements Operand {
    /** GatherND got batches in this version. */
    private static final int FIRST_WITH_BATCHES = 12;

    @Override
    public String times(String matrix, long width) {
      return editor.node("Gather", matrix, blocks.flat(use.input()));
    }

    @Override
    public String timesEach(String matrices) {
      if (editor.opset() < FIRST_WITH_BATCHES) {
        throw new IllegalArgumentException(
            "Embedding \"%s\" cannot have a delta for each condition in operator set version %d. Expected version %d or later, which can look up a table for each. Export the network again with such a version."
                .formatted(site.name(), editor.opset(), FIRST_WITH_BATCHES));
      }
      String ids = blocks.of(use.input(), 1);
      String wide = editor.node("Cast", Map.of("to", Attribute.of(Dtype.INT64.code())), ids);
      return editor.node("GatherND", Map.of("batch_dims", Attribute.of(1)), matrices, wide);
    }

    @Override
    public double unfolding() {
      return Operands.unfolding(site);
    }

    @Override
    public String timesOne(String matrix) {
      String first = editor.constant(TensorValue.ofLongs(new long[] {0}));
      return editor.node("Gather", editor.node("Gather", matrix, first), blocks.flat(use.input()));
    }
  }
}
