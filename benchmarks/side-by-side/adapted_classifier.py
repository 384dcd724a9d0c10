"""PP-OCR's classifier with generated deltas of its kernels, a condition for each image.

grouped: a kernel for each image, weight plus delta, and one convolution whose groups are images
bmm: the same where kernels are larger than 1 x 1, else a batched product with weight plus delta

The frozen convolution with batched products of the two factors added to it takes longer than either.
"""

import torch
from torch import nn
from torch.nn import functional

from adapted_mlp import Hypernetwork

# Of each block: the stride of its depthwise convolution, and its activation.
BLOCKS = {
    "conv2": ((2, 1), functional.relu),
    "conv3": ((2, 1), functional.relu),
    "conv4": ((1, 1), functional.relu),
    "conv5": ((2, 1), functional.hardswish),
    "conv6": ((1, 1), functional.hardswish),
    "conv7": ((1, 1), functional.hardswish),
    "conv8": ((1, 1), functional.hardswish),
    "conv9": ((1, 1), functional.hardswish),
    "conv10": ((2, 1), functional.hardswish),
    "conv11": ((1, 1), functional.hardswish),
    "conv12": ((1, 1), functional.hardswish),
}
EPSILON = 1e-5


def activate(function, x):
    # What batch_norm returns is needed by nobody else, and its own gradient does not need it.
    return torch.relu_(x) if function is functional.relu else function(x)


class Classifier(nn.Module):
    """MobileNetV3, small and narrow, with batch normalisations that are frozen."""

    def __init__(self, job, weights):
        super().__init__()
        self.hypernetwork = Hypernetwork(weights)
        self.frozen = {k: v for k, v in weights.items() if not k.startswith("hyperdelta/")}

    def factors(self, inputs):
        names = sorted((n for n in inputs if n != "x"), key=lambda n: int(n[1:]))
        condition = torch.cat([inputs[n] for n in names], dim=1)
        factors = {}
        for name, value in self.hypernetwork(condition).items():
            site, role = name.split(" ")[0], name.split(" ")[-2]
            factors.setdefault(site, {})[role] = value
        return {
            site: self.shaped(site, factor["A"], factor["B"]) for site, factor in factors.items()
        }

    def shaped(self, site, a, b):
        """A [rows, in, rank] and B [rows, rank, out]."""
        out = len(self.frozen[site])
        rank = b.shape[1] // out
        return a.view(len(a), -1, rank), b.view(len(b), rank, out)

    def normalise(self, name, x):
        of = lambda part: self.frozen[name + "_bn_" + part]
        return functional.batch_norm(
            x, of("mean"), of("variance"), of("scale"), of("offset"), False, 0, EPSILON
        )

    def depthwise(self, name, x, stride):
        weight = self.frozen[name + "_weights"]
        padding = weight.shape[-1] // 2
        return functional.conv2d(x, weight, None, stride, padding, 1, len(weight))

    def convolution(self, name, x, factors, stride=1):
        raise NotImplementedError

    def squeeze(self, name, x, factors, biases):
        s = functional.adaptive_avg_pool2d(x, 1)
        s = self.convolution(name + "_se_1", s, factors) + biases[0]
        s = self.convolution(name + "_se_2", torch.relu_(s), factors) + biases[1]
        return x * torch.clamp(s * 0.2 + 0.5, 0, 1)

    def forward(self, inputs):
        factors = self.factors(inputs)
        x = self.convolution("conv1", inputs["x"], factors, stride=2)
        x = functional.hardswish(self.normalise("conv1", x))
        squeezes = 0
        for name, (stride, function) in BLOCKS.items():
            h = self.convolution(name + "_expand", x, factors)
            h = activate(function, self.normalise(name + "_expand", h))
            h = self.depthwise(name + "_depthwise", h, stride)
            h = activate(function, self.normalise(name + "_depthwise", h))
            if name + "_se_1_weights" in self.frozen:
                biases = [self.frozen[f"Reshape@{2 * squeezes + i}"] for i in (0, 1)]
                h = self.squeeze(name, h, factors, biases)
                squeezes += 1
            h = self.normalise(name + "_linear", self.convolution(name + "_linear", h, factors))
            x = h.add_(x) if h.shape == x.shape else h
        x = self.normalise("conv_last", self.convolution("conv_last", x, factors))
        x = functional.max_pool2d(functional.hardswish(x), 2)
        x = functional.adaptive_avg_pool2d(x, 1).flatten(1)
        return torch.addmm(self.frozen["fc_0.b_0"], x, self.frozen["fc_0.w_0"])


class Grouped(Classifier):
    """All images in one convolution, each with kernels of its own."""

    def kernels(self, name, factors):
        weight = self.frozen[name + "_weights"]
        a, b = factors[name + "_weights"]
        flat = torch.baddbmm(weight.flatten(1), b.transpose(1, 2), a.transpose(1, 2))
        return flat.view(-1, *weight.shape)

    def convolution(self, name, x, factors, stride=1):
        kernels = self.kernels(name, factors)
        rows, channels, height, width = x.shape
        y = functional.conv2d(
            x.view(1, rows * channels, height, width),
            kernels.flatten(0, 1),
            None,
            stride,
            kernels.shape[-1] // 2,
            1,
            rows,
        )
        return y.view(rows, -1, *y.shape[2:])


class Bmm(Grouped):
    """The same with channels last, where an image is a matrix, and so is a 1 x 1 kernel."""

    def __init__(self, job, weights):
        super().__init__(job, weights)
        for name, value in self.frozen.items():
            if value.dim() == 4:
                self.frozen[name] = value.contiguous(memory_format=torch.channels_last)

    def convolution(self, name, x, factors, stride=1):
        if self.frozen[name + "_weights"].shape[-1] > 1:
            y = super().convolution(name, x, factors, stride)
            return y.contiguous(memory_format=torch.channels_last)
        kernels = self.kernels(name, factors).flatten(2)
        pixels = x.permute(0, 2, 3, 1)
        y = torch.bmm(pixels.flatten(1, 2), kernels.transpose(1, 2))
        return y.view(*pixels.shape[:3], -1).permute(0, 3, 1, 2)


def network(job, weights, variant):
    return {"grouped": Grouped, "bmm": Bmm}[variant](job, weights)
