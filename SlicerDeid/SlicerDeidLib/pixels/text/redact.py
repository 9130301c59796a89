# SPDX-License-Identifier: Apache-2.0
"""Boxes of burned-in text -> what surrounds them, so that nothing of the letters' shapes is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon2mask

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import TextBox

RING_PX = 3  # pixels around a box whose median it is filled with


def redact(
    frames: NDArray[Any],
    boxes: Iterable[TextBox],
    *,
    keep: NDArray[np.bool_] | None = None,
    is_palette: bool = False,
    fill: Callable[[int, Any], Any] = lambda _frame, value: value,
) -> None:
    """Fill ``boxes`` with the median of the ring around each, in place, sample by sample.

    Parameters
    ----------
    frames : (frame, row, column) or (frame, row, column, sample) array
        Stored values.
    keep : (frame, row, column) bool, optional
        What defacing left: the rest is neither filled nor asked.
    is_palette : bool
        Whether values are places in a palette, between which there is no middle: the most frequent one is taken.
    fill : callable
        Frame and the ring's value -> what the box is filled with: that value, when nobody says otherwise.

    Raises
    ------
    PixelError
        When a box lies outside the picture.
    """
    count, rows, columns = frames.shape[:3]
    for box in boxes:
        bottom, right = box.row + box.height, box.column + box.width
        if not (0 <= box.frame < count and 0 <= box.row < bottom <= rows and 0 <= box.column < right <= columns):
            raise PixelError("a text box lies outside the picture: the series is not the one that was examined")
        wide = (
            slice(max(0, box.row - RING_PX), min(rows, bottom + RING_PX)),
            slice(max(0, box.column - RING_PX), min(columns, right + RING_PX)),
        )
        part = frames[box.frame][wide]
        hidden = hidden_by(box, wide, part.shape[:2])
        asked = np.ones_like(hidden) if keep is None else keep[box.frame][wide]
        around = part[asked & ~hidden]
        if not len(around):  # the box is all that was kept there, or the whole picture
            around = np.zeros((1, *part.shape[2:]), frames.dtype)
        ring = _most_frequent(around) if is_palette else _median(around)
        part[hidden & asked] = fill(box.frame, ring)


def hidden_by(box: TextBox, wide: tuple[slice, slice], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which pixels of a part of a frame a box hides: (row, column) bool.

    Parameters
    ----------
    wide : (slice, slice)
        Rows and columns of the part.
    shape : (int, int)
        Of the part.
    """
    if box.corners:
        places = [(y - wide[0].start, x - wide[1].start) for x, y in box.corners]
        tilted: NDArray[np.bool_] = polygon2mask(shape, np.array(places))
        return tilted
    hidden = np.zeros(shape, dtype=np.bool_)
    top, left = box.row - wide[0].start, box.column - wide[1].start
    hidden[top : top + box.height, left : left + box.width] = True
    return hidden


def _median(around: NDArray[Any]) -> NDArray[Any]:
    """Return the middle value of each sample; one that occurs, so that it can be stored."""
    return np.asarray(np.percentile(around, 50, axis=0, method="lower"))


def _most_frequent(around: NDArray[Any]) -> Any:
    values, counts = np.unique(around, return_counts=True)
    return values[np.argmax(counts)]
