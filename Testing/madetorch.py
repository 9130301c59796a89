# SPDX-License-Identifier: Apache-2.0
"""As much of torch as SynthStrip's network asks for, in numpy, for tests where torch is not installed.

It stands in at the border of the package only: what is real of it is the arithmetic of the five operations.
"""

from __future__ import annotations

import pickle
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest


class Tensor(np.ndarray):
    """An array that is asked for as torch's tensors are."""

    def numpy(self) -> np.ndarray:
        return np.asarray(self)


def from_numpy(values: np.ndarray) -> Tensor:
    return values.view(Tensor)


def conv3d(values: np.ndarray, weight: np.ndarray, bias: np.ndarray, padding: int) -> Tensor:
    """Cross-correlate 3 x 3 x 3 taps; those that are 0 cost nothing."""
    _, _, *shape = values.shape
    answer = np.zeros((1, len(weight), *shape), np.float32) + bias[:, None, None, None]
    padded = np.pad(values, [(0, 0), (0, 0)] + [(padding, padding)] * 3)
    for out, into, a, b, c in np.argwhere(weight):
        part = padded[0, into, a : a + shape[0], b : b + shape[1], c : c + shape[2]]
        answer[0, out] += weight[out, into, a, b, c] * part
    return from_numpy(answer.astype(np.float32))


def leaky_relu(values: np.ndarray, slope: float) -> Tensor:
    return from_numpy(np.where(values > 0, values, np.float32(slope) * values))


def max_pool3d(values: np.ndarray, size: int) -> Tensor:
    _, channels, *shape = values.shape
    blocks = [part for length in shape for part in (length // size, size)]
    return from_numpy(np.asarray(values).reshape(1, channels, *blocks).max(axis=(3, 5, 7)))


def interpolate(values: np.ndarray, scale_factor: int, mode: str) -> Tensor:
    assert mode == "nearest"
    for axis in (2, 3, 4):
        values = np.repeat(values, scale_factor, axis=axis)
    return from_numpy(values)


def load(path: Path, map_location: str, weights_only: bool) -> object:
    assert (map_location, weights_only) == ("cpu", True)
    return pickle.loads(path.read_bytes())


def cat(parts: list[np.ndarray], dim: int) -> Tensor:
    return from_numpy(np.concatenate(parts, axis=dim))


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for torch."""
    torch = ModuleType("torch")
    torch.__version__ = "made"
    torch.set_num_threads = lambda count: None
    torch.no_grad = nullcontext
    torch.from_numpy, torch.load, torch.cat = from_numpy, load, cat
    functional = SimpleNamespace(conv3d=conv3d, leaky_relu=leaky_relu, max_pool3d=max_pool3d, interpolate=interpolate)
    torch.nn = SimpleNamespace(functional=functional)
    monkeypatch.setitem(sys.modules, "torch", torch)
