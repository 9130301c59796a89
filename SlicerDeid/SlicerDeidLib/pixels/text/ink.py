# SPDX-License-Identifier: Apache-2.0
"""Ink: many sharp pixels of exactly one stored value at one place. A scanner's values differ by noise; a pen's do not.

It is found without reading, so that script, size and contrast do not matter, as long as a program drew it without
shades. Letters whose rims are shaded have a core of ink from some 14 pixels on; lossy compression takes it away.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.air import AIR_HU, STROKE_PX
from SlicerDeidLib.pixels.prescreen import TILE_PX, is_padding

Mask = NDArray[np.bool_]

NAME = "ink"
SHARP_HU = 150.0  # HU of second difference: faint letters jump by their contrast, of 300 HU and more
INK_PX = 12  # sharp pixels of one value in a tile, and
INK_ALONE = 4  # times as many as of any value near it besides: 17 to 190 in drawn lines, where all real CT slices at
# hand have at most 13, of noise so strong that values near it are as frequent
NEAR_VALUES = 3  # values to either side that occur
ALIKE = 0.2  # of the pixels have the value of the one beside them: more where there is no noise, and all is drawn;
# in real head CT 0.03 to 0.10
PADDED = 0.9  # of the padding at least has its one value: in real series all of it, where nothing is drawn
EDGE_PX = 2  # pixels around the field of view where padding can have other values: those of an interpolation
CLOSE_TO_AIR_HU = 50.0  # HU above air: values clipped there are not drawn
LETTER_PX = (64, 200)  # rows, columns at most of letters that touch; longer shapes are rules, frames and curves
TALL_PERCENT = (
    90  # of the shapes are smaller than what counts as a letter's height: of shaded letters only parts are ink
)
LETTER_GAP = 0.7  # of that height, and
LETTER_GAP_PX = 8  # pixels at least, between letters that are hidden together
LINE = 2.0  # times as long as high: a line is hidden whole, however thin its letters; so is
DENSE = 0.08  # what has as much ink in its box. Letters along a curve have less, and are hidden one by one
LEAST_PX = 4  # pixels of ink: fewer are chance
RIM_PX = 2  # pixels around letters: their shaded rim
EIGHT = np.ones((3, 3))


def inked(stored: NDArray[np.integer], values: NDArray[np.float32], jump: NDArray[np.float32]) -> Mask:
    """Return where a program drew on a CT slice: (row, column) bool.

    Parameters
    ----------
    stored : (row, column) integer
        Stored values. The largest one is no ink: metal is of it. Nor are areas of one value that are wider than strokes
        of letters: other programs leave them where they took something away.
    values : (row, column) float32
        HU.
    jump : (row, column) float32
        HU of second difference; 0 where nothing is looked at.
    """
    ink = _in_padding(stored, is_padding(values))
    shown = values > AIR_HU + CLOSE_TO_AIR_HU
    alike = (stored[:, 1:] == stored[:, :-1])[shown[:, 1:]]
    if not alike.size or float(alike.mean()) > ALIKE:
        return ink
    sharp = shown & (jump > SHARP_HU) & (stored < stored.max())
    for tile, value in drawn_values(stored, sharp):
        near = tuple(slice(max(0, (n - 1) * TILE_PX), (n + 2) * TILE_PX) for n in tile)
        same = stored[near] == value
        wide = ndimage.maximum_filter(ndimage.minimum_filter(same, STROKE_PX), STROKE_PX)
        ink[near] |= sharp[near] & same & ~wide
    return ink


def _in_padding(stored: NDArray[np.integer], padding: Mask) -> Mask:
    """Return where padding has another value than its own: scanners write one, and text there shows in no window."""
    if not padding.any():
        return np.zeros(stored.shape, dtype=np.bool_)
    levels, counts = np.unique(stored[padding], return_counts=True)
    if counts.max() == padding.sum() or counts.max() < PADDED * padding.sum():
        return np.zeros(stored.shape, dtype=np.bool_)
    wide = ndimage.maximum_filter(ndimage.minimum_filter(~padding, STROKE_PX), STROKE_PX + 2 * EDGE_PX)
    drawn: Mask = padding & (stored != levels[np.argmax(counts)]) & ~wide
    return drawn


def drawn_values(stored: NDArray[np.integer], sharp: Mask) -> Iterator[tuple[tuple[int, int], int]]:
    """Yield tiles, row and column, with a value that too many of their sharp pixels have."""
    rows, columns = np.nonzero(sharp)
    if len(rows) < INK_PX:
        return
    levels, rank = np.unique(stored[rows, columns], return_inverse=True)
    across = -(-stored.shape[1] // TILE_PX)
    spacing = len(levels) + NEAR_VALUES  # no value is near one of the next tile
    keys, counts = np.unique((rows // TILE_PX * across + columns // TILE_PX) * spacing + rank, return_counts=True)
    for n in np.flatnonzero(counts >= INK_PX):
        first, last = np.searchsorted(keys, (keys[n] - NEAR_VALUES, keys[n] + NEAR_VALUES + 1))
        beside = max(counts[first:n].max(initial=0), counts[n + 1 : last].max(initial=0))
        if counts[n] >= INK_PX + INK_ALONE * beside:
            tile, level = divmod(int(keys[n]), spacing)
            yield divmod(tile, across), int(levels[level])


def drawn_value(numbers: NDArray[Any]) -> Any | None:
    """Return the value that too many of a line's sharp pixels have; None where all can be noise."""
    if numbers.size < INK_PX:
        return None
    levels, counts = np.unique(numbers, return_counts=True)
    most = int(np.argmax(counts))
    beside = np.delete(counts[max(0, most - NEAR_VALUES) : most + NEAR_VALUES + 1], min(most, NEAR_VALUES))
    return levels[most] if counts[most] >= INK_PX + INK_ALONE * int(beside.max(initial=0)) else None


