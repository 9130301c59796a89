# SPDX-License-Identifier: Apache-2.0
"""Boxes of burned-in text -> air, then look again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import TextBox


def redact(stored: NDArray[Any], boxes: Iterable[TextBox], air: NDArray[Any]) -> None:
    """Fill ``boxes`` with the air value of their slice, in place, and check that they are filled.

    Parameters
    ----------
    stored : (k, j, i) array
        Stored values.
    air : (k,) array
        Stored value of air for each slice (``air.stored_air``).

    Raises
    ------
    PixelError
        When a box lies outside the series, or does not hold the air value afterwards.
    """
    frames, rows, columns = stored.shape
    for box in boxes:
        bottom, right = box.row + box.height, box.column + box.width
        is_inside = 0 <= box.frame < frames and 0 <= box.row < bottom <= rows and 0 <= box.column < right <= columns
        if not is_inside:
            raise PixelError("a text box lies outside the picture: the series is not the one that was examined")
        part = stored[box.frame, box.row : bottom, box.column : right]
        part[...] = air[box.frame]
        if (part != air[box.frame]).any():
            raise PixelError("text is still there after masking: the air value does not fit the stored type")
