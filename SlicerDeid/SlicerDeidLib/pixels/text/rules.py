# SPDX-License-Identifier: Apache-2.0
"""Rules and borders that look like a line of text: their strokes go straight on beyond its ends, letters do not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.text.fitting import EDGE, Directions, directions, rectangle
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.shown import STROKE, STROKES_PERCENT

BEYOND_PX = 12  # pixels at least, and the height of the line, that a rule goes on beyond it
BEYOND = 0.35  # of those are strokes: rows of small letters are as full as a rule, and end with their line
STEPS = np.ones((3, 1))  # pixels across: a slanting rule climbs by steps
BARE = 0.5  # of the rows in and around a line that may be full of strokes where one is a rule's
LEFT = 0.25  # of the strokes of a line that are no rule's: letters beside a rule have most


def is_rule(word: Word, jump: NDArray[np.float32], faintest: float) -> bool:
    """Tell whether most strokes of a line are those of a rule or a border: of a shutter, an axis, a filled box.

    Parameters
    ----------
    jump : (row, column) float32
        How much each pixel jumps out of those beside it.
    faintest : float
        Weaker jumps are noise.
    """
    corner, (along, across), (length, height) = directions(word)
    if min(length, height) < 2:
        return False
    beyond = max(BEYOND_PX, round(height))
    ways = ((along, across), (length, height)), ((across, along), (height, length))
    return any(_goes_on(jump, corner, unit, size, beyond, faintest) for unit, size in ways)


def _goes_on(
    jump: NDArray[np.float32],
    corner: NDArray[np.float64],
    unit: Directions,
    size: tuple[float, float],
    beyond: int,
    faintest: float,
) -> bool:
    """Tell whether most strokes of a rectangle are of rules that go on ``beyond`` pixels in the first direction."""
    wide = rectangle(jump, corner, unit, (-beyond, size[0] + beyond), (-beyond, size[1] + beyond))
    inside = wide[beyond:-beyond, beyond:-beyond]
    level = max(faintest, STROKE * float(np.percentile(inside, STROKES_PERCENT)))
    lines = ndimage.binary_dilation(wide > level, STEPS)
    sides = ((lines[:, :-beyond], lines[:, :beyond]), (lines[:, beyond:], lines[:, -beyond:]))
    goes_on = np.any([(all_.mean(axis=1) > EDGE) & (end.mean(axis=1) > BEYOND) for all_, end in sides], axis=0)
    strokes, is_ruled = inside > level, goes_on[beyond:-beyond]
    is_bare = float(goes_on.mean()) <= BARE  # in grain every row is full of strokes
    return is_bare and bool(is_ruled.any()) and float(strokes[~is_ruled].sum()) <= LEFT * float(strokes.sum())
