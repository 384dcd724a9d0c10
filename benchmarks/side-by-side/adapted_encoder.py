"""MiniLM with generated deltas of rank r on the attention of its last layers."""

import torch
from torch import nn
from torch.nn import functional

from adapted_mlp import Hypernetwork, factor

HEADS = 12
EPSILON = 1e-12


class Encoder(nn.Module):
    """The frozen layers without gradients, as they never change; one product with both factors of
    a sentence behind each adapted one."""

    def __init__(self, job, weights):
        super().__init__()
        self.sizes = job["sizes"]
        self.hypernetwork = Hypernetwork(weights)
        for name, value in weights.items():
            if name.endswith("weight") and ".layer." in name and value.dim() == 2:
                # As nn.Linear has them.
                value = value.t().contiguous()
            if name.split(".")[0] in ("embeddings", "encoder", "score"):
                self.register_buffer(name.replace(".", "_"), value)

    def frozen(self, module):
        name = module.replace(".", "_")
        return getattr(self, name + "_weight"), getattr(self, name + "_bias")

    def norm(self, module, x):
        weight, bias = self.frozen(module)
        return functional.layer_norm(x, weight.shape, weight, bias, EPSILON)

    def linear(self, module, x, factors=None):
        weight, bias = self.frozen(module)
        y = functional.linear(x, weight, bias)
        if factors is None:
            return y
        n_out, n_in = weight.shape
        rank = self.sizes["rank"]
        site = module.replace(".", "_") + "_weight"
        a = factor(factors, site, "A").view(-1, n_in, rank)
        b = factor(factors, site, "B").view(-1, rank, n_out)
        return torch.baddbmm(y, torch.bmm(x, a), b)

    def layer(self, number, x, mask, factors=None):
        layer = f"encoder.layer.{number}."
        query, key, value = (
            self.linear(f"{layer}attention.self.{name}", x, factors)
            .unflatten(2, (HEADS, -1))
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        y = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        y = self.linear(layer + "attention.output.dense", y.transpose(1, 2).flatten(2), factors)
        x = self.norm(layer + "attention.output.LayerNorm", x + y)
        y = functional.gelu(self.linear(layer + "intermediate.dense", x))
        return self.norm(layer + "output.LayerNorm", x + self.linear(layer + "output.dense", y))

    def embed(self, inputs):
        ids = inputs["input_ids"]
        words = functional.embedding(ids, self.embeddings_word_embeddings_weight)
        types = functional.embedding(
            inputs["token_type_ids"], self.embeddings_token_type_embeddings_weight
        )
        positions = self.embeddings_position_embeddings_weight[: ids.shape[1]]
        return self.norm("embeddings.LayerNorm", words + types + positions)

    def mask(self, inputs):
        """None if there is no padding, which spares attention an addition."""
        mask = inputs["attention_mask"].bool()
        return None if mask.all() else mask[:, None, None, :]

    def before(self, inputs, mask):
        """What the frozen layers make of sentences."""
        with torch.no_grad():
            x = self.embed(inputs)
            for number in range(self.sizes["layers"] - self.sizes["adapted"]):
                x = self.layer(number, x, mask)
        return x

    def forward(self, inputs):
        c = torch.cat([inputs[f"c{i}"] for i in range(len(self.hypernetwork.latent_weight))], dim=1)
        factors = self.hypernetwork(c)
        mask = self.mask(inputs)
        x = self.before(inputs, mask)
        for number in range(self.sizes["layers"] - self.sizes["adapted"], self.sizes["layers"]):
            x = self.layer(number, x, mask, factors)
        return torch.addmm(self.score_bias, x.mean(1), self.score_weight)


def network(job, weights, variant):
    return Encoder(job, weights)
