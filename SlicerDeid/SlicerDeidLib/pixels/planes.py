# SPDX-License-Identifier: Apache-2.0
"""The way back from the analysis grid to the native lattice, slice by slice: one trilinear interpolation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its own documentation does
from numpy.typing import NDArray

from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.grid import THREADS, Grid, reach

STRAIGHT = 1e-3  # grid steps (2 um) by which the lines of a slice may leave an axis and still run along it

Places = NDArray[np.float64]
Plane = NDArray[np.float32]
LookUp = Callable[[Places, Plane], None]
"""Fills a plane whose first voxel lies at an LPS position; where the field does not reach it leaves it as it is."""


def slices_of(volume: Volume, grid: Grid, field: NDArray[np.float32], default: float) -> Iterator[Plane]:
    """Yield a grid's ``field`` on each native slice, (j, i) float32: one linear interpolation, one slice in memory.

    Every slice is placed by its own position, so no assumption about spacing or tilt is made. ``default`` stands
    where the grid does not reach.
    """
    for (rows, columns), part in parts_of(volume, grid, field, default):
        plane = np.full(volume.shape[1:], default, dtype=np.float32)
        plane[rows, columns] = part
        yield plane


def parts_of(
    volume: Volume, grid: Grid, field: NDArray[np.float32], default: float
) -> Iterator[tuple[tuple[slice, slice], Plane]]:
    """Yield as ``slices_of`` only the rectangle of each slice that the grid reaches, and its rows and columns."""
    look_up = _along_lines(volume, grid, field) or _anywhere(volume, grid, field, default)
    for position in volume.positions:
        top, bottom, left, right = reach(volume, grid, position)
        bottom, right = max(top, bottom), max(left, right)
        part = np.full((bottom - top, right - left), default, dtype=np.float32)
        if part.size:
            look_up(position + left * volume.i_step + top * volume.j_step, part)
        yield (slice(top, bottom), slice(left, right)), part


def _anywhere(volume: Volume, grid: Grid, field: NDArray[np.float32], default: float) -> LookUp:
    """Look oblique slices up."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(field, dtype=np.float32))
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing([grid.spacing_mm] * 3)
    spacing = [float(np.linalg.norm(volume.i_step)), float(np.linalg.norm(volume.j_step)), 1.0]
    axes = [volume.i_step / spacing[0], volume.j_step / spacing[1]]
    filter_ = sitk.ResampleImageFilter()
    filter_.SetInterpolator(sitk.sitkLinear)
    filter_.SetDefaultPixelValue(default)
    filter_.SetOutputSpacing(spacing)
    filter_.SetOutputDirection(np.column_stack([*axes, np.cross(axes[0], axes[1])]).ravel().tolist())
    filter_.SetNumberOfThreads(THREADS)

    def look_up(start: Places, plane: Plane) -> None:
        filter_.SetOutputOrigin(start.tolist())
        filter_.SetSize([plane.shape[1], plane.shape[0], 1])
        part = filter_.Execute(image)  # the view below does not keep it alive
        plane[...] = sitk.GetArrayViewFromImage(part)[0]

    return look_up


def _along_lines(volume: Volume, grid: Grid, field: NDArray[np.float32]) -> LookUp | None:
    """Look slices up whose rows or columns run along an axis of the grid, as most do: several times as quick."""
    along, across = (step[::-1] / grid.spacing_mm for step in (volume.i_step, volume.j_step))
    longest = max(volume.shape[1:])
    axis = _own_axis(along, across, longest)
    is_turned = axis is None
    if is_turned:
        along, across = across, along
        axis = _own_axis(along, across, longest)
    if axis is None:
        return None
    lines = np.moveaxis(field, axis, 2)

    def look_up(start: Places, plane: Plane) -> None:
        turned = plane.T if is_turned else plane
        first = ((start - grid.origin) / grid.spacing_mm)[::-1, None]
        crossed = np.delete(first + across[:, None] * np.arange(turned.shape[0]), axis, 0)
        _interpolate(lines, crossed, first[axis] + along[axis] * np.arange(turned.shape[1]), turned)

    return look_up


def _own_axis(along: Places, across: Places, longest: int) -> int | None:
    """Return the axis that lines of ``longest`` voxels run along, all at the same places; steps are (z, y, x)."""
    axis = int(np.abs(along).argmax())
    strays = longest * np.append(np.delete(along, axis), across[axis])
    return axis if np.abs(strays).max() < STRAIGHT else None


def _interpolate(field: NDArray[np.float32], crossed: Places, places: Places, plane: Plane) -> None:
    """Interpolate between the lines of ``field`` (a, b, c) around every row of ``plane``, then along them.

    Parameters
    ----------
    crossed : (2, j) float64
        Where the rows cross the first two axes.
    places : (i,) float64
        Where the voxels of all rows lie along the third.
    """
    rows = np.flatnonzero(_reached(crossed[0], field.shape[0]) & _reached(crossed[1], field.shape[1]))
    columns = np.flatnonzero(_reached(places, field.shape[2]))
    if not len(rows) or not len(columns):
        return
    within = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    a, next_a, part_a = _cells(crossed[0, within[0]], field.shape[0])
    b, next_b, part_b = _cells(crossed[1, within[0]], field.shape[1])
    c, next_c, part_c = _cells(places[within[1]], field.shape[2])
    part_a, part_b = part_a[:, None], part_b[:, None]
    lines = (1 - part_a) * ((1 - part_b) * field[a, b] + part_b * field[a, next_b])
    lines += part_a * ((1 - part_b) * field[next_a, b] + part_b * field[next_a, next_b])
    plane[within] = lines[:, c] * (1 - part_c) + lines[:, next_c] * part_c


def _reached(places: Places, size: int) -> NDArray[np.bool_]:
    """Tell which places of an axis a field reaches: to the outer sides of its first and last cell."""
    reached: NDArray[np.bool_] = np.abs(places - (size - 1) / 2) <= size / 2
    return reached


def _cells(places: Places, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Return the points of an axis before and after every place, and how far it lies from the one to the other."""
    places = places.clip(0, size - 1)
    before = places.astype(np.intp)
    return before, np.minimum(before + 1, size - 1), (places - before).astype(np.float32)
