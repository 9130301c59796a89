# SPDX-License-Identifier: Apache-2.0
"""A volume averaged where it is finer than the analysis grid, so that nothing there is picked by chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import AIR_HU

Part = tuple[slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class Thinned:
    """Voxels about as large as the grid's cells.

    Attributes
    ----------
    values : (k, j, i) float32
        In the volume's unit, with a border of air around each slice: what lies beyond the field of view.
    positions : (k, 3) float64
        LPS position of the first voxel within that border of each slice, mm.
    i_step, j_step : (3,) float64
        LPS vector in mm from a voxel to its neighbour along i and j.
    """

    values: NDArray[np.float32]
    positions: NDArray[np.float64]
    i_step: NDArray[np.float64]
    j_step: NDArray[np.float64]

    def places(
        self, points: NDArray[np.float64], normal: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return where points (..., 3) in LPS lie: k, j and i in ``values``.

        Between two slices they lie on the line that joins their origins, so tilt and uneven spacing are followed
        exactly. In the outer half of a slice's first and last cells there is nothing to interpolate with: points there
        are moved to the middle of the cell.
        """
        slices = np.arange(len(self.positions))
        k = np.interp(points @ normal, self.positions @ normal, slices)
        origin = np.stack([np.interp(k, slices, self.positions[:, axis]) for axis in range(3)], axis=-1)
        to_plane = np.linalg.inv(np.column_stack([self.i_step, self.j_step, normal]))
        i, j = np.moveaxis((points - origin) @ to_plane[:2].T, -1, 0)
        return k, _within(j, self.values.shape[1] - 2) + 1.0, _within(i, self.values.shape[2] - 2) + 1.0


def thinned(volume: Volume, spacing_mm: float, part: Part, strokes: NDArray[np.bool_] | None = None) -> Thinned:
    """Average what is finer than ``spacing_mm``, in the plane and across the slices.

    Parameters
    ----------
    part : (slice, slice)
        The rows and columns that are needed; there may be more around them.
    strokes : (j, i) bool, optional
        Where air is taken in place of burned-in strokes.
    """
    fi = max(1, int(spacing_mm / np.linalg.norm(volume.i_step)))
    fj = max(1, int(spacing_mm / np.linalg.norm(volume.j_step)))
    part = _of_whole_blocks(part[0], fj), _of_whole_blocks(part[1], fi)
    rows, columns = volume.stored[0][part].shape
    groups = list(_slice_groups(volume.positions @ volume.normal, spacing_mm))
    background = AIR_HU if volume.unit == "HU" else 0.0
    thin = np.full((len(groups), -(-rows // fj) + 2, -(-columns // fi) + 2), background, dtype=np.float32)
    for values, group in zip(thin[:, 1:-1, 1:-1], groups, strict=True):
        for k in group:
            mean = _block_mean(_stored(volume, k, part, strokes), fj, fi)
            values += (mean * np.float32(volume.slope[k]) + np.float32(volume.intercept[k]) - background) / len(group)
    first = np.array([volume.positions[group.start : group.stop].mean(axis=0) for group in groups])
    first += volume.i_step * (part[1].start + (fi - 1) / 2) + volume.j_step * (part[0].start + (fj - 1) / 2)
    return Thinned(thin, first, volume.i_step * fi, volume.j_step * fj)


def _of_whole_blocks(part: slice, size: int) -> slice:
    """Widen a part by a block, to where blocks of the whole begin."""
    return slice(max(0, part.start // size - 1) * size, (part.stop // size + 2) * size)


def _stored(volume: Volume, k: int, part: Part, strokes: NDArray[np.bool_] | None) -> NDArray[Any]:
    """Return the stored values of a part of slice ``k``: in CT what lies below air raised to it, and no strokes."""
    stored: NDArray[Any] = volume.stored[k][part]
    has_strokes = strokes is not None and bool(strokes.any())
    if volume.unit != "HU" and not has_strokes:
        return stored
    air = (AIR_HU - volume.intercept[k]) / volume.slope[k]
    if stored.dtype.kind != "f":
        air = np.rint(air).clip(*volume.stored_range)
    air = stored.dtype.type(air)
    if volume.unit == "HU":
        stored = np.maximum(stored, air) if volume.slope[k] > 0 else np.minimum(stored, air)
    if strokes is not None and has_strokes:
        stored = np.where(strokes[part], air, stored)
    return stored


def _slice_groups(places: NDArray[np.float64], spacing_mm: float) -> Iterator[range]:
    """Yield runs of neighbouring slices whose first and last lie less than one grid step apart."""
    start = 0
    for k in range(1, len(places) + 1):
        if k == len(places) or places[k] - places[start] >= spacing_mm - 1e-6:
            yield range(start, k)
            start = k


def _block_mean(stored: NDArray[Any], fj: int, fi: int) -> NDArray[np.float32]:
    """Average blocks of fj rows and fi columns; the last block is filled up with the edge."""
    rows, columns = stored.shape
    values = stored if _holds_sums(stored, fj) else stored.astype(np.float32)
    if rows % fj or columns % fi:
        values = np.pad(values, ((0, -rows % fj), (0, -columns % fi)), mode="edge")
    of_rows = reduce(np.add, [values[first::fj] for first in range(fj)])  # whole rows: what numpy is quick at
    of_rows = of_rows.astype(np.float32, copy=False)
    blocks: NDArray[np.float32] = reduce(np.add, [of_rows[:, first::fi] for first in range(fi)])
    return blocks / np.float32(fj * fi)


def _holds_sums(stored: NDArray[Any], count: int) -> bool:
    """Tell whether sums of so many values stay exact in their own type: small whole numbers are added quickest."""
    if stored.dtype.kind not in "iu" or stored.dtype.itemsize > 2 or not stored.size:
        return False
    limits = np.iinfo(stored.dtype)
    return int(stored.min()) * count >= limits.min and int(stored.max()) * count <= limits.max


def _within(places: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Move places in the outer half of the first and last cell to its middle."""
    return np.where(np.abs(places - (size - 1) / 2) <= size / 2, places.clip(0, size - 1), places)
