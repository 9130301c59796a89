# SPDX-License-Identifier: Apache-2.0
"""What a head CT shows: letters drawn into it, the patient, the brain's cavity; the ground every method stands on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from SlicerDeidLib.errors import NoHead, PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.body import Body, find_body
from SlicerDeidLib.pixels.cavity import TWO_HEADS, Cavity, find_cavity
from SlicerDeidLib.pixels.distance import Mask, dilated
from SlicerDeidLib.pixels.grid import AIR_HU, GRID_MM, Sampled, grid_around, sample
from SlicerDeidLib.pixels.plausible import check_field_of_view
from SlicerDeidLib.pixels.strokes import still_strokes, without_strokes

OTHER_MM = 4.0  # mm around the body that are not searched for another head: its ears and what touches it
OTHER_ML = 400.0  # ml: less than the smallest head has, a newborn's
OBJECT_HU = -250.0  # HU: between foam and fat


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """One head on the analysis grid.

    Attributes
    ----------
    strokes : (j, i) bool
        Letters that stand still on the slices; native pixels.
    """

    body: Body
    cavity: Cavity
    strokes: Mask


def find_anatomy(volume: Volume) -> Anatomy:
    """Find the one head of a CT.

    Raises
    ------
    NoHead
        When the values are no CT numbers, or no plausible head is in view.
    PixelError
        When more than one head is in view, or the field of view cuts the brain.
    """
    if volume.unit != "HU":
        raise NoHead("heads are found by CT numbers; this series has none")
    strokes = still_strokes(volume)
    sampled = sample(without_strokes(volume, strokes), grid_around(volume))
    body = find_body(sampled)
    cavity = find_cavity(body)
    if _has_other_head(sampled, body):
        raise PixelError(TWO_HEADS)
    check_field_of_view(volume, body, cavity, strokes)
    return Anatomy(body, cavity, strokes)


def _has_other_head(sampled: Sampled, body: Body) -> bool:
    """Tell whether what is not ``body`` is a head too."""
    start = np.rint((body.sampled.grid.origin - sampled.grid.origin) / GRID_MM).astype(int)[::-1]
    box = tuple(slice(first, first + size) for first, size in zip(start, body.inside.shape, strict=True))
    values = sampled.values.copy()
    values[box][dilated(body.inside, OTHER_MM)] = AIR_HU
    if float((values > OBJECT_HU).sum()) * sampled.grid.voxel_ml < OTHER_ML:
        return False
    try:
        find_cavity(find_body(Sampled(sampled.grid, values, sampled.is_scanned)))
    except PixelError:
        return False
    return True
