# SPDX-License-Identifier: Apache-2.0
"""Burned-in text on one frame of any kind: read as a person sees it, and in the picture of its sharp lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.staying import NOTHING, Staying
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.pictures import (
    ENLARGED,
    drawn,
    even,
    inverted,
    larger,
    sharpness,
    spread,
    strokes,
    views,
)
from SlicerDeidLib.pixels.text import inklines
from SlicerDeidLib.pixels.text.agreement import agreed, upright
from SlicerDeidLib.pixels.text.crowds import Place, crowded, parts
from SlicerDeidLib.pixels.text.looks import FAINTEST, Look
from SlicerDeidLib.pixels.text.ocr import Word, engine
from SlicerDeidLib.pixels.text.readings import boxes_of
from SlicerDeidLib.pixels.text.redact import hidden_by
from SlicerDeidLib.pixels.text.rules import is_rule
from SlicerDeidLib.pixels.text.windows import read_in_windows
from SlicerDeidLib.pixels.text.words import (
    SURER,
    as_box,
    characters_of,
    distinct,
    has_strokes,
    height_of,
    is_telling,
    meets,
    region_of,
    stays,
)

Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]

NAME = "ocr"
EDGE_PX = 2  # pixels around a filled box that jump because it was filled
LARGE = 0.25  # of a frame: higher lines of small frames are heads and folds, when they are read with little certainty
STILL = 0.5  # of a jump that another frame must have at its place, to show the same stroke
NEW = 0.2  # of the strokes of a line: two letters of ten; of fewer the rest of a line is looked for beside it
EVERYWHERE: Place = (slice(None), slice(None))


def find_text(
    seen: NDArray[Any],
    frame: int,
    *,
    hidden: Mask | None = None,
    known: NDArray[np.float32] | None = None,
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
    known : (row, column) float32, optional
        The jumps of another frame that was looked at: where strokes of this one stand there as well, none crowd.
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
    bare = jump if known is None else np.where(known > STILL * jump, np.float32(0.0), jump)
    words += _unread(look, seen, (jump, bare), [*words, *inked], is_line, is_thorough=is_thorough)
    if staying.is_any:
        inked = [line for line in inked if not _may_stay(look, line, words, staying)]
        words = [word for word in words if not stays(word.text, staying)]
    return boxes_of([*words, *inked], seen, jump, faintest, (frame, NAME))


def _is_shape(word: Word, view: Picture) -> bool:
    """Tell whether a line is so high beside its frame that anatomy looks like it, and nothing says that it is none."""
    is_high = bool(word.text) and height_of(word) > LARGE * min(view.shape[:2])
    return is_high and word.score < SURER and not has_strokes(word, view)


def _unread(
    look: Look,
    seen: NDArray[Any],
    jumps: tuple[NDArray[np.float32], NDArray[np.float32]],
    found: Sequence[Word],
    is_line: Callable[[Word], bool],
    *,
    is_thorough: bool,
) -> list[Word]:
    """Return the lines where strokes crowd that are of none that was ``found``, and what stands beside small ones.

    Parameters
    ----------
    jumps : ((row, column) float32, (row, column) float32)
        Of the frame, and of what no other frame shows.
    """
    faintest = FAINTEST * spread(seen)
    jump, bare = jumps[0], _unexplained(jumps[1], found)
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
    crowds = crowded(seen, bare, faintest, is_thorough=is_thorough)
    small = read_in_windows(look.engine, view, crowds, is_thorough=is_thorough)
    more += [word for word in small if _is_new(word, jump, bare, faintest)]
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
