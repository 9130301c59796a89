# SPDX-License-Identifier: Apache-2.0
"""A skull-strip engine that knows the truth of a made head, and tells it as a test wants it told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels import strip
from SlicerDeidLib.pixels.grid import Sampled, sample
from SlicerDeidLib.pixels.stripengines import Brain

Change = Callable[[np.ndarray], np.ndarray]
ENGINE = "a made engine 1.0"


def use_made_engine(
    monkeypatch: pytest.MonkeyPatch, volume: Volume, intracranial: np.ndarray, change: Change = lambda inside: inside
) -> None:
    """Put the truth of one head, changed, in the place of every installed engine."""
    ones = np.ones(len(intracranial))
    lattice = (volume.positions, volume.i_step, volume.j_step)
    truth = Volume(intracranial.view(np.uint8), ones, 0 * ones, *lattice, stored_range=(0, 1), unit="")

    def find_brain(sampled: Sampled, weights: Path) -> Brain:
        return Brain(change(sample(truth, sampled.grid).values > 0.5), ENGINE)

    monkeypatch.setattr(strip, "brain_finder", lambda name: find_brain)
    monkeypatch.setattr(strip, "weights_of", lambda engine, no_csf: Path(f"{engine}{no_csf}.pt"))


def eroded(inside: np.ndarray, by_mm: float) -> np.ndarray:
    return ndimage.distance_transform_edt(inside) > by_mm
