# SPDX-License-Identifier: Apache-2.0
"""The 2 mm axis-aligned LPS analysis grid: a volume brought onto it, and where native voxels lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import SAME_PLACE_MM, Volume
from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.lines import STRAIGHT, Lines, own_axis
from SlicerDeidLib.pixels.thinning import Thinned, thinned

GRID_MM = 2.0  # mm: a skull's outer table is still seen, and a head is 1 to 2 million points
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

    def along(self, vector: NDArray[np.floating], from_mm: float = 0.0) -> NDArray[np.float32]:
        """Return how far every point lies along a unit vector (x, y, z) in LPS, from a place on it: (z, y, x) mm."""
        x, y, z = (
            (start + self.spacing_mm * np.arange(size)) * float(part)
            for start, size, part in zip(self.origin, reversed(self.shape), vector, strict=True)
        )
        lines = (z[:, None] + y - from_mm).astype(np.float32)
        along: NDArray[np.float32] = lines[..., None] + x.astype(np.float32)
        return along

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
            "the pixel spacing or the slice positions in the header span what no scanner images: they cannot be taken "
            "for one volume",
            "correct its geometry",
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
    normal = volume.normal
    native = volume.positions @ normal
    if len(native) > 1 and np.min(np.diff(native)) < SAME_PLACE_MM:
        raise PixelError("two slices lie at the same position: the series cannot be taken for one volume")
    top, bottom, left, right = reaches(volume, grid).T
    part = slice(int(top.min()), int(bottom.max())), slice(int(left.min()), int(right.max()))
    thin = thinned(volume, grid.spacing_mm, part, strokes)
    values = np.empty(grid.shape, dtype=np.float32)
    is_scanned = np.empty(grid.shape, dtype=np.bool_)
    axis, is_turned = _axis_of_lines(thin, grid)
    of_planes = 2 if axis is None else axis
    planes = zip(*(np.moveaxis(each, of_planes, 2) for each in (values, is_scanned)), strict=True)
    lines = None if axis is None else _lines(thin, grid, axis, normal, is_turned=is_turned)
    every = None
    if axis is not None:
        every = np.stack([_plane_of(grid, n, axis) for n in range(grid.shape[1 if axis == 0 else 0])])
    of_lines = None if every is None else np.stack(thin.places(every, normal), axis=1)
    for n, (plane, known) in enumerate(planes):
        points = _plane_of(grid, n, axis) if every is None else every[n]
        place = points @ normal
        known[...] = (place >= native[0] - END_MM) & (place <= native[-1] + END_MM)
        k, j, i = thin.places(points, normal) if of_lines is None else of_lines[n]
        if lines is None:
            ndimage.map_coordinates(thin.values, [k, j, i], plane, order=1, mode="nearest", prefilter=False)
        else:
            plane[...] = lines.between(k[:, 0], (i if is_turned else j)[:, 0])
    return Sampled(grid, values, is_scanned)


def _axis_of_lines(thin: Thinned, grid: Grid) -> tuple[int | None, bool]:
    """Return the axis of the grid that rows run along, or columns (then True), the same on all slices."""
    along, across = (step[::-1] / grid.spacing_mm for step in (thin.i_step, thin.j_step))
    strays = np.ptp(thin.positions[:, ::-1], axis=0) / grid.spacing_mm
    longest = max(thin.values.shape[1:])
    for is_turned in (False, True):
        axis = own_axis(across, along, longest) if is_turned else own_axis(along, across, longest)
        if axis is not None and strays[axis] < STRAIGHT:
            return axis, is_turned
    return None, False


def _lines(thin: Thinned, grid: Grid, axis: int, normal: NDArray[np.float64], *, is_turned: bool) -> Lines:
    """Return the voxels' rows, or columns, interpolated at the grid's points along ``axis``."""
    points = np.tile(grid.origin, (grid.shape[axis], 1))
    points[:, 2 - axis] += grid.spacing_mm * np.arange(grid.shape[axis])
    _, j, i = thin.places(points, normal)
    return Lines(thin.values.swapaxes(1, 2), j) if is_turned else Lines(thin.values, i)


def _plane_of(grid: Grid, n: int, axis: int | None) -> NDArray[np.float64]:
    """Return where the points of a plane of the grid lie; with an ``axis``, of each line along it only the first."""
    first, second = (one for one in range(3) if one != (2 if axis is None else axis))
    points = np.tile(grid.origin, (grid.shape[second], grid.shape[2] if axis is None else 1, 1))
    points[..., 2 - first] += grid.spacing_mm * n
    points[..., 2 - second] += grid.spacing_mm * np.arange(grid.shape[second])[:, None]
    if axis is None:
        points[..., 0] += grid.spacing_mm * np.arange(grid.shape[2])
    return points


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


class NearestParts:
    """Looks rectangles of native slices up in a grid's ``field``, at its nearest points; outside it is 0."""

    def __init__(self, volume: Volume, grid: Grid, field: NDArray[np.uint8]) -> None:
        self._volume, self._grid, self._field = volume, grid, field
        is_straight = np.count_nonzero(volume.i_step) == 1 and not (volume.i_step * volume.j_step).any()
        self._axis = 2 - int(np.flatnonzero(volume.i_step)[0]) if is_straight else None
        self._columns = np.zeros(0, dtype=np.intp)
        self._lines = field[:0]

    def at(self, k: int, within: tuple[slice, slice]) -> NDArray[np.uint8]:
        """Return what the voxels ``within`` some rows and columns of slice ``k`` meet, (j, i)."""
        rows, columns = (np.arange(part.start, part.stop) for part in within)
        found = np.zeros((len(rows), len(columns)), dtype=np.uint8)
        axis = self._axis
        if axis is None:
            each = np.repeat(rows, len(columns)), np.tile(columns, len(rows))
            places, is_along = _places(self._volume, self._grid, k, *each)
            is_inside = np.all(is_along, axis=1)
            found.ravel()[is_inside] = self._field[tuple(places[is_inside].T)]
            return found
        places, is_along = self._along(axis, k, self._volume.i_step, columns)
        if not np.array_equal(places, self._columns):  # most series have all slices above each other
            self._columns = places
            within_grid = places.clip(0, self._grid.shape[axis] - 1)
            self._lines = np.moveaxis(self._field, axis, 2).take(within_grid, axis=2) * is_along.astype(np.uint8)
        across = (self._along(one, k, self._volume.j_step, rows) for one in range(3) if one != axis)
        (first, has_first), (second, has_second) = across
        is_row = has_first & has_second
        found[is_row] = self._lines[first[is_row], second[is_row]]
        return found

    def _along(
        self, axis: int, k: int, step: NDArray[np.float64], numbers: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return the nearest points of an axis of the grid so many steps on in slice ``k``, and which it has."""
        start = self._volume.positions[k, 2 - axis] - self._grid.origin[2 - axis]
        places = np.rint((start + step[2 - axis] * numbers) / self._grid.spacing_mm).astype(np.intp)
        return places, (places >= 0) & (places < self._grid.shape[axis])


def _places(
    volume: Volume, grid: Grid, k: int, rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the points of a grid nearest to native voxels, (n, 3) z, y, x, and along which axes they lie in it."""
    points = volume.positions[k] + np.outer(columns, volume.i_step) + np.outer(rows, volume.j_step)
    places = np.rint((points - grid.origin) / grid.spacing_mm).astype(np.intp)[:, ::-1]
    return places, (places >= 0) & (places < np.array(grid.shape))


def reaches(volume: Volume, grid: Grid) -> NDArray[np.intp]:
    """Return rows and columns of each slice that the grid reaches: (k, 4) top, bottom, left, right, half-open."""
    extent = (np.array(grid.shape[::-1]) - 1) * grid.spacing_mm
    corners = grid.origin + extent * np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    parts = []
    for step, size in ((volume.j_step, volume.shape[1]), (volume.i_step, volume.shape[2])):
        along = step / (step @ step)
        places = corners @ along - (volume.positions @ along)[:, None]
        first = np.maximum(0, np.floor(places.min(axis=1)).astype(np.intp))
        parts += [first, np.maximum(first, np.minimum(size, np.ceil(places.max(axis=1)).astype(np.intp) + 1))]
    return np.stack(parts, axis=1)


def analysis_values(volume: Volume, k: int) -> NDArray[np.float32]:
    """Return slice ``k`` in ``unit`` with padding and underflow of a CT raised to air, (j, i) float32."""
    values = volume.slice_values(k)
    return np.maximum(values, np.float32(AIR_HU)) if volume.unit == "HU" else values
