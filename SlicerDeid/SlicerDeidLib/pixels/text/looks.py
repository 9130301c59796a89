# SPDX-License-Identifier: Apache-2.0
"""What an engine says of the pictures of one frame, at their size and from nearer, and which of it is text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.pixels.pictures import ENLARGED, SMALL_PX, larger, sharpness, spread
from SlicerDeidLib.pixels.text.crowds import Place
from SlicerDeidLib.pixels.text.ocr import Engine, Word
from SlicerDeidLib.pixels.text.tiles import tiles
from SlicerDeidLib.pixels.text.words import (
    HEIGHTS_PX,
    SURE,
    characters_of,
    coincide,
    has_strokes,
    height_of,
    is_drawn,
    is_inked,
    is_text,
    meets,
)

Picture = NDArray[np.uint8]

FAINTEST = 0.05  # of what a viewer shows: weaker strokes are noise
LINE = 2.0  # times as long as high: a line of a picture of drawn things that could not be read
TRUSTED_SCORE = 0.9  # with which lines that are read among sharp lines only are text
TRUSTED_CHARACTERS = 3  # of such a line: grain and edges are read as one letter or two
READ_HEIGHT_PX = 40  # pixels: the height to which a line is enlarged for a closer look
CLOSEST = 4  # times: more shows no more
NEARER_SCORE = 0.8  # with which a line that only a closer look reads is text, and
NEARER_CHARACTERS = 3  # of such a line: grain and folds look like single letters
NEAR = 3  # times: of letters of 8 and 9 pixels, faint ones too, more are seen so than twice as large,
NEAR_SIDE_PX = 672  # in tiles of that size, when there is little else to see;
NEAR_SCORE = 0.7  # with which lines of
NEAR_CHARACTERS = 5  # are text there: in 32 real images grain and edges were read as three at most;
LONG_SCORE = 0.9  # with which longer ones are,
LONG_CHARACTERS = 6  # whatever their strokes look like beside what surrounds them
MARGIN = 1.0  # heights around a line that a closer look shows, and
BESIDE = 4.0  # beyond the ends of one that was read, to find the rest of it, where it is small:
REST_PX = 40  # pixels of crowded strokes there: three letters of 8 pixels make more
LINE_PX = 20  # pixels of height, as engines draw it round letters of 12 pixels
LOST = 0.1  # of the strokes of a part: where the usual contrast shows fewer, the other one is looked at
ORIGIN = np.zeros(2)


def _is_long(word: Word) -> bool:
    """Tell whether a line is of so many letters, read with such certainty, that nothing else looks like it."""
    return bool(word.text) and word.score >= LONG_SCORE and characters_of(word) >= LONG_CHARACTERS


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """An engine and the pictures of one frame: what it reads, and reads again from nearer.

    Attributes
    ----------
    shown : sequence of (row, column) or (row, column, 3) uint8
        The frame as a person sees it.
    plotted : (row, column) uint8
        What a program drew of it.
    sharp : (row, column) uint8
        Its sharp lines.
    is_second : bool
        Whether only what can be read is text, and nothing is looked at from nearer.
    """

    engine: Engine
    shown: Sequence[Picture]
    plotted: Picture
    sharp: Picture
    is_second: bool = False
    _asked: list[tuple[Word, list[Word]]] = field(default_factory=list, repr=False)

    @property
    def _is_small(self) -> bool:
        return bool(max(self.plotted.shape) < SMALL_PX)

    def as_read(self, part: Picture) -> tuple[Picture, int]:
        """Return a part of one of the pictures as large as it is read, and how many times that is."""
        times = ENLARGED if self._is_small else 1
        return larger(part, times), times

    def words(self, picture: Picture, scale: int, at: NDArray[np.float64] = ORIGIN) -> Iterator[Word]:
        """Yield what an engine says of a part of the frame ``scale`` times as large, in the frame's pixels.

        Parameters
        ----------
        at : (2,) float64
            Column and row of the part.
        """
        for word in self.engine(np.ascontiguousarray(picture)):
            yield replace(word, corners=word.corners / scale + at)

    def read(self, picture: Picture, scale: int, at: NDArray[np.float64] = ORIGIN) -> Iterator[Word]:
        """Yield what is text in a part of the frame ``scale`` times as large, in the frame's pixels."""
        for placed in self.words(picture, scale, at):
            if self.is_second:
                if is_text(placed) and self._is_sure(placed):
                    yield placed
            elif is_text(placed) or self._is_drawn(placed):
                yield placed
            elif height_of(placed) <= HEIGHTS_PX[1]:
                yield from self.nearer(placed)

    def closer(self, place: Place, jump: NDArray[np.float32], faintest: float) -> Iterator[Word]:
        """Yield what is text in a part of the frame that is looked at in all ways.

        Parameters
        ----------
        jump : (row, column) float32
            Of the frame, 0 where lines were found.
        faintest : float
            Weaker jumps are noise.
        """
        at = np.array([place[1].start or 0, place[0].start or 0], dtype=np.float64)
        if not self.is_second:
            yield from self.small(place)
        own = jump[place] > faintest
        lost = own & (sharpness(self.shown[0][place]) <= FAINTEST * spread(self.shown[0]))
        if lost.sum() > LOST * own.sum():
            for view in self.shown[1:]:
                yield from self.read(*self.as_read(view[place]), at)
        yield from self.trusted(self.read(*self.as_read(self.sharp[place]), at))
        if (self.plotted[place].astype(bool) & own).any():
            yield from self.lines(*self.as_read(self.plotted[place]), at)

    def _is_drawn(self, word: Word) -> bool:
        """Tell whether a line that nobody can read is a line all the same: of strokes, or of one exact value."""
        return is_inked(word, self.plotted) or any(is_drawn(word, view) for view in self.shown)

    def _is_sure(self, word: Word) -> bool:
        """Tell whether what is read beside a filled box is no anatomy: its edges look like strokes to an engine."""
        if characters_of(word) < TRUSTED_CHARACTERS:
            return False
        return word.score >= TRUSTED_SCORE or any(has_strokes(word, view) for view in self.shown)

    def lines(self, picture: Picture, scale: int, at: NDArray[np.float64] = ORIGIN) -> Iterator[Word]:
        """Yield all lines of a picture of what a program drew, a part of the frame ``scale`` times as large.

        What is read as one letter must be as long as a line: holes in a map are of one value, too, and look like one.
        """
        for placed in self.words(picture, scale, at):
            height, longest = height_of(placed), float(np.ptp(placed.corners, axis=0).max())
            is_line = longest >= LINE * height and HEIGHTS_PX[0] <= height <= HEIGHTS_PX[1]
            is_unread = not placed.text and placed.score >= SURE and is_line and not self.is_second
            is_read = is_text(placed) and (characters_of(placed) > 1 or is_line)
            if is_read or is_unread:
                yield placed

    def trusted(self, words: Iterable[Word]) -> Iterator[Word]:
        """Yield what is text of lines seen among sharp lines: read with certainty, there or from nearer."""
        for word in words:
            if not word.text or (word.score >= TRUSTED_SCORE and characters_of(word) >= TRUSTED_CHARACTERS):
                yield word
            elif not self.is_second:
                yield from self.nearer(word)

    def small(self, place: Place) -> Iterator[Word]:
        """Yield what is read with certainty of small letters in a part of the frame, from near."""
        view = self.shown[0]
        times = NEAR if self._is_small else ENLARGED
        picture = larger(view[place], times)
        corner = np.array([place[1].start or 0, place[0].start or 0], dtype=np.float64)
        for tile in tiles(picture.shape, NEAR_SIDE_PX):
            at = corner + np.array([tile[1].start, tile[0].start]) / times
            for placed in self.words(picture[tile], times, at):
                is_near = placed.score >= NEAR_SCORE and characters_of(placed) >= NEAR_CHARACTERS
                is_seen = is_near and has_strokes(placed, self.shown[0])
                if is_text(placed) and height_of(placed) <= LINE_PX and (is_seen or _is_long(placed)):
                    yield placed

    def beside(self, word: Word, crowds: NDArray[np.bool_]) -> Iterator[Word]:
        """Yield what else is read of a small line from nearer: engines lose letters that are small or faint.

        Parameters
        ----------
        crowds : (row, column) bool
            Where strokes crowd that are of no line: without them there is no rest of one.
        """
        if word.text and height_of(word) <= LINE_PX:
            width, height = np.ptp(word.corners, axis=0)
            margins = (BESIDE, MARGIN) if width >= height else (MARGIN, BESIDE)
            beside = self._around(word, (margins[0], 0.0) if width >= height else (0.0, margins[1]))
            if crowds[beside].sum() >= REST_PX:
                found = next(self._from_nearer(word, margins, CLOSEST), [])
                yield from (read for read in found if self._goes_on(read))

    def _goes_on(self, read: Word) -> bool:
        """Tell whether what is read beside a small line is one too: not what shades look like."""
        return is_text(read) and characters_of(read) >= NEARER_CHARACTERS and height_of(read) <= LINE_PX

    def _around(self, word: Word, margins: tuple[float, float]) -> Place:
        """Return the part of the frame with a line and so many heights beside and above it."""
        margin = np.array(margins) * max(1.0, height_of(word))
        low = np.floor(np.maximum(word.corners.min(axis=0) - margin, 0)).astype(int)
        high = np.ceil(word.corners.max(axis=0) + margin).astype(int)
        return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))

    def _from_nearer(self, word: Word, margins: tuple[float, float], times: int) -> Iterator[list[Word]]:
        """Yield what an engine says of a line and so many heights beside and above it, enlarged, view by view."""
        place = self._around(word, margins)
        at = np.array([place[1].start, place[0].start], dtype=np.float64)
        for view in self.shown:
            part = view[place]
            if min(part.shape[:2]) >= 2:
                yield list(self.words(larger(part, times), times, at))

    def nearer(self, word: Word) -> list[Word]:
        """Read a line again, enlarged, as a person sees it; none where nothing is read."""
        known = next((found for asked, found in self._asked if coincide(asked, word)), None)
        if known is None:
            known = self._read_nearer(word)
            self._asked.append((word, known))
        return known

    def _read_nearer(self, word: Word) -> list[Word]:
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
