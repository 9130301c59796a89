# SPDX-License-Identifier: Apache-2.0
"""The quadrilateral that an engine drew round a line, fitted to the strokes: wide rims go, letters it cut come in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.shown import STROKE, STROKES_PERCENT

REACH = 1.5  # heights of a line that are looked at to either side for letters that the engine cut off
RISE = 0.7  # heights above and below a line that are looked at besides
LETTER_GAP = 0.7  # heights of a line between its words
INK_PERCENT = 75  # of a line's strokes are less unlike its ground: rims of letters, and ground that jumps beside them
NEAR = 0.5  # of its contrast, within which a colour is a line's own
UPWARD = 1.5  # times as high as wide: a line that runs upwards, for engines too; a single letter is less high
TRIMMED = 0.25  # heights that a quadrilateral loses at each side: engines draw it up to twice as high as letters are
RIM_PX = 2  # pixels around the strokes: the blurred rim of letters
EDGE = 0.7  # of a row's pixels jump: no row of letters does
END = 0.2  # heights before what is looked at ends, where strokes must have ended: those of a picture go on
LARGE_PX = 20  # pixels of height: of larger lines engines cut less, and more would be hidden in vain
STROKE_PX = 2  # pixels of a column that jump: less is noise
WEAK = 0.5  # of the level of strokes: a rim of letters that may not be cut off
CROWDED = 0.5  # of the strokes inside a line: where as many stand around it, what is a letter cannot be told
BARE = 0.02  # of the pixels around a line jump: among more, strokes of letters cannot be followed
GROUND = 0.25  # of the faintest jump that is a stroke: less is what lossy compression leaves of black, and
GROUND_PERCENT = 98  # of the pixels beside a line jump less than its ground does at most;
ABOVE = 2.0  # times as much is ink, however faint;
SEPARABLE = 3.0  # times as much at least jump the strokes of a line that can be told from its ground for certain, and
INK_PX = 2  # pixels of a row or column between both are ink: one is noise
SMALLER = 0.9  # of a line's box: one that is not smaller than that is not worth another
TURNS = (0, -2, 2, -4, 4, -6, 6, -9, 9, -12, 12)  # degrees from the direction that an engine gave a line
CROWD_FACTOR = 2.0  # times the jumps that are usual around a line: a row of letters has more


Directions = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Two directions of one pixel's length each, column and row."""


def fitted(word: Word, seen: NDArray[Any], jump: NDArray[np.float32], faintest: float, *, grows: bool = True) -> Word:
    """Return a word whose corners hold its strokes, and little else.

    Parameters
    ----------
    seen : (row, column) array or (row, column, 3) uint8
        The frame that shows it, of any unit.
    jump : (row, column) float32
        How much each pixel jumps out of those beside it.
    faintest : float
        Weaker jumps are noise.
    grows : bool
        Whether letters beyond the ends are looked for.
    """
    corner, unit, (length, height) = directions(word)
    if min(length, height) < 3:
        return word
    rise, reach = max(2, round(RISE * height)), round(REACH * height)
    patch = rectangle(jump, corner, unit, (-reach, length + reach), (-rise, height + rise))
    inside = patch[rise : rise + round(height), reach : reach + round(length)]
    level = max(faintest, STROKE * float(np.percentile(inside, STROKES_PERCENT)))
    beside = _emptier(patch[:rise], patch[-rise:], level)
    share, crowd = float((inside > level).mean()), float((beside > level).mean())
    if share == 0:
        return word
    start, stop = _grown(word, seen, jump, (level, faintest)) if grows else (0.0, length)
    if crowd > CROWDED * share:
        is_longer = start < 0 or stop > length
        return _between(word, (start, stop), (0.0, height)) if is_longer else word
    strokes = rectangle(jump, corner, unit, (start, stop), (0, height)) > WEAK * level
    usual = float((beside > WEAK * level).mean())
    most = round(TRIMMED * height)
    top, bottom = _extent(strokes.sum(axis=1), usual * strokes.shape[1], most)
    first, last = _extent(strokes[top:bottom].sum(axis=0), usual * (bottom - top), most)
    first = min(0, first) if start < 0 else first  # what was followed there can be faint
    last = max(strokes.shape[1], last) if stop > length else last
    trimmed = _between(word, (start + first, start + last), (top, bottom))
    ground = max(GROUND * faintest, float(np.percentile(beside, GROUND_PERCENT)))
    return _tight(trimmed, jump, ABOVE * ground) if level >= SEPARABLE * ground else trimmed


