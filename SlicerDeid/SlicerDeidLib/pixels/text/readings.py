# SPDX-License-Identifier: Apache-2.0
"""Boxes of one line that was read many times: the long and narrow ones stay, those that hold no more of it go.

Frames, pictures of many frames and views of one picture show a line with other surroundings each, and an engine draws
another quadrilateral round it each time. All of them together hide far more than the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.pictures import as_numbers
from SlicerDeidLib.pixels.text.fitting import fitted
from SlicerDeidLib.pixels.text.inkfit import ink_fitted
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.words import as_box

RIM = 0.1  # heights of a line: its box' rim, beyond which the next line may begin
ALIKE_CHARACTERS = 3  # letters and digits at least of a reading that can be the same as another, if it shares
ALIKE = 0.6  # of them, in their order, and
TOGETHER = 0.4  # of the smaller box
ENDS = 0.5  # heights of a box that may reach out of those that hide the rest of its line: its blank rim


def boxes_of(
    words: Iterable[Word], seen: NDArray[Any], jump: NDArray[np.float32], faintest: float, place: tuple[int, str]
) -> tuple[TextBox, ...]:
    """Return the boxes that hide all lines, each once: what was read comes before what was only seen.

    Only the reading that is chosen grows over letters that the engine cut off: it may as well grow over something else.

    Parameters
    ----------
    seen, jump, faintest : array, array, float
        As in ``fitted``.
    place : (int, str)
        The frame, and what found the lines.
    """

    def box_of(word: Word) -> TextBox:
        return as_box(word, place[0], jump.shape, place[1])

    trimmed = []
    numbers = as_numbers(seen)
    for word in words:
        held = ink_fitted(word, numbers, jump, faintest)
        trimmed.append((word, held, box_of(held or fitted(word, seen, jump, faintest, grows=False))))
    boxes: list[TextBox] = []
    chosen: list[tuple[Word, TextBox]] = []
    for word, held, box in sorted(trimmed, key=lambda entry: (not entry[0].text, -slenderness(entry[2]))):
        if adds(box, boxes) and not any(_is_again(word, box, *other) for other in chosen):
            boxes.append(box if held else box_of(fitted(word, seen, jump, faintest)))
            chosen.append((word, box))
    return tuple(boxes)


def _is_again(word: Word, box: TextBox, other: Word, known: TextBox) -> bool:
    """Tell whether a line that was read is a hidden one, drawn too wide or beside it: no more letters, at its place."""
    text, whole = (re.sub(r"\W", "", one.text.upper()) for one in (word, other))
    if not ALIKE_CHARACTERS <= len(text) <= len(whole):
        return False
    same = sum(part.size for part in SequenceMatcher(None, text, whole, autojunk=False).get_matching_blocks())
    down = min(box.row + box.height, known.row + known.height) - max(box.row, known.row)
    across = min(box.column + box.width, known.column + known.width) - max(box.column, known.column)
    shared = max(0, down) * max(0, across)
    smaller = min(box.height * box.width, known.height * known.width)
    return same >= ALIKE * len(text) and shared >= TOGETHER * smaller


def slenderness(box: TextBox) -> float:
    """Return how many times as long as high a box is: of boxes of one line the most slender shows it best."""
    sides = _sides(corners_of(box))
    return max(sides) / max(min(sides), 1e-6)


def adds(box: TextBox, chosen: Sequence[TextBox]) -> bool:
    """Tell whether a box holds more of a line than ``chosen``, all of the same frame, hide already.

    A line is where the middle of its box runs: of a box that holds two lines it runs between them, so that neither of
    them alone hides it.
    """
    corners = corners_of(box)
    length, height = max(_sides(corners)), min(_sides(corners))
    if _sides(corners)[0] < length:
        corners = np.roll(corners, -1, axis=0)
    start, stop = (corners[0] + corners[3]) / 2, (corners[1] + corners[2]) / 2
    steps = np.linspace(0.0, 1.0, max(2, round(length)))[:, None]
    middle = start + steps * (stop - start)
    bare = np.ones(len(middle), dtype=np.bool_)
    for other in chosen:
        bare &= ~_within(middle, corners_of(other))
    return bool(bare.sum() > ENDS * height)


def corners_of(box: TextBox) -> NDArray[np.float64]:
    """Return column and row of the corners of a box, clockwise from the top left: (4, 2) float64."""
    if box.corners:
        return np.array(box.corners)
    left, top, right, bottom = box.column, box.row, box.column + box.width, box.row + box.height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)


def _sides(corners: NDArray[np.float64]) -> tuple[float, float]:
    return float(np.linalg.norm(corners[1] - corners[0])), float(np.linalg.norm(corners[3] - corners[0]))


def _within(points: NDArray[np.float64], corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which points, (n, 2), lie in a rectangle of any direction, but for the rim above and below a line."""
    inside = np.ones(len(points), dtype=np.bool_)
    sides = _sides(corners)
    for end, size in zip((corners[1], corners[3]), sides, strict=True):
        along = (points - corners[0]) @ (end - corners[0]) / max(size, 1e-6)
        rim = RIM * size if size == min(sides) else 0.0
        inside &= (along >= rim) & (along <= size - rim)
    return inside
