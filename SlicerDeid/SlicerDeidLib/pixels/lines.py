# SPDX-License-Identifier: Apache-2.0
"""Linear interpolation between the lines of a field that run along one axis: several times as quick as at each place.

Most slices have rows that run along an axis of the analysis grid: all of them are interpolated at the same places along
that axis, so this is done once for each line of the field, and then between its lines.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STRAIGHT = 1e-3  # grid steps (2 um) by which lines may leave an axis and still run along it

Places = NDArray[np.float64]
Plane = NDArray[np.float32]


def own_axis(along: Places, across: Places, longest: int) -> int | None:
    """Return the axis that lines of ``longest`` points run along, all at the same places; steps are (z, y, x)."""
    axis = int(np.abs(along).argmax())
    strays = longest * np.append(np.delete(along, axis), across[axis])
    return axis if np.abs(strays).max() < STRAIGHT else None


def reached(places: Places, size: int) -> NDArray[np.bool_]:
    """Tell which places of an axis a field reaches: to the outer sides of its first and last cell."""
    is_reached: NDArray[np.bool_] = np.abs(places - (size - 1) / 2) <= size / 2
    return is_reached


class Lines:
    """The lines of a field (a, b, c) along its last axis, interpolated at some ``places`` (n,) of it.

    Beyond the field its border goes on. Threads may ask at the same time: what two of them do is the same.
    """

    def __init__(self, field: NDArray[np.float32], places: Places) -> None:
        self._field = field
        self._before, self._after, self._part = _cells(places, field.shape[2])
        self._spread = np.empty((*field.shape[:2], len(places)), dtype=np.float32)
        self._is_spread = np.zeros(len(field), dtype=np.bool_)

    def between(self, a: Places, b: Places) -> Plane:
        """Interpolate between the lines where rows cross the first two axes: (rows,) each; (rows, n) float32."""
        first, next_first, part_first = _cells(a, self._field.shape[0])
        second, next_second, part_second = _cells(b, self._field.shape[1])
        for n in range(int(first.min()), int(next_first.max()) + 1):
            self._spread_out(n)
        spread = self._spread
        if np.ptp(a) == 0:  # all rows lie between the same two planes
            plane = _mixed(spread[first[0]], spread[next_first[0]], part_first[0])
            low, high = plane[second], plane[next_second]
        else:
            part = part_first[:, None]
            low, high = (_mixed(spread[first, at], spread[next_first, at], part) for at in (second, next_second))
        return _mixed(low, high, part_second[:, None])

    def _spread_out(self, n: int) -> None:
        """Interpolate along the lines of one plane, once."""
        if not self._is_spread[n]:
            plane = self._field[n]
            self._spread[n] = _mixed(plane.take(self._before, 1), plane.take(self._after, 1), self._part)
            self._is_spread[n] = True


def _mixed(low: Plane, high: Plane, part: NDArray[np.float32] | np.float32) -> Plane:
    """Interpolate between two planes."""
    mixed: Plane = high - low
    mixed *= part
    mixed += low
    return mixed


def _cells(places: Places, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Return the points of an axis before and after every place, and how far it lies from the one to the other."""
    places = places.clip(0, size - 1)
    before = places.astype(np.intp)
    return before, np.minimum(before + 1, size - 1), (places - before).astype(np.float32)
