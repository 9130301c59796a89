# SPDX-License-Identifier: Apache-2.0
"""The quadrilateral that an engine drew round a line, fitted to the strokes: wide rims go, letters it cut come in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.ocr import Word
from SlicerDeidLib.pixels.shown import STROKE, STROKES_PERCENT

REACH = 1.5  # heights of a line that are looked at to either side for letters that the engine cut off
RISE = 0.7  # heights above and below a line that are looked at besides
LETTER_GAP = 0.7  # heights of a line between its words
RIM_PX = 2  # pixels around the strokes: the blurred rim of letters
EDGE = 0.7  # of a row's pixels jump: no row of letters does
STROKE_PX = 2  # pixels of a column that jump: less is noise
WEAK = 0.5  # of the level of strokes: a rim of letters that may not be cut off
CROWDED = 0.5  # of the strokes inside a line: where as many stand around it, what is a letter cannot be told
BARE = 0.02  # of the pixels around a line jump: among more, strokes of letters cannot be followed
CROWD_FACTOR = 2.0  # times the jumps that are usual around a line: a row of letters has more


def fitted(word: Word, jump: NDArray[np.float32], faintest: float, *, grows: bool = True) -> Word:
    """Return a word whose corners hold its strokes, and little else.

    Parameters
    ----------
    jump : (row, column) float32
        How much each pixel jumps out of those beside it.
    faintest : float
        Weaker jumps are noise.
    grows : bool
        Whether letters beyond the ends are looked for.
    """
    corners = word.corners
    if np.linalg.norm(corners[1] - corners[0]) < np.linalg.norm(corners[3] - corners[0]):
        corners = np.roll(corners, -1, axis=0)  # a line that runs upwards: along its longer side
    line, side = corners[1] - corners[0], corners[3] - corners[0]
    length, height = float(np.linalg.norm(line)), float(np.linalg.norm(side))
    if min(length, height) < 3:
        return word
    unit = line / length, side / height
    rise, reach = max(2, round(RISE * height)), round(REACH * height)
    patch = _patch(jump, corners[0], unit, (-reach, length + reach), (-rise, height + rise))
    inside = patch[rise : rise + round(height), reach : reach + round(length)]
    level = max(faintest, STROKE * float(np.percentile(inside, STROKES_PERCENT)))
    beside = _emptier(patch[:rise], patch[-rise:], level)
    share, crowd = float((inside > level).mean()), float((beside > level).mean())
    if share == 0 or crowd > CROWDED * share:
        return word
    start, stop = (
        _along(jump, corners[0], unit, (length, height), level, crowd) if grows and crowd <= BARE else (0.0, length)
    )
    strokes = _patch(jump, corners[0], unit, (start, stop), (0, height)) > WEAK * level
    usual = float((beside > WEAK * level).mean())
    top, bottom = _extent(strokes.sum(axis=1), usual * strokes.shape[1])
    first, last = _extent(strokes[top:bottom].sum(axis=0), usual * (bottom - top))
    start, stop = start + first, start + last
    ends = ((start, top), (stop, top), (stop, bottom), (start, bottom))
    return replace(word, corners=np.array([corners[0] + u * unit[0] + v * unit[1] for u, v in ends]))


def _emptier(above: NDArray[np.float32], below: NDArray[np.float32], level: float) -> NDArray[np.float32]:
    """Return the band with fewer strokes: beside the other there can be another line."""
    return min(above, below, key=lambda band: float((band > level).mean()))


def _along(
    jump: NDArray[np.float32],
    corner: NDArray[np.float64],
    unit: tuple[NDArray[np.float64], NDArray[np.float64]],
    size: tuple[float, float],
    level: float,
    crowd: float,
) -> tuple[float, float]:
    """Return from where to where strokes as strong as a line's own go on along it, from its corner.

    Parameters
    ----------
    size : (float, float)
        Length and height of the line, pixels.
    crowd : float
        Share of the pixels around it that jump as strongly.
    """
    length, height = size
    least = max(STROKE_PX, CROWD_FACTOR * crowd * height)
    reach, gap = round(REACH * height), max(2, round(LETTER_GAP * height))
    start, stop = 0, round(length)
    strokes = _patch(jump, corner, unit, (start - reach, stop + reach), (0, height)) > level
    strokes[strokes.mean(axis=1) > EDGE] = False  # an edge of the picture, or a rule
    columns = np.flatnonzero(strokes.sum(axis=0) >= least) + start - reach
    start, stop = _connected(columns, start, stop, gap)
    return float(start - (start < 0)), float(stop + (stop > length))


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


def _extent(counts: NDArray[np.intp], usual: float) -> tuple[int, int]:
    """Return the rows (or columns) of a line, cut to those with strokes and a rim.

    Parameters
    ----------
    counts : (row,) intp
        How many pixels of each jump; ``usual`` of them would where no line is.
    """
    rows = np.flatnonzero(counts > CROWD_FACTOR * usual)
    if not len(rows):
        return 0, len(counts)
    return max(0, int(rows[0]) - RIM_PX), min(len(counts), int(rows[-1]) + 1 + RIM_PX)


def _patch(
    jump: NDArray[np.float32],
    corner: NDArray[np.float64],
    unit: tuple[NDArray[np.float64], NDArray[np.float64]],
    along: tuple[float, float],
    across: tuple[float, float],
) -> NDArray[np.float32]:
    """Return the jumps of a rectangle in a line's own directions: (across, along) float32; 0 outside of the picture."""
    u, v = np.arange(round(along[0]), round(along[1])), np.arange(round(across[0]), round(across[1]))
    places = corner + u[None, :, None] * unit[0] + v[:, None, None] * unit[1]
    found: NDArray[np.float32] = ndimage.map_coordinates(jump, [places[..., 1], places[..., 0]], order=0, cval=0.0)
    return found
