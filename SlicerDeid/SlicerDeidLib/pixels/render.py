# SPDX-License-Identifier: Apache-2.0
"""The head seen from any side, in numpy: depth maps for the look-again, shaded pictures for people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its own documentation does
from numpy.typing import NDArray

from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.grid import GRID_MM, THREADS, Grid

SURFACE_HU = -250.0  # HU: between air, foam and clothes, and fat
AMBIENT = 0.25  # of full light: what faces away from the light is still seen
SMOOTHED_PX = 1  # pixels to either side over which the slope of the surface is taken


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Where one looks from: an orthographic camera.

    Attributes
    ----------
    right, up, towards : (3,) float64
        Unit vectors in LPS: to the right and upwards in the picture, and from the head towards the viewer.
    """

    right: NDArray[np.float64]
    up: NDArray[np.float64]
    towards: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DepthMap:
    """The surface that a view shows.

    Attributes
    ----------
    view : View
        Where one looks from.
    depth : (row, column) float32
        mm from the plane nearest to the viewer to the surface along the line of sight; NaN where there is none.
    origin : (3,) float64
        LPS position of pixel (0, 0) on that plane; rows go down, columns to the right, ``step_mm`` apart.
    """

    view: View
    depth: NDArray[np.float32]
    origin: NDArray[np.float64]
    step_mm: float

    def points(self) -> NDArray[np.float64]:
        """Return where the surface lies: (row, column, 3) LPS mm; NaN where there is none."""
        rows, columns = (np.arange(size) * self.step_mm for size in self.depth.shape)
        across = rows[:, None, None] * -self.view.up + columns[None, :, None] * self.view.right
        points: NDArray[np.float64] = self.origin + across - self.depth[..., None] * self.view.towards
        return points

    def facing(self) -> NDArray[np.float32]:
        """Return the cosine between the surface's normal and the line of sight, (row, column); NaN at its rim."""
        down, right = (_slope(self.depth, axis) / (2 * SMOOTHED_PX * self.step_mm) for axis in (0, 1))
        return (1.0 / np.sqrt(1.0 + down**2 + right**2)).astype(np.float32)


def view_from(azimuth_degrees: float, elevation_degrees: float = 0.0, axes: NDArray[np.floating] | None = None) -> View:
    """Return the view of somebody who stands in front of the face and walks around it.

    Parameters
    ----------
    azimuth_degrees : float
        0 is from the front, positive from the head's left.
    elevation_degrees : float
        Positive is from above.
    axes : (3, 3) float, optional
        Rows: unit vectors to the head's left, back and vertex, in LPS; by default the head lies as LPS says.
    """
    around, rise = np.deg2rad(azimuth_degrees), np.deg2rad(elevation_degrees)
    flat = np.array([np.sin(around), -np.cos(around), 0.0])
    towards = np.cos(rise) * flat + np.sin(rise) * np.array([0.0, 0.0, 1.0])
    right = np.array([-flat[1], flat[0], 0.0])
    head = np.eye(3) if axes is None else axes.astype(np.float64)
    return View(right @ head, np.cross(towards, right) @ head, towards @ head)


def depth_map(
    values: NDArray[np.float32],
    grid: Grid,
    view: View,
    step_mm: float = GRID_MM,
    heights_mm: tuple[float, float] | None = None,
    columns: slice | None = None,
    rows: slice | None = None,
    deepest_mm: float | None = None,
) -> DepthMap:
    """Cast parallel rays into a head and note where they meet its surface.

    Parameters
    ----------
    values : (z, y, x) float32
        HU on ``grid``.
    step_mm : float
        Between rays, and between samples along a ray.
    heights_mm : (float, float), optional
        The lowest and the highest place along ``view.up`` that are looked at; a row more on either side, by default
        all of the head.
    columns, rows : slice, optional
        Those that are looked at, by default all; rows of those between ``heights_mm``.
    deepest_mm : float, optional
        The farthest place along ``view.towards`` that is looked at, by default the far end of the head.
    """
    extent = (np.array(grid.shape[::-1]) - 1) * grid.spacing_mm
    middle, axes = grid.origin + extent / 2, np.column_stack([view.right, -view.up, -view.towards])
    half = np.abs(axes.T) @ extent / 2 + step_mm
    origin = middle - axes @ half
    size = [int(length) for length in np.ceil(2 * half / step_mm) + 1]
    if heights_mm is not None:
        top = origin @ view.up
        first, last = (int(np.clip((top - height) // step_mm, -1, size[1])) for height in reversed(heights_mm))
        first, last = max(0, first - 1), min(size[1], last + 3)
        origin = origin - first * step_mm * view.up
        size[1] = max(1, last - first)
    if rows is not None:
        origin = origin - rows.start * step_mm * view.up
        size[1] = rows.stop - rows.start
    if columns is not None:
        origin = origin + columns.start * step_mm * view.right
        size[0] = columns.stop - columns.start
    if deepest_mm is not None:
        size[2] = int(np.clip((origin @ view.towards - deepest_mm) // step_mm + 2, 1, size[2]))
    filter_ = sitk.ResampleImageFilter()
    filter_.SetInterpolator(sitk.sitkLinear)
    filter_.SetDefaultPixelValue(AIR_HU)
    filter_.SetOutputOrigin(origin.tolist())
    filter_.SetOutputDirection(axes.ravel().tolist())
    filter_.SetOutputSpacing([step_mm] * 3)
    filter_.SetSize(size)
    filter_.SetNumberOfThreads(THREADS)
    image = sitk.GetImageFromArray(np.ascontiguousarray(values, dtype=np.float32))
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing([grid.spacing_mm] * 3)
    cast = filter_.Execute(image)  # the view below does not keep it alive
    return DepthMap(view, _first_hits(sitk.GetArrayViewFromImage(cast), step_mm), origin, step_mm)


def shaded(surface: DepthMap) -> NDArray[np.uint8]:
    """Return a picture of a surface lit from the viewer, (row, column) 8-bit grey on black."""
    light = AMBIENT + (1.0 - AMBIENT) * surface.facing()
    rim = np.where(np.isfinite(surface.depth), AMBIENT, 0.0)
    picture: NDArray[np.uint8] = np.rint(255.0 * np.where(np.isfinite(light), light, rim)).astype(np.uint8)
    return picture


def _first_hits(values: NDArray[np.float32], step_mm: float) -> NDArray[np.float32]:
    """Return how far along the first axis the surface lies, mm, between samples; NaN where nothing is met."""
    solid = values > SURFACE_HU
    first = solid.argmax(axis=0)
    is_hit = solid.any(axis=0)
    rows, columns = np.indices(first.shape, sparse=True)
    inner = values[first, rows, columns]
    outer = values[np.maximum(first - 1, 0), rows, columns]
    rise = np.where(inner > outer, inner - outer, 1.0)
    back = np.where(first > 0, (inner - SURFACE_HU) / rise, 0.0).clip(0.0, 1.0)
    return np.where(is_hit, (first - back) * step_mm, np.nan).astype(np.float32)


def _slope(depth: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Difference between the neighbours on either side along ``axis``; NaN at the border."""
    moved = np.moveaxis(np.full_like(depth, np.nan), axis, 0)
    along = np.moveaxis(depth, axis, 0)
    moved[SMOOTHED_PX:-SMOOTHED_PX] = along[2 * SMOOTHED_PX :] - along[: -2 * SMOOTHED_PX]
    return np.moveaxis(moved, 0, axis)
