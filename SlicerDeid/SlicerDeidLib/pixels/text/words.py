# SPDX-License-Identifier: Apache-2.0
"""Words that were read: which of them are text, and the box that hides each."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.staying import Staying
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.prescreen import jumps
from SlicerDeidLib.pixels.text.ocr import Word

SURE = 0.6  # score of two characters or more that counts as text: anatomy that looks like letters is read with less
SURER = 0.9  # score of a single character, and of a line that runs upwards
LONG = 3.0  # times as long as high: a line that could not be read must be, to be a line
HEIGHTS_PX = (4.0, 64.0)  # of a line: smaller cannot be read; larger is anatomy, unless
DIFFERENT = 3  # letters or digits are read, as surely as a single one must be: ventricles and orbits look like 000; or
MANY = 5  # are, with
MANY_SCORE = (
    0.8  # of 1: engines draw a quadrilateral of twice the height round a slanting line over tissue, and read it
)
# with 0.84 to 0.89; in 48 images without text nothing of that height is read as more than three
PADDING_PX = 1.0  # pixels around a word, and
PADDING = 0.05  # of its height: the engine draws its quadrilateral wide, but sometimes cuts the rim of letters
UNREAD_CHARACTERS = 99  # what a line that could not be read counts as
STROKE_GREY = 100.0  # of 255, second difference: strokes of letters, and
FAINTEST_GREY = 12.0  # of 255, second difference: strokes of faint letters, where what surrounds them
STANDING_OUT = 1.5  # times less jumps, all but
AROUND_PERCENT = 95  # of its pixels
STROKES = 0.14  # of a line's area: in drawn Cyrillic 0.20 to 0.46, in what only looks like a line at most 0.07
INKED = 0.05  # of a line's area that is of one exact value, as what a program draws: in lines of four scripts 0.05 to
# 0.25, and
INKED_ALONE = 4.0  # times the share around it: there at most 0.02, beside what only looks like a line as much as in it;
INKED_SCORE = 0.6  # of 1: such lines were seen with 0.63 to 0.83, ventricles and orbits of one value with 0.32 and 0.52
INSIDE = 0.8  # of a word's area that lies in another word: then the other one hides it
SAME = 0.5  # of the area of a line's quadrilateral: another one of the same line has more, or shares more with it
UPRIGHT = 0.03  # slope of a line, sine: a box of whole pixels hides what is straighter than 2 degrees

_UNIT = r"(?:mm|cm|m|cm/s|m/s|kpa|mmhg|ml|l|hz|khz|mhz|db|bpm|fps|ms|s|%|hu|kv|kvp|ma|mas|mgy|deg|°)"
_NUMBER = r"[+\-±]?\d{1,4}(?:\.\d{1,3})?"
_BARE = re.compile(r"[+\-]?\d{1,3}(?:\.\d{1,2})?")
_MEASURED = re.compile(rf"{_NUMBER}{_UNIT}|{_UNIT}", re.IGNORECASE)
_NAMED = re.compile(
    rf"(?:W|L|WW|WL|C|Z|G|MI|TIS|TIB|TIC|TI|FR|PRF|GN|DIST|AREA|VOL|VEL|PG|HR)[:.=]?(?:{_NUMBER})?{_UNIT}?",
    re.IGNORECASE,
)
"""Window, zoom, gain and the indices and measurements that ultrasound shows (PS3.16 CID 12003 to 12005)."""
_BETWEEN = re.compile(r"[x×:/|]", re.IGNORECASE)
_MARKERS = frozenset({"L", "R"})


def characters_of(word: Word) -> int:
    """Return how many letters and digits a word has; a line that could not be read has many."""
    return sum(character.isalnum() for character in word.text) if word.text else UNREAD_CHARACTERS


def is_drawn(word: Word, picture: NDArray[np.uint8]) -> bool:
    """Tell whether a line that the engine saw and could not read is made of strokes, as letters of any script are.

    Parameters
    ----------
    picture : (row, column) or (row, column, 3) uint8
        The picture in which it was seen, with the corners of ``word`` in its pixels.
    """
    height, longest = height_of(word), float(np.ptp(word.corners, axis=0).max())
    if word.text or word.score < SURE or longest < LONG * height or not HEIGHTS_PX[0] <= height <= HEIGHTS_PX[1]:
        return False
    return has_strokes(word, picture)


def has_strokes(word: Word, picture: NDArray[np.uint8]) -> bool:
    """Tell whether a line jumps from pixel to pixel as letters do, and as what surrounds it does not.

    Parameters
    ----------
    picture : (row, column) or (row, column, 3) uint8
        The picture in which it was seen, with the corners of ``word`` in its pixels.
    """
    bright = picture if picture.ndim == 2 else picture.max(axis=-1)
    box = as_box(word, 0, bright.shape, "")
    rows, columns = region_of(box, bright.shape, margin=round(height_of(word)))
    part = bright[rows, columns].astype(np.float32)
    jump = jumps(part, np.zeros(part.shape, dtype=np.bool_))
    inside = np.zeros(part.shape, dtype=np.bool_)
    top, left = box.row - rows.start, box.column - columns.start
    inside[top : top + box.height, left : left + box.width] = True
    around = jump[~inside]
    usual = STANDING_OUT * float(np.percentile(around, AROUND_PERCENT)) if around.size else STROKE_GREY
    level = min(STROKE_GREY, max(FAINTEST_GREY, usual))
    return float((jump[inside] > level).mean()) >= STROKES


def is_inked(word: Word, plotted: NDArray[np.uint8]) -> bool:
    """Tell whether a line that the engine saw and could not read is of exactly one value, and what surrounds it not.

    Parameters
    ----------
    plotted : (row, column) uint8
        What a program drew, as ``pictures.drawn`` shows it.
    """
    height, longest = height_of(word), float(np.ptp(word.corners, axis=0).max())
    if word.score < INKED_SCORE or longest < LONG * height or not HEIGHTS_PX[0] <= height <= 2 * HEIGHTS_PX[1]:
        return False
    box = as_box(word, 0, plotted.shape, "")
    ink = plotted[region_of(box, plotted.shape)] > 0
    wide = plotted[region_of(box, plotted.shape, margin=round(height))] > 0
    around = (int(wide.sum()) - int(ink.sum())) / max(1, wide.size - ink.size)
    return float(ink.mean()) >= max(INKED, INKED_ALONE * around)


def is_text(word: Word) -> bool:
    """Tell whether a word is text: letters or digits, read with some certainty."""
    characters = characters_of(word) if word.text else 0
    width, height = np.ptp(word.corners, axis=0)
    is_upward, is_large = width < height, height_of(word) > HEIGHTS_PX[1]
    if height_of(word) < HEIGHTS_PX[0] or (is_upward and is_large):
        return False
    if is_large and word.score >= MANY_SCORE and len(_letters(word)) >= MANY:
        return True
    if is_large or (is_upward and characters > 1):
        return word.score >= SURER and is_telling(word)
    return characters > 0 and word.score >= (SURE if characters > 1 else SURER)


def is_telling(word: Word) -> bool:
    """Tell whether a word has letters or digits enough not to be a shape that looks like some."""
    return len(_letters(word)) >= DIFFERENT


def _letters(word: Word) -> set[str]:
    """Return the different letters and digits that were read."""
    return {character for character in word.text if character.isalnum()}


def is_harmless(text: str) -> bool:
    """Tell whether a text is a measurement, a laterality marker, a tick of a scale or a window value: nobody's.

    One number alone may be a tick; several without units could be a date.
    """
    parts = text.replace(",", ".").split()
    if parts and _MARKERS.issuperset(parts):
        return len(parts) == 1
    kinds = [next((p for p in (_BARE, _NAMED, _MEASURED, _BETWEEN) if p.fullmatch(part)), None) for part in parts]
    bare, named, measured = (kinds.count(kind) for kind in (_BARE, _NAMED, _MEASURED))
    has_number = any(character.isdigit() for character in text)
    return None not in kinds and has_number and bare <= 1 + named + min(measured, 1)


def stays(text: str, staying: Staying) -> bool:
    """Tell whether a text that was read may stay; one that could not be read never may."""
    left = staying.without_words(text)
    if left != text and not any(character.isalnum() for character in left):
        return True
    return staying.harmless and not staying.goes(text) and is_harmless(left)


def distinct(words: Iterable[Word]) -> list[Word]:
    """Return the words without those that lie within others: one picture shows more of a line than another.

    Of several looks at one line the narrowest stays that reads as much of it as surely.
    """
    chosen: list[Word] = []
    for word in sorted(words, key=_area, reverse=True):
        place = next((n for n, other in enumerate(chosen) if _within(word, other)), None)
        if place is None:
            chosen.append(word)
        elif _is_narrower(word, chosen[place]):
            chosen[place] = word
    return chosen


def _is_narrower(word: Word, other: Word) -> bool:
    """Tell whether a word that lies within ``other`` is the same line, read as well."""
    is_same = _area(word) >= SAME * _area(other) and bool(word.text)
    return is_same and word.score >= other.score and characters_of(word) >= characters_of(other) * bool(other.text)


def meets(word: Word, other: Word) -> bool:
    """Tell whether two words are of one place: most of one of their upright boxes lies in the other."""
    return _shared(word, other) >= SAME * min(_area(word), _area(other))


def coincide(word: Word, other: Word) -> bool:
    """Tell whether two words are at one place: each of their upright boxes is most of what holds both."""
    return _shared(word, other) >= INSIDE * max(_area(word), _area(other))


def _within(word: Word, other: Word) -> bool:
    """Tell whether the upright box of ``word`` lies in that of ``other``, but for a rim."""
    return 0 < _shared(word, other) >= INSIDE * _area(word)


def _shared(word: Word, other: Word) -> float:
    """Return the area that the upright boxes of two words share."""
    inner = np.minimum(word.corners.max(axis=0), other.corners.max(axis=0))
    inner = inner - np.maximum(word.corners.min(axis=0), other.corners.min(axis=0))
    return float(inner.clip(min=0).prod())


def _area(word: Word) -> float:
    return float(np.ptp(word.corners, axis=0).prod())


def height_of(word: Word) -> float:
    """Return the shorter side of a word's quadrilateral, pixels: the height of its line."""
    line, side = word.corners[1] - word.corners[0], word.corners[3] - word.corners[0]
    return min(float(np.linalg.norm(line)), float(np.linalg.norm(side)))


