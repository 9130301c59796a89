# SPDX-License-Identifier: Apache-2.0
"""Where a box of the scene lies in the pixels and slices of a preview, and back; knows no slicer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from SlicerDeidWidgets.previewarrays import Lattice

if TYPE_CHECKING:
    from SlicerDeidLib import DrawnBox
    from SlicerDeidLib.model.regions import Rectangle

_PART_OF_WIDTH, _PART_OF_HEIGHT = 4, 12  # of the image: a new box holds a line of text
_LEAST_CUT = 0.5  # cosine: 60 degrees; more lies a view along the slices that cuts them
_LEAST_PX = 4  # width and height of a new box at least


@dataclass(frozen=True)
class Cuboid:
    """A box as the scene has it.

    Attributes
    ----------
    center : (3,) float64
        RAS mm.
    axes : (3, 3) float64
        Its directions as columns: along the rows of the image, along its columns, through its slices.
    size : (3,) float64
        mm along these.
    """

    center: np.ndarray
    axes: np.ndarray
    size: np.ndarray


def placeOf(cuboid: Cuboid, lattice: Lattice, shape: tuple[int, int, int], seen: float = 0.0) -> DrawnBox | None:
    """Return the pixels and the slices that a box spans; None where it lies beside the images.

    In slices that are shifted along the gantry's tilt it keeps the pixels that it has where it was seen, as text does.

    Parameters
    ----------
    shape : (k, j, i)
        Of the volume node.
    seen : float
        mm through the slices, from the middle of the box to where it was seen.
    """
    from SlicerDeidLib import DrawnBox

    directions, spacing = _directions(lattice)
    middle = np.linalg.solve(lattice.ijkToRas, [*cuboid.center, 1.0])[:3]
    middle[:2] = np.linalg.solve(lattice.ijkToRas, [*(cuboid.center + seen * directions[:, 2]), 1.0])[:2]
    halves = np.abs(directions.T @ cuboid.axes) @ cuboid.size / 2 / spacing
    first = np.rint(middle - halves + 0.5).astype(int)
    end = np.maximum(np.rint(middle + halves + 0.5).astype(int), first + 1)
    first, end = np.maximum(first, 0), np.minimum(end, shape[::-1])
    if (first >= end).any():
        return None
    isWhole = first[2] == 0 and end[2] == shape[0]
    slices = None if isWhole else (int(lattice.slices[first[2]]), int(lattice.slices[end[2] - 1]))
    left, top, right, bottom = map(int, (*first[:2], *end[:2]))
    return DrawnBox((top, left, bottom - top, right - left), slices)


def cuboidOf(box: DrawnBox, lattice: Lattice, seen: float = 0.0) -> Cuboid:
    """Return a box as the scene has it; ``seen`` as in ``placeOf``."""
    directions, spacing = _directions(lattice)
    top, left, height, width = box.place
    shown = [0, len(lattice.slices) - 1]
    if box.slices is not None:
        shown = [int(np.abs(lattice.slices - one).argmin()) for one in box.slices]
    upward = np.sign(lattice.ijkToRas[:3, 2] @ directions[:, 2])
    place = [left + (width - 1) / 2, top + (height - 1) / 2, sum(shown) / 2 + upward * seen / spacing[2], 1.0]
    size = spacing * [width, height, shown[1] - shown[0] + 1]
    return Cuboid((lattice.ijkToRas @ place)[:3] - seen * directions[:, 2], directions, size)


def seenAt(cuboid: Cuboid, lattice: Lattice, plane: np.ndarray | None) -> float:
    """Return where a box is seen in a view, mm through the slices from its middle; 0.0 where it is not cut across.

    Parameters
    ----------
    plane : (4, 4) float64 or None
        The view's SliceToRAS; None without views.
    """
    if plane is None:
        return 0.0
    through, across = _directions(lattice)[0][:, 2], plane[:3, 2]
    if abs(through @ across) < _LEAST_CUT:
        return 0.0
    most = np.abs(through @ cuboid.axes) @ cuboid.size / 2
    return float(np.clip((plane[:3, 3] - cuboid.center) @ across / (through @ across), -most, most))


def newPlace(around: np.ndarray | None, lattice: Lattice, shape: tuple[int, int, int]) -> Rectangle:
    """Return where a new box is put: around a point (RAS mm) as far as the image goes; None: in its middle."""
    rows, columns = shape[1:]
    height, width = (
        min(max(extent // part, _LEAST_PX), extent)
        for extent, part in ((rows, _PART_OF_HEIGHT), (columns, _PART_OF_WIDTH))
    )
    middle = np.array([columns / 2, rows / 2, 0.0])
    if around is not None:
        middle = np.linalg.solve(lattice.ijkToRas, [*around, 1.0])[:3]
    left, top = (
        int(np.clip(round(place - extent / 2), 0, most - extent))
        for place, extent, most in ((middle[0], width, columns), (middle[1], height, rows))
    )
    return top, left, height, width


def _directions(lattice: Lattice) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions of a lattice as columns, the last one through its slices, and its spacing, mm."""
    steps = lattice.ijkToRas[:3, :3]
    spacing = np.linalg.norm(steps, axis=0)
    directions = steps / spacing
    directions[:, 2] = np.cross(directions[:, 0], directions[:, 1])
    return directions, np.array([spacing[0], spacing[1], abs(steps[:, 2] @ directions[:, 2])])