def _between(word: Word, along: tuple[float, float], across: tuple[float, float]) -> Word:
    """Return a word whose corners lie in its directions between these places, pixels from its corner."""
    corner, unit, _ = directions(word)
    ends = ((along[0], across[0]), (along[1], across[0]), (along[1], across[1]), (along[0], across[1]))
    return replace(word, corners=np.array([corner + u * unit[0] + v * unit[1] for u, v in ends]))


def _grown(
    word: Word, seen: NDArray[Any], jump: NDArray[np.float32], levels: tuple[float, float]
) -> tuple[float, float]:
    """Return from where to where a line goes on, pixels along it from its corner.

    Strokes as strong as its own are followed, and those of its own colour, however faint: its letters fade over ground
    that is nearly as bright as they are.
    """
    margin = (REACH + RISE + 1) * max(directions(word)[2][1], 2.0)
    low = np.floor(word.corners.min(axis=0) - margin).clip(0, np.array(jump.shape[::-1]) - 1).astype(int)
    high = np.ceil(word.corners.max(axis=0) + margin).astype(int).clip(low + 1)
    place = slice(low[1], high[1]), slice(low[0], high[0])
    near = replace(word, corners=word.corners - low)
    own = np.where(_is_coloured(near, seen[place], jump[place], levels[0]), jump[place], np.float32(0.0))
    looked = ((jump[place], levels[0]), *((own, level) for level in levels))
    ends = [_along(near, strokes, level) for strokes, level in looked]
    return min(start for start, _ in ends), max(stop for _, stop in ends)


def _tight(word: Word, jump: NDArray[np.float32], level: float) -> Word:
    """Return the smallest rectangle of any direction that holds all ink within a line's own, and a rim.

    Parameters
    ----------
    level : float
        Ink jumps by more than that, and the ground does not.
    """
    corner, unit, (length, height) = directions(word)
    middle = corner + unit[0] * length / 2 + unit[1] * height / 2
    best, least = word, SMALLER * length * height
    for degrees in TURNS:
        turn = np.deg2rad(degrees)
        turned = (unit[0] * np.cos(turn) + unit[1] * np.sin(turn), unit[1] * np.cos(turn) - unit[0] * np.sin(turn))
        size = (
            length * abs(np.cos(turn)) + height * abs(np.sin(turn)),
            height * abs(np.cos(turn)) + length * abs(np.sin(turn)),
        )
        begin = middle - turned[0] * size[0] / 2 - turned[1] * size[1] / 2
        inside = _within(begin, turned, size, corner, unit, (length, height))
        ink = (rectangle(jump, begin, turned, (0, size[0]), (0, size[1])) > level) & inside
        rows, columns = (np.flatnonzero(ink.sum(axis=axis) >= INK_PX) for axis in (1, 0))
        if not len(rows) or not len(columns):
            return word
        top, bottom, start, stop = (
            rows[0] - RIM_PX,
            rows[-1] + 1 + RIM_PX,
            columns[0] - RIM_PX,
            columns[-1] + 1 + RIM_PX,
        )
        area = float((bottom - top) * (stop - start))
        if area < least:
            ends = ((start, top), (stop, top), (stop, bottom), (start, bottom))
            best = replace(word, corners=np.array([begin + u * turned[0] + v * turned[1] for u, v in ends]))
            least = area
    return best


def _within(
    begin: NDArray[np.float64],
    turned: Directions,
    size: tuple[float, float],
    corner: NDArray[np.float64],
    unit: Directions,
    own: tuple[float, float],
) -> NDArray[np.bool_]:
    """Return which pixels of a turned rectangle lie in a line's own: (across, along) bool."""
    u, v = np.arange(round(size[0])), np.arange(round(size[1]))
    places = begin + u[None, :, None] * turned[0] + v[:, None, None] * turned[1] - corner
    along, across = places @ unit[0], places @ unit[1]
    inside: NDArray[np.bool_] = (along >= 0) & (along <= own[0]) & (across >= 0) & (across <= own[1])
    return inside


def directions(word: Word) -> tuple[NDArray[np.float64], Directions, tuple[float, float]]:
    """Return where a line begins, its directions along and across, and its length and height, pixels."""
    corners = word.corners
    line, side = corners[1] - corners[0], corners[3] - corners[0]
    length, height = float(np.linalg.norm(line)), float(np.linalg.norm(side))
    if height >= UPWARD * length:
        corners, line, side, length, height = np.roll(corners, -1, axis=0), side, -line, height, length
    return corners[0], (line / max(length, 1e-6), side / max(height, 1e-6)), (length, height)


def _emptier(above: NDArray[np.float32], below: NDArray[np.float32], level: float) -> NDArray[np.float32]:
    """Return the band with fewer strokes: beside the other there can be another line."""
    return min(above, below, key=lambda band: float((band > level).mean()))


