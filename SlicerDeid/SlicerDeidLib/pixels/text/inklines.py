# SPDX-License-Identifier: Apache-2.0
"""Lines of ink on one frame of any kind: letters of exactly one value or colour, found without reading.

As in ``ink``, no measured image has many sharp pixels of one value at one place. What a program drew besides text
(rules, axes, arrows, regions of interest) is of one value too: only rows of letters are taken, of any script.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.pictures import WIDE_PX, as_numbers, is_measured, spread
from SlicerDeidLib.pixels.prescreen import TILE_PX
from SlicerDeidLib.pixels.text.ink import EIGHT, drawn_values, letters_of
from SlicerDeidLib.pixels.text.ocr import Word

Mask = NDArray[np.bool_]
Place = tuple[slice, slice]
Corners = NDArray[np.float64]
"""(4, 2): column and row, clockwise from the top left."""

SHARP = 0.1  # of what a viewer shows: the second difference of faint letters
ENDS = 2  # lowest values of a grey picture: they are clipped there, not drawn
ALIKE = 0.2  # of the pixels around, less ground and ink, have the value of the one beside them: where more do, values
OWN = 0.7  # must be the ink's own, of whose pixels so many lie there: shades of a map lie everywhere
LETTER_PX = 4  # pixels of one value that touch are of a letter, sharp or not
SHARP_SHARE = 0.2  # of smaller shapes
NEAR_SHARP_PX = 2  # pixels from a sharp one of the same value lie
NEAR_SHARP = 0.6  # of those that a program drew; what lies around letters jumps too, but only beside them
INK_PX = 12  # pixels of a line
HEIGHTS_PX = (5, 64)  # of a line
LONG = 1.5  # times as long as high
LONG_SLANTING = 2.0  # times with its slope, and
SLOPE = 0.36  # rows for each column at most, 20 degrees;
COVERED = 0.75  # of its length has letters: two marks and the dotted line between them, of a measured length, have less
LEVELLED = 0.8  # of its rows are left at most when its slope is taken away: less is chance
DENSE = 0.07  # of a line's box is ink: less is chance
STROKES = 3.0  # strokes that are crossed by going along a line, and
FULL = 0.2  # fewer where so much of its box is ink, which chance does not make:
STROKES_FULL = 2.0
STROKES_EACH = 0.45  # for each height of its length: 0.5 to 2.4 in lines of four scripts; rules and arrows have one
CHANGES = 3  # times from one row to the next
CHANGED = 0.15  # of a row's ink or more comes or goes: ticks of a scale go straight down, and end at two heights
TALL = 0.4  # of a line's height have letters, and
TALL_SHARE = 0.5  # of the ink is of such: grains that happen to have one value are small
LETTER_GAP = 0.7  # of a letter's height, and
LETTER_GAP_PX = 8  # pixels at least, between letters of a line
USUAL_PERCENT = 90  # of the shapes are smaller than what counts as a letter's height


def lines(seen: NDArray[Any], jump: NDArray[np.float32]) -> list[Word]:
    """Return the lines that a program drew with one value each.

    Parameters
    ----------
    seen : (row, column) array or (row, column, 3) uint8
        The frame as it is meant to be seen.
    jump : (row, column) float32
        How much each pixel jumps out of those beside it; 0 where nothing is looked at.

    Returns
    -------
    list of Word
        Without text.
    """
    if not is_measured(seen):  # all of it is drawn
        return []
    numbers = as_numbers(seen)
    sharp = jump > SHARP * spread(seen)
    if seen.ndim == 2:
        levels = np.unique(numbers)
        sharp &= numbers > levels[min(ENDS, len(levels)) - 1]
    return [Word(corners, "", 1.0) for ink in _inks(numbers, sharp) for corners in _rows(ink)]


def _inks(numbers: NDArray[Any], sharp: Mask) -> Iterator[Mask]:
    """Yield where ink can be, one value after the other: (row, column) bool."""
    flat = ndimage.minimum_filter(numbers, WIDE_PX) == ndimage.maximum_filter(numbers, WIDE_PX)
    ground = ndimage.maximum_filter(flat, WIDE_PX)
    regions: dict[int, list[Place]] = {}
    for offset in (0, TILE_PX // 2):
        for (row, column), value in drawn_values(numbers[offset:, offset:], sharp[offset:, offset:]):
            at = tuple(slice(max(0, (n - 1) * TILE_PX + offset), (n + 2) * TILE_PX + offset) for n in (row, column))
            regions.setdefault(value, []).append((at[0], at[1]))
    for value, places in regions.items():
        where = np.zeros(numbers.shape, dtype=np.bool_)
        alike = []
        for place in places:
            where[place] = True
            alike.append(_alike(numbers[place], value, ground[place]))
        same = numbers == value
        there = same & where
        own = float(there.sum()) / float(same.sum())
        if (there & ground).any() or (min(alike) > ALIKE and own < OWN):
            continue
        near = ndimage.maximum_filter(there & sharp, 2 * NEAR_SHARP_PX + 1)
        if near[there].mean() >= NEAR_SHARP:
            yield _shapes(there, sharp)


def _alike(numbers: NDArray[Any], value: int, ground: Mask) -> float:
    """Return how many of the pixels that are neither ink nor ground have the value of the one beside them."""
    other = numbers != value
    pairs = other[:, 1:] & other[:, :-1] & ~(ground[:, 1:] & ground[:, :-1])
    return float(((numbers[:, 1:] == numbers[:, :-1]) & pairs).sum()) / max(1.0, float(pairs.sum()))


def _shapes(same: Mask, sharp: Mask) -> Mask:
    """Return the shapes among pixels of one value that are larger than chance or sharp."""
    labels, count = ndimage.label(same, EIGHT)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    sharps = np.bincount(labels[sharp & same], minlength=count + 1)
    chosen = (sizes >= LETTER_PX) | (sharps >= SHARP_SHARE * sizes)
    chosen[0] = False
    shapes: Mask = chosen[labels]
    return shapes


def _rows(ink: Mask) -> Iterator[Corners]:
    """Yield the corners of rows of letters in ink of one value, with a rim of one pixel."""
    letters, sizes = letters_of(ink)
    if not sizes:
        return
    usual = float(np.percentile([max(size) for size in sizes], USUAL_PERCENT))
    gap = max(LETTER_GAP_PX, round(LETTER_GAP * usual))
    labels, _ = ndimage.label(ndimage.maximum_filter(letters, gap + 1), EIGHT)
    labels[~letters] = 0
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        if place is None:
            continue
        own = labels[place] == label
        corner = np.array([place[1].start, place[0].start], dtype=np.float64)
        if _is_row(own):
            yield corner + _ends(own.shape[::-1])
        elif own.shape[1] >= own.shape[0]:
            yield from (corner + corners for corners in _slanting(own))
        else:
            yield from (corner + corners[::-1, ::-1] for corners in _slanting(own.T))


def _ends(size: tuple[int, int]) -> Corners:
    """Return the corners round ``size``, columns and rows of ink, clockwise from the top left, and a rim."""
    return np.array([[-1, -1], [size[0] + 1, -1], [size[0] + 1, size[1] + 1], [-1, size[1] + 1]], dtype=np.float64)


def _slanting(own: Mask) -> Iterator[Corners]:
    """Yield the corners of ink, longer than high, that is a row of letters when its slope is taken away."""
    rows, columns = np.nonzero(own)
    if len(rows) < INK_PX or own.shape[1] < LONG_SLANTING * own.shape[0]:
        return
    slope = float(np.polyfit(columns, rows, 1)[0])
    if abs(slope) > SLOPE:
        return
    down = np.rint(rows - slope * columns).astype(int)
    level = np.zeros((np.ptp(down) + 1, own.shape[1]), dtype=np.bool_)
    level[down - down.min(), columns] = True
    if len(level) <= LEVELLED * len(own) and _is_row(level) and _is_tall_throughout(level):
        along, across = np.array([1.0, slope]), np.array([-slope, 1.0])
        unit = np.stack([along, across]) / np.linalg.norm(along)
        ink = np.stack([columns, rows], axis=-1) @ unit.T
        low = ink.min(axis=0)
        size = np.ceil(ink.max(axis=0) - low).astype(int) + 1
        yield (low + _ends((int(size[0]), int(size[1])))) @ unit


def _is_row(own: Mask) -> bool:
    """Tell whether ink, (row, column) bool and no larger than it, is a row of letters of any script."""
    upright = own if own.shape[1] >= own.shape[0] else own.T
    height, length = upright.shape
    if own.sum() < INK_PX or not HEIGHTS_PX[0] <= height <= HEIGHTS_PX[1] or length < LONG * height:
        return False
    begins = np.diff(np.pad(upright, ((0, 0), (1, 0))).astype(np.int8), axis=1) == 1
    crossed = begins.sum(axis=1)[upright.any(axis=1)]
    least = STROKES_FULL if own.mean() >= FULL else STROKES
    if own.mean() < DENSE or crossed.mean() < max(least, STROKES_EACH * length / height):
        return False
    changed = (upright[1:] ^ upright[:-1]).sum(axis=1) >= CHANGED * own.sum() / height
    if changed.sum() < CHANGES:
        return False
    labels, _ = ndimage.label(ndimage.maximum_filter(upright, 3), EIGHT)  # of shaded letters only parts are ink
    tall = [
        upright[place][labels[place] == label].sum()
        for label, place in enumerate(ndimage.find_objects(labels), start=1)
        if place[0].stop - place[0].start >= TALL * height
    ]
    return float(sum(tall)) >= TALL_SHARE * float(own.sum())


def _is_tall_throughout(level: Mask) -> bool:
    """Tell whether most pieces of a row, each as long as it is high, have letters: not only marks at both ends."""
    height, length = level.shape
    pieces = np.array_split(level, max(1, round(length / height)), axis=1)
    spans = [np.ptp(np.nonzero(piece)[0]) + 1 if piece.any() else 0 for piece in pieces]
    return float(np.mean(np.array(spans) >= TALL * height)) >= COVERED