def as_box(word: Word, frame: int, shape: tuple[int, ...], engine: str) -> TextBox:
    """Return the box that hides a word on one frame of ``shape`` (rows, columns, ...), padded."""
    corners = word.corners
    line, side = corners[1] - corners[0], corners[3] - corners[0]
    padding = PADDING_PX + PADDING * height_of(word)
    out = [vector / max(float(np.linalg.norm(vector)), 1e-6) * padding for vector in (line, side)]
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], dtype=np.float64)
    padded = corners + signs[:, :1] * out[0] + signs[:, 1:] * out[1]
    left, top = (int(place) for place in np.floor(padded.min(axis=0)))
    right, bottom = (int(place) + 1 for place in np.ceil(padded.max(axis=0)))
    rows, columns = shape[:2]
    top, left = max(0, min(top, rows - 1)), max(0, min(left, columns - 1))
    bottom, right = max(top + 1, min(bottom, rows)), max(left + 1, min(right, columns))
    slope = min(abs(line)) / max(float(np.linalg.norm(line)), 1e-6)
    tilted = tuple((float(x), float(y)) for x, y in padded) if slope > UPRIGHT else ()
    return TextBox(frame, top, left, bottom - top, right - left, engine, word.score, tilted)


def region_of(box: TextBox, shape: tuple[int, ...], margin: int = 0) -> tuple[slice, slice]:
    """Return the rows and columns of a box, widened by ``margin`` pixels within the frame."""
    return (
        slice(max(0, box.row - margin), min(shape[0], box.row + box.height + margin)),
        slice(max(0, box.column - margin), min(shape[1], box.column + box.width + margin)),
    )
