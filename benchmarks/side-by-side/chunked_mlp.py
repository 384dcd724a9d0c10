"""An MLP whose weights are made in chunks from a task's embedding: as published, and as we do it."""

import math

import torch
from torch import nn
from torch.nn import functional

from adapted_mlp import Hypernetwork

SITES = ("fc1", "fc2", "fc3")


def task(job, inputs):
    """One task for all rows of a batch, as a row of zeros and a one."""
    return torch.cat([inputs[f"task{i}"] for i in range(job["sizes"]["tasks"])], dim=1)


class Published(nn.Module):
    """Chunked hypernetwork (von Oswald et al. 2020, section 2): embeddings of the task and of a
    chunk go through a small MLP, all chunks as one batch, and what it makes for one chunk after
    another is cut into the target's weights. 89,472 numbers are trained."""

    EMBEDDING = 96
    WIDTHS = (10, 10)
    CHUNK = 7800

    def __init__(self, job, weights):
        super().__init__()
        torch.manual_seed(7)
        sizes = job["sizes"]
        widths = (sizes["in"], sizes["hidden"], sizes["hidden"], sizes["out"])
        self.job = job
        self.shapes = [s for i, o in zip(widths, widths[1:]) for s in ((o, i), (o,))]
        self.counts = [math.prod(shape) for shape in self.shapes]
        chunks = math.ceil(sum(self.counts) / self.CHUNK)
        self.tasks = nn.Parameter(torch.randn(sizes["tasks"], self.EMBEDDING))
        self.chunks = nn.Parameter(torch.randn(chunks, self.EMBEDDING))
        first, second = self.WIDTHS
        self.mlp = nn.Sequential(
            nn.Linear(2 * self.EMBEDDING, first),
            nn.ReLU(),
            nn.Linear(first, second),
            nn.ReLU(),
            nn.Linear(second, self.CHUNK),
        )

    def forward(self, inputs):
        own = task(self.job, inputs) @ self.tasks
        seen = torch.cat([own.expand(len(self.chunks), -1), self.chunks], dim=1)
        made = self.mlp(seen).flatten()[: sum(self.counts)].split(self.counts)
        w1, b1, w2, b2, w3, b3 = (some.view(shape) for some, shape in zip(made, self.shapes))
        h = functional.relu(functional.linear(inputs["x"], w1, b1))
        h = functional.relu(functional.linear(h, w2, b2))
        return functional.linear(h, w3, b3)


class Form(nn.Module):
    """The same as HyperDelta computes: learned embeddings of chunks times one generated matrix are
    what is added to a weight, once for all rows of the task."""

    def __init__(self, job, weights):
        super().__init__()
        self.job = job
        self.hypernetwork = Hypernetwork(weights)
        self.embeddings = nn.ParameterDict()
        for site in SITES:
            self.register_buffer(site + "_weight", weights[site + ".weight"])
            self.register_buffer(site + "_bias", weights[site + ".bias"])
            self.embeddings[site] = nn.Parameter(
                weights[f"hyperdelta/hypernetwork/{site}.weight/chunked/E/learned"]
            )

    def forward(self, inputs):
        factors = self.hypernetwork(task(self.job, inputs))
        h = inputs["x"]
        for site in SITES:
            weight, bias = getattr(self, site + "_weight"), getattr(self, site + "_bias")
            embeddings = self.embeddings[site]
            matrix = factors[f"{site}_weight chunked M head"].view(embeddings.shape[1], -1)
            # Every matrix is cut into chunks without a rest.
            weight = weight + (embeddings @ matrix).view(weight.shape)
            bias = bias + factors[f"{site}_bias shift b head"].view(-1)
            h = torch.addmm(bias, h, weight)
            h = functional.relu(h) if site != SITES[-1] else h
        return h


def network(job, weights, variant):
    return {"published": Published, "form": Form}[variant](job, weights)
