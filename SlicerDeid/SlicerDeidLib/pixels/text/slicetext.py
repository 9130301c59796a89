# SPDX-License-Identifier: Apache-2.0
"""TextFinder "mask" for CT volumes: every slice is looked at, few are read.

Projections of the whole series are read, brightest values and strongest jumps, so that every slice has been in a
picture that was read. What cannot be a measured image (jumps of one pixel) sends a slice to the OCR engine by itself,
unless it goes on in the slices beside it, as bone and metal do. A word that was found is then looked for at the same
place of all slices. What no word hides and is drawn with one value is hidden without being read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.staying import NOTHING, Staying
from SlicerDeidLib.model.volume import TextBox, Volume
from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.pictures import enlarged, even, grey
from SlicerDeidLib.pixels.prescreen import JUMP_HU, TILE_COUNT, TILE_PX, fired_tiles, is_padding, jumps, tile_counts
from SlicerDeidLib.pixels.text.alone import Largest
from SlicerDeidLib.pixels.text.crowds import Place, crowded
from SlicerDeidLib.pixels.text.fitting import fitted
from SlicerDeidLib.pixels.text.ink import boxes_of, inked
from SlicerDeidLib.pixels.text.inkfit import ink_fitted
from SlicerDeidLib.pixels.text.ocr import Engine, Word, engine
from SlicerDeidLib.pixels.text.redact import hidden_by
from SlicerDeidLib.pixels.text.shown import moved, showing
from SlicerDeidLib.pixels.text.windows import read_in_windows, windows, windows_of_slices
from SlicerDeidLib.pixels.text.words import as_box, characters_of, distinct, is_drawn, is_text, region_of, stays

Mask = NDArray[np.bool_]

NAME = "ocr"
PROJECTED = 64  # slices that share one projection: more would bury faint text under the jumps of other slices
WIDE_HU = (-1024.0, 3000.0)  # HU: air to metal
BRIGHTER_HU = (0.0, 500.0)  # HU above all other slices: text of one slice
STRONG_HU = (0.0, 2000.0)  # HU of second difference: saturated text
FAINT_HU = (0.0, 400.0)  # HU of second difference: text of some 200 HU over tissue
BRAIN_HU = (-150.0, 350.0)  # HU: what a slice shows at the usual window
PROJECTED_CHARACTERS = 3  # of a word in a projection: many slices on top of each other look like single digits
SLICE_CHARACTERS = 2  # of a word on a slice: ventricles look like an 8, and one letter names nobody
FAINTEST_HU = 100.0  # HU of second difference: noise of a thin slice has less
COARSE_MM = 1.3  # mm: on larger pixels the skull itself jumps from one to the next, and
COARSE_SCORE = 0.95  # a word must be read with that score not to be anatomy
AGAIN = 2  # times the jumps of the slices beside it: text on one slice has more
RIM_PX = 16  # pixels around what was left that are read with it: detectors see little at the border of a picture
MOST_READ = 12  # slices of a stack that are read by themselves, those with most jumps: a bone kernel makes many fire
READ_TILES = 2  # tiles around one that fired that are read with it
READ_AROUND_PX = 8  # pixels around what a program drew that are read with it
MOST_WINDOWS = 9  # that are read for small lines of one slice, and of all: those where most strokes crowd
STRONG_STROKES_PX = 15  # pixels of a word that jump as no anatomy does: two small letters have more


def find_text(
    volume: Volume, keep: Mask | None = None, *, staying: Staying = NOTHING, is_thorough: bool = False
) -> Iterator[tuple[TextBox, ...]]:
    """Find burned-in text on the slices of a CT.

    Parameters
    ----------
    volume : Volume
        CT, HU; after defacing, if that was done.
    keep : (k, j, i) bool, optional
        What defacing left; the rest and its border are no picture any more.
    staying : Staying
        What stays, and is no text.
    is_thorough : bool
        Whether every slice is read besides, in two views.

    Yields
    ------
    tuple of TextBox
        Of the slices that share projections, in their order.

    Raises
    ------
    EngineMissing
        When no OCR engine is installed.
    """
    read = engine()
    for first in range(0, len(volume.stored), PROJECTED):
        slices = list(range(first, min(first + PROJECTED, len(volume.stored))))
        place = WHOLE if keep is None else _place_of(keep[slices])
        if place is None:
            continue
        part = volume.part(slices, *place)
        own = None if keep is None else keep[slices][:, *place]
        boxes = _Stack(part, own, range(len(slices)), read, staying, is_thorough).find()
        found = (moved(box, slices[box.frame], place[0].start, place[1].start) for box in boxes)
        yield tuple(sorted(found, key=lambda box: (box.frame, box.row, box.column)))


def _place_of(keep: Mask) -> Place | None:
    """Return the tiles that hold all that was left of some slices, and a rim; None where nothing was.

    Around a head that was defaced there is nothing but what was filled: in two of four volumes more than half of
    each picture.

    Parameters
    ----------
    keep : (k, j, i) bool
        Tiles begin where those of whole slices do.
    """
    kept = keep.any(axis=0)
    held = ndimage.find_objects(kept.astype(np.int8))
    if not held:
        return None
    rows, columns = (
        slice(max(0, part.start - RIM_PX) // TILE_PX * TILE_PX, min(size, part.stop + RIM_PX))
        for part, size in zip(held[0], kept.shape, strict=True)
    )
    return rows, columns


@dataclass(frozen=True, slots=True, eq=False)
class _Projections:
    """What slices have in common, (j, i) float32 each, and which of them fired.

    Attributes
    ----------
    brightest, brightest_alone, deepest, mean : HU
        The largest value, by how much it exceeds the second largest, the smallest value, the mean.
    strongest, strongest_alone, usual : HU of second difference
        The same of the jumps, and their mean.
    of_slice : (j, i) int16
        Which slice jumps most at each pixel.
    fired : list of int
        Slices that are read by themselves.
    ink : dict of int to (j, i) bool
        Slices on which a program drew, and where.
    """

    brightest: NDArray[np.float32]
    brightest_alone: NDArray[np.float32]
    deepest: NDArray[np.float32]
    mean: NDArray[np.float32]
    strongest: NDArray[np.float32]
    strongest_alone: NDArray[np.float32]
    of_slice: NDArray[np.int16]
    usual: NDArray[np.float32]
    fired: list[int]
    ink: dict[int, Mask]


@dataclass(frozen=True, slots=True, eq=False)
class _Stack:
    """Slices that are looked at together."""

    volume: Volume
    keep: Mask | None
    slices: range
    read: Engine
    staying: Staying
    is_thorough: bool

    def find(self) -> list[TextBox]:
        """Read the projections, then the slices whose jumps no word explains."""
        seen = self._project()
        boxes: list[TextBox] = []
        for word in self._words_of_projections(seen):
            boxes += self._on_slices(word, seen.strongest)
        for word, jump in self._small_lines(seen):
            boxes += self._on_slices(word, jump)
        for word in self._words_of_padding(seen):
            boxes += self._in_padding(word, seen.brightest)
        for k in self.slices if self.is_thorough else seen.fired:
            explained = [box for box in boxes if box.frame == k]
            for word in self._words_of_slice(k, explained):
                jump = self._jumps(k)
                boxes += self._on_slices(word, jump)
        for k, ink in seen.ink.items():
            for box in boxes:
                if box.frame == k:
                    ink[hidden_by(box, WHOLE, ink.shape)] = False
            boxes += [box for box in boxes_of(ink, k) if not (self.staying.is_any and self._stays(box))]
        return boxes

    def _stays(self, box: TextBox) -> bool:
        """Tell whether what a program drew is read, and is nothing but what stays."""
        values = self._values(box.frame)
        part = values[region_of(box, values.shape, margin=READ_AROUND_PX)]
        words = [word for window in (WIDE_HU, BRAIN_HU) for word in self.read(enlarged(grey(part, window))[0])]
        return bool(words) and all(stays(word.text, self.staying) for word in words)

    def _project(self) -> _Projections:
        """Look at every slice once."""
        bright, jumpy = Largest(self.volume.shape[1:], -np.inf), Largest(self.volume.shape[1:], 0.0)
        deepest = np.full(self.volume.shape[1:], WIDE_HU[1], dtype=np.float32)
        usual, mean = (np.zeros(self.volume.shape[1:], dtype=np.float32) for _ in range(2))
        counts, ink = [], {}
        for k in self.slices:
            values = self._values(k)
            where = np.True_ if self.keep is None else self.keep[k]
            jump = jumps(values, self._ignored(k, values))
            bright.take(np.where(where, values, AIR_HU), k)
            np.minimum(deepest, values, out=deepest, where=where)
            jumpy.take(jump, k)
            usual += np.minimum(jump, JUMP_HU)
            mean += np.where(where, values, AIR_HU)
            counts.append(tile_counts(jump))
            drawn = inked(self.volume.stored[k], values, jump) & where
            if drawn.any():
                ink[k] = drawn
        usual /= len(self.slices)
        mean /= len(self.slices)
        fired = [self.slices[n] for n in _standing_out(counts)]
        return _Projections(
            bright.first, bright.alone(), deepest, mean, jumpy.first, jumpy.alone(), jumpy.of_slice, usual, fired, ink
        )

    def _values(self, k: int) -> NDArray[np.float32]:
        return self.volume.slice_values(k)

    def _ignored(self, k: int, values: NDArray[np.float32]) -> Mask:
        """Return what of a slice is no picture."""
        ignored = is_padding(values)
        return ignored if self.keep is None else ignored | ~self.keep[k]

    def _jumps(self, k: int) -> NDArray[np.float32]:
        values = self._values(k)
        return jumps(values, self._ignored(k, values))

    def _words_of_projections(self, seen: _Projections) -> list[Word]:
        """Read the projections; a word that several show is returned once."""
        pictures = [
            grey(seen.brightest, WIDE_HU),
            grey(seen.brightest_alone, BRIGHTER_HU),
            grey(seen.strongest, STRONG_HU),
            grey(seen.strongest_alone, FAINT_HU),
            grey(seen.usual, FAINT_HU),
        ]
        words = [word for picture in pictures for word in self._read(picture)]
        for projection in (seen.strongest, seen.strongest_alone):  # outlines of letters of 30 pixels and more
            picture = grey(projection, STRONG_HU)
            words += [word for word in self.read(picture) if self._is_wanted(word, picture)]
        return distinct(word for word in words if characters_of(word) >= PROJECTED_CHARACTERS)

    def _small_lines(self, seen: _Projections) -> Iterator[tuple[Word, NDArray[np.float32]]]:
        """Yield the small lines that are read where strokes of one slice, or of all, crowd; and jumps that show them.

        Over bone no projection shows the letters of one slice, but their strokes tell which one it is.
        """
        most = None if self.is_thorough else MOST_WINDOWS
        crowds = crowded(seen.usual, seen.usual, FAINTEST_HU, is_thorough=self.is_thorough)
        places = [(seen.mean, seen.usual, crowds, windows(crowds)[:most])]
        crowds = crowded(seen.strongest_alone, seen.strongest_alone, FAINTEST_HU, is_thorough=self.is_thorough)
        for k, of_slice in windows_of_slices(crowds, seen.of_slice, most).items():
            places.append((self._values(k), self._jumps(k), crowds, of_slice))
        for values, jump, own, read in places:
            picture = even(grey(values, WIDE_HU))
            for word in read_in_windows(self.read, picture, own, read, is_thorough=self.is_thorough):
                if not (self._is_coarse and word.score < COARSE_SCORE) and not stays(word.text, self.staying):
                    yield word, jump

    def _words_of_padding(self, seen: _Projections) -> list[Word]:
        """Read what is drawn into the padding: it shows in no window of tissue, and padding has no jumps."""
        if not is_padding(seen.deepest).any():
            return []
        window = float(seen.deepest.min()), WIDE_HU[0]
        words = [word for projection in (seen.brightest, seen.deepest) for word in self._read(grey(projection, window))]
        return distinct(word for word in words if characters_of(word) >= SLICE_CHARACTERS)

    def _read(self, picture: NDArray[np.uint8]) -> list[Word]:
        """Read one picture, enlarged where that helps."""
        larger, scale = enlarged(picture)
        words = [replace(word, corners=word.corners / scale) for word in self.read(larger)]
        return [word for word in words if self._is_wanted(word, picture)]

    def _is_wanted(self, word: Word, picture: NDArray[np.uint8]) -> bool:
        if self._is_coarse and word.score < COARSE_SCORE:
            return False
        return is_drawn(word, picture) or (is_text(word) and not stays(word.text, self.staying))

    @property
    def _is_coarse(self) -> bool:
        return float(np.linalg.norm(self.volume.i_step)) > COARSE_MM

    def _words_of_slice(self, k: int, explained: list[TextBox]) -> Iterator[Word]:
        """Read the parts of a slice whose jumps no box explains."""
        values, jump = self._values(k), self._jumps(k)
        for box in explained:
            jump[region_of(box, jump.shape, margin=2)] = 0.0
        fired = fired_tiles(jump)
        near = np.ones_like(fired) if self.is_thorough else ndimage.binary_dilation(fired, AROUND_TILES)
        labels, _ = ndimage.label(near, np.ones((3, 3)))
        for rows, columns in ndimage.find_objects(labels):
            part = tuple(slice(tiles.start * TILE_PX, tiles.stop * TILE_PX) for tiles in (rows, columns))
            at = np.array([part[1].start, part[0].start], dtype=np.float64)
            pictures = [grey(values[part], window) for window in (WIDE_HU, BRAIN_HU)]
            found = distinct(word for picture in pictures for word in self._read(picture))
            for word in found:
                placed = replace(word, corners=word.corners + at)
                strong = jump[region_of(as_box(placed, k, jump.shape, NAME), jump.shape)] > JUMP_HU
                is_drawn = self.is_thorough or strong.sum() >= STRONG_STROKES_PX
                if is_drawn and characters_of(word) >= SLICE_CHARACTERS:
                    yield placed

    def _on_slices(self, word: Word, strongest: NDArray[np.float32]) -> list[TextBox]:
        """Return the boxes of a word on all slices that show its strokes.

        Parameters
        ----------
        strongest : (j, i) float32
            The jumps in which the word was seen: a projection's, or one slice's.
        """
        part = region_of(as_box(word, 0, strongest.shape, NAME), strongest.shape)
        frames = showing(strongest[part], self.slices, lambda k: self._jumps_in(k, part), FAINTEST_HU)
        return [as_box(self._fitted(word, k), k, strongest.shape, NAME) for k in frames]

    def _fitted(self, word: Word, k: int) -> Word:
        """Fit a word to its ink or strokes on one slice: slices may show longer and shorter ones at one place."""
        stored, jump = self.volume.stored[k], self._jumps(k)
        return ink_fitted(word, stored, jump, FAINTEST_HU) or fitted(word, stored, jump, FAINTEST_HU)

    def _in_padding(self, word: Word, brightest: NDArray[np.float32]) -> list[TextBox]:
        """Return the boxes of a word in the padding on the slices that show it; on all where nothing tells.

        Letters jump out of the padding; so does the picture's border, which is of no one value.
        """
        part = region_of(as_box(word, 0, brightest.shape, NAME), brightest.shape)
        frames = showing(_raw_jumps(brightest)[part], self.slices, lambda k: _raw_jumps(self._values(k))[part], 0.0)
        boxes = []
        for k in frames or self.slices:
            held = ink_fitted(word, self.volume.stored[k], _raw_jumps(self._values(k)), FAINTEST_HU)
            boxes.append(as_box(held or word, k, brightest.shape, NAME))
        return boxes

    def _jumps_in(self, k: int, part: tuple[slice, slice]) -> NDArray[np.float32]:
        """Return the jumps of a part of a slice, with one pixel around it taken into account."""
        rows, columns = part
        wide = (
            slice(max(0, rows.start - 2), rows.stop + 2),
            slice(max(0, columns.start - 2), columns.stop + 2),
        )
        values = self.volume.stored[k][wide] * np.float32(self.volume.slope[k]) + np.float32(self.volume.intercept[k])
        ignored = is_padding(values)
        if self.keep is not None:
            ignored |= ~self.keep[k][wide]
        inner = (
            slice(rows.start - wide[0].start, rows.stop - wide[0].start),
            slice(columns.start - wide[1].start, columns.stop - wide[1].start),
        )
        return jumps(values, ignored)[inner]


def _raw_jumps(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the jumps of a slice or projection, its padding taken for a picture."""
    return jumps(values, np.zeros(values.shape, dtype=np.bool_))


def _standing_out(counts: list[NDArray[np.intp]]) -> list[int]:
    """Return the slices that show in a tile what the slices beside them do not: bone and metal go on there.

    What stands on all slices stands in the mean of their jumps.
    """
    stack = np.stack(counts)
    beside = np.zeros_like(stack)
    beside[1:] = stack[:-1]
    beside[:-1] = np.maximum(beside[:-1], stack[1:])
    more = np.where((stack >= TILE_COUNT) & (stack > AGAIN * beside + TILE_COUNT), stack, 0).max(axis=(1, 2))
    most = np.argsort(-more, kind="stable")[:MOST_READ]
    return sorted(int(n) for n in most if more[n])


WHOLE = (slice(0, None), slice(0, None))
AROUND_TILES = np.ones((2 * READ_TILES + 1, 2 * READ_TILES + 1))
