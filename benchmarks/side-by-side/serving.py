"""Predictions of an adapted MLP in PyTorch, as io.hyperdelta.sidebyside.ServingWorker makes them.

    serving.py FOLDER each|one

FOLDER is what io.hyperdelta.sidebyside.ServedMlp writes. In a batch each row has its own condition,
or all have one: then the factors are made once and merged into the weights.
"""

import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

import torch

import tensors
from adapted_mlp import Hypernetwork, factor

SITES = ("fc1", "fc2", "fc3")
THREADS = 2


def predict(weights, hypernetwork, x, c):
    factors = hypernetwork(c)
    h = x
    for site in SITES:
        weight, bias = weights[site + ".weight"], weights[site + ".bias"]
        n_in, n_out = weight.shape
        a, b = (factor(factors, site, role) for role in ("A", "B"))
        if a is None:
            return torch.addmm(bias, h, weight)
        a, b = a.view(len(c), n_in, -1), b.view(len(c), -1, n_out)
        if len(c) == 1:
            h = torch.addmm(bias, h, torch.baddbmm(weight, a, b)[0])
        else:
            u = torch.bmm(h.unsqueeze(1), a)
            h = torch.addmm(bias, h, weight).add_(torch.bmm(u, b).squeeze(1))
        h = h.relu_()


def main():
    begin = time.perf_counter()
    folder, way = pathlib.Path(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(THREADS)
    data = tensors.read(folder / "tensors.safetensors")
    weights = {k[len("weight/") :]: v for k, v in data.items() if k.startswith("weight/")}
    hypernetwork = Hypernetwork(weights)
    mean, deviation = standard(weights)
    x, contexts = data["x"], data["contexts"]
    done = 0
    print(time.perf_counter() - begin, flush=True)
    with torch.inference_mode():
        for line in sys.stdin:
            squares = []
            start = time.perf_counter()
            for _ in range(int(line)):
                rows = x[done % len(x)]
                first = done * len(rows) % len(contexts)
                index = (first + torch.arange(len(rows) if way == "each" else 1)) % len(contexts)
                c = (contexts[index] - mean) / deviation
                squares.append(predict(weights, hypernetwork, rows, c).square().mean().item())
                done += 1
            print(time.perf_counter() - start, *squares, flush=True)


def standard(weights):
    """Mean and deviation, which the graph holds as its two constants of 16 numbers."""
    constants = {
        k: v for k, v in weights.items() if "/constant" in k and v.shape == (16,)
    }
    return [constants[k] for k in sorted(constants)]


if __name__ == "__main__":
    main()
