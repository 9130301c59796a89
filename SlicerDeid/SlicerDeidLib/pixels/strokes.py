# SPDX-License-Identifier: Apache-2.0
"""Burned-in strokes: small bright shapes of one stored value that stand still while the slices change."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import STROKE_PX
from SlicerDeidLib.pixels.grid import Grid, nearest, reaches

Mask = NDArray[np.bool_]
BRIGHT_HU = -500.0  # HU: darker letters are air to everything that looks for a body
STILL = 0.8  # of the slices: no part of a body has one stored value, noise and all, at one place on most of them
BARE = 0.2  # of the slices at least: there the rim of a stroke is air
REFERENCES = (0.2, 0.4, 0.6, 0.8)  # of the way through the slices: what stands still on most is on one of these
TOLD = 16  # slices after which it is told anew what cannot stand still any more
LARGEST_PX = (64, 200)  # rows, columns of letters that touch; a table or a body without noise is larger
SMALLEST_AREA_PX = 4  # pixels: less is a speckle
LETTER_PX = 20  # pixels of a letter that is kept: less cannot be read
LETTER_HU = 500.0  # HU: letters that change from slice to slice are known by being bright and of one value
LETTER_AIR = 0.3  # of the rim of such a letter that must be outer air, or it can be metal in the body


def still_strokes(volume: Volume) -> Mask:
    """Return where burned-in strokes stand, (j, i) bool: the same on all slices, empty for less than three."""
    count = len(volume.stored)
    still = np.zeros(volume.shape[1:], dtype=np.bool_)
    if count < 3:
        return still
    for at in sorted({round(part * (count - 1)) for part in REFERENCES}):
        _add_still(volume.stored, at, (volume.slice_values(at) > BRIGHT_HU) & ~still, still)
    strokes = _narrow(still)
    return _in_air(volume, strokes) if strokes.any() else strokes


def _add_still(stored: NDArray[np.integer], at: int, bright: Mask, still: Mask) -> None:
    """Mark in ``still`` the ``bright`` places whose value in slice ``at`` stands in most slices."""
    count, first = len(stored), stored[at]
    differs, same_value = np.zeros(first.shape, dtype=np.uint16), np.empty(first.shape, dtype=np.bool_)
    most = count - int(STILL * count) - 1  # slices on which it may differ
    looked_at = min(count, most + TOLD)  # of whole planes; only then most places have changed too often
    for plane in stored[:looked_at]:
        differs += np.not_equal(plane, first, out=same_value)
    places = np.flatnonzero(bright & (differs <= most))
    wanted, left = first.ravel()[places], most - differs.ravel()[places].astype(np.int64)
    for k, plane in enumerate(stored[looked_at:], start=1):
        left -= plane.ravel()[places] != wanted
        if k % TOLD == 0:
            open_ = left >= 0
            places, wanted, left = places[open_], wanted[open_], left[open_]
    still.flat[places[left >= 0]] = True


def _in_air(volume: Volume, strokes: Mask) -> Mask:
    """Return the strokes whose rim is air on some of the slices: a neck without noise stands still too."""
    air = np.zeros(strokes.shape, dtype=np.int32)
    for k in range(len(volume.stored)):
        air += ~volume.at_least(k, BRIGHT_HU)
    mostly = air >= BARE * len(volume.stored)
    labels, count = ndimage.label(strokes, np.ones((3, 3)))
    around = ndimage.maximum_filter(labels, 3)
    rim = (around > 0) & ~strokes
    bare = np.bincount(around[rim & mostly], minlength=count + 1)
    chosen = bare > LETTER_AIR * np.bincount(around[rim], minlength=count + 1)
    chosen[0] = False
    found: Mask = chosen[labels]
    return found


def check_letters(volume: Volume, keep: Mask, strokes: Mask, grid: Grid, inside: Mask) -> None:
    """Look for burned-in letters in what is kept; metal as bright as the scanner can draw it looks the same.

    Parameters
    ----------
    keep : (k, j, i) bool
        The mask without padding.
    strokes : (j, i) bool
        Where strokes stand still.
    grid, inside
        The body on the analysis grid.

    Raises
    ------
    PixelError
        When letters stay readable, or what may be letters.
    """
    has_strokes = bool(strokes.any())
    for k, (kept, (top, bottom, left, right)) in enumerate(zip(keep, reaches(volume, grid), strict=True)):
        near = slice(top, bottom + 1), slice(left, right + 1)  # and what a voxel is compared with
        if has_strokes and int((kept & strokes).sum()) >= LETTER_PX:
            raise PixelError(
                "burned-in text touches the head and would stay readable: what lies under it cannot be told from it",
                "have the text removed first",
            )
        if _may_have_letter(volume, k, kept, near) and _has_letter(volume, k, kept, grid, inside):
            raise PixelError(
                "what is bright and of one value touches the head and stands out into the air: burned-in text, which "
                "would stay readable, or metal (the pins of a frame, electrodes), which cannot be told from it",
                "where it is text, have it removed first",
            )


def _may_have_letter(volume: Volume, k: int, kept: Mask, near: tuple[slice, slice]) -> bool:
    """Tell whether enough is bright and of one value in a part that holds all that is kept."""
    plane, bright = volume.stored[k][near], volume.at_least(k, LETTER_HU, near)[:-1, :-1]
    even = bright & kept[near][:-1, :-1]
    if int(np.count_nonzero(even)) < LETTER_PX // 2:
        return False
    even &= plane[:-1, :-1] == plane[1:, 1:]
    even &= plane[:-1, :-1] == plane[:-1, 1:]
    even &= plane[:-1, :-1] == plane[1:, :-1]
    return int(np.count_nonzero(even)) >= LETTER_PX // 2


def _has_letter(volume: Volume, k: int, kept: Mask, grid: Grid, inside: Mask) -> bool:
    """Tell whether a kept bright shape of one value borders on the air outside."""
    plane = volume.stored[k]
    even = np.zeros(plane.shape, dtype=np.bool_)
    even[:-1, :-1] = (plane[:-1, :-1] == plane[1:, 1:]) & (plane[:-1, 1:] == plane[1:, :-1])
    even[:-1, :-1] &= plane[:-1, :-1] == plane[:-1, 1:]
    values = volume.slice_values(k)
    even &= values > LETTER_HU
    even[1:] |= even[:-1]
    even[:, 1:] |= even[:, :-1]
    labels, _ = ndimage.label(_narrow(even & (values > LETTER_HU)), np.ones((3, 3)))
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        around = tuple(slice(max(0, part.start - 2), part.stop + 2) for part in box)
        letter = labels[around] == label
        if int((letter & kept[around]).sum()) < LETTER_PX:
            continue
        rim = ndimage.binary_dilation(letter, np.ones((3, 3)), iterations=2) & ~letter
        rows, columns = np.nonzero(rim & (values[around] < BRIGHT_HU))
        (within,) = nearest(volume, grid, [inside], k, rows + around[0].start, columns + around[1].start)
        if int((~within).sum()) > LETTER_AIR * int(rim.sum()):
            return True
    return False


def _narrow(mask: Mask) -> Mask:
    """Return the objects of ``mask`` that are as small as letters and nowhere as wide as ``STROKE_PX``."""
    if not mask.any():
        return mask
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    chosen = np.bincount(labels.ravel(), minlength=count + 1) >= SMALLEST_AREA_PX
    chosen[0] = False
    for label, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        chosen[label] &= rows.stop - rows.start <= LARGEST_PX[0] and columns.stop - columns.start <= LARGEST_PX[1]
    small: Mask = chosen[labels]
    if small.any():
        wide = ndimage.minimum_filter(small, STROKE_PX, mode="constant")
        small &= ~np.isin(labels, np.unique(labels[wide]))
    return small
