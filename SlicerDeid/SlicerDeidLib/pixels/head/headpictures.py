# SPDX-License-Identifier: Apache-2.0
"""Pictures of a head for people: seen from outside, and slices with what was removed outlined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.body import TISSUE_HU
from SlicerDeidLib.pixels.distance import dilated, largest
from SlicerDeidLib.pixels.grid import GRID_MM, grid_around, sample
from SlicerDeidLib.pixels.head.outside import outside_air
from SlicerDeidLib.pixels.pictures import TAILS_PERCENT, grey
from SlicerDeidLib.pixels.render import depth_map, shaded, view_from

FEWEST_SLICES = 3  # that a surface is drawn of
WINDOW_HU = (-200.0, 300.0)  # HU: skin, fat, brain and bone are told apart
TILE_PX = 188  # pixels: side of a slice in a montage
TILES = 10  # slices of a montage, two rows of five
RIM_PX = 4  # pixels around the head
GAP_PX = 16  # pixels of 2 mm beside a head
Place = tuple[slice, slice]  # rows, columns
OUTLINE = (230, 60, 60)  # RGB: red, which no slice has


def rendered(volume: Volume, azimuths: Sequence[float]) -> list[NDArray[np.uint8]]:
    """Draw the largest piece of a volume, which no holder hides, from several sides.

    Parameters
    ----------
    azimuths : sequence of float
        Degrees: 0 is from the front, positive from the head's left.

    Returns
    -------
    list of (row, column) uint8
        Grey on black, one pixel per 2 mm.
    """
    sampled = sample(volume, grid_around(volume))
    values = sampled.values
    if volume.unit != "HU" and values.any():  # what is brighter than half-way between ground and tissue is the head
        surface = max(_between(values), float(values.max()) * 1e-3)
        values = AIR_HU + values * np.float32((TISSUE_HU - AIR_HU) / surface)
    head = dilated(largest((values > TISSUE_HU) & sampled.is_scanned), 2 * GRID_MM) & sampled.is_scanned
    values = np.where(head, values, np.float32(AIR_HU))
    return [shaded(depth_map(values, sampled.grid, view_from(azimuth))) for azimuth in azimuths]


def slices_of_montage(count: int) -> list[int]:
    """Return which of ``count`` slices a montage shows, from bottom to top."""
    return [round(k) for k in np.linspace(0.1 * (count - 1), 0.9 * (count - 1), TILES)]


def place_of_montage(volume: Volume) -> Place:
    """Return the rows and columns of the slices of a montage in which anything is shown."""
    values = _of_montage(volume)
    shown = np.max(values, axis=0) > _window(values, volume.unit)[0]
    return _extent(shown.max(axis=1)), _extent(shown.max(axis=0))


def montage(volume: Volume, place: Place, *, is_defaced: bool) -> NDArray[np.uint8]:
    """Show slices from bottom to top; in those of a defaced head the border of what stays is red.

    Parameters
    ----------
    place : (slice, slice)
        The rows and columns that are shown.

    Returns
    -------
    (row, column, 3) uint8
        Two rows of slices.
    """
    values, (rows, columns) = _of_montage(volume), place
    low, high = _window(values, volume.unit)
    chosen = slices_of_montage(len(volume.stored))
    step = max(rows.stop - rows.start, columns.stop - columns.start) / TILE_PX
    part = np.ix_(*(np.arange(one.start, one.stop, step).astype(int) for one in (rows, columns)))
    tiles = []
    everything = slice(0, volume.shape[1]), slice(0, volume.shape[2])
    outside = outside_air(volume.part(chosen, *everything)) if is_defaced else np.zeros(values.shape, dtype=np.bool_)
    for plane, beyond in zip(values, outside, strict=True):
        tile = np.repeat(grey(plane[part], (low, high))[..., None], 3, axis=2)
        tile[_border(beyond)[part]] = OUTLINE
        square = np.zeros((TILE_PX, TILE_PX, 3), dtype=np.uint8)
        square[: tile.shape[0], : tile.shape[1]] = tile[:TILE_PX, :TILE_PX]
        tiles.append(square)
    halves = [np.hstack(tiles[first : first + TILES // 2]) for first in (0, TILES // 2)]
    picture: NDArray[np.uint8] = np.vstack(halves)
    return picture


def _of_montage(volume: Volume) -> NDArray[np.float32]:
    """Return the slices of a montage, (slice, row, column)."""
    return np.stack([volume.slice_values(k) for k in slices_of_montage(len(volume.stored))])


def _window(values: NDArray[np.float32], unit: str) -> tuple[float, float]:
    """Return which values become black and white."""
    low, high = WINDOW_HU if unit == "HU" else np.percentile(values, TAILS_PERCENT)
    return float(low), float(high)


def _between(values: NDArray[np.float32]) -> float:
    """Return the value half-way between ground and tissue, by Otsu's method."""
    return float(threshold_otsu(values))  # type: ignore[no-untyped-call]


def _extent(used: NDArray[np.bool_]) -> slice:
    """Return from where to where something is, a few pixels around it; all where nothing is."""
    places = np.flatnonzero(used)
    if not len(places):
        return slice(0, len(used))
    return slice(max(0, int(places[0]) - RIM_PX), min(len(used), int(places[-1]) + RIM_PX + 1))


def _border(outside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the rim of what lies outside, two pixels wide."""
    border: NDArray[np.bool_] = outside & ndimage.binary_dilation(~outside, iterations=2)
    return border


def side_by_side(pictures: Sequence[NDArray[np.uint8]], around: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return pictures of one height beside each other, without the black around what others show, twice as large.

    Parameters
    ----------
    around : sequence of (row, column) uint8
        Pictures of the same sizes, which may be the same ones.
    """
    rows = _extent(np.hstack(around).max(axis=1) > 0)
    parts = [_extent(one.max(axis=0) > 0) for one in around]
    cropped = [np.pad(one[rows, part], ((0, 0), (GAP_PX, GAP_PX))) for one, part in zip(pictures, parts, strict=True)]
    together: NDArray[np.uint8] = np.hstack(cropped).repeat(2, axis=0).repeat(2, axis=1)
    return together
