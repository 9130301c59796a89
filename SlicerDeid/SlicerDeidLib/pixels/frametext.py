# SPDX-License-Identifier: Apache-2.0
"""Burned-in text on one frame of any kind: read as a person sees it, and in the picture of its sharp lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels import inklines
from SlicerDeidLib.pixels.fitting import fitted
from SlicerDeidLib.pixels.ocr import Engine, Word, engine
from SlicerDeidLib.pixels.pictures import (
    ENLARGED,
    SMALL_PX,
    drawn,
    enlarged,
    even,
    inverted,
    larger,
    sharpness,
    spread,
    strokes,
    views,
)
from SlicerDeidLib.pixels.readings import adds, slenderness
from SlicerDeidLib.pixels.rules import is_rule
from SlicerDeidLib.pixels.tiles import LARGE_PX, tiles
from SlicerDeidLib.pixels.words import (
    HEIGHTS_PX,
    SURE,
    as_box,
    characters_of,
    distinct,
    has_strokes,
    height_of,
    is_drawn,
    is_harmless,
    is_inked,
    is_telling,
    is_text,
    meets,
)

Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

NAME = "ocr"
FAINTEST = 0.05  # of what a viewer shows: weaker strokes are noise
EDGE_PX = 2  # pixels around a filled box that jump because it was filled
LINE = 2.0  # times as long as high: a line of a picture of drawn things that could not be read
TRUSTED_SCORE = 0.9  # with which lines that are read among sharp lines only are text
TRUSTED_CHARACTERS = 3  # of such a line: grain and edges are read as one letter or two
READ_HEIGHT_PX = 40  # pixels: the height to which a line is enlarged for a closer look
CLOSEST = 4  # times: more shows no more
NEARER_SCORE = 0.8  # with which a line that only a closer look reads is text, and
NEARER_CHARACTERS = 3  # of such a line: grain and folds look like single letters
NEAR = 3  # times: of letters of 8 and 9 pixels, faint ones too, more are seen so than twice as large,
NEAR_SIDE_PX = 672  # in tiles of that size, when there is little else to see;
NEAR_SCORE = 0.85  # with which lines of
NEAR_CHARACTERS = 5  # are text there: grain and edges are read as fewer, with less
MARGIN = 1.0  # heights around a line that a closer look shows, and
BESIDE = 4.0  # beyond the ends of one that was read, to find the rest of it, where it is small:
LINE_PX = 20  # pixels of height, as engines draw it round letters of 12 pixels


def find_text(
    seen: NDArray[Any],
    frame: int,
    *,
    hidden: Mask | None = None,
    least_characters: int = 1,
    keeps_harmless: bool = False,
    is_thorough: bool = False,
) -> tuple[TextBox, ...]:
    """Find the text of one frame.

    Parameters
    ----------
    seen : (row, column) array or (row, column, 3) uint8
        The frame as it is meant to be seen.
    frame : int
        Its number, for the boxes.
    hidden : (row, column) bool, optional
        Where text was filled: this is a second look, which only asks what can still be read. A filled box has edges
        of its own, which are no strokes.
    least_characters : int
        Of a line that can be read.
    keeps_harmless : bool
        Whether measurements, laterality markers and window values are no text.
    is_thorough : bool
        Whether it is read at more sizes, with light and dark exchanged and at even contrast besides.

    Raises
    ------
    EngineMissing
        When no OCR engine is installed.
    """
    shown, jump, plotted = views(seen), sharpness(seen), drawn(seen)
    if hidden is not None:
        edges = ndimage.binary_dilation(hidden, np.ones((3, 3)), iterations=EDGE_PX)
        jump[edges], plotted[edges] = 0.0, 0
    look = Look(engine(), shown, plotted, is_second=hidden is not None)
    words = [word for view in shown for word in look.read(*enlarged(view))]
    sharp = strokes(jump)
    words += look.trusted(look.read(*enlarged(sharp)))
    words += look.lines(*enlarged(plotted))
    if is_thorough:
        words += _thorough(look, sharp)
    if hidden is None:
        words += look.small()
        words += [beside for word in distinct(words) for beside in look.beside(word)]
    inked = [] if hidden is not None else inklines.lines(seen, jump)
    if keeps_harmless:
        inked = [line for line in inked if not _may_stay(look, line, words)]
    faintest = FAINTEST * spread(seen)
    chosen = [
        word
        for word in words
        if characters_of(word) >= least_characters
        and not (keeps_harmless and is_harmless(word.text))
        and (is_telling(word) or not is_rule(word, jump, faintest))
    ]
    return tuple(_boxes([*chosen, *inked], jump, faintest, frame))


def _may_stay(look: Look, line: Word, words: Iterable[Word]) -> bool:
    """Tell whether a line of ink is read, among ``words`` or from nearer, as a measurement or a marker."""
    read = [word for word in words if word.text and meets(line, word)] or look.nearer(line)
    return bool(read) and all(is_harmless(word.text) for word in read)


def _boxes(words: Iterable[Word], jump: NDArray[np.float32], faintest: float, frame: int) -> list[TextBox]:
    """Return the boxes that hide all lines, each once: what was read comes before what was only seen.

    Only the reading that is chosen grows over letters that the engine cut off: it may as well grow over something else.
    """
    trimmed = [(word, as_box(fitted(word, jump, faintest, grows=False), frame, jump.shape, NAME)) for word in words]
    boxes: list[TextBox] = []
    for word, box in sorted(trimmed, key=lambda pair: (not pair[0].text, -slenderness(pair[1]))):
        if adds(box, boxes):
            boxes.append(as_box(fitted(word, jump, faintest), frame, jump.shape, NAME))
    return boxes


def _thorough(look: Look, sharp: Picture) -> Iterator[Word]:
    """Read what other sizes and contrasts show."""
    for view in look.shown:
        yield from look.read(inverted(enlarged(view)[0]), enlarged(view)[1])
        level = even(view)
        for picture in (level, sharp):
            for times in (1, ENLARGED):
                yield from look.trusted(look.read(larger(picture, times), times))
        yield from look.read(view, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """An engine and the pictures of one frame: what it reads, and reads again from nearer.

    Attributes
    ----------
    shown : sequence of (row, column) or (row, column, 3) uint8
        The frame as a person sees it.
    plotted : (row, column) uint8
        What a program drew of it.
    is_second : bool
        Whether only what can be read is text, and nothing is looked at from nearer.
    """

    engine: Engine
    shown: Sequence[Picture]
    plotted: Picture
    is_second: bool = False

    def read(self, picture: Picture, scale: int) -> Iterator[Word]:
        """Yield what is text in a picture ``scale`` times as large as the frame, in the frame's pixels."""
        for word in self.engine(np.ascontiguousarray(picture)):
            placed = replace(word, corners=word.corners / scale)
            if self.is_second:
                if is_text(placed) and self._is_sure(placed):
                    yield placed
            elif is_text(placed) or self._is_drawn(placed):
                yield placed
            elif height_of(placed) <= HEIGHTS_PX[1]:
                yield from self.nearer(placed)

    def _is_drawn(self, word: Word) -> bool:
        """Tell whether a line that nobody can read is a line all the same: of strokes, or of one exact value."""
        return is_inked(word, self.plotted) or any(is_drawn(word, view) for view in self.shown)

    def _is_sure(self, word: Word) -> bool:
        """Tell whether what is read beside a filled box is no anatomy: its edges look like strokes to an engine."""
        if characters_of(word) < TRUSTED_CHARACTERS:
            return False
        return word.score >= TRUSTED_SCORE or any(has_strokes(word, view) for view in self.shown)

    def lines(self, picture: Picture, scale: int) -> Iterator[Word]:
        """Yield all lines of a picture of what a program drew, ``scale`` times as large as the frame."""
        for word in self.engine(np.ascontiguousarray(picture)):
            placed = replace(word, corners=word.corners / scale)
            height, longest = height_of(placed), float(np.ptp(placed.corners, axis=0).max())
            is_line = longest >= LINE * height and HEIGHTS_PX[0] <= height <= HEIGHTS_PX[1]
            is_unread = not placed.text and placed.score >= SURE and is_line and not self.is_second
            if is_text(placed) or is_unread:
                yield placed

    def trusted(self, words: Iterable[Word]) -> Iterator[Word]:
        """Yield what is text of lines seen among sharp lines: read with certainty, there or from nearer."""
        for word in words:
            if not word.text or (word.score >= TRUSTED_SCORE and characters_of(word) >= TRUSTED_CHARACTERS):
                yield word
            elif not self.is_second:
                yield from self.nearer(word)

    def small(self) -> Iterator[Word]:
        """Yield what is read with certainty of small letters, in small parts of the frame from near."""
        view = self.shown[0]
        if max(view.shape[:2]) > LARGE_PX:  # read in small parts anyway
            return
        times = NEAR if max(view.shape[:2]) < SMALL_PX else ENLARGED
        picture = larger(view, times)
        for place in tiles(picture.shape, NEAR_SIDE_PX):
            at = np.array([place[1].start, place[0].start], dtype=np.float64)
            for word in self.engine(np.ascontiguousarray(picture[place])):
                placed = replace(word, corners=(word.corners + at) / times)
                is_sure = word.score >= NEAR_SCORE and characters_of(word) >= NEAR_CHARACTERS and bool(word.text)
                if is_sure and is_text(placed) and height_of(placed) <= LINE_PX and has_strokes(placed, view):
                    yield placed

    def beside(self, word: Word) -> Iterator[Word]:
        """Yield what else is read of a small line from nearer: engines lose letters that are small or faint."""
        if word.text and height_of(word) <= LINE_PX:
            width, height = np.ptp(word.corners, axis=0)
            margins = (BESIDE, MARGIN) if width >= height else (MARGIN, BESIDE)
            for found in self._from_nearer(word, margins, CLOSEST):
                yield from (read for read in found if self._goes_on(read))

    def _goes_on(self, read: Word) -> bool:
        """Tell whether what is read beside a small line is one too: not what shades look like."""
        return is_text(read) and characters_of(read) >= NEARER_CHARACTERS and height_of(read) <= LINE_PX

    def _from_nearer(self, word: Word, margins: tuple[float, float], times: int) -> Iterator[list[Word]]:
        """Yield what an engine says of a line and so many heights beside and above it, enlarged, view by view."""
        margin = np.array(margins) * max(1.0, height_of(word))
        low = np.floor(np.maximum(word.corners.min(axis=0) - margin, 0)).astype(int)
        high = np.ceil(word.corners.max(axis=0) + margin).astype(int)
        for view in self.shown:
            part = view[low[1] : high[1], low[0] : high[0]]
            if min(part.shape[:2]) >= 2:
                answer = self.engine(np.ascontiguousarray(larger(part, times)))
                yield [replace(read, corners=read.corners / times + low) for read in answer]

    def nearer(self, word: Word) -> list[Word]:
        """Read a line again, enlarged, as a person sees it; none where nothing is read."""
        times = int(np.clip(round(READ_HEIGHT_PX / max(1.0, height_of(word))), 1, CLOSEST))
        for found in self._from_nearer(word, (MARGIN, MARGIN), times):
            texts = [r for r in found if r.score >= NEARER_SCORE and characters_of(r) >= NEARER_CHARACTERS and r.text]
            there = [read for read in texts if meets(read, word)]  # the margin may show another line
            if there:
                best = max(there, key=lambda read: read.score)
                texts.insert(0, replace(word, text=best.text, score=best.score))
            if texts:
                return texts
        return []
