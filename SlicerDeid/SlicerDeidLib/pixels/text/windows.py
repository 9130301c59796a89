# SPDX-License-Identifier: Apache-2.0
"""Small lines read in small windows: what else a picture shows decides what a detector sees in any part of it.

PP-OCR's detector weighs its features by their mean over the whole picture. Letters of 8 to 10 pixels over tissue or
speckle, which it saw in no view of a frame or of half of it, it sees and reads in windows of 96 pixels. Those of
scripts that it does not know it sees there, and anatomy too; but at the place of letters it sees a line at all sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.pixels.pictures import chroma, even, foreign_colours, thin
from SlicerDeidLib.pixels.text.agreement import confirmed, is_small_line, looked
from SlicerDeidLib.pixels.text.crowds import LEAST_PX, Place
from SlicerDeidLib.pixels.text.fitting import directions
from SlicerDeidLib.pixels.text.ocr import Engine, Word
from SlicerDeidLib.pixels.text.redact import hidden_by
from SlicerDeidLib.pixels.text.tiles import joined
from SlicerDeidLib.pixels.text.words import as_box, has_strokes, height_of, meets, region_of

Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

SIDE_PX = 96  # pixels of a window: ten small letters, and little else
STEP_PX = 64  # pixels from a window to the next: five small letters that one cuts are whole in the next one
CROWD_PX = 300  # pixels of crowded strokes in a window that is read: with five small letters, cut too, 403 and more
TIMES = 3  # as large as a window is read
LEVEL, LEFT, RIGHT = 0, 1, -1  # quarter turns of a picture before it is read: letters that run upwards, and slanting
# ones, are read so
SHOWN = 0.5  # of 1: how sure an engine is of a line, of whatever place, in looks that others are worth while after
ANYTHING = 0.01  # of 1: how sure it is of what is as low as a line, in looks of a thorough one: 0 is nothing; two to
# four of 30 windows with strokes of anatomy or speckle show so much
PLAIN = 12  # of 255: colours that differ less show no strokes
GAP = 1.0  # heights of a line from its end to what goes on behind it: a blank is half of one
ASIDE = 0.4  # of its height may a piece lie above or below it, and
LOW = 0.6  # of its height at least has a piece
SEEN = 0.6  # with which a window shows a line that nobody reads: of small letters of four scripts,
# of any direction in real images, 48 of 53 lines are seen with 0.7 to 0.9; it is
UNREAD_HEIGHTS_PX = (4.0, 24.0)  # pixels high, as an engine draws it round letters of 8 to 14 pixels, and
UNREAD_LONG = 2.0  # times as long as high; and
UNREAD_CROWDED = 0.5  # of it are crowded strokes, or it jumps as letters do: tissue under a microscope, which looks
# like lines from near and far, too, has 0.43 at most, and does not
THIN = 2  # pictures of what is thin, the last ones of a thorough look
LOOSE_SEEN = 0.45  # with which a thorough look takes what a window shows for a line, if that is seen at all sizes: of
# 36 small or faint lines in five kinds of images 34 were seen with 0.58 and more, and again from near and far; in
# eight real images without text nothing was


def read_in_windows(
    read: Engine, view: Picture, crowds: Mask, places: Sequence[Place] | None = None, *, is_thorough: bool = False
) -> list[Word]:
    """Return the small lines that are read for certain in windows where strokes crowd, or seen there from all sides.

    Of a frame in colour its colours alone are looked at besides: what is measured is grey for the most part. A window
    is turned the other way only where it shows what could be a line one way, and its colours where there are any: of
    106 small lines in twelve kinds of images those that all looks show were shown so.

    Parameters
    ----------
    view : (row, column) or (row, column, 3) uint8
        A frame as a person sees it.
    crowds : (row, column) bool
        Where strokes crowd that are of no line, as ``crowds.crowded`` returns it.
    places : sequence of (slice, slice), optional
        The windows that are read; all in which strokes crowd, when nobody says otherwise.
    is_thorough : bool
        Whether a window is looked at in more contrasts, and turned in each where one shows what is as low as a line;
        what is seen with less certainty is a line, too, if it is seen again from near and far.
    """
    pictures = _pictures(view, is_thorough=is_thorough)
    looks = _looks(pictures, is_thorough=is_thorough)
    found: list[Word] = []
    pieces: list[Word] = []
    left, least = crowds.copy(), ANYTHING if is_thorough else SHOWN
    for place in windows(crowds) if places is None else places:
        at = np.array([place[1].start, place[0].start], dtype=np.float64)
        shown: list[float] = []  # by each look
        for picture, turns, after in looks:
            if left[place].sum() < LEAST_PX:
                break
            is_seen = not after or max(shown[look] for look in after) >= least
            is_plain = any(picture is colours for colours in pictures[2:]) and np.ptp(picture[place]) <= PLAIN
            seen = looked(read, picture[place], TIMES, turns) if is_seen and not is_plain else []
            words = [replace(word, corners=word.corners + at) for word in seen]
            pieces += words
            telling = [word for word in words if not is_thorough or _is_low(word)]
            shown.append(max((word.seen or word.score for word in telling), default=0.0))
            for word in words:
                if is_small_line(word):
                    found.append(word)
                    low, high = word.corners.min(axis=0).clip(0).astype(int), word.corners.max(axis=0).astype(int) + 1
                    left[low[1] : high[1], low[0] : high[0]] = False
    found += _unread(read, pictures, crowds, pieces, found, is_thorough=is_thorough)
    return _whole([_longer(line, pieces) for line in _whole(found)])


def _pictures(view: Picture, *, is_thorough: bool) -> list[Picture]:
    """Return a frame as a person sees it, at even contrast, its colours alone where there are any, and what is thin."""
    pictures = [view, even(view)]
    if view.ndim == 3:
        pictures += [chroma(view), *(foreign_colours(view) if is_thorough else [])]
    return pictures + (thin(view) if is_thorough else [])


def _looks(pictures: Sequence[Picture], *, is_thorough: bool) -> list[tuple[Picture, int, tuple[int, ...]]]:
    """Return the looks at a window: a picture, its turn, and the looks one of which must have shown something before.

    Of 90 lines of 8 to 14 pixels of four scripts in 14 kinds of images those that nothing precedes show all, and no
    other one shows a line besides.
    """
    view, level, *others = pictures
    looks: list[tuple[Picture, int, tuple[int, ...]]] = [(view, LEVEL, ()), (level, LEFT, ()), (level, RIGHT, (1,))]
    if view.ndim == 3:
        colours = others.pop(0)
        looks += [(colours, LEVEL, ()), (colours, LEFT, (3,))]
    if is_thorough:
        looks += [(other, LEVEL, ()) for other in (level, *others)]
        before = tuple(range(len(looks)))
        looks += [(other, LEFT, before) for other in (view, *others[:-THIN])]
    return looks


def _unread(
    read: Engine,
    pictures: Sequence[Picture],
    crowds: Mask,
    pieces: Sequence[Word],
    found: Sequence[Word],
    *,
    is_thorough: bool,
) -> list[Word]:
    """Return the lines that windows show, and nobody reads: made of strokes, and seen again from near and far.

    Parameters
    ----------
    pieces : sequence of Word
        All that was seen in windows.
    found : sequence of Word
        What of that is known to be a line.
    """
    unread: list[Word] = []
    least = LOOSE_SEEN if is_thorough else SEEN
    for word in sorted(pieces, key=lambda piece: -piece.seen):
        if not _may_be_unread(word, least) or any(meets(word, line) for line in (*found, *unread)):
            continue
        if has_strokes(word, pictures[0]) or _share(word, crowds) >= UNREAD_CROWDED:
            line = confirmed(read, pictures, word, SIDE_PX)
            unread += [] if line is None else [line]
    return unread


def _may_be_unread(word: Word, seen: float) -> bool:
    """Tell whether what a window shows is as long and low as small lines are, and ``seen`` with that certainty."""
    return word.seen >= seen and _is_low(word)


def _is_low(word: Word) -> bool:
    """Tell whether what a window shows is as long and low as small lines are."""
    height, longest = height_of(word), max(directions(word)[2])
    least, most = UNREAD_HEIGHTS_PX
    return least <= height <= most and longest >= UNREAD_LONG * height


def _share(word: Word, crowds: Mask) -> float:
    """Return how much of a line's quadrilateral are crowded strokes."""
    box = as_box(word, 0, crowds.shape, "")
    place = region_of(box, crowds.shape)
    inside = crowds[place][hidden_by(box, place, crowds[place].shape)]
    return float(inside.mean()) if inside.size else 0.0


