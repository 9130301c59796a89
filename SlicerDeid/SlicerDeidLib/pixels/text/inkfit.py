# SPDX-License-Identifier: Apache-2.0
"""The quadrilateral round a line that a program drew with one exact value, fitted to the pixels of that value.

Engines draw it too long over anatomy that jumps like letters, or end it before the last letter. Where a line's letters
are of one value that hardly anything beside them has, they say where it begins and ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.pictures import WIDE_PX
from SlicerDeidLib.pixels.text.fitting import RIM_PX, RISE, SMALLER, TURNS, directions
from SlicerDeidLib.pixels.text.ink import EIGHT, INK_PX, LETTER_PX, drawn_value
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.shown import STROKE, STROKES_PERCENT
from SlicerDeidLib.pixels.text.words import INKED

Mask = NDArray[np.bool_]
Points = NDArray[np.float64]

REACH = 4.0  # heights beyond a line's ends that are looked at for letters of its value,
GAP = 1.5  # heights at most from one to the next, and
GAP_PX = 3  # pixels at least; above and below
MARK = 0.35  # heights: dots and accents stand off their letters
ACROSS = 0.2  # heights at most that letters reach out of a line: engines cut their ends, hardly ever their heads
SHAPE_PX = 4  # pixels that touch are of a letter; fewer, as dots are, only
DOT = 12.0  # times as high as the core of a dot, wide and high, is a line: smaller shapes are chance
RARE = 0.002  # where no more of the pixels around the line are of its value
SHARP = 0.2  # of the pixels of a shape beyond the ends must jump: those of flat anatomy do not,
EVEN = 0.1  # heights, and
EVEN_PX = 1.5  # pixels at least: nor do those of letters over ground of their brightness, but these begin and end as
# high as another letter
SHADED = (
    0.8  # heights beyond the last letter of its value that a letter without any, of shades, can take within a line,
)
APART = 0.3  # heights at most from one stroke of it to the next
SMALL_PX = 11  # pixels of height: of lower letters whose rims are shaded not all have a pixel of the line's value, and
CUT = 0.5  # heights at most are cut off at their ends
OWN = (
    0.125  # of the share that a line's pixels have of its value, its surroundings may have: more is a map or a palette
)
OTHER = (
    0.2  # of a square as high as the line that is cut off may be strokes: letters of another value have more, and so
)
LEAST = 0.25  # of a square at least must be looked at, for a share of it to be told
ABOVE = 1.5  # times as many as squares beside it have
VALUES = 3  # of a line are tried, the most frequent first: that of a rule beside letters is of more pixels than theirs
ASKEW = 0.25  # sine: engines draw upright lines up to 14 degrees askew
FLAT = 0.1  # of the pixels beside a line have one value: its ground, which jumps along letters as they do
MOST = 0.3  # of a line's height at least is that of its letters: engines draw it up to three times as high


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """What lies around a line: pixels as (n, 2) along and across it, from its corner."""

    along: NDArray[np.float64]
    across: NDArray[np.float64]
    size: tuple[float, float]

    def within(self, start: float, stop: float, top: float, bottom: float) -> Mask:
        """Return which pixels lie in a rectangle of the line's directions, the rectangle itself included."""
        inside: Mask = (self.along >= start) & (self.along <= stop) & (self.across >= top) & (self.across <= bottom)
        return inside


def ink_fitted(word: Word, numbers: NDArray[Any], jump: NDArray[np.float32], faintest: float) -> Word | None:
    """Return a word whose corners hold its letters and a rim; None where they are not of one value of their own.

    Engines draw lines that run upwards askew: those are followed straight up, where that makes them smaller, or longer
    and no wider.

    Parameters
    ----------
    numbers : (row, column) integer or float
        One number for each value or colour, as ``pictures.as_numbers`` returns it.
    jump : (row, column) float32
        How much each pixel jumps out of those beside it.
    faintest : float
        Weaker jumps are noise.
    """
    _, unit, (length, height) = directions(word)
    if abs(unit[0][1]) <= abs(unit[0][0]):
        return _held(word, numbers, jump, faintest)
    if abs(unit[0][0]) > ASKEW:
        return None
    held = _held(replace(word, corners=_upright(word)), numbers, jump, faintest)
    if held is None:
        return None
    held_length, held_height = directions(held)[2]
    is_smaller = held_length * held_height < SMALLER * length * height
    return held if is_smaller or held_height <= height else None


