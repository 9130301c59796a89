# SPDX-License-Identifier: Apache-2.0
"""Burned-in text on single frames of any kind: every frame is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.ocr import Word, engine
from SlicerDeidLib.pixels.pictures import enlarged, inverted
from SlicerDeidLib.pixels.words import as_box, distinct, is_drawn, is_harmless, is_text

NAME = "ocr"


def find_text(
    pictures: Sequence[NDArray[np.uint8]], frame: int, *, keeps_harmless: bool = False, is_thorough: bool = False
) -> tuple[TextBox, ...]:
    """Find the text of one frame.

    Parameters
    ----------
    pictures : sequence of (row, column) or (row, column, 3) uint8
        Views of the same frame.
    frame : int
        Its number, for the boxes.
    keeps_harmless : bool
        Whether measurements, laterality markers and window values are no text.
    is_thorough : bool
        Whether each view is read at its own size as well, and with its light and dark exchanged.

    Raises
    ------
    EngineMissing
        When no OCR engine is installed.
    """
    read = engine()
    words: list[Word] = []
    for picture in pictures:
        larger, scale = enlarged(picture)
        words += _texts(read(larger), scale, picture)
        if is_thorough:
            words += _texts(read(inverted(larger)), scale, picture)
        if is_thorough and scale > 1:
            words += _texts(read(picture), 1, picture)
    wanted = [word for word in distinct(words) if not (keeps_harmless and is_harmless(word.text))]
    return tuple(as_box(word, frame, pictures[0].shape, NAME) for word in wanted)


def _texts(words: Iterable[Word], scale: int, picture: NDArray[np.uint8]) -> Iterator[Word]:
    """Yield what is text, in the pixels of ``picture``."""
    for word in words:
        placed = replace(word, corners=word.corners / scale)
        if is_text(placed) or is_drawn(placed, picture):
            yield placed
