# SPDX-License-Identifier: Apache-2.0
"""What stays of a head: on the analysis grid, and brought to the native lattice slice by slice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.distance import Mask
from SlicerDeidLib.pixels.grid import Grid, NearestParts, reaches
from SlicerDeidLib.pixels.planes import parts_of
from SlicerDeidLib.pixels.runs import pieces_of, ranges, runs_of

BONE_HU = 220.0  # HU on the native lattice: cortical bone with its partial volume; unenhanced soft tissue stays below
RIM_MM = 4.0  # mm: how far the 2 mm grid can be wrong about what is bare, there and back
CONTINUED = 0.6  # of a piece's area that the next slice's bone must cover: a strap above a slanting forehead has less
PIT_MM2 = 50.0  # mm2: marrow spaces that the 2 mm grid does not see; an eye in its rim has over 500
BONE, BARE = np.uint8(1), np.uint8(2)
"""Bits of one field for ``Kept.bone`` and ``Kept.bare``: places are looked up in it once."""
SHARP_MM = 4.0  # mm: what is farther from a border than that does not move it


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What stays, on the analysis grid.

    Attributes
    ----------
    level : (z, y, x) float32
        mm, positive where tissue stays; its zero is the border. Linear interpolation moves it to any lattice.
    bone : (z, y, x) bool
        Where dense voxels are bone and stay whatever ``level`` says.
    bare : (z, y, x) bool
        Where dense voxels lie so close to the air that they are bone only as the rim of bone below.
    cut : (z, y, x) bool
        In front of the cut that takes the face, whether there is tissue or not: there bone goes too.
    """

    grid: Grid
    level: NDArray[np.float32]
    bone: Mask
    bare: Mask
    cut: Mask


def to_native(volume: Volume, kept: Kept) -> NDArray[np.bool_]:
    """Bring what stays to the native lattice, one slice at a time: (k, j, i) bool.

    Dense voxels within the peel stay when they hang together with dense voxels that stay anyway, in their slice or
    through its neighbours: skull does, a strap or an earring on the skin does not.
    """
    keep = np.zeros(volume.shape, dtype=np.bool_)
    there = NearestParts(volume, kept.grid, kept.bone * BONE | kept.bare * BARE)
    rims: dict[int, tuple[tuple[slice, slice], NDArray[np.bool_]]] = {}
    runs = _Runs(keep)
    for k, (part, level) in enumerate(parts_of(volume, kept.grid, kept.level, default=-SHARP_MM)):
        stays = keep[k][part]
        np.greater_equal(level, 0, out=stays)
        if volume.unit != "HU":
            continue
        dense = volume.at_least(k, BONE_HU, part)
        near = dense & ~stays
        if not near.any():
            continue
        is_dense = there.at(k, part)
        runs.add(k, part, near & (is_dense & BONE).view(np.bool_), dense & stays)
        near &= (is_dense >> 1).view(np.bool_)
        if near.any():
            rims[k] = part, near
    loose = runs.keep_hanging()
    for order in (range(len(keep)), reversed(range(len(keep)))):
        _keep_continued(volume, keep, loose, order)
    reach = max(1, round(RIM_MM / float(np.linalg.norm(volume.i_step))))
    for k, (part, rim) in rims.items():
        _keep_rim(keep[k][part], volume.at_least(k, BONE_HU, part), rim, reach)
    top, bottom, left, right = reaches(volume, kept.grid).T
    reached = keep[:, top.min() : bottom.max(), left.min() : right.max()]
    keep_pits(reached, PIT_MM2 / float(np.linalg.norm(volume.i_step) * np.linalg.norm(volume.j_step)))
    return keep


