# SPDX-License-Identifier: Apache-2.0
"""Burned-in text on many frames of one view: each frame is looked at, few are read.

Frames are read at regular steps, and so are those much darker than most; the others are compared with the frame before
them, and read where they show new jumps that the usual noise of the place does not make; the brightest values of the
frames between two steps are read as one picture. A line that was found is then looked for at its place on all frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.staying import NOTHING, Staying
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.pictures import sharpness, spread
from SlicerDeidLib.pixels.prescreen import TILE_COUNT, TILE_PX, tile_counts
from SlicerDeidLib.pixels.text import frametext
from SlicerDeidLib.pixels.text.alone import Largest
from SlicerDeidLib.pixels.text.crowds import crowded
from SlicerDeidLib.pixels.text.looks import FAINTEST
from SlicerDeidLib.pixels.text.readings import adds, slenderness
from SlicerDeidLib.pixels.text.shown import SHOWN, moved, showing
from SlicerDeidLib.pixels.text.windows import windows_of_slices
from SlicerDeidLib.pixels.text.words import region_of

EACH = 4  # frames: up to so many are read one by one
SAME = 0.9  # of a line's strokes that one of so few frames must show, too, where it was read on another: grain has less
STEP = 24  # frames from one that is read to the next: one second of most clips
NEW = (0.25, 0.1)  # of what a viewer shows, black to white: a jump that the frame before did not have, strong or faint
AGAIN = 4  # times the spread of how many new jumps a place has: text that appears makes more
MOST_READ = 12  # frames that are read besides, those with most new jumps
DIM = 0.5  # of what a viewer shows of most frames: so dark a frame is read alone, its letters jump less than they do
MOST_PERCENT = 75  # of the frames are no brighter than most are
MOST_WINDOWS = 4  # of the frames between two that were read: those in which most strokes of one of them crowd
FRAME_CHARACTERS = 2  # of a line on one of many frames: one letter names nobody, and shapes look like some, and
BETWEEN_CHARACTERS = 3  # in the picture of many frames on top of each other
AROUND_TILES = np.ones((3, 3))
EVERYWHERE = np.s_[:, :]

Place = tuple[slice, slice]
Seen = Callable[[int], NDArray[Any]]
"""Frame -> (row, column) array or (row, column, 3) uint8, as it is meant to be seen."""
_Reading = tuple[TextBox, NDArray[np.float32]]
"""What was read, and the jumps of the picture that it was read in."""


def find_text(
    seen: Seen,
    count: int,
    *,
    hidden: NDArray[np.bool_] | None = None,
    staying: Staying = NOTHING,
    is_thorough: bool = False,
) -> tuple[TextBox, ...]:
    """Find the text of all frames.

    Parameters
    ----------
    hidden : (frame, row, column) bool, optional
        Where text was filled, for a second look.
    staying, is_thorough
        As in ``frametext.find_text``; a thorough look reads every frame.

    Raises
    ------
    EngineMissing
        When no OCR engine is installed.
    """

    def read(
        picture: NDArray[Any],
        frame: int,
        known: NDArray[np.float32] | None = None,
        place: Place = EVERYWHERE,
        least_characters: int = 1,
    ) -> tuple[TextBox, ...]:
        return frametext.find_text(
            picture,
            frame,
            hidden=None if hidden is None else hidden[frame][place],
            known=known,
            least_characters=least_characters,
            staying=staying,
            is_thorough=is_thorough,
        )

    if count == 1:
        return read(seen(0), 0)
    clip = _Clip(seen, count, read)
    return tuple(clip.find_on_each() if is_thorough else clip.find())


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    """Frames that are looked at together."""

    seen: Seen
    count: int
    read: Callable[..., tuple[TextBox, ...]]

    def find(self) -> list[TextBox]:
        """Read at steps and between them, and look where else each line shows."""
        widths = np.array([spread(self.seen(k)) for k in range(self.count)])
        width = float(widths[0])
        if self.count <= EACH:
            jumps = [sharpness(self.seen(k)) for k in range(self.count)]
            known = [None, *jumps]
            each = [(box, jumps[k]) for k in range(self.count) for box in self.read(self.seen(k), k, known[k])]
            return self._on_frames(_slender_first(each), FAINTEST * width, SAME)
        steps = {*range(0, self.count, STEP), self.count - 1}
        dim = set(np.flatnonzero(widths < DIM * np.percentile(widths, MOST_PERCENT))) - steps
        counts: list[list[NDArray[np.intp]]] = [[] for _ in NEW]
        of_frames: list[_Reading] = []
        between: list[_Reading] = []
        windows: list[tuple[int, Place]] = []
        before = brightest = last = None
        alone = Largest(self.seen(0).shape[:2], 0.0)
        for frame in range(self.count):
            picture = self.seen(frame)
            jump = sharpness(picture)
            new = np.zeros_like(jump) if before is None else jump - before
            for of_level, level in zip(counts, NEW, strict=True):
                of_level.append(tile_counts(new, level * widths[frame]))
            before = jump
            alone.take(jump, frame)
            brightest = picture if brightest is None else np.maximum(brightest, picture)
            if frame in steps | dim:
                lines = self.read(picture, frame, None if frame in dim else last, EVERYWHERE, FRAME_CHARACTERS)
                of_frames += [(box, jump) for box in lines]
            if frame in steps:
                if last is not None:
                    of_all = sharpness(brightest)  # where strokes crowd, those of single frames are read: see below
                    lines = self.read(brightest, frame, of_all, EVERYWHERE, BETWEEN_CHARACTERS)
                    between += [(box, of_all) for box in lines]
                    windows += _windows_of_frames(alone, FAINTEST * width)
                brightest, last = picture, jump
                alone = Largest(jump.shape, 0.0)
                alone.take(jump, frame)
        fired = {frame: tiles for frame, tiles in _standing_out(counts).items() if frame not in dim}
        for frame, place in windows:
            if frame not in steps | dim:
                tiles = fired.setdefault(frame, np.zeros_like(counts[0][0], dtype=np.bool_))
                tiles[tuple(slice(p.start // TILE_PX, -(-p.stop // TILE_PX)) for p in place)] = True
        for frame, tiles in sorted(fired.items()):
            of_frames += [(box, sharpness(self.seen(frame))) for box in self._read_tiles(frame, tiles)]
        return self._on_frames([*_slender_first(of_frames), *_slender_first(between)], FAINTEST * width)

    def find_on_each(self) -> list[TextBox]:
        """Read every frame; what is read on one is hidden there, and on the others that show it and where it is not."""
        jumps = [sharpness(self.seen(k)) for k in range(self.count)]
        own = [list(self.read(self.seen(k), k)) for k in range(self.count)]
        each = [(box, jumps[box.frame]) for boxes in own for box in boxes]
        least = SAME if self.count <= EACH else SHOWN
        return self._on_frames(_slender_first(each), FAINTEST * spread(self.seen(0)), least, own)

    def _read_tiles(self, frame: int, fired: NDArray[np.bool_]) -> Iterator[TextBox]:
        """Read the parts of a frame that show something new."""
        labels, _ = ndimage.label(ndimage.binary_dilation(fired, AROUND_TILES), np.ones((3, 3)))
        picture, before = self.seen(frame), sharpness(self.seen(frame - 1))
        for rows, columns in ndimage.find_objects(labels):
            top, left = rows.start * TILE_PX, columns.start * TILE_PX
            place = np.s_[top : rows.stop * TILE_PX, left : columns.stop * TILE_PX]
            for box in self.read(picture[place], frame, before[place], place, FRAME_CHARACTERS):
                yield moved(box, frame, top, left)

    def _on_frames(
        self,
        found: list[_Reading],
        faintest: float,
        least: float = SHOWN,
        known: Sequence[Sequence[TextBox]] = (),
    ) -> list[TextBox]:
        """Return each line on all frames that show it, there once: the first reading that holds it stays.

        Parameters
        ----------
        known : sequence of sequence of TextBox, optional
            What is hidden on each frame in any case.
        """
        chosen = [list(boxes) for boxes in known] or [[] for _ in range(self.count)]
        for box, jump in found:
            if not known and not adds(box, chosen[box.frame]):
                continue
            part = region_of(box, jump.shape)

            def jumps_of(frame: int, place: tuple[slice, slice] = part) -> NDArray[np.float32]:
                return sharpness(self.seen(frame)[place])

            for frame in showing(jump[part], range(self.count), jumps_of, faintest, least):
                if adds(box, chosen[frame]):
                    chosen[frame].append(replace(box, frame=frame))
        return [box for boxes in chosen for box in boxes]


def _slender_first(readings: list[_Reading]) -> list[_Reading]:
    return sorted(readings, key=lambda reading: -slenderness(reading[0]))


def _windows_of_frames(alone: Largest, faintest: float) -> list[tuple[int, Place]]:
    """Return frames and where strokes crowd that they alone show, of the frames that were taken."""
    jump = alone.alone()
    found = windows_of_slices(crowded(jump, jump, faintest), alone.of_slice, MOST_WINDOWS)
    return [(frame, place) for frame, places in found.items() for place in places]


def _standing_out(counts: Sequence[list[NDArray[np.intp]]]) -> dict[int, NDArray[np.bool_]]:
    """Return frames with tiles that have many more new jumps, strong or faint ones, than are usual there."""
    excess = []
    for of_level in counts:
        stack = np.stack(of_level)
        usual, often = np.percentile(stack, (50, 75), axis=0)
        excess.append(stack - (usual + AGAIN * (often - usual) + TILE_COUNT))
    least = np.max(excess, axis=0)
    more = least > 0
    most = np.argsort(-np.where(more, least, 0).max(axis=(1, 2)), kind="stable")[:MOST_READ]
    return {int(frame): more[frame] for frame in sorted(most) if more[frame].any()}
