# SPDX-License-Identifier: Apache-2.0
"""The way back from the analysis grid to the native lattice, slice by slice: one trilinear interpolation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its own documentation does
from numpy.typing import NDArray

from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.abreast import ahead
from SlicerDeidLib.pixels.grid import THREADS, Grid, reaches
from SlicerDeidLib.pixels.lines import Lines, Places, Plane, own_axis, reached

LookUp = Callable[[Places, tuple[int, int]], Plane]
"""Interpolates a plane of some rows and columns whose first voxel lies at an LPS position."""


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
    volume: Volume,
    grid: Grid,
    field: NDArray[np.float32],
    default: float,
    slices: NDArray[np.intp] | None = None,
) -> Iterator[tuple[tuple[slice, slice], Plane]]:
    """Yield as ``slices_of`` only the rectangle of each slice that the grid reaches, and its rows and columns.

    Parameters
    ----------
    slices : (n,) int, optional
        Those that are wanted, by default all.
    """
    along_lines = _along_lines(volume, grid, field, default)
    look_up = along_lines or _anywhere(volume, grid, field, default)
    reached_by = reaches(volume, grid)

    def part_of(k: np.intp) -> tuple[tuple[slice, slice], Plane]:
        top, bottom, left, right = reached_by[k]
        shape = int(bottom - top), int(right - left)
        is_there = shape[0] > 0 and shape[1] > 0
        start = volume.positions[k] + left * volume.i_step + top * volume.j_step
        part = look_up(start, shape) if is_there else np.empty(shape, dtype=np.float32)
        return (slice(top, bottom), slice(left, right)), part

    wanted = np.arange(len(reached_by)) if slices is None else slices
    yield from ahead(part_of, wanted) if along_lines else map(part_of, wanted)  # ITK has threads of its own


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

    def look_up(start: Places, shape: tuple[int, int]) -> Plane:
        filter_.SetOutputOrigin(start.tolist())
        filter_.SetSize([shape[1], shape[0], 1])
        plane: Plane = sitk.GetArrayFromImage(filter_.Execute(image))[0]
        return plane

    return look_up


def _along_lines(volume: Volume, grid: Grid, field: NDArray[np.float32], default: float) -> LookUp | None:
    """Look slices up whose rows or columns run along an axis of the grid, as most do: several times as quick."""
    along, across = (step[::-1] / grid.spacing_mm for step in (volume.i_step, volume.j_step))
    longest = max(volume.shape[1:])
    axis = own_axis(along, across, longest)
    is_turned = axis is None
    if is_turned:
        along, across = across, along
        axis = own_axis(along, across, longest)
    if axis is None:
        return None
    turned_field = np.moveaxis(field, axis, 2)
    lines: dict[bytes, Lines] = {}

    def look_up(start: Places, shape: tuple[int, int]) -> Plane:
        rows_of, columns_of = reversed(shape) if is_turned else shape
        first = ((start - grid.origin) / grid.spacing_mm)[::-1, None]
        a, b = np.delete(first + across[:, None] * np.arange(rows_of), axis, 0)
        places = first[axis] + along[axis] * np.arange(columns_of)
        rows = np.flatnonzero(reached(a, turned_field.shape[0]) & reached(b, turned_field.shape[1]))
        columns = np.flatnonzero(reached(places, turned_field.shape[2]))
        if not len(rows) or not len(columns):
            return np.full(shape, default, dtype=np.float32)
        within = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        places = places[within[1]]
        found = lines.get(places.tobytes())
        if found is None:  # most series have all slices above each other
            found = Lines(turned_field, places)
            lines.clear()
            lines[places.tobytes()] = found
        plane = found.between(a[within[0]], b[within[0]])
        if plane.shape != (rows_of, columns_of):
            part, plane = plane, np.full((rows_of, columns_of), default, dtype=np.float32)
            plane[within] = part
        return plane.T if is_turned else plane

    return look_up