def _is_coloured(word: Word, seen: NDArray[Any], jump: NDArray[np.float32], level: float) -> NDArray[np.bool_]:
    """Return which pixels of what lies around a line are nearer to its colour than to its ground's: bool."""
    corner, unit, size = directions(word)
    rows, columns = np.indices(jump.shape)
    offsets = np.stack([columns, rows], axis=-1) - corner
    along, across = offsets @ unit[0], offsets @ unit[1]
    inside = (along >= 0) & (along <= size[0]) & (across >= 0) & (across <= size[1])
    samples = (seen if seen.ndim == 3 else seen[..., None]).astype(np.float32)
    weak, strong = (samples[inside & part] for part in (jump <= level, jump > level))
    if not len(weak) or not len(strong):
        return np.zeros(jump.shape, dtype=np.bool_)
    ground = np.median(weak, axis=0)
    off = np.abs(strong - ground).max(axis=-1)
    ink = np.median(strong[off >= np.percentile(off, INK_PERCENT)], axis=0)
    contrast = float(np.abs(ink - ground).max())
    is_near: NDArray[np.bool_] = np.abs(samples - ink).max(axis=-1) < NEAR * contrast
    return is_near


def _along(word: Word, jump: NDArray[np.float32], level: float) -> tuple[float, float]:
    """Return from where to where strokes that jump more than ``level`` go on along a line, pixels from its corner.

    Among many around it they cannot be followed.
    """
    corner, unit, (length, height) = directions(word)
    reach, gap = round(REACH * height), max(2, round(LETTER_GAP * height))
    start, stop = 0, round(length)
    rise = max(2, round(RISE * height))
    wide = rectangle(jump, corner, unit, (start - reach, stop + reach), (-rise, height + rise)) > level
    crowd = float(min(band[:, reach : reach + stop].mean() for band in (wide[:rise], wide[-rise:])))
    if crowd > BARE:
        return 0.0, length
    least = max(STROKE_PX, CROWD_FACTOR * crowd * height)
    strokes = wide[rise:-rise]
    strokes[strokes.mean(axis=1) > EDGE] = False  # an edge of the picture, or a rule
    around = [ndimage.uniform_filter1d(band.mean(axis=0), round(height)) for band in (wide[:rise], wide[-rise:])]
    own = ndimage.uniform_filter1d(strokes.mean(axis=0), round(height))
    is_row = own >= CROWD_FACTOR * np.minimum(*around)  # shades and edges go on above and below
    columns = np.flatnonzero((strokes.sum(axis=0) >= least) & is_row) + start - reach
    first, last = _connected(columns, start, stop, gap)
    ends = END * height if height > LARGE_PX else 0.0
    start = first - 1 if start - reach + ends <= first < start else start
    stop = last + 1 if stop < last <= stop + reach - ends else stop
    return float(start), float(stop)


def _connected(places: NDArray[np.intp], start: int, stop: int, gap: int) -> tuple[int, int]:
    """Widen ``[start, stop)`` over ``places`` that are at most ``gap`` apart."""
    for place in places[places >= stop]:
        if place - stop > gap:
            break
        stop = int(place) + 1
    for place in places[places < start][::-1]:
        if start - place > gap:
            break
        start = int(place)
    return start, stop


def _extent(counts: NDArray[np.intp], usual: float, most: int) -> tuple[int, int]:
    """Return the rows (or columns) of a line, cut to those with strokes and a rim.

    Parameters
    ----------
    counts : (row,) intp
        How many pixels of each jump; ``usual`` of them would where no line is.
    most : int
        How many rows are cut off at either side.
    """
    rows = np.flatnonzero(counts > CROWD_FACTOR * usual)
    if not len(rows):
        return 0, len(counts)
    first, last = int(rows[0]) - RIM_PX, int(rows[-1]) + 1 + RIM_PX
    return max(0, min(first, most)), min(len(counts), max(last, len(counts) - most))


def rectangle(
    jump: NDArray[np.float32],
    corner: NDArray[np.float64],
    unit: Directions,
    along: tuple[float, float],
    across: tuple[float, float],
) -> NDArray[np.float32]:
    """Return the jumps of a rectangle in a line's own directions: (across, along) float32; 0 outside of the picture."""
    u, v = np.arange(round(along[0]), round(along[1])), np.arange(round(across[0]), round(across[1]))
    places = corner + u[None, :, None] * unit[0] + v[:, None, None] * unit[1]
    found: NDArray[np.float32] = ndimage.map_coordinates(jump, [places[..., 1], places[..., 0]], order=0, cval=0.0)
    return found