def windows_of_slices(crowds: Mask, of_slice: NDArray[np.int16], most: int | None) -> dict[int, list[Place]]:
    """Return slices with the windows in which most of the crowded strokes of single slices are theirs.

    Parameters
    ----------
    crowds : (row, column) bool
        Where strokes crowd that single slices show.
    of_slice : (row, column) int16
        Which slice shows the stroke. Where anatomy crowds, it is another one at each.
    most : int or None
        Windows at most; all of them for None.
    """
    strokes = []
    for place in windows(crowds):
        counts = np.bincount(of_slice[place][crowds[place]])
        strokes.append((float(counts.max()) ** 2 / float(counts.sum()), int(counts.argmax()), place))
    found: dict[int, list[Place]] = {}
    for _, k, place in sorted(strokes, key=lambda window: -window[0])[:most]:
        found.setdefault(k, []).append(place)
    return found


def _whole(found: Sequence[Word]) -> list[Word]:
    """Return lines, with those that windows cut made one."""
    whole = []
    for corners, score in joined([(word.corners, word.score) for word in found]):
        held = [word for word in found if meets(word, Word(corners, "", score))]
        best = max(held, key=lambda word: len(word.text))
        whole.append(replace(best, corners=corners, score=score))
    return whole


def _longer(line: Word, pieces: Sequence[Word]) -> Word:
    """Return a line with the pieces that go on along it, read or not: a window can cut what it shows too little of."""
    corner, (along, across), (length, height) = directions(line)
    ends = [(np.stack([along, across]) @ (piece.corners - corner).T, height_of(piece)) for piece in pieces]
    beside = [u for (u, v), high in ends if _is_row(float(v.min()), float(v.max()), high, height)]
    start, stop, is_longer = 0.0, length, True
    while is_longer:
        near = [u for u in beside if u.min() <= stop + GAP * height and u.max() >= start - GAP * height]
        wide = min([start, *(float(u.min()) for u in near)]), max([stop, *(float(u.max()) for u in near)])
        is_longer, (start, stop) = wide != (start, stop), wide
    places = ((start, 0.0), (stop, 0.0), (stop, height), (start, height))
    return replace(line, corners=np.array([corner + u * along + v * across for u, v in places]))


def _is_row(top: float, bottom: float, high: float, height: float) -> bool:
    """Tell whether a piece lies between the rows of a line ``height`` pixels high, and is as high."""
    return -ASIDE * height <= top and bottom <= (1 + ASIDE) * height and LOW * height <= high <= height / LOW


def windows(crowds: Mask) -> list[Place]:
    """Return the windows in which strokes crowd, those with most strokes first."""
    rows, columns = (_starts(size) for size in crowds.shape)
    places = [(slice(row, row + SIDE_PX), slice(column, column + SIDE_PX)) for row in rows for column in columns]
    found = [place for place in places if crowds[place].sum() >= CROWD_PX]
    return sorted(found, key=lambda place: -int(crowds[place].sum()))


def _starts(size: int) -> list[int]:
    """Return where windows begin along a side of a frame."""
    count = 1 + max(0, -(-(size - SIDE_PX) // STEP_PX))
    starts: list[int] = np.linspace(0, max(0, size - SIDE_PX), count).round().astype(int).tolist()
    return starts
