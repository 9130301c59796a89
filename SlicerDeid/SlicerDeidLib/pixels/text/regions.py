# SPDX-License-Identifier: Apache-2.0
"""Rectangles that are filled whole, or that alone stay -> the boxes to fill."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.regions import Rectangle
from SlicerDeidLib.model.volume import TextBox

NAME = "region"


def boxes_to_fill(
    shape: tuple[int, ...], frames: int, fill: Sequence[Rectangle], keep: Sequence[Rectangle] | None
) -> tuple[TextBox, ...]:
    """Return the boxes that hold all of ``fill`` and, where ``keep`` is given, all that is not in it.

    Parameters
    ----------
    shape : (rows, columns, ...)
        Of a frame; rectangles are cut to it.
    frames : int
        How many frames there are: all get the same boxes.
    keep : sequence of Rectangle or None
        None keeps all that is not filled; an empty sequence keeps nothing.
    """
    hidden = np.full(shape[:2], keep is not None)
    for row, column, height, width in keep or ():
        hidden[row : row + height, column : column + width] = False
    for row, column, height, width in fill:
        hidden[row : row + height, column : column + width] = True
    places = _rectangles(hidden)
    return tuple(TextBox(frame, *place, NAME) for frame in range(frames) for place in places)


def _rectangles(hidden: NDArray[np.bool_]) -> list[Rectangle]:
    """Cut a mask into rectangles: runs of pixels that are the same from row to row."""
    found: list[Rectangle] = []
    first = 0
    before: list[tuple[int, int]] | None = None
    for row in range(len(hidden) + 1):
        runs = _runs(hidden[row]) if row < len(hidden) else None
        if runs != before:
            for start, stop in before or ():
                found.append((first, start, row - first, stop - start))
            first, before = row, runs
    return found


def _runs(line: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where the runs of a row begin and end."""
    steps = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0]))))
    return [(int(start), int(stop)) for start, stop in zip(steps[::2], steps[1::2], strict=True)]


def ground_of(frame: NDArray[np.generic], boxes: Sequence[TextBox]) -> NDArray[np.generic]:
    """Return the most frequent value of the boxes of one frame: the ground of the display, black as a rule."""
    parts = [frame[b.row : b.row + b.height, b.column : b.column + b.width] for b in boxes]
    pixels = np.concatenate([part.reshape(-1, *frame.shape[2:]) for part in parts])
    values, counts = np.unique(pixels, axis=0, return_counts=True)
    return np.asarray(values[np.argmax(counts)])
