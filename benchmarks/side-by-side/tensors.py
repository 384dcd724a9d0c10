"""Reads safetensors files with nothing but torch."""

import json
import struct

import torch

TYPES = {"F32": torch.float32, "I64": torch.int64}


def read(path):
    """Tensors of a file by name."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    begin = 8 + size
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        count = (last - first) // TYPES[entry["dtype"]].itemsize
        flat = (
            torch.frombuffer(data, dtype=TYPES[entry["dtype"]], count=count, offset=begin + first)
            if count
            else torch.empty(0, dtype=TYPES[entry["dtype"]])
        )
        # A copy, so that the file's bytes can go and the tensor is aligned as torch likes it.
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors
