# SPDX-License-Identifier: Apache-2.0
"""The 2 mm axis-aligned LPS analysis grid: a volume brought onto it, and where native voxels lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import SAME_PLACE_MM, Volume

GRID_MM = 2.0  # mm: a skull's outer table is still seen, and a head is 1 to 2 million points
AIR_HU = -1000.0  # HU, by definition of the scale; what lies below (padding, underflow) counts as air
END_MM = 4.0  # mm beyond the end slices that still count: a grid cell's diagonal (3.5 mm) must not leave the volume
SMALLEST_MM = 20.0  # mm, shorter side of a slice: the smallest field of view of a clinical scanner is 40
LARGEST_MM = 2500.0  # mm, longer side of a slice: a reformat of a whole body
LARGEST_POINTS = 1e8  # of a grid: at 2 mm a whole body, 0.5 x 0.5 x 2 m, has 0.6e8
THREADS = 2  # per filter: patients are worked on in parallel already

Box = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """An axis-aligned lattice in LPS: z towards S, y towards P, x towards L.

    Attributes
    ----------
    origin : (3,) float64
        LPS position (x, y, z) of point (0, 0, 0), mm.
    shape : (int, int, int)
        Points along (z, y, x).
    spacing_mm : float
        Between neighbours, the same along all axes.
    """

    origin: NDArray[np.float64]
    shape: tuple[int, int, int]
    spacing_mm: float = GRID_MM

    @property
    def voxel_ml(self) -> float:
        """Volume of one grid cell in millilitres."""
        return self.spacing_mm**3 / 1000.0

    def points(self) -> NDArray[np.float32]:
        """Return where every point lies: (z, y, x, 3) LPS mm."""
        points = np.empty((*self.shape, 3), dtype=np.float32)
        for axis in range(3):
            places = self.origin[axis] + self.spacing_mm * np.arange(self.shape[2 - axis])
            points[..., axis] = places.reshape([-1 if n == 2 - axis else 1 for n in range(3)])
        return points

    def crop(self, box: Box) -> Grid:
        """Return the part of the grid that ``array[box]`` lies on."""
        start = np.array([part.start for part in reversed(box)], dtype=np.float64)
        shape = tuple(part.stop - part.start for part in box)
        return replace(self, origin=self.origin + start * self.spacing_mm, shape=shape)


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A volume on an analysis grid.

    Attributes
    ----------
    values : (z, y, x) float32
        In the volume's unit. Air beyond the field of view; the end slices go on beyond the ends.
    is_scanned : (z, y, x) bool
        False beyond the end slices (more than ``END_MM``): there nothing is known, neither tissue nor air.
    """

    grid: Grid
    values: NDArray[np.float32]
    is_scanned: NDArray[np.bool_]

    def crop(self, box: Box) -> Sampled:
        """Return the part within ``box``."""
        return Sampled(self.grid.crop(box), self.values[box], self.is_scanned[box])


def grid_around(volume: Volume, spacing_mm: float = GRID_MM) -> Grid:
    """Return the smallest grid that holds all voxels of ``volume`` and ``END_MM`` beyond its end slices.

    Raises
    ------
    PixelError
        When no scanner images so small a plane or so large a space: the memory is asked for only afterwards.
    """
    _, rows, columns = volume.shape
    beyond = END_MM * volume.normal
    ends = np.concatenate([volume.positions, [volume.positions[0] - beyond, volume.positions[-1] + beyond]])
    corners = [ends + j * volume.j_step + i * volume.i_step for j in (0, rows - 1) for i in (0, columns - 1)]
    points = np.concatenate(corners)
    low, high = points.min(axis=0), points.max(axis=0)
    extents = np.linalg.norm(volume.j_step) * rows, np.linalg.norm(volume.i_step) * columns
    points_needed = float(np.prod((high - low) / spacing_mm + 1.0))
    if min(extents) < SMALLEST_MM or max(extents) > LARGEST_MM or points_needed > LARGEST_POINTS:
        raise PixelError(
            "the pixel spacing or the slice positions in the header span what no scanner images: the series cannot be "
            "taken for one volume; correct its geometry, or leave it out"
        )
    size = np.ceil((high - low) / spacing_mm).astype(int) + 1
    return Grid(low, (int(size[2]), int(size[1]), int(size[0])), spacing_mm)


def sample(volume: Volume, grid: Grid, strokes: NDArray[np.bool_] | None = None) -> Sampled:
    """Bring ``volume`` onto ``grid``: anti-aliased, by true slice positions, linear.

    Where burned-in ``strokes`` stand on all slices, (j, i) bool, air is taken in their place. Between two slices the
    value is taken along the line that joins their origins, so tilt and uneven spacing are followed exactly. Voxels
    finer than the grid are averaged first, in the plane and across the slices.

    Raises
    ------
    PixelError
        When two slices lie at the same place.
    """
    thin, positions, i_step, j_step = _thinned(volume, grid.spacing_mm, strokes)
    normal = volume.normal
    places = positions @ normal
    native = volume.positions @ normal
    if len(native) > 1 and np.min(np.diff(native)) < SAME_PLACE_MM:
        raise PixelError("two slices lie at the same position: the series cannot be taken for one volume")
    to_plane = np.linalg.inv(np.column_stack([i_step, j_step, normal]))
    background = AIR_HU if volume.unit == "HU" else 0.0
    values = np.empty(grid.shape, dtype=np.float32)
    is_scanned = np.empty(grid.shape, dtype=np.bool_)
    y = grid.origin[1] + grid.spacing_mm * np.arange(grid.shape[1])
    x = grid.origin[0] + grid.spacing_mm * np.arange(grid.shape[2])
    points = np.empty((grid.shape[1], grid.shape[2], 3))
    points[..., 0], points[..., 1] = x[None, :], y[:, None]
    slices = np.arange(len(places))
    for z in range(grid.shape[0]):
        points[..., 2] = grid.origin[2] + grid.spacing_mm * z
        place = points @ normal
        k = np.interp(place, places, slices)
        origin = np.stack([np.interp(k, slices, positions[:, axis]) for axis in range(3)], axis=-1)
        in_plane = (points - origin) @ to_plane.T
        is_scanned[z] = (place >= native[0] - END_MM) & (place <= native[-1] + END_MM)
        rows, columns = _within(in_plane[..., 1], thin.shape[1]), _within(in_plane[..., 0], thin.shape[2])
        values[z] = ndimage.map_coordinates(
            thin, [k, rows, columns], order=1, mode="grid-constant", cval=background, prefilter=False
        )
    return Sampled(grid, values, is_scanned)


def nearest(
    volume: Volume,
    grid: Grid,
    masks: Sequence[NDArray[np.bool_]],
    k: int,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> list[NDArray[np.bool_]]:
    """Look native voxels (``rows``, ``columns``) of slice ``k`` up in a grid's ``masks``; outside it all are False."""
    index, is_along = _places(volume, grid, k, rows, columns)
    is_inside = np.all(is_along, axis=1)
    places = tuple(index[is_inside].T)
    found = [np.zeros(len(rows), dtype=np.bool_) for _ in masks]
    for one, mask in zip(found, masks, strict=True):
        one[is_inside] = mask[places]
    return found


def nearest_part(
    volume: Volume, grid: Grid, field: NDArray[np.uint8], k: int, within: tuple[slice, slice]
) -> NDArray[np.uint8]:
    """Look all voxels ``within`` some rows and columns of slice ``k`` up in a grid's ``field``; outside it is 0."""
    rows, columns = (np.arange(part.start, part.stop) for part in within)
    found = np.zeros((len(rows), len(columns)), dtype=np.uint8)
    if np.count_nonzero(volume.i_step) != 1 or (volume.i_step * volume.j_step).any():
        places, is_along = _places(volume, grid, k, np.repeat(rows, len(columns)), np.tile(columns, len(rows)))
        is_inside = np.all(is_along, axis=1)
        found.ravel()[is_inside] = field[tuple(places[is_inside].T)]
        return found
    axis = 2 - int(np.flatnonzero(volume.i_step)[0])  # that all rows run along, each at one place on the other two
    crossed, is_crossed = _places(volume, grid, k, rows, np.zeros_like(rows))
    along, is_along = _places(volume, grid, k, np.zeros_like(columns), columns)
    is_row = np.all(np.delete(is_crossed, axis, axis=1), axis=1)
    lines = np.moveaxis(field, axis, 2)[tuple(np.delete(crossed, axis, axis=1)[is_row].T)]
    found[np.ix_(is_row, is_along[:, axis])] = lines[:, along[is_along[:, axis], axis]]
    return found


def _places(
    volume: Volume, grid: Grid, k: int, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the points of a grid nearest to native voxels, (n, 3) z, y, x, and along which axes they lie in it."""
    points = volume.positions[k] + np.outer(columns, volume.i_step) + np.outer(rows, volume.j_step)
    places = np.rint((points - grid.origin) / grid.spacing_mm).astype(np.intp)[:, ::-1]
    return places, (places >= 0) & (places < np.array(grid.shape))


def _within(places: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Move places in the outer half of the first and last cell to its middle: there nothing is to interpolate with."""
    return np.where(np.abs(places - (size - 1) / 2) <= size / 2, places.clip(0, size - 1), places)


def reach(volume: Volume, grid: Grid, position: NDArray[np.float64]) -> tuple[int, int, int, int]:
    """Return rows and columns of a slice at ``position`` that the grid reaches: top, bottom, left, right, half-open."""
    extent = (np.array(grid.shape[::-1]) - 1) * grid.spacing_mm
    corners = grid.origin + extent * np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    i = (corners - position) @ volume.i_step / (volume.i_step @ volume.i_step)
    j = (corners - position) @ volume.j_step / (volume.j_step @ volume.j_step)
    _, rows, columns = volume.shape
    top, left = max(0, int(np.floor(j.min()))), max(0, int(np.floor(i.min())))
    return top, min(rows, int(np.ceil(j.max())) + 1), left, min(columns, int(np.ceil(i.max())) + 1)


def _thinned(
    volume: Volume, spacing_mm: float, strokes: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Average what is finer than the grid: values (k, j, i), slice positions, i_step, j_step."""
    _, rows, columns = volume.shape
    fi = max(1, int(spacing_mm / np.linalg.norm(volume.i_step)))
    fj = max(1, int(spacing_mm / np.linalg.norm(volume.j_step)))
    groups = list(_slice_groups(volume.positions @ volume.normal, spacing_mm))
    thin = np.empty((len(groups), -(-rows // fj), -(-columns // fi)), dtype=np.float32)
    for values, group in zip(thin, groups, strict=True):
        values[...] = np.mean([_block_mean(_without(strokes, volume, k), fj, fi) for k in group], axis=0)
    middle = volume.i_step * (fi - 1) / 2 + volume.j_step * (fj - 1) / 2
    positions = np.array([volume.positions[group.start : group.stop].mean(axis=0) for group in groups]) + middle
    return thin, positions, volume.i_step * fi, volume.j_step * fj


def analysis_values(volume: Volume, k: int) -> NDArray[np.float32]:
    """Return slice ``k`` in ``unit`` with padding and underflow of a CT raised to air, (j, i) float32."""
    values = volume.slice_values(k)
    return np.maximum(values, np.float32(AIR_HU)) if volume.unit == "HU" else values


def _without(strokes: NDArray[np.bool_] | None, volume: Volume, k: int) -> NDArray[np.float32]:
    """Return slice ``k`` as ``analysis_values``, with the air that can be stored in it in place of ``strokes``."""
    values = analysis_values(volume, k)
    if strokes is not None and strokes.any():
        air = np.rint((AIR_HU - volume.intercept[k]) / volume.slope[k]).clip(*volume.stored_range)
        value = np.float32(air) * np.float32(volume.slope[k]) + np.float32(volume.intercept[k])
        values[strokes] = np.maximum(value, np.float32(AIR_HU)) if volume.unit == "HU" else value
    return values


def _slice_groups(places: NDArray[np.float64], spacing_mm: float) -> Iterator[range]:
    """Yield runs of neighbouring slices whose first and last lie less than one grid step apart."""
    start = 0
    for k in range(1, len(places) + 1):
        if k == len(places) or places[k] - places[start] >= spacing_mm - 1e-6:
            yield range(start, k)
            start = k


def _block_mean(values: NDArray[np.float32], fj: int, fi: int) -> NDArray[np.float32]:
    """Average blocks of fj rows and fi columns; the last block is filled up with the edge."""
    rows, columns = values.shape
    if rows % fj or columns % fi:
        values = np.pad(values, ((0, -rows % fj), (0, -columns % fi)), mode="edge")
    of_rows = reduce(np.add, [values[first::fj] for first in range(fj)])  # whole rows: what numpy is quick at
    blocks: NDArray[np.float32] = reduce(np.add, [of_rows[:, first::fi] for first in range(fi)])
    return blocks / np.float32(fj * fi)
