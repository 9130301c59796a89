# SPDX-License-Identifier: Apache-2.0
"""Large pictures in overlapping tiles, and lines that tiles cut, made whole: detectors lose text in large pictures.

Of PP-OCRv6's detector, measured on lines of 8 to 40 pixels in a radiograph of 1955 x 1841: in the whole picture three
of four lines were lost, in tiles of 768 to 1024 pixels none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SIDE_PX = 1024  # of a tile at most: 512 x 512, the usual picture, twice as large, and of pictures
LARGE_PX = 1600  # larger than that, which nobody enlarged,
SMALL_SIDE_PX = 640  # of a tile at most: those of 1024 lost letters of 8 and 10 pixels
OVERLAP_PX = 128  # of tiles beside each other: the height of the largest letters, enlarged
MEETING = 0.15  # of the smaller of two quadrilaterals that lies in the other: they are of one line when
AS_HIGH = 1.6  # times as high at most is one as the other, and
STILL_AS_HIGH = 1.5  # times as high at most is what holds both: not one line above the other

Line = tuple[NDArray[np.float64], float]
"""Corners (4, 2), column and row, clockwise from the top left, and the detector's score."""


def tiles(shape: tuple[int, ...], side: int = 0) -> list[tuple[slice, slice]]:
    """Return the rows and columns of tiles of about equal size that hold a picture; one where it is small.

    Parameters
    ----------
    side : int
        Pixels of a tile at most; 0 for what a detector loses no usual text in.
    """
    side = side or (SIDE_PX if max(shape[:2]) <= LARGE_PX else SMALL_SIDE_PX)
    rows, columns = (_parts(size, side) for size in shape[:2])
    return [(row, column) for row in rows for column in columns]


def _parts(size: int, side: int) -> list[slice]:
    count = max(1, -(-(size - OVERLAP_PX) // (side - OVERLAP_PX)))
    length = -(-(size + (count - 1) * OVERLAP_PX) // count)
    return [slice(start, start + length) for start in np.linspace(0, size - length, count).round().astype(int).tolist()]


def joined(lines: Sequence[Line]) -> list[Line]:
    """Return lines, with those that tiles cut in two, or both show, made one."""
    left = sorted(lines, key=lambda line: length_of(line[0]), reverse=True)
    whole: list[Line] = []
    while left:
        corners, score = left.pop(0)
        while (place := next((n for n, other in enumerate(left) if _are_one(corners, other[0])), None)) is not None:
            other, other_score = left.pop(place)
            corners, score = _holding(corners, other), max(score, other_score)
        whole.append((corners, score))
    return whole


def length_of(corners: NDArray[np.float64]) -> float:
    """Return the longer side of a quadrilateral."""
    return max(_sides(corners))


def _sides(corners: NDArray[np.float64]) -> tuple[float, float]:
    return float(np.linalg.norm(corners[1] - corners[0])), float(np.linalg.norm(corners[3] - corners[0]))


def _are_one(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    """Tell whether two quadrilaterals meet and go on in each other's direction."""
    inner = np.minimum(one.max(axis=0), other.max(axis=0)) - np.maximum(one.min(axis=0), other.min(axis=0))
    smaller = min(float(np.ptp(one, axis=0).prod()), float(np.ptp(other, axis=0).prod()))
    if (inner <= 0).any() or inner.prod() < MEETING * smaller:
        return False
    heights = min(_sides(one)), min(_sides(other))
    both = min(_sides(_holding(one, other)))
    return max(heights) <= AS_HIGH * min(heights) and both <= STILL_AS_HIGH * max(heights)


def _holding(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rectangle in the direction of ``one`` that holds both."""
    unit = (one[1] - one[0]) / max(float(np.linalg.norm(one[1] - one[0])), 1e-6)
    across = np.array([-unit[1], unit[0]])
    places = np.concatenate([one, other]) - one[0]
    along, beside = places @ unit, places @ across
    ends = ((along.min(), beside.min()), (along.max(), beside.min()), (along.max(), beside.max()))
    return np.array([one[0] + u * unit + v * across for u, v in (*ends, (along.min(), beside.max()))])
