# SPDX-License-Identifier: Apache-2.0
"""SynthStrip's network, run by torch from weights that the user installed: the signed distance to the brain's border.

After Hoopes et al., SynthStrip: skull-stripping for any brain image, NeuroImage 260 (2022) 119474, and what
``mri_synthstrip`` of FreeSurfer does before and after the network: 1 mm in the orientation LIA, sides in multiples of
64 from 192 to 320 points, intensities from 0 to the 99th percentile. Other than there the image is interpolated
linearly, not by the nearest voxel, and what is added around it is air.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.grid import THREADS, Sampled
from SlicerDeidLib.pixels.head.stripengines import Brain

LEVELS = 6  # of the network: it halves its input that often,
CONVOLUTIONS = 2  # at each of them, and
LAST = 3  # at full resolution after them, the very last without a rectifier
SLOPE = 0.2  # of the rectifier below zero
MULTIPLE = 2**LEVELS  # points: what the sides must be multiples of
SMALLEST, LARGEST = 192, 320  # points of a side
BRIGHTEST_PERCENT = 99.0  # of all values: brighter ones are alike
BORDER_MM = 1.0  # mm from the brain that still belong to it: mri_synthstrip's own default
DIGITS = 8  # hex digits of a digest that tell weights apart

State = dict[str, Any]
"""Name of a layer's weight or bias -> tensor."""


def find_brain(sampled: Sampled, weights: Path) -> Brain:
    """Find the brain of a head on a 1 mm grid.

    Raises
    ------
    PixelError
        When the weights are no SynthStrip model.
    """
    import torch

    torch.set_num_threads(THREADS)
    state, digest = _loaded(weights)
    fitted, place = fit(sampled.values)
    with torch.no_grad():
        answer = _run(torch, state, torch.from_numpy(fitted[None, None]))
    distance = answer.numpy()[0, 0][place]
    inside = np.ascontiguousarray(_from_lia(distance < BORDER_MM))
    return Brain(inside, f"SynthStrip ({weights.name}, sha256 {digest}, torch {torch.__version__})")


def fit(values: NDArray[np.float32]) -> tuple[NDArray[np.float32], tuple[slice, ...]]:
    """Turn (z, y, x) values into what the network takes, 0 to 1 in the orientation LIA; say where they lie in it."""
    turned = _to_lia(values)
    sizes = [min(max(-(-size // MULTIPLE) * MULTIPLE, SMALLEST), LARGEST) for size in turned.shape]
    starts = [(size - own) // 2 for size, own in zip(sizes, turned.shape, strict=True)]
    place = tuple(slice(start, start + own) for start, own in zip(starts, turned.shape, strict=True))
    fitted = np.zeros(sizes, dtype=np.float32)
    fitted[place] = turned - turned.min()
    brightest = float(np.percentile(fitted, BRIGHTEST_PERCENT))
    scaled: NDArray[np.float32] = np.clip(fitted / np.float32(brightest or 1.0), 0.0, 1.0).astype(np.float32)
    return scaled, place


def _to_lia(values: NDArray[Any]) -> NDArray[Any]:
    """Turn z up, y back, x left into x left, z down, y front."""
    return values.transpose(2, 0, 1)[:, ::-1, ::-1]


def _from_lia(values: NDArray[Any]) -> NDArray[Any]:
    return values[:, ::-1, ::-1].transpose(1, 2, 0)


def _run(torch: Any, state: State, values: Any) -> Any:
    """Run the network: down by convolutions and maxima, up by repetition beside what was seen on the way down."""
    nn = torch.nn.functional

    def convolved(x: Any, name: str, rectify: Callable[[Any], Any]) -> Any:
        return rectify(nn.conv3d(x, state[f"{name}.conv.weight"], state[f"{name}.conv.bias"], padding=1))

    def rectified(x: Any) -> Any:
        return nn.leaky_relu(x, SLOPE)

    x, seen = values, []
    for level in range(LEVELS):
        for number in range(CONVOLUTIONS):
            x = convolved(x, f"encoder.{level}.{number}", rectified)
        seen.append(x)
        x = nn.max_pool3d(x, 2)
    for level in range(LEVELS):
        for number in range(CONVOLUTIONS):
            x = convolved(x, f"decoder.{level}.{number}", rectified)
        x = torch.cat([nn.interpolate(x, scale_factor=2, mode="nearest"), seen.pop()], dim=1)
    for number in range(LAST):
        x = convolved(x, f"remaining.{number}", rectified if number < LAST - 1 else lambda y: y)
    return x


@lru_cache(maxsize=1)
def _loaded(weights: Path) -> tuple[State, str]:
    """Read weights, and the digest that tells them apart; only tensors are read from the file, no code."""
    import torch

    try:
        content = torch.load(weights, map_location="cpu", weights_only=True)
    except (RuntimeError, pickle.UnpicklingError, EOFError, ValueError, KeyError) as error:
        raise PixelError(_no_model(weights)) from error
    state = content.get("model_state_dict") if isinstance(content, dict) else None
    if not isinstance(state, dict) or set(state) != set(layers()):
        raise PixelError(_no_model(weights))
    return state, hashlib.sha256(weights.read_bytes()).hexdigest()[:DIGITS]


def layers() -> tuple[str, ...]:
    """Return the names of all weights and biases in a SynthStrip model."""
    both = [
        f"{way}.{level}.{n}" for way in ("encoder", "decoder") for level in range(LEVELS) for n in range(CONVOLUTIONS)
    ]
    names = [*both, *(f"remaining.{number}" for number in range(LAST))]
    return tuple(f"{name}.conv.{kind}" for name in names for kind in ("weight", "bias"))


def _no_model(weights: Path) -> str:
    return (
        f"the file {weights.name} holds no SynthStrip model; get it anew from FreeSurfer "
        "(surfer.nmr.mgh.harvard.edu/docs/synthstrip)"
    )
