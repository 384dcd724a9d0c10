"""An MLP with generated deltas of rank r, or dense ones: with bmm, and with vmap."""

import torch
from torch import nn
from torch.nn import functional

SITES = ("fc1", "fc2", "fc3")


class Hypernetwork(nn.Module):
    """From conditions to factors: one linear layer, then a head for each factor."""

    def __init__(self, weights):
        super().__init__()
        prefix = "hyperdelta/hypernetwork/"
        own = {k[len(prefix) :]: v for k, v in weights.items() if k.startswith(prefix)}
        self.latent_weight = nn.Parameter(own.pop("latent.weight"))
        self.latent_bias = nn.Parameter(own.pop("latent.bias"))
        self.heads = nn.ParameterDict(
            {k.replace("/", " ").replace(".", "_"): v for k, v in own.items() if k.endswith("/head")}
        )

    def forward(self, condition):
        z = torch.addmm(self.latent_bias, condition, self.latent_weight)
        return {k: torch.addmm(head[-1], z, head[:-1]) for k, head in self.heads.items()}


def factor(factors, site, role):
    for name, value in factors.items():
        if site in name and name.split(" ")[-2] == role:
            return value
    return None


class Mlp(nn.Module):
    def __init__(self, job, weights):
        super().__init__()
        self.sizes = job["sizes"]
        self.hypernetwork = Hypernetwork(weights)
        for name, value in weights.items():
            if name.startswith("fc"):
                self.register_buffer(name.replace(".", "_"), value)

    def weight(self, site):
        return getattr(self, site + "_weight")

    def bias(self, site):
        return getattr(self, site + "_bias")

    def condition(self, inputs):
        names = sorted((n for n in inputs if n != "x"), key=lambda n: int(n[1:]))
        return torch.cat([inputs[n] for n in names], dim=1)


class Bmm(Mlp):
    """Rows of a condition side by side, and batched products with the generated factors."""

    def forward(self, inputs):
        c = self.condition(inputs)
        factors = self.hypernetwork(c)
        k, rank = len(c), self.sizes.get("rank")
        h = inputs["x"]
        for site in SITES:
            weight, bias = self.weight(site), self.bias(site)
            n_in, n_out = weight.shape
            a, b, full = (factor(factors, site, role) for role in ("A", "B", "W"))
            if full is not None:
                whole = weight + full.view(k, n_in, n_out)
                y = torch.baddbmm(bias, h.view(k, -1, n_in), whole).view(-1, n_out)
            else:
                y = torch.addmm(bias, h, weight)
                if a is not None:
                    u = torch.bmm(h.view(k, -1, n_in), a.view(k, n_in, rank))
                    y = y + torch.bmm(u, b.view(k, rank, n_out)).view(-1, n_out)
            h = functional.relu(y) if site != SITES[-1] else y
        return h


class Vmap(Mlp):
    """The network for one condition, mapped over conditions."""

    def __init__(self, job, weights):
        super().__init__(job, weights)
        self.target = nn.Sequential()
        for site in SITES:
            n_in, n_out = self.weight(site).shape
            self.target.add_module(site, nn.Linear(n_in, n_out))
            if site != SITES[-1]:
                self.target.add_module("relu_" + site, nn.ReLU())
        self.target.requires_grad_(False)

    def parameters(self, recurse=True):
        return self.hypernetwork.parameters(recurse)

    def one(self, factors, x):
        adapted = {}
        for site in SITES:
            weight = self.weight(site)
            n_in, n_out = weight.shape
            a, b, full = (factor(factors, site, role) for role in ("A", "B", "W"))
            if full is not None:
                weight = weight + full.view(n_in, n_out)
            elif a is not None:
                rank = self.sizes["rank"]
                weight = weight + a.view(n_in, rank) @ b.view(rank, n_out)
            adapted[site + ".weight"] = weight.t()
            adapted[site + ".bias"] = self.bias(site)
        return torch.func.functional_call(self.target, adapted, (x,))

    def forward(self, inputs):
        c = self.condition(inputs)
        x = inputs["x"]
        y = torch.func.vmap(self.one)(self.hypernetwork(c), x.view(len(c), -1, x.shape[1]))
        return y.flatten(0, 1)


def network(job, weights, variant):
    return {"bmm": Bmm, "vmap": Vmap}[variant](job, weights)