def _upright(word: Word) -> Points:
    """Return the corners of the upright rectangle round a word."""
    (left, top), (right, bottom) = word.corners.min(axis=0), word.corners.max(axis=0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _held(word: Word, numbers: NDArray[Any], jump: NDArray[np.float32], faintest: float) -> Word | None:
    """Return a word whose corners hold its letters; see ``ink_fitted``."""
    corner, unit, (length, height) = directions(word)
    if min(length, height) < 3:
        return None
    place = _around(corner, unit, (length, height), jump.shape)
    rows, columns = np.indices((place[0].stop - place[0].start, place[1].stop - place[1].start))
    offsets = np.stack([columns + place[1].start - corner[0], rows + place[0].start - corner[1]], axis=-1)
    around = _Frame(offsets @ unit[0], offsets @ unit[1], (length, height))
    inside = around.within(0, length, 0, height)
    rise = max(2.0, RISE * height)
    beside = around.within(0, length, -rise, height + rise) & ~around.within(0, length, -2, height + 2)
    if not inside.any() or not beside.any():
        return None
    sharp = jump[place] > faintest
    strong = sharp & (jump[place] > STROKE * float(np.percentile(jump[place][inside], STROKES_PERCENT)))
    asked = inside & strong & ~_ground(numbers[place], beside)
    for _ in range(VALUES):
        value = drawn_value(numbers[place][asked])
        if value is None:
            return None
        same = numbers[place] == value
        ink = _ink(same, sharp, strong, around, inside, beside)
        if ink is not None:
            return replace(word, corners=corner + _rectangle(ink) @ np.stack(unit))
        asked &= ~same
    return None


def _ground(numbers: NDArray[Any], beside: Mask) -> Mask:
    """Return which pixels have a value that lies flat beside a line: with few values it hides that of the letters."""
    levels, counts = np.unique(numbers[beside], return_counts=True)
    ground: Mask = np.isin(numbers, levels[counts >= FLAT * beside.sum()])
    return ground


def _ink(same: Mask, sharp: Mask, strong: Mask, around: _Frame, inside: Mask, beside: Mask) -> Points | None:
    """Return where the letters of a value lie, (n, 2) along and across the line; None where it is not the line's."""
    length, height = around.size
    rise = max(2.0, RISE * height)
    share = float(same[beside].mean())
    if share > OWN * float(same[inside].mean()) or ndimage.minimum_filter(same, WIDE_PX).any():
        return None
    near = same & around.within(-np.inf, np.inf, -rise, height + rise)
    letters = _letters(near, sharp, around, is_rare=share <= RARE)
    if letters.sum() < INK_PX:
        return None
    unshaded = np.ptp(around.along[letters]) * np.ptp(around.across[letters])
    if letters.sum() < INKED * unshaded:
        return None
    letters |= _shaded(strong & inside, letters, around)
    ink = np.stack([around.along[letters], around.across[letters]], axis=-1)
    held = np.concatenate([ink.min(axis=0) - RIM_PX, ink.max(axis=0) + RIM_PX])
    if min(held[3], height) - max(held[1], 0.0) < MOST * height:
        return None
    if held[3] - held[1] - 2 * RIM_PX < SMALL_PX and max(held[0], length - held[2]) > CUT * height:
        return None
    cut = inside & ~around.within(held[0], held[2], held[1], held[3])
    if _has_letters(strong, cut, beside, round(height)):
        return None
    low, high = ink.min(axis=0), ink.max(axis=0)
    letters |= _strokes_of(letters, strong & around.within(low[0], high[0], low[1], high[1]))
    return np.stack([around.along[letters], around.across[letters]], axis=-1)


def _around(
    corner: Points, unit: tuple[Points, Points], size: tuple[float, float], shape: tuple[int, ...]
) -> tuple[slice, slice]:
    """Return the rows and columns in which the rest of a line can lie."""
    reach, rise = REACH * size[1], max(2.0, RISE * size[1])
    ends = [corner + u * unit[0] + v * unit[1] for u in (-reach, size[0] + reach) for v in (-rise, size[1] + rise)]
    low = np.clip(np.floor(np.min(ends, axis=0)).astype(int), 0, np.array(shape[1::-1]) - 1)
    high = np.clip(np.ceil(np.max(ends, axis=0)).astype(int) + 1, low + 1, np.array(shape[1::-1]))
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _letters(same: Mask, sharp: Mask, around: _Frame, *, is_rare: bool) -> Mask:
    """Return the shapes of a line's value that stand in the line or go on along it."""
    labels, count = ndimage.label(same, EIGHT)
    numbers = np.arange(1, count + 1)
    sizes = ndimage.sum_labels(same, labels, numbers)
    ends = [
        part(where, labels, numbers)
        for where in (around.along, around.across)
        for part in (ndimage.minimum, ndimage.maximum)
    ]
    start, stop, top, bottom = (np.asarray(end, dtype=np.float64) for end in ends)
    longest, shortest = np.maximum(stop - start, bottom - top), np.minimum(stop - start, bottom - top)
    fits = (longest <= max(LETTER_PX)) & (shortest <= min(LETTER_PX)) & ((sizes >= SHAPE_PX) | is_rare)
    length, height = around.size
    beyond = max(2.0, ACROSS * height)
    fits &= (top >= -beyond) & (bottom <= height + beyond)
    middle, level = (start + stop) / 2, (top + bottom) / 2
    chosen = fits & (middle >= 0) & (middle <= length) & (level >= 0) & (level <= height) & (sizes >= SHAPE_PX)
    if not chosen.any():
        return np.zeros_like(same)
    tall = bottom[chosen].max() - top[chosen].min() + 1
    gap, mark = max(GAP_PX, GAP * tall), max(2.0, MARK * tall)
    fits &= sizes >= (tall / DOT) ** 2
    even = max(EVEN_PX, EVEN * tall)
    as_high = np.abs(top[:, None] - top[chosen]) <= even
    as_high &= np.abs(bottom[:, None] - bottom[chosen]) <= even
    fits &= (ndimage.mean(sharp, labels, numbers) >= SHARP) | (is_rare & as_high.any(axis=1))
    fits &= (top >= top[chosen].min() - mark) & (bottom <= bottom[chosen].max() + mark)
    while True:
        more = fits & (start <= stop[chosen].max() + gap) & (stop >= start[chosen].min() - gap)
        if not (more & ~chosen).any():
            break
        chosen |= more
    picked = np.concatenate([[False], chosen])
    letters: Mask = picked[labels]
    return letters


def _shaded(strong: Mask, letters: Mask, around: _Frame) -> Mask:
    """Return the strokes of a letter at either end that is all of shades, because it is thin."""
    along, across = around.along[letters], around.across[letters]
    tall = float(np.ptp(across)) + 1
    found = np.zeros_like(letters)
    for way, end in ((1.0, float(along.max())), (-1.0, float(-along.min()))):
        beyond = way * around.along - end
        rest = strong & (around.across >= across.min()) & (around.across <= across.max())
        rest &= (beyond > 0) & (beyond <= SHADED * tall)
        reached = 0.0
        for place in np.unique(beyond[rest]):
            if place - reached > max(2.0, APART * tall):
                break
            reached = float(place)
        found |= rest & (beyond <= reached)
    return found


def _strokes_of(letters: Mask, strong: Mask) -> Mask:
    """Return the strokes that hold ink: of slanting letters a part is of shades, and ink alone can lean elsewhere."""
    labels, count = ndimage.label(strong, EIGHT)
    is_inked = np.zeros(count + 1, dtype=np.bool_)
    is_inked[labels[letters]] = True
    is_inked[0] = False
    strokes: Mask = is_inked[labels]
    return strokes


def _has_letters(strong: Mask, cut: Mask, beside: Mask, height: int) -> bool:
    """Tell whether what would be cut off has more strokes than there are beside the line: letters of another value."""
    if not cut.any():
        return False
    most = []
    for where in (cut, beside):
        inside, shown = (
            ndimage.uniform_filter(part.astype(np.float32), height, mode="constant") for part in (strong & where, where)
        )
        most.append(float((inside / np.maximum(shown, np.float32(LEAST)))[where].max()))
    return most[0] > max(OTHER, ABOVE * most[1])


def _rectangle(ink: Points) -> Points:
    """Return the smallest rectangle of any direction that holds all of ``ink``, (n, 2), and a rim: (4, 2) corners."""
    best, least = np.zeros((4, 2)), np.inf
    for degrees in TURNS:
        turn = np.deg2rad(degrees)
        turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        placed = ink @ turned.T
        low, high = placed.min(axis=0) - RIM_PX, placed.max(axis=0) + RIM_PX
        area = float((high - low).prod())
        if area < SMALLER * least:
            corners = np.array([[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]])
            best, least = corners @ turned, area
    return best
