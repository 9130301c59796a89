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
    return [_word(place) for ink in _inks(numbers, sharp) for place in _rows(ink)]


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


def _rows(ink: Mask) -> Iterator[Place]:
    """Yield where rows of letters stand in ink of one value."""
    letters, sizes = letters_of(ink)
    if not sizes:
        return
    usual = float(np.percentile([max(size) for size in sizes], USUAL_PERCENT))
    gap = max(LETTER_GAP_PX, round(LETTER_GAP * usual))
    labels, _ = ndimage.label(ndimage.maximum_filter(letters, gap + 1), EIGHT)
    labels[~letters] = 0
    for label, place in enumerate(ndimage.find_objects(labels), start=1):
        if place is not None and _is_row(labels[place] == label):
            yield place


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


def _word(place: Place) -> Word:
    """Return a line that nobody read, with a rim of one pixel."""
    top, left, bottom, right = place[0].start - 1, place[1].start - 1, place[0].stop + 1, place[1].stop + 1
    return Word(np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64), "", 1.0)
