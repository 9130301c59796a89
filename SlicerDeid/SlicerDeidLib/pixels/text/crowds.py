# SPDX-License-Identifier: Apache-2.0
"""Where strokes crowd as those of letters do, and the parts of a frame that hold all such places: the rest has no text.

Measured on 257 lines of four scripts, 8 to 40 pixels, faint to saturated, drawn into real images of 14 kinds: strokes
crowd along 252 of them, and with a margin in a sixth of the images besides: most of that is speckle of ultrasound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.prescreen import TILE_PX

Mask = NDArray[np.bool_]
Place = tuple[slice, slice]

STANDING_OUT = 3.0  # times what is usual around: grain of one strength has one pixel in a hundred that jumps so much
ALONG_PX, ACROSS_PX = 15, 7  # pixels along and across a line, either way: two of the smallest letters; there
CROWDED = 0.18  # of the pixels are strokes: in lines of letters 0.2 and more
LEAST_PX = 120  # pixels of a crowd: the smallest of 250 lines had 142
MIXED = 0.6  # coherence of what is no edge: in the lines above 0.3 to 0.58, along edges and rules near 1
LOOSE_STANDING_OUT = 2.0  # times what is usual, where all that could be letters is looked at: of 161 lines of 8 to 12
LOOSE_CROWDED = 0.14  # pixels in six kinds of images seven had less than 0.6 of their letters in crowds, and so have
LOOSE_MIXED = 0.75  # one; but up to a third of a frame is looked at
MIXED_PX = 4.0  # pixels: spread of the window in which it is told
LETTER_PX = 5  # rows and columns of the smallest letter: in narrower images none crowd
MARGIN_PX = 10  # pixels around crowded strokes that belong to them: the rest of a line's height, and its ground
FULL = 0.5  # of a part must be asked for: one with less is cut in two
SIDE_PX = 128  # pixels: what is not longer than that is not cut, for a cut goes through lines


def crowded(seen: NDArray[Any], jump: NDArray[np.float32], faintest: float, *, is_thorough: bool = False) -> Mask:
    """Return where strokes crowd that run in several directions: (row, column) bool.

    Parameters
    ----------
    seen : (row, column) array or (row, column, 3) uint8
        The frame as it is meant to be seen.
    jump : (row, column) float32
        How much each pixel jumps out of those beside it; 0 where nothing is looked for.
    faintest : float
        Weaker jumps are noise.
    is_thorough : bool
        Whether weak crowds, in grain and along edges, count, too.
    """
    if min(jump.shape) < LETTER_PX:
        return np.zeros(jump.shape, dtype=np.bool_)
    standing_out = np.float32(LOOSE_STANDING_OUT if is_thorough else STANDING_OUT)
    strokes = (jump > np.maximum(np.float32(faintest), standing_out * _usual(jump))).astype(np.float32)
    ways = ((ACROSS_PX, ALONG_PX), (ALONG_PX, ACROSS_PX))
    share = np.max([ndimage.uniform_filter(strokes, way) for way in ways], axis=0)
    found: Mask = share > (LOOSE_CROWDED if is_thorough else CROWDED)
    return found & (_coherence(seen) < (LOOSE_MIXED if is_thorough else MIXED))


def _coherence(seen: NDArray[Any]) -> NDArray[np.float32]:
    """Return how much all steps around each pixel go in one direction, 0 to 1: those of a structure tensor."""
    planes = [seen] if seen.ndim == 2 else [seen[..., sample] for sample in range(seen.shape[-1])]
    steps = [np.gradient(plane.astype(np.float32)) for plane in planes]
    down, across, both = (
        ndimage.gaussian_filter(sum(step[n] * step[m] for step in steps), MIXED_PX) for n, m in ((0, 0), (1, 1), (0, 1))
    )
    found: NDArray[np.float32] = np.hypot(down - across, 2 * both) / np.maximum(down + across, np.float32(1e-6))
    return found


def _usual(jump: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the jump that is usual around each pixel: the middle of three by three tiles' middle ones."""
    rows, columns = (-(-size // TILE_PX) for size in jump.shape)
    room = ((0, rows * TILE_PX - jump.shape[0]), (0, columns * TILE_PX - jump.shape[1]))
    padded = np.pad(jump, room, mode="symmetric")
    tiles = np.median(padded.reshape(rows, TILE_PX, columns, TILE_PX), axis=(1, 3))
    spread = np.kron(ndimage.median_filter(tiles, 3, mode="nearest"), np.ones((TILE_PX, TILE_PX), dtype=np.float32))
    usual: NDArray[np.float32] = spread[: jump.shape[0], : jump.shape[1]]
    return usual


def parts(crowds: Mask) -> list[Place]:
    """Return rectangles that hold all crowds large enough for letters, and little else: they may overlap.

    Parameters
    ----------
    crowds : (row, column) bool
        As ``crowded`` returns it.
    """
    labels, count = ndimage.label(crowds, np.ones((3, 3)))
    is_large = np.bincount(labels.ravel(), minlength=count + 1) >= LEAST_PX
    is_large[0] = False
    asked = ndimage.maximum_filter(is_large[labels], 2 * MARGIN_PX + 1)
    together, _ = ndimage.label(asked, np.ones((3, 3)))
    cut = [
        part
        for number, place in enumerate(ndimage.find_objects(together), start=1)
        for part in _cut(together == number, place)
    ]
    return _merged(cut)


def _cut(asked: Mask, place: Place) -> Iterator[Place]:
    """Yield a rectangle, cut in two until most of each part is asked for."""
    inside = asked[place]
    longest = int(np.argmax(inside.shape))
    size = inside.shape[longest]
    if size <= SIDE_PX or inside.mean() >= FULL:
        yield place
        return
    for half in (slice(0, size // 2 + MARGIN_PX), slice(size // 2 - MARGIN_PX, size)):
        own = inside[half] if longest == 0 else inside[:, half]
        rows, columns = (np.flatnonzero(own.any(axis=axis)) for axis in (1, 0))
        if len(rows):
            first = [place[0].start, place[1].start]
            first[longest] += half.start
            part = tuple(
                slice(at + int(p[0]), at + int(p[-1]) + 1) for at, p in zip(first, (rows, columns), strict=True)
            )
            yield from _cut(asked, (part[0], part[1]))


def _merged(places: list[Place]) -> list[Place]:
    """Return rectangles, two made one where that shows hardly more than both."""
    left, merged = list(places), []
    while left:
        place = left.pop()
        while (n := next((n for n, other in enumerate(left) if _is_full(place, other)), None)) is not None:
            place = _around(place, left.pop(n))
        merged.append(place)
    return merged


def _is_full(one: Place, other: Place) -> bool:
    return _area(_around(one, other)) <= _area(one) + _area(other)


def _around(one: Place, other: Place) -> Place:
    rows, columns = (slice(min(p.start, q.start), max(p.stop, q.stop)) for p, q in zip(one, other, strict=True))
    return rows, columns


def _area(place: Place) -> int:
    return int((place[0].stop - place[0].start) * (place[1].stop - place[1].start))
