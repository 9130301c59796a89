# SPDX-License-Identifier: Apache-2.0
"""Whether a head lies still between time points, so that one mask may serve them all."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.body import TISSUE_HU
from SlicerDeidLib.pixels.distance import Mask
from SlicerDeidLib.pixels.grid import grid_around, sample
from SlicerDeidLib.pixels.mrbody import air_threshold

MOVED = 0.03  # of the tissue differs: a head of 4 litres that moves by 1 mm changes 0.02, noise 0.005


def check_still(first: Volume, later: Iterable[Volume]) -> None:
    """Compare where tissue is at the first and at all other time points.

    Raises
    ------
    PixelError
        When it lies elsewhere.
    """
    before: Mask | None = None
    for volume in later:
        if before is None:
            before = _tissue(first)
        differing = float(np.count_nonzero(_tissue(volume) ^ before))
        if differing > MOVED * np.count_nonzero(before):
            raise PixelError(
                "the head moves, or its contrast changes, between the time points, so one mask cannot serve them all; "
                "split the file and deface each time point"
            )


def _tissue(volume: Volume) -> Mask:
    """Return what is no air, on the analysis grid."""
    sampled = sample(volume, grid_around(volume))
    threshold = TISSUE_HU if volume.unit else air_threshold(sampled.values[sampled.is_scanned])
    tissue: Mask = sampled.values > threshold
    return tissue