def boxes_of(ink: Mask, frame: int) -> list[TextBox]:
    """Return the boxes that hide the letters among ``ink``, (row, column) bool: a line's together where they are close.

    Shapes longer than letters are rules, frames and curves, and no text.
    """
    letters, sizes = letters_of(ink)
    if not sizes:
        return []
    gap = max(LETTER_GAP_PX, round(LETTER_GAP * float(np.percentile([max(size) for size in sizes], TALL_PERCENT))))
    lines, _ = ndimage.label(ndimage.maximum_filter(letters, gap + 1), EIGHT)
    lines[~letters] = 0
    boxes = []
    for line, place in enumerate(ndimage.find_objects(lines), start=1):
        if place is None:
            continue
        own = lines[place] == line
        if own.sum() < LEAST_PX:
            continue
        short, long = sorted(own.shape)
        if own.mean() >= DENSE or (short <= LETTER_PX[0] and long >= LINE * short):
            boxes.append(_box(place, frame, ink.shape))
            continue
        alone, _ = ndimage.label(own, EIGHT)
        for letter in ndimage.find_objects(alone):
            at = tuple(slice(p.start + q.start, p.start + q.stop) for p, q in zip(place, letter, strict=True))
            boxes.append(_box(at, frame, ink.shape))
    return boxes


def letters_of(ink: Mask) -> tuple[Mask, list[tuple[int, int]]]:
    """Return the shapes of ``ink`` that are no longer than letters, and their rows and columns."""
    labels, count = ndimage.label(ink, EIGHT)
    is_letter = np.zeros(count + 1, dtype=np.bool_)
    sizes = []
    for label, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        size = rows.stop - rows.start, columns.stop - columns.start
        is_letter[label] = min(size) <= LETTER_PX[0] and max(size) <= LETTER_PX[1]
        if is_letter[label]:
            sizes.append(size)
    letters: Mask = is_letter[labels]
    return letters, sizes


def _box(place: tuple[slice, ...], frame: int, shape: tuple[int, ...]) -> TextBox:
    """Return a box with a rim within the frame."""
    top, left = (max(0, part.start - RIM_PX) for part in place)
    bottom, right = (min(size, part.stop + RIM_PX) for part, size in zip(place, shape, strict=True))
    return TextBox(frame, top, left, bottom - top, right - left, NAME)
