package io.hyperdelta.autodiff;

import io.hyperdelta.autodiff.ConvolutionKernels.Spread;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Blocks of an image moved, laid together, or cut from its middle. */
final class BlockKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("DepthToSpace", BlockKernels::depthToSpace),
          Operator.of("SpaceToDepth", BlockKernels::spaceToDepth),
          Operator.of("Col2Im", BlockKernels::columnsToImage),
          Operator.of("CenterCropPad", BlockKernels::centerCropPad));

  private BlockKernels() {}

  private static boolean isColumnsFirst(NodeContext node) {
    String mode = node.node().textAttribute("mode", "DCR");
    if (!mode.equals("DCR") && !mode.equals("CRD")) {
      throw new UnsupportedNodeException(" in mode \"" + mode + "\"");
    }
    return mode.equals("CRD");
  }

  private static Kernel depthToSpace(NodeContext node) {
    long block = node.node().intAttribute("blocksize", 1);
    if (isColumnsFirst(node)) {
      return Kernel.unary(x -> torch.pixel_shuffle(x, block));
    }
    return Kernel.unary(
        x -> {
          long[] d = Shapes.of(x);
          long channels = d[1] / (block * block);
          return x.reshape(d[0], block, block, channels, d[2], d[3])
              .permute(0, 3, 4, 1, 5, 2)
              .reshape(d[0], channels, d[2] * block, d[3] * block);
        });
  }

  private static Kernel spaceToDepth(NodeContext node) {
    long block = node.node().intAttribute("blocksize", 1);
    if (isColumnsFirst(node)) {
      return Kernel.unary(x -> torch.pixel_unshuffle(x, block));
    }
    return Kernel.unary(
        x -> {
          long[] d = Shapes.of(x);
          long height = d[2] / block;
          long width = d[3] / block;
          return x.reshape(d[0], d[1], height, block, width, block)
              .permute(0, 3, 5, 1, 2, 4)
              .reshape(d[0], d[1] * block * block, height, width);
        });
  }

  /** A transposed convolution whose kernels each put one element at its place in the block. */
  private static Kernel columnsToImage(NodeContext node) {
    SlidingWindow window = SlidingWindow.of(node);
    TensorOptional none = node.hold(new TensorOptional());
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          long[] image = in.longs(1);
          long[] block = in.longs(2);
          int rank = image.length;
          long[] dims = Shapes.of(x);
          long places = Shapes.count(block);
          long[] whole = new long[rank + 2];
          whole[0] = whole[1] = 1;
          System.arraycopy(image, 0, whole, 2, rank);
          SlidingWindow.Placement place = window.place(whole, block);
          long[] spread = new long[rank + 2];
          spread[0] = dims[0] * (dims[1] / places);
          spread[1] = places;
          System.arraycopy(place.output(), 0, spread, 2, rank);
          long[] kernel = new long[rank + 2];
          kernel[0] = places;
          kernel[1] = 1;
          System.arraycopy(block, 0, kernel, 2, rank);
          Tensor weight = torch.eye(places, new TensorOptions(Tensors.type(x))).reshape(kernel);
          Tensor laid =
              new Spread(spread, block, place.stride(), place.dilation(), place.before(), image)
                  .apply(x.reshape(spread), weight, none, 1);
          whole[0] = dims[0];
          whole[1] = dims[1] / places;
          return laid.reshape(whole);
        });
  }

  private static Kernel centerCropPad(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          int rank = (int) x.dim();
          long[] wished = in.longs(1);
          long[] axes = attribute == null ? Shapes.allAxes(rank) : Shapes.axes(attribute, rank);
          if (axes.length != wished.length) {
            throw new IllegalArgumentException(
                "shape %s does not fit axes %s"
                    .formatted(Arrays.toString(wished), Arrays.toString(axes)));
          }
          long[] pairs = new long[2 * rank];
          for (int i = 0; i < axes.length; i++) {
            long more = wished[i] - x.size(axes[i]);
            int at = 2 * (rank - 1 - (int) axes[i]);
            pairs[at] = more / 2;
            pairs[at + 1] = more - more / 2;
          }
          return torch.constant_pad_nd(x, pairs);
        });
  }
}
