"""The other side of a comparison: trains a job in PyTorch when it is told to.

    worker.py FOLDER [VARIANT]

FOLDER is what io.hyperdelta.sidebyside.Job writes. Reads numbers of steps, one a line, and answers
with the seconds that they took and the loss of each, as io.hyperdelta.sidebyside.Worker does.
"""

import importlib
import json
import pathlib
import sys
import time
import warnings

warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

import torch
from torch.nn import functional

import tensors

LOSSES = {
    "CROSS_ENTROPY": functional.cross_entropy,
    "MSE": lambda prediction, label: functional.mse_loss(prediction.reshape(-1), label),
}


class AdamW:
    """torch.optim.AdamW(fused=True) without its bookkeeping, which needs more packages than torch."""

    def __init__(self, parameters, rate, decay):
        self.parameters = parameters
        self.rate = rate
        self.decay = decay
        self.first = [torch.zeros_like(p) for p in parameters]
        self.second = [torch.zeros_like(p) for p in parameters]
        self.steps = [torch.zeros(()) for _ in parameters]

    @torch.no_grad()
    def step(self):
        for steps in self.steps:
            steps += 1
        torch._fused_adamw_(
            self.parameters,
            [p.grad for p in self.parameters],
            self.first,
            self.second,
            [],
            self.steps,
            lr=self.rate,
            beta1=0.9,
            beta2=0.999,
            weight_decay=self.decay,
            eps=1e-8,
            amsgrad=False,
            maximize=False,
        )


class Trainer:
    """A network under training, as one writes it: AdamW in one fused call, clipping by norm."""

    def __init__(self, job, network, data):
        self.network = network
        self.inputs = {k[len("input/") :]: v for k, v in data.items() if k.startswith("input/")}
        self.label = data["labels"]
        self.condition_inputs = set(job["conditionInputs"])
        self.rows = data["batch.rows"]
        self.conditions = data["batch.conditions"]
        self.loss = LOSSES[job["objective"]]
        self.clip = job["clip"]
        self.parameters = list(network.parameters())
        rate, decay = job["learningRate"], job["weightDecay"]
        groups = [
            ([p for p in self.parameters if p.dim() >= 2], decay),
            ([p for p in self.parameters if p.dim() < 2], 0.0),
        ]
        self.optimizers = [AdamW(some, rate, decay) for some, decay in groups if some]
        self.done = 0

    def step(self):
        batch = self.done % len(self.rows)
        self.done += 1
        rows, conditions = self.rows[batch], self.conditions[batch]
        inputs = {
            name: values[conditions if name in self.condition_inputs else rows]
            for name, values in self.inputs.items()
        }
        for parameter in self.parameters:
            parameter.grad = None
        loss = self.loss(self.network(inputs), self.label[rows])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.clip)
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.item()


def main():
    begin = time.perf_counter()
    folder = pathlib.Path(sys.argv[1])
    job = json.loads((folder / "job.json").read_text())
    torch.set_num_threads(job["threads"])
    data = tensors.read(folder / "tensors.safetensors")
    weights = tensors.read(folder / "weights.safetensors")
    module = importlib.import_module(job["work"].replace("-", "_"))
    network = module.network(job, weights, *sys.argv[2:])
    trainer = Trainer(job, network, data)
    print(time.perf_counter() - begin, flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        losses = [trainer.step() for _ in range(int(line))]
        seconds = time.perf_counter() - start
        print(seconds, *losses, flush=True)


if __name__ == "__main__":
    main()
