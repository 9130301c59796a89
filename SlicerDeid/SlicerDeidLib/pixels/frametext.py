# SPDX-License-Identifier: Apache-2.0
"""Burned-in text on one frame of any kind: read as a person sees it, and in the picture of its sharp lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.staying import NOTHING, Staying
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels import inklines
from SlicerDeidLib.pixels.agreement import agreed, upright
from SlicerDeidLib.pixels.crowds import Place, crowded, parts
from SlicerDeidLib.pixels.ocr import Engine, Word, engine
from SlicerDeidLib.pixels.pictures import (
    ENLARGED,
    SMALL_PX,
    as_numbers,
    drawn,
    even,
    inverted,
    larger,
    sharpness,
    spread,
    strokes,
    views,
)
from SlicerDeidLib.pixels.readings import boxes_of
from SlicerDeidLib.pixels.redact import hidden_by
from SlicerDeidLib.pixels.rules import is_rule
from SlicerDeidLib.pixels.tiles import tiles
from SlicerDeidLib.pixels.words import (
    HEIGHTS_PX,
    SURE,
    SURER,
    as_box,
    characters_of,
    coincide,
    distinct,
    has_strokes,
    height_of,
    is_drawn,
    is_inked,
    is_telling,
    is_text,
    meets,
    region_of,
    stays,
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
NEAR_SCORE = 0.7  # with which lines of
NEAR_CHARACTERS = 5  # are text there: in 32 real images grain and edges were read as three at most;
LONG_SCORE = 0.9  # with which longer ones are,
LONG_CHARACTERS = 6  # whatever their strokes look like beside what surrounds them
MARGIN = 1.0  # heights around a line that a closer look shows, and
BESIDE = 4.0  # beyond the ends of one that was read, to find the rest of it, where it is small:
REST_PX = 40  # pixels of crowded strokes there: three letters of 8 pixels make more
LINE_PX = 20  # pixels of height, as engines draw it round letters of 12 pixels
LOST = 0.1  # of the strokes of a part: where the usual contrast shows fewer, the other one is looked at
LARGE = 0.25  # of a frame: higher lines of small frames are heads and folds, when they are read with little certainty
NEW = 0.2  # of the strokes of a line: two letters of ten; of fewer the rest of a line is looked for beside it
ORIGIN = np.zeros(2)
EVERYWHERE: Place = (slice(None), slice(None))


def find_text(
    seen: NDArray[Any],
    frame: int,
    *,
    hidden: Mask | None = None,
    least_characters: int = 1,
    staying: Staying = NOTHING,
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
    staying : Staying
        What stays, and is no text.
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
    faintest = FAINTEST * spread(seen)
    look = Look(engine(), shown, plotted, strokes(jump), is_second=hidden is not None)
    inked = [] if hidden is not None else inklines.lines(seen, jump)

    def is_line(word: Word) -> bool:
        if characters_of(word) < least_characters or (hidden is None and _is_shape(word, shown[0])):
            return False
        return is_telling(word) or not is_rule(word, jump, faintest)

    words = [word for word in look.read(*look.as_read(shown[0])) if is_line(word)]
    if is_thorough:
        words += filter(is_line, _thorough(look))
    words += _unread(look, seen, jump, [*words, *inked], is_line, is_thorough=is_thorough)
    if staying.is_any:
        inked = [line for line in inked if not _may_stay(look, line, words, staying)]
        words = [word for word in words if not stays(word.text, staying)]
    return boxes_of([*words, *inked], as_numbers(seen), jump, faintest, (frame, NAME))


def _is_shape(word: Word, view: Picture) -> bool:
    """Tell whether a line is so high beside its frame that anatomy looks like it, and nothing says that it is none."""
    is_high = bool(word.text) and height_of(word) > LARGE * min(view.shape[:2])
    return is_high and word.score < SURER and not has_strokes(word, view)


def _unread(
    look: Look,
    seen: NDArray[Any],
    jump: NDArray[np.float32],
    found: Sequence[Word],
    is_line: Callable[[Word], bool],
    *,
    is_thorough: bool,
) -> list[Word]:
    """Return the lines where strokes crowd that are of none that was ``found``, and what stands beside small ones."""
    faintest = FAINTEST * spread(seen)
    bare = _unexplained(jump, found)
    more = [
        word
        for place in ([EVERYWHERE] if is_thorough else parts(crowded(seen, bare, faintest)))
        for word in look.closer(place, bare, faintest)
        if is_line(word) and _is_new(word, jump, bare, faintest)
    ]
    if look.is_second:
        return more
    bare = _unexplained(bare, more)
    crowds = crowded(seen, bare, faintest)
    rest = [other for word in distinct([*found, *more]) for other in look.beside(word, crowds)]
    more += [word for word in rest if is_line(word) and _is_new(word, jump, bare, faintest)]
    bare = _unexplained(bare, more)
    view = look.shown[0]
    crowds = crowded(seen, bare, faintest)
    more += [
        word for word in upright(look.engine, view, crowds) if is_line(word) and _is_new(word, jump, bare, faintest)
    ]
    bare = _unexplained(bare, more)
    unread = agreed(look.engine, (view, even(view)), crowded(seen, bare, faintest))
    return more + [word for word in unread if is_line(word) and _is_new(word, jump, bare, faintest)]


def _unexplained(jump: NDArray[np.float32], words: Iterable[Word]) -> NDArray[np.float32]:
    """Return the jumps of a frame, (row, column) float32, with 0 where lines were found."""
    bare = jump.copy()
    for word in words:
        box = as_box(word, 0, jump.shape, NAME)
        place = region_of(box, jump.shape)
        bare[place][hidden_by(box, place, bare[place].shape)] = 0.0
    return bare


def _is_new(word: Word, jump: NDArray[np.float32], bare: NDArray[np.float32], faintest: float) -> bool:
    """Tell whether enough strokes of a line are of none that was found before: parts of a frame show cut lines."""
    box = as_box(word, 0, jump.shape, NAME)
    place = region_of(box, jump.shape)
    inside = hidden_by(box, place, jump[place].shape)
    strokes = jump[place][inside] > faintest
    return float((bare[place][inside] > faintest).sum()) >= NEW * float(strokes.sum())


def _may_stay(look: Look, line: Word, words: Iterable[Word], staying: Staying) -> bool:
    """Tell whether a line of ink is read, among ``words`` or from nearer, as what stays."""
    read = [word for word in words if word.text and meets(line, word)] or look.nearer(line)
    return bool(read) and all(stays(word.text, staying) for word in read)


def _thorough(look: Look) -> Iterator[Word]:
    """Read what other sizes and contrasts show."""
    for number, view in enumerate(look.shown):
        picture, times = look.as_read(view)
        if number:  # the first one was read
            yield from look.read(picture, times)
        yield from look.read(inverted(picture), times)
        level = even(view)
        for other in (level, look.sharp):
            for size in (1, ENLARGED):
                yield from look.trusted(look.read(larger(other, size), size))
        yield from look.read(view, 1)


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
        """Yield all lines of a picture of what a program drew, a part of the frame ``scale`` times as large."""
        for placed in self.words(picture, scale, at):
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
