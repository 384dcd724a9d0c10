#!/usr/bin/env python3
"""Trains a small network on the house sales and writes it as ONNX, the way a PyTorch user would.

    python3 houses-pytorch.py lucas-county-houses.csv houses-pytorch.onnx

The network stands for "a trained network that somebody else made": HyperDelta freezes and adapts it.

  input   x  float32 [rows, 13]: the raw columns below, side by side, in this very order
             yrbuilt TLA beds baths halfbaths frontage depth garagesqft rooms lotsize age syear sdate
  output  y  float32 [rows, 1]: ln(price)

In a spec the input is therefore mapped as

    x: [yrbuilt, TLA, beds, baths, halfbaths, frontage, depth, garagesqft, rooms, lotsize, age, syear, sdate]

All columns are numbers in the file; sdate is the date of sale written yymmdd. The standardisation is part of the network. It is
trained on all rows, so neighbourhoods that an adaptation holds out are unseen by the adaptation but not by this network.

Made with Python 3.11.7, torch 2.13.0+cpu, numpy 2.4.6 and onnx 1.23.1. The same versions on the same machine write the same bytes.
"""

import csv
import math
import sys

import torch
from torch import nn

COLUMNS = "yrbuilt TLA beds baths halfbaths frontage depth garagesqft rooms lotsize age syear sdate".split()
SEED = 7
EPOCHS = 60
BATCH = 256


class Houses(nn.Module):
    def __init__(self, mean, deviation, mean_label):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.fc1 = nn.Linear(len(COLUMNS), 32)
        self.fc2 = nn.Linear(32, 16)
        self.fc3 = nn.Linear(16, 1)
        nn.init.constant_(self.fc3.bias, mean_label)

    def forward(self, x):
        h = (x - self.mean) / self.deviation
        h = torch.relu(self.fc1(h))
        h = torch.relu(self.fc2(h))
        return self.fc3(h)


def read(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    x = torch.tensor([[float(row[column]) for column in COLUMNS] for row in rows])
    y = torch.tensor([[math.log(float(row["price"]))] for row in rows])
    return x, y


def train(network, x, y):
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    steps = EPOCHS * math.ceil(len(x) / BATCH)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(x)).split(BATCH):
            loss = nn.functional.huber_loss(network(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()


def main(rows, model):
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    x, y = read(rows)
    network = Houses(x.mean(0), x.std(0), y.mean().item())
    train(network, x, y)
    network.eval()
    with torch.no_grad():
        rmse = (network(x) - y).square().mean().sqrt().item()
    print(f"{len(x)} rows, RMSE of ln(price) {rmse:.4f}, standard deviation {y.std().item():.4f}")
    torch.onnx.export(
        network,
        (x[:2],),
        model,
        input_names=["x"],
        output_names=["y"],
        dynamic_axes={"x": {0: "rows"}, "y": {0: "rows"}},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: houses-pytorch.py ROWS.csv MODEL.onnx")
    main(sys.argv[1], sys.argv[2])