class _Runs:
    """The runs of dense voxels that do not stay anyway, of all slices; those stay that hang on dense voxels that do."""

    def __init__(self, keep: NDArray[np.bool_]) -> None:
        self._keep = keep
        self._found: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]] = []

    def add(self, k: int, part: tuple[slice, slice], bone: NDArray[np.bool_], stays: NDArray[np.bool_]) -> None:
        """Find those of the ``bone`` in a part of slice ``k``, in which these dense voxels stay."""
        start, stop = runs_of(bone[None])
        row, column = np.divmod(start - bone.shape[1] - 1, bone.shape[1] + 1)
        hangs = np.zeros(len(start), dtype=np.bool_)
        touched = np.flatnonzero(bone & _beside(stays))
        hangs[np.searchsorted(row * bone.shape[1] + column, touched, "right") - 1] = True
        _, rows, columns = self._keep.shape
        first = (k * rows + row + part[0].start) * columns + column + part[1].start
        self._found.append((first, stop - start, hangs))

    def keep_hanging(self) -> dict[int, _Loose]:
        """Keep what hangs on what stays, in its slice; eight neighbours. Return the rest by slices."""
        if not self._found:
            return {}
        first, count, hangs = (np.concatenate(each) for each in zip(*self._found, strict=True))
        _, rows, columns = self._keep.shape
        row = first // columns
        gaps = row + (row // rows) * (columns + 1)  # a column after each row and a row after each slice
        piece = pieces_of(first + gaps, first + gaps + count, (columns + 1,), has_corners=True)
        is_kept = (np.bincount(piece, hangs) > 0)[piece]
        self._keep.ravel()[ranges(first[is_kept], count[is_kept])] = True
        first, count, piece = first[~is_kept], count[~is_kept], piece[~is_kept]
        of_slice = first // (rows * columns)
        loose = ((int(k), of_slice == k) for k in np.unique(of_slice))
        return {k: _Loose(first[these], count[these], piece[these]) for k, these in loose}


class _Loose:
    """The pieces of dense voxels of a slice that do not stay anyway and hang on none that does.

    Attributes
    ----------
    places : (n,) intp
        Their voxels in the flattened volume.
    labels : (n,) intp
        To which piece each belongs.
    """

    def __init__(self, first: NDArray[np.intp], count: NDArray[np.intp], piece: NDArray[np.int32]) -> None:
        self.places = ranges(first, count)
        self.labels = np.repeat(np.unique(piece, return_inverse=True)[1], count)

    def keep_covered(self, keep: NDArray[np.bool_], is_covered: NDArray[np.bool_]) -> None:
        """Keep those of which most voxels are covered, (n,), in place."""
        overlap = np.bincount(self.labels, is_covered)
        is_kept = (overlap > CONTINUED * np.bincount(self.labels))[self.labels]
        keep.ravel()[self.places[is_kept]] = True
        self.places, self.labels = self.places[~is_kept], self.labels[~is_kept]


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a plane and the eight neighbours of each of its voxels."""
    tall = mask.copy()
    tall[1:] |= mask[:-1]
    tall[:-1] |= mask[1:]
    wide = tall.copy()
    wide[:, 1:] |= tall[:, :-1]
    wide[:, :-1] |= tall[:, 1:]
    return wide


def _keep_continued(volume: Volume, keep: NDArray[np.bool_], loose: dict[int, _Loose], order: Iterable[int]) -> None:
    """Walk through the slices in ``order`` and keep the pieces that the bone kept before goes on in, in place."""
    last: int | None = None
    for k in order:
        if k in loose and last is not None and len(loose[k].places):
            rows, columns = np.divmod(loose[k].places - k * keep[k].size, volume.shape[2])
            part = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
            bone = keep[last][part] & volume.at_least(last, BONE_HU, part)
            loose[k].keep_covered(keep, bone[rows - part[0].start, columns - part[1].start])
        last = k


def _keep_rim(keep: NDArray[np.bool_], dense: NDArray[np.bool_], rim: NDArray[np.bool_], reach: int) -> None:
    """Keep the rim of kept bone, in place: at most ``reach`` pixels, never across skin, so that no strap is reached."""
    if rim.any():
        eight = np.ones((3, 3))
        keep |= ndimage.binary_dilation(keep & dense, eight, iterations=reach, mask=rim | (keep & dense))


def keep_pits(keep: NDArray[np.bool_], largest: float) -> None:
    """Keep what small holes in each kept plane hold (marrow between the tables), in place; ``largest`` in pixels.

    Notes
    -----
    Holes are pieces of the gaps within the rows; those that meet what lies beside the kept rows are none.
    """
    _, rows, columns = keep.shape
    width, height = columns + 1, rows + 1  # an empty column and an empty row part the rows and the planes
    start, stop = runs_of(keep)
    if not len(start):
        return
    row = start // width
    is_new = np.diff(row) != 0
    first, last = np.full(len(keep) * height + 2, start[-1] + 2 * width), np.zeros(len(keep) * height + 2, np.intp)
    first[row[np.append(True, is_new)]] = start[np.append(True, is_new)]
    last[row[np.append(is_new, True)]] = stop[np.append(is_new, True)]
    low, high, row = stop[:-1][~is_new], start[1:][~is_new], row[1:][~is_new]
    if not len(low):
        return
    is_open = np.zeros(len(low), dtype=np.bool_)
    for way in (-1, 1):
        is_open |= (low + way * width < first[row + way]) | (high + way * width > last[row + way])
    piece = pieces_of(low, high, (width,))
    is_pit = (np.bincount(piece, high - low) <= largest) & (np.bincount(piece, is_open) == 0)
    pits = is_pit[piece]
    places = ranges(low[pits], high[pits] - low[pits])
    plane, row = np.divmod(places // width - 1, height)
    keep[plane, row, places % width] = True
