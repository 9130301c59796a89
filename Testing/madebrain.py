# SPDX-License-Identifier: Apache-2.0
"""A skull-strip engine that knows the truth of a made head, and tells it as a test wants it told."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.grid import Sampled, sample
from SlicerDeidLib.pixels.head import strip
from SlicerDeidLib.pixels.head.stripengines import Brain

Change = Callable[[np.ndarray], np.ndarray]
ENGINE = "a made engine 1.0"


def use_made_engine(
    monkeypatch: pytest.MonkeyPatch, volume: Volume, intracranial: np.ndarray, change: Change = lambda inside: inside
) -> None:
    """Put the truth of one head, changed, in the place of every installed engine."""

    def find_brain(sampled: Sampled, weights: Path) -> Brain:
        return Brain(change(_truth(volume, _Kept(intracranial), _Kept(sampled.grid))), ENGINE)

    monkeypatch.setattr(strip, "brain_finder", lambda name: find_brain)
    monkeypatch.setattr(strip, "weights_of", lambda engine, no_csf: Path(f"{engine}{no_csf}.pt"))


class _Kept(NamedTuple):
    """What is cached by which object it is."""

    it: Any

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and self.it is other.it


@cache
def _truth(volume: Volume, intracranial: _Kept, grid: _Kept) -> np.ndarray:
    """Bring the truth of a head to an engine's grid, once for all engines that are made of it."""
    ones = np.ones(len(intracranial.it))
    lattice = (volume.positions, volume.i_step, volume.j_step)
    truth = Volume(intracranial.it.view(np.uint8), ones, 0 * ones, *lattice, stored_range=(0, 1), unit="")
    return sample(truth, grid.it).values > 0.5


def eroded(inside: np.ndarray, by_mm: float) -> np.ndarray:
    box = tuple(slice(max(0, part.start - 1), part.stop + 1) for part in ndimage.find_objects(inside.view(np.uint8))[0])
    tight = np.zeros_like(inside)
    tight[box] = ndimage.distance_transform_edt(inside[box]) > by_mm
    return tight
