# SPDX-License-Identifier: Apache-2.0
"""On which slices or frames a line shows that was found on one of them: where its strokes jump half as strongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.volume import TextBox

SHOWN = 0.5  # of a word's strokes that must be half as strong on a slice that shows it
STROKE = 0.5  # of the strongest jump in a word: its strokes
STROKES_PERCENT = 85  # of a box' jumps lie below those of its strokes
ALIKE = (
    0.35  # correlation of the jumps, at least, of a line and of a frame that shows it: anatomy that jumps everywhere as
)
# a faint line does has up to 0.33, a line over other anatomy 0.4 to 1
CLIPPED = 2.0  # times the usual jump of a line's strokes: stronger ones count as much
STANDING = 0.3  # of the slices that show a word at one place: then it stands there on all, hard to see on some


def showing(
    there: NDArray[np.float32],
    frames: Sequence[int],
    jumps_of: Callable[[int], NDArray[np.float32]],
    faintest: float,
    least: float = SHOWN,
) -> list[int]:
    """Return the frames that show a line; none where it has no strokes.

    Parameters
    ----------
    there : (row, column) float32
        The jumps of the line's box where it was found.
    jumps_of : callable
        Frame -> the jumps at the same place.
    faintest : float
        Weaker jumps are noise.
    least : float
        Share of the line's strokes that must be half as strong on a frame that shows it.
    """
    strokes = there > max(faintest, STROKE * float(np.percentile(there, STROKES_PERCENT)))
    if not strokes.any():  # what has no strokes is anatomy that looks like a letter
        return []
    half = STROKE * there[strokes]
    highest = CLIPPED * float(np.median(there[strokes]))
    shown, found = [], []
    for k in frames:
        jumps = jumps_of(k)
        shown.append(float((jumps[strokes] > half).mean()))
        if shown[-1] >= least and _correlation(there.clip(max=highest), jumps.clip(max=highest)) >= ALIKE:
            found.append(k)
    if not found:
        found = [frames[int(np.argmax(shown))]]
    return list(frames) if len(found) >= max(2, STANDING * len(frames)) else found


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the correlation of two parts, 0 where one is even."""
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / norm if norm else 0.0


@dataclass(frozen=True, slots=True)
class Part:
    """A rectangle of some frames, around text that was filled: what is looked at again."""

    frames: tuple[int, ...]
    rows: slice
    columns: slice

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns."""
        return self.rows, self.columns


def moved(box: TextBox, frame: int, rows: int, columns: int) -> TextBox:
    """Return a box of a part of a frame where it lies on frame number ``frame``."""
    corners = tuple((x + columns, y + rows) for x, y in box.corners)
    return replace(box, frame=frame, row=box.row + rows, column=box.column + columns, corners=corners)


AROUND_HEIGHTS = 3.0  # heights of a line, and
AROUND_PX = 48  # pixels at least, around a filled line are looked at again


def parts_around(boxes: Sequence[TextBox], shape: tuple[int, ...]) -> list[Part]:
    """Return what is to be looked at again after ``boxes`` were filled: rectangles that do not overlap.

    Parameters
    ----------
    shape : (rows, columns, ...)
        Of a frame.
    """
    rectangles: list[tuple[set[int], list[int]]] = []
    for box in boxes:
        margin = max(AROUND_PX, round(AROUND_HEIGHTS * min(box.height, box.width)))
        frames = {box.frame}
        place = [box.row - margin, box.column - margin, box.row + box.height + margin, box.column + box.width + margin]
        while (other := next((r for r in rectangles if _meet(r[1], place)), None)) is not None:
            rectangles.remove(other)
            frames |= other[0]
            place = [*np.minimum(place[:2], other[1][:2]).tolist(), *np.maximum(place[2:], other[1][2:]).tolist()]
        rectangles.append((frames, place))
    rows, columns = shape[:2]
    return [
        Part(tuple(sorted(frames)), slice(max(0, p[0]), min(rows, p[2])), slice(max(0, p[1]), min(columns, p[3])))
        for frames, p in rectangles
    ]


def _meet(one: list[int], other: list[int]) -> bool:
    """Tell whether two rectangles (top, left, bottom, right) share a pixel."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
