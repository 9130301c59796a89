# SPDX-License-Identifier: Apache-2.0
"""Lines that nobody reads, told by agreement: an engine sees one where strokes crowd, however it looks at the place.

Small or slanting letters of scripts that an engine does not know look to it like anatomy: in any one picture. From
nearly all sides it sees a line there, and in anatomy none: of 85 real frames of all kinds the seven that show text had
such lines, and no other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.pictures import ENLARGED, larger
from SlicerDeidLib.pixels.text.crowds import LEAST_PX
from SlicerDeidLib.pixels.text.ocr import Engine, Word
from SlicerDeidLib.pixels.text.words import HEIGHTS_PX, height_of, meets

Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

TIMES = (2, 3, 4)  # as large as each place is looked at, in each picture
MISSED = 1  # looks of six in which no line may be seen
BEST = 4  # of the others, whose mean
CERTAIN = 0.6  # of 1: the engine's certainty that there is a line
MOST = 16  # crowds of a frame that are looked at, the largest: speckle has many
SIDES_PX = (160, 420)  # pixels of a crowd's sides: larger ones are speckle, or many lines
HIGHEST_PX = 40  # pixels of a line: an engine reads higher letters, or sees them without this
AROUND_PX = 14  # pixels around a crowd that are shown: an engine sees nothing that fills its picture
HELD = 0.4  # of a line's box are crowd: a slanting one fills half of it, what only looks like a line less
ALIKE = 2.5  # times as high at most is the same line in another look
CONFIRMED = 0.55  # mean certainty with which one picture must show a small line at all sizes: 0.57 to 0.85 where there
# is one; in 619 windows on 58 real frames nothing else but text they came with, and tissue under a microscope
BEYOND = 4.0  # heights beyond the ends of a line that are looked at for the rest of it, of a quadrilateral that is
HIGHER = 1.5  # times as high at most
UPRIGHT_PX = (40, AROUND_PX)  # pixels above and beside a high crowd that are shown turned: the rest of its line
UPRIGHT_TIMES = 3  # as large: letters of 8 pixels are read so
SMALL_SCORE = 0.8  # with which small lines are text, of
SMALL_CHARACTERS = 5  # at least: grain and edges are read as three
SMALL_HEIGHT_PX = 20  # pixels of their letters' height: larger ones are read without this
NARROW = 0.3  # heights of a line for each of them at least: the narrowest letters, in a box twice as high as they are
LINE = 2.0  # times as long as high: anatomy that looks like one is shorter


def agreed(read: Engine, pictures: Sequence[Picture], crowds: Mask) -> list[Word]:
    """Return the lines that are seen in most looks at places where strokes crowd.

    Parameters
    ----------
    pictures : sequence of (row, column) or (row, column, 3) uint8
        Of one frame, two.
    crowds : (row, column) bool
        Where strokes crowd that are of no line, as ``crowds.crowded`` returns it.

    Returns
    -------
    list of Word
        Without text.
    """
    labels, count = ndimage.label(crowds, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    places = ndimage.find_objects(labels)
    seen = []
    for n in np.argsort(-sizes, kind="stable")[:MOST]:
        sides = sorted(part.stop - part.start for part in places[n])
        if sizes[n] < LEAST_PX or sides[0] > SIDES_PX[0] or sides[1] > SIDES_PX[1]:
            continue
        words = _seen_from_all_sides(read, pictures, labels[places[n]] == n + 1, places[n])
        seen += [_whole(read, pictures, word) for word in words]
    return seen


def upright(read: Engine, picture: Picture, crowds: Mask) -> list[Word]:
    """Return the upright lines that are read where strokes crowd, with the picture turned either way.

    Parameters
    ----------
    picture : (row, column) or (row, column, 3) uint8
        Of a frame.
    crowds : (row, column) bool
        Where strokes crowd that are of no line, as ``crowds.crowded`` returns it.
    """
    labels, count = ndimage.label(crowds, np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    places = ndimage.find_objects(labels)
    found = []
    for n in np.argsort(-sizes, kind="stable")[:MOST]:
        height, width = (part.stop - part.start for part in places[n])
        if sizes[n] < LEAST_PX or height < HIGHER * width or height > SIDES_PX[1]:
            continue
        rows, columns = (slice(max(0, s.start - by), s.stop + by) for s, by in zip(places[n], UPRIGHT_PX, strict=True))
        at = np.array([columns.start, rows.start], dtype=np.float64)
        for turns in (1, -1):
            for word in looked(read, picture[rows, columns], UPRIGHT_TIMES, turns):
                if is_small_line(word) and _is_upward(word):
                    found.append(replace(word, corners=word.corners + at))
    return found


def confirmed(read: Engine, pictures: Sequence[Picture], word: Word, side: int) -> Word | None:
    """Return a line that one picture shows at all sizes, without text and as it is seen best; None where none does.

    Parameters
    ----------
    pictures : sequence of (row, column) or (row, column, 3) uint8
        Of one frame.
    word : Word
        The line as it was seen first.
    side : int
        Pixels of the part that is looked at, with the line in its middle; more where the line is longer.
    """
    low, high = word.corners.min(axis=0), word.corners.max(axis=0)
    reach = np.maximum(side, high - low + 2 * AROUND_PX) / 2
    left, top = np.maximum((low + high) / 2 - reach, 0).astype(int)
    right, bottom = ((low + high) / 2 + reach).astype(int)
    at = np.array([left, top], dtype=np.float64)
    for picture in pictures:
        for turns in (1, -1) if _is_upward(word) else (0,):
            seen: list[Word] = []
            for times in TIMES:
                words = looked(read, picture[top:bottom, left:right], times, turns)
                placed = (replace(one, corners=one.corners + at) for one in words)
                there = [one for one in placed if _is_same(one, word)]
                if not there:
                    break
                seen.append(max(there, key=lambda one: one.seen))
            if len(seen) == len(TIMES) and float(np.mean([one.seen for one in seen])) >= CONFIRMED:
                line = max(seen, key=lambda one: one.seen)
                return replace(line, text="", score=line.seen)
    return None


def is_small_line(word: Word) -> bool:
    """Tell whether what was read is a line of small letters, read for certain, and as long as so many are."""
    characters, height = len(re.findall(r"\w", word.text)), height_of(word)
    length = max(float(np.linalg.norm(word.corners[n] - word.corners[0])) for n in (1, 3))
    is_read = word.score >= SMALL_SCORE and characters >= SMALL_CHARACTERS
    return is_read and height <= SMALL_HEIGHT_PX and length >= NARROW * characters * height


def _is_upward(word: Word) -> bool:
    width, height = np.ptp(word.corners, axis=0)
    return bool(height > width)


def _whole(read: Engine, pictures: Sequence[Picture], word: Word) -> Word:
    """Return a line with what goes on beyond its crowd: strokes of its first and last letters need not crowd."""
    height = max(1.0, height_of(word))
    low, high = word.corners.min(axis=0), word.corners.max(axis=0)
    margin = np.where(high - low >= np.ptp(word.corners, axis=0).max(), BEYOND * height, height)
    left, top = np.maximum(np.floor(low - margin), 0).astype(int)
    right, bottom = np.ceil(high + margin).astype(int)
    at = np.array([left, top], dtype=np.float64)
    longer = [word]
    for picture in pictures:
        turns = int(high[1] - low[1] >= LINE * (high[0] - low[0]))
        for found in looked(read, picture[top:bottom, left:right], ENLARGED, turns):
            placed = replace(found, corners=found.corners + at, text="", score=word.score)
            if meets(placed, word) and height_of(placed) <= HIGHER * height:
                longer.append(placed)
    return max(longer, key=lambda one: float(np.ptp(one.corners, axis=0).max()))


def _seen_from_all_sides(
    read: Engine, pictures: Sequence[Picture], own: Mask, place: tuple[slice, slice]
) -> list[Word]:
    """Return the lines in a crowd that are seen for certain in most looks at it: anatomy may crowd with them."""
    rows, columns = (slice(max(0, part.start - AROUND_PX), part.stop + AROUND_PX) for part in place)
    at = np.array([columns.start, rows.start], dtype=np.float64)
    turns = int(own.shape[0] >= LINE * own.shape[1])
    looks = [(times, picture) for times in TIMES for picture in pictures]
    seen: list[list[Word]] = []
    for number, (times, picture) in enumerate(looks):
        words = looked(read, picture[rows, columns], times, turns)
        lines = [word for word in (replace(word, corners=word.corners + at) for word in words) if _is_line(word)]
        for line in sorted(lines, key=lambda word: -word.seen):
            known = next((others for others in seen if _is_same(line, others[0])), None)
            if known is None and number <= MISSED:
                seen.append([line])
            elif known is not None and len(known) <= number:
                known.append(line)
        seen = [others for others in seen if number + 1 - len(others) <= MISSED]
        if not seen and number >= MISSED:
            break
    best = [sorted(others, key=lambda word: -word.seen)[:BEST] for others in seen]
    certain = [words for words in best if float(np.mean([word.seen for word in words])) >= CERTAIN]
    return [replace(words[0], text="", score=words[0].seen) for words in certain if _is_crowded(words[0], own, place)]


def _is_same(word: Word, other: Word) -> bool:
    """Tell whether a line is one that was seen in another look."""
    heights = height_of(word), height_of(other)
    return meets(word, other) and max(heights) <= ALIKE * min(heights)


def _is_line(word: Word) -> bool:
    """Tell whether what was seen is as long as lines are, and no higher than those that nobody reads."""
    sides = [float(np.linalg.norm(word.corners[n] - word.corners[0])) for n in (1, 3)]
    return max(sides) >= LINE * min(sides) and HEIGHTS_PX[0] <= height_of(word) <= HIGHEST_PX


def _is_crowded(word: Word, own: Mask, place: tuple[slice, slice]) -> bool:
    """Tell whether a line lies in its crowd: anatomy beside it looks like a line, too."""
    at = np.array([place[1].start, place[0].start])
    low = np.clip(np.floor(word.corners.min(axis=0) - at), 0, None).astype(int)
    high = np.clip(np.ceil(word.corners.max(axis=0) - at), 0, None).astype(int)
    held = float(own[low[1] : high[1], low[0] : high[0]].sum())
    return held >= HELD * float(np.ptp(word.corners, axis=0).prod())


def looked(read: Engine, part: Picture, times: int, turns: int) -> list[Word]:
    """Return what an engine sees in a part of a picture ``times`` as large, in the part's own pixels.

    Parameters
    ----------
    turns : int
        1 or -1: turned left or right before, for engines see level lines better than upright ones; 0: as it is.
    """
    words = read(np.ascontiguousarray(np.rot90(larger(part, times), turns)))
    rows, columns = part.shape[:2]
    places = [word.corners / times for word in words]
    if turns > 0:
        places = [np.stack([columns - place[:, 1], place[:, 0]], axis=1) for place in places]
    elif turns < 0:
        places = [np.stack([place[:, 1], rows - place[:, 0]], axis=1) for place in places]
    return [replace(word, corners=place) for word, place in zip(words, places, strict=True)]
