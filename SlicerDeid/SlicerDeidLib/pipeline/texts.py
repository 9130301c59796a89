# SPDX-License-Identifier: Apache-2.0
"""The text step: find, fill, and read again until nothing is read any more."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import EngineMissing, PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.pixels import Stack, as_seen, ct_stacks_of, decode, is_palette
from SlicerDeidLib.model.policy import TextPolicy
from SlicerDeidLib.model.staying import Staying, staying_of
from SlicerDeidLib.model.volume import TextBox, Volume

if TYPE_CHECKING:
    from SlicerDeidLib.pixels.text.shown import Part

PASSES = 4  # times that text is looked for, the last time to see that there is none: one box can hide half a line
PAGE_LINES = 3  # of text on a frame without anything measured: a page, which would be empty without them
FILLING = ("mask", "thorough", "morph")  # modes that change pixels
COVERED = 0.2  # of a box may be outside of what is filled: its rim
Boxes = tuple[TextBox, ...]
Result = TypeVar("Result")
STILL_READABLE = "burned-in text can still be read after it was masked; leave this series out, or use --text drop"


@dataclass(frozen=True, slots=True, eq=False)
class Redacted:
    """Pixels after the text step.

    Attributes
    ----------
    after : (frame, row, column) or (frame, row, column, sample) array
        Stored values; the array that was given where nothing changed.
    boxes : tuple of TextBox
        Where text was found.
    is_examined : bool
        Whether an OCR engine has read all frames, and reads nothing in them any more.
    is_page : bool
        Whether the frames show lines of text and nothing that was measured.
    """

    after: NDArray[Any]
    boxes: tuple[TextBox, ...] = ()
    is_examined: bool = False
    is_page: bool = False


def redact_volume(
    volume: Volume,
    keep: NDArray[np.bool_] | None,
    text: TextPolicy,
    air_value: float | None = None,
    filled: Sequence[TextBox] = (),
) -> Redacted:
    """Take the text out of the slices of a volume.

    Parameters
    ----------
    volume : Volume
        As it is after defacing.
    keep : (k, j, i) bool or None
        What defacing left.
    air_value : float or None
        HU that text in the air becomes; None is air.
    filled : sequence of TextBox
        What is filled whatever is written there.

    Raises
    ------
    EngineMissing
        When there may be text, and no OCR engine is installed to tell.
    PixelError
        When text can still be read after masking.
    """
    return last_step(redact_stepwise(volume, keep, text, air_value, filled))


def redact_stepwise(
    volume: Volume,
    keep: NDArray[np.bool_] | None,
    text: TextPolicy,
    air_value: float | None = None,
    filled: Sequence[TextBox] = (),
) -> Generator[Boxes, None, Redacted]:
    """Do as ``redact_volume``, and yield the boxes that were read so far as soon as there are more."""
    mode = text.mode
    if mode == "off":
        return Redacted(volume.stored)
    if filled and text.is_filled:
        return (yield from _filled_first(volume, keep, text, air_value, filled))
    from SlicerDeidLib.pixels.air import outside_as_air
    from SlicerDeidLib.pixels.registry import text_finder
    from SlicerDeidLib.pixels.text.ocr import available
    from SlicerDeidLib.pixels.text.redact import redact

    fill = outside_as_air(volume, air_value)
    if mode == "morph" or (mode == "mask" and volume.unit == "HU" and not available()):
        # outside a kept head everything became air, letters with all that surrounds them
        boxes = tuple(box for found in text_finder("morph")(volume, None) for box in found) if keep is None else ()
        after = volume.stored.copy() if boxes else volume.stored
        redact(after, boxes, fill=fill)
        if mode == "mask":
            _check_jumps(replace(volume, stored=after), keep, boxes)
        return Redacted(after, boxes)
    find = partial(
        _find_in_series if volume.unit == "HU" else _find_in_each_slice,
        staying=staying_of(text),
        is_thorough=mode == "thorough",
    )
    return (
        yield from _read_until_gone(
            volume.stored,
            keep,
            lambda stored, kept, parts: find(replace(volume, stored=stored), kept, parts),
            partial(redact, fill=fill),
            is_kept=mode in ("report", "drop"),
        )
    )


def _filled_first(
    volume: Volume,
    keep: NDArray[np.bool_] | None,
    text: TextPolicy,
    air_value: float | None,
    filled: Sequence[TextBox],
) -> Generator[Boxes, None, Redacted]:
    """Fill what is filled in any case, then take the text out of what is left."""
    from SlicerDeidLib.pixels.air import outside_as_air
    from SlicerDeidLib.pixels.text.redact import redact

    stored = volume.stored.copy()
    redact(stored, filled, keep=keep, fill=outside_as_air(volume, air_value))
    redacted = yield from redact_stepwise(replace(volume, stored=stored), keep, text, air_value)
    return replace(redacted, boxes=_changed(volume.stored, stored, filled) + redacted.boxes)


def redact_frames(
    file: DicomFile,
    mode: str,
    *,
    staying: Staying,
    filled: Sequence[TextBox] = (),
    keep: NDArray[np.bool_] | None = None,
) -> Redacted:
    """Take the text out of the frames of one instance of any kind.

    Parameters
    ----------
    filled : sequence of TextBox
        What is filled whatever is written there.
    keep : (frame, row, column) bool, optional
        What defacing left: the rest is not filled.

    Raises
    ------
    EngineMissing
        When no OCR engine is installed.
    PixelError
        When the pixels cannot be decoded or looked at, or text can still be read after masking.
    """
    from SlicerDeidLib.pixels.pictures import is_measured
    from SlicerDeidLib.pixels.text.redact import redact

    stored = decode(file)
    find = partial(_find_in_image, file, ct_stacks_of(file), staying=staying, is_thorough=mode == "thorough")
    grounds = filled if mode in FILLING else ()
    grounded = _grounded(stored, grounds) if grounds else stored

    def fill(frames: NDArray[Any], boxes: Iterable[TextBox], *, keep: NDArray[np.bool_]) -> None:
        redact(frames, boxes, keep=keep, is_palette=is_palette(file))
        for box in grounds:  # a line at the border of what is filled has a ring of another value
            frames[_place(box)] = grounded[_place(box)]

    steps = _read_until_gone(
        grounded,
        keep,
        find,
        fill,
        is_kept=mode in ("report", "drop"),
    )
    redacted = last_step(steps)
    has_lines = len(redacted.boxes) >= PAGE_LINES * len(stored)
    return replace(
        redacted,
        boxes=_changed(stored, grounded, filled) + redacted.boxes,
        is_page=has_lines and not any(is_measured(as_seen(file, frame)) for frame in stored),
    )


def _grounded(stored: NDArray[Any], filled: Sequence[TextBox]) -> NDArray[Any]:
    """Return frames with boxes filled by the ground of the display; the same array where nothing changes by that."""
    from SlicerDeidLib.pixels.text.regions import ground_of

    after = stored.copy()
    for number, frame in enumerate(after):
        own = [box for box in filled if box.frame == number]
        ground = ground_of(frame, own)
        for box in own:
            frame[box.row : box.row + box.height, box.column : box.column + box.width] = ground
    return stored if np.array_equal(after, stored) else after


def _changed(before: NDArray[Any], after: NDArray[Any], boxes: Sequence[TextBox]) -> tuple[TextBox, ...]:
    """Return the boxes in which something changed."""
    if after is before:
        return ()
    return tuple(box for box in boxes if not np.array_equal(before[_place(box)], after[_place(box)]))


def _place(box: TextBox) -> tuple[int, slice, slice]:
    """Return where a box lies in frames."""
    return box.frame, slice(box.row, box.row + box.height), slice(box.column, box.column + box.width)


def _find_in_image(
    file: DicomFile,
    stacks: Sequence[Stack],
    frames: NDArray[Any],
    kept: NDArray[np.bool_],
    parts: Sequence[Part] | None,
    *,
    staying: Staying,
    is_thorough: bool,
) -> Iterator[Boxes]:
    """Look at the frames of an image, or at parts of some: at stacks of CT slices as at a series, else as at a clip."""
    left = set(range(len(frames)))
    for stack in stacks:
        numbers = [int(number) for _, number in stack.places[0]]
        left -= set(numbers)
        volume, own = stack.volume(0, [frames]), _parts_of(numbers, parts)
        for boxes in _find_in_series(volume, kept[numbers], own, staying=staying, is_thorough=is_thorough):
            yield tuple(replace(box, frame=numbers[box.frame]) for box in boxes)
    if left:
        numbers = sorted(left)
        found = _find_in_clip(
            lambda k: as_seen(file, frames[numbers[k]]),
            len(numbers),
            kept[numbers] if stacks else kept,
            _parts_of(numbers, parts),
            staying=staying,
            is_thorough=is_thorough,
        )
        yield tuple(replace(box, frame=numbers[box.frame]) for box in found)


def _parts_of(numbers: Sequence[int], parts: Sequence[Part] | None) -> Sequence[Part] | None:
    """Return what is looked at again of the frames with ``numbers``, as parts of these frames alone."""
    if parts is None:
        return None
    own = {number: k for k, number in enumerate(numbers)}
    found = [replace(part, frames=tuple(sorted(own[n] for n in part.frames if n in own))) for part in parts]
    return [part for part in found if part.frames]


def _find_in_clip(
    seen: Callable[[int], NDArray[Any]],
    count: int,
    kept: NDArray[np.bool_],
    parts: Sequence[Part] | None,
    *,
    staying: Staying,
    is_thorough: bool,
) -> tuple[TextBox, ...]:
    """Look at frames, or at parts of some."""
    from SlicerDeidLib.pixels.text.cliptext import find_text
    from SlicerDeidLib.pixels.text.shown import moved

    find = partial(find_text, staying=staying, is_thorough=is_thorough)
    if parts is None:
        return find(seen, count)
    found: list[TextBox] = []
    for part in parts:
        frames = part.frames
        hidden = ~kept[list(frames)][:, *part.place]
        boxes = find(partial(_seen_part, seen, part), len(frames), hidden=hidden)
        found += [moved(box, frames[box.frame], part.rows.start, part.columns.start) for box in boxes]
    return tuple(found)


def _seen_part(seen: Callable[[int], NDArray[Any]], part: Part, k: int) -> NDArray[Any]:
    """Return the part of its frame number ``k``."""
    return seen(part.frames[k])[part.place]


def _find_in_series(
    volume: Volume,
    keep: NDArray[np.bool_],
    parts: Sequence[Part] | None,
    *,
    staying: Staying,
    is_thorough: bool,
) -> Iterator[Boxes]:
    """Look at the slices of a CT, or at parts of some."""
    from SlicerDeidLib.pixels.registry import text_finder
    from SlicerDeidLib.pixels.text.shown import moved

    find = partial(text_finder("mask"), staying=staying, is_thorough=is_thorough)
    if parts is None:
        yield from find(volume, keep)
        return
    for part in parts:
        slices = list(part.frames)
        for boxes in find(volume.part(slices, *part.place), keep[slices][:, *part.place]):
            yield tuple(moved(box, slices[box.frame], part.rows.start, part.columns.start) for box in boxes)


def _find_in_each_slice(
    volume: Volume,
    kept: NDArray[np.bool_],
    parts: Sequence[Part] | None,
    *,
    staying: Staying,
    is_thorough: bool,
) -> Iterator[Boxes]:
    """Look at the slices of a series whose values are no CT numbers."""
    yield _find_in_clip(volume.slice_values, len(volume.stored), kept, parts, staying=staying, is_thorough=is_thorough)


def _read_until_gone(
    stored: NDArray[Any],
    keep: NDArray[np.bool_] | None,
    find: Callable[[NDArray[Any], NDArray[np.bool_], Sequence[Part] | None], Iterator[Boxes]],
    fill: Callable[..., None],
    *,
    is_kept: bool,
) -> Generator[Boxes, None, Redacted]:
    """Look for text and fill it, then look around what was filled, until there is none; yield what is found so far."""
    from SlicerDeidLib.pixels.text.shown import parts_around

    kept = np.ones(stored.shape[:3], dtype=np.bool_) if keep is None else keep.copy()
    after = stored
    boxes: tuple[TextBox, ...] = ()
    parts: Sequence[Part] | None = None
    for _ in range(PASSES):
        found: Boxes = ()
        for several in find(after, kept, parts):
            more = tuple(box for box in several if _is_new(box, kept))
            if more:
                found += more
                yield boxes + found
        if is_kept:
            return Redacted(stored, found, is_examined=not found)
        if not found:
            return Redacted(after, boxes, is_examined=True)
        after = after.copy() if after is stored else after
        fill(after, found, keep=kept)
        boxes += found
        for box in found:  # a filled box has edges of its own, which are no text
            kept[_place(box)] = False
        parts = parts_around(found, stored.shape[1:])
    raise PixelError(STILL_READABLE)


def last_step(steps: Generator[Boxes, None, Result]) -> Result:
    """Go through all steps; return what comes of them."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return cast(Result, end.value)


def _is_new(box: TextBox, kept: NDArray[np.bool_]) -> bool:
    """Tell whether a box reaches out of what is filled or removed already: there is nothing left to read."""
    return float(kept[_place(box)].mean()) > COVERED


def _check_jumps(volume: Volume, keep: NDArray[np.bool_] | None, boxes: tuple[TextBox, ...]) -> None:
    """Refuse a series on whose slices there can be text that nobody reads."""
    from SlicerDeidLib.pixels.prescreen import fired_tiles, is_padding, jumps
    from SlicerDeidLib.pixels.text.ink import inked

    for k in range(len(volume.stored)):
        values = volume.slice_values(k)
        ignored = is_padding(values) if keep is None else is_padding(values) | ~keep[k]
        for box in boxes:
            if box.frame == k:
                ignored[box.row : box.row + box.height, box.column : box.column + box.width] = True
        jump = jumps(values, ignored)
        if fired_tiles(jump).any() or inked(volume.stored[k], values, jump).any():
            raise EngineMissing(
                "a slice shows what no scanner makes, text perhaps, and no OCR engine is installed to read it; install "
                "one with: pip install slicerdeid[text]"
            )
