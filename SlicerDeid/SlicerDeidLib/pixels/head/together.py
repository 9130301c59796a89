# SPDX-License-Identifier: Apache-2.0
"""One head in several series, each of which shows a part of it: laid together, and the head is found in all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import NoHead, PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.body import find_body
from SlicerDeidLib.pixels.distance import Mask
from SlicerDeidLib.pixels.grid import GRID_MM, Grid, Sampled, grid_around, sample
from SlicerDeidLib.pixels.head.anatomy import Anatomy, refuse_other_head
from SlicerDeidLib.pixels.head.cavity import find_cavity
from SlicerDeidLib.pixels.head.finders import decided, told
from SlicerDeidLib.pixels.head.shared import WHOLLY, SharedMask, moved, seen
from SlicerDeidLib.pixels.head.skull import half_step_mm
from SlicerDeidLib.pixels.strokes import still_strokes

LARGEST_POINTS = 15e6  # of the common grid: 0.5 x 0.5 x 0.48 m; a head in a wide field of view has 8e6, a trunk 30e6


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What one series shows: ``values`` in whole HU, for several lie in memory together."""

    grid: Grid
    values: NDArray[np.int16]
    is_scanned: Mask
    known: Mask
    half_step_mm: float


def find_together(volumes: Iterable[Volume], policy: DefacePolicy) -> SharedMask:
    """Find the head that several CT series of one frame of reference show together.

    Parameters
    ----------
    volumes : iterable of Volume
        One is in memory at a time.

    Raises
    ------
    NoHead, PixelError
        When no plausible head is in view, they are no CT, or span more than a head.
    """
    parts = [_part(volume) for volume in volumes]
    sampled, known = _laid_together(parts)
    body = find_body(sampled)
    cavity = find_cavity(body)
    refuse_other_head(sampled, body)
    anatomy = Anatomy(body, cavity, np.zeros((0, 0), dtype=np.bool_))
    start = np.rint((body.sampled.grid.origin - sampled.grid.origin) / GRID_MM).astype(int)[::-1]
    box = tuple(slice(first, first + size) for first, size in zip(start, body.inside.shape, strict=True))
    return told(decided(anatomy, policy, {}), known[box], max(part.half_step_mm for part in parts))


def _part(volume: Volume) -> _Part:
    """Bring a series to a grid of its own."""
    if volume.unit != "HU":
        raise NoHead("only CT series are laid together")
    strokes = still_strokes(volume)
    sampled = sample(volume, grid_around(volume), strokes)
    values = np.rint(sampled.values.clip(-32768, 32767)).astype(np.int16)
    return _Part(sampled.grid, values, sampled.is_scanned, seen(volume, sampled, strokes), half_step_mm(volume))


def _laid_together(parts: Sequence[_Part]) -> tuple[Sampled, Mask]:
    """Lay parts into one grid: where two show the same place, the first one counts.

    Returns
    -------
    Sampled
        All of them.
    (z, y, x) bool
        What any of them shows.
    """
    low = np.min([part.grid.origin for part in parts], axis=0)
    ends = [part.grid.origin + GRID_MM * (np.array(part.grid.shape[::-1]) - 1) for part in parts]
    size = np.ceil((np.max(ends, axis=0) - low) / GRID_MM).astype(int) + 1
    if float(np.prod(size.astype(np.float64))) > LARGEST_POINTS:
        raise PixelError("the series of one frame of reference span more than a head")
    grid = Grid(low, (int(size[2]), int(size[1]), int(size[0])))
    values = np.full(grid.shape, AIR_HU, dtype=np.float32)
    known, is_scanned = np.zeros(grid.shape, dtype=np.bool_), np.zeros(grid.shape, dtype=np.bool_)
    for part in parts:
        shows = moved(part.known.astype(np.float32), part.grid, grid) > WHOLLY
        new = shows & ~known
        values[new] = moved(part.values, part.grid, grid, AIR_HU)[new]
        known |= shows
        is_scanned |= moved(part.is_scanned.astype(np.float32), part.grid, grid) > WHOLLY
    return Sampled(grid, values, is_scanned), known
