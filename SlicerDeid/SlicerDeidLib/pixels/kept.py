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
from SlicerDeidLib.pixels.grid import Grid, nearest_part
from SlicerDeidLib.pixels.planes import parts_of

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
    keep, dense, rim = (np.zeros(volume.shape, dtype=np.bool_) for _ in range(3))
    is_dense = kept.bone * BONE | kept.bare * BARE
    for k, (part, level) in enumerate(parts_of(volume, kept.grid, kept.level, default=-SHARP_MM)):
        stays = keep[k][part]
        np.greater_equal(level, 0, out=stays)
        if volume.unit != "HU":
            continue
        there = nearest_part(volume, kept.grid, is_dense, k, part)
        hard = volume.slice_values(k, part) >= BONE_HU
        dense[k][part] = hard & (stays | (there & BONE > 0))
        rim[k][part] = hard & ~stays & (there & BARE > 0)
    within = (slice(None), *_extent(dense))
    for order in (range(len(keep)), reversed(range(len(keep)))):
        _keep_connected(keep[within], dense[within], order)
    reach = max(1, round(RIM_MM / float(np.linalg.norm(volume.i_step))))
    for kept_plane, dense_plane, rim_plane in zip(keep, dense, rim, strict=True):
        _keep_rim(kept_plane, dense_plane, rim_plane, reach)
    largest_pit = PIT_MM2 / float(np.linalg.norm(volume.i_step) * np.linalg.norm(volume.j_step))
    for kept_plane in keep[:, *_extent(keep, largest_pit)]:
        _keep_pits(kept_plane, largest_pit)
    return keep


def _extent(mask: NDArray[np.bool_], largest: float = 0.0) -> tuple[slice, slice]:
    """Return the rows and columns that ``mask`` (k, j, i) uses, and around them more pixels than ``largest``."""
    used = [np.flatnonzero(mask.any(axis=axes)) for axes in ((0, 2), (0, 1))]
    if not len(used[0]):
        return slice(0), slice(0)
    sides = [int(places[-1] - places[0]) + 1 for places in used]
    margin = 1 + int(largest / min(sides))
    rows, columns = (slice(max(0, int(places[0]) - margin), int(places[-1]) + margin + 1) for places in used)
    return rows, columns


def _keep_rim(keep: NDArray[np.bool_], dense: NDArray[np.bool_], rim: NDArray[np.bool_], reach: int) -> None:
    """Keep the rim of kept bone, in place: at most ``reach`` pixels, never across skin, so that no strap is reached."""
    if rim.any():
        eight = np.ones((3, 3))
        keep |= ndimage.binary_dilation(keep & dense, eight, iterations=reach, mask=rim | (keep & dense))


def _keep_pits(keep: NDArray[np.bool_], largest: float) -> None:
    """Keep what small holes in the kept plane hold (marrow between the tables), in place; ``largest`` in pixels."""
    labels, count = ndimage.label(~keep)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    keep |= (sizes <= largest)[labels]


def _keep_connected(keep: NDArray[np.bool_], dense: NDArray[np.bool_], order: Iterable[int]) -> None:
    """Walk through the slices in ``order`` and keep what is dense and connected to what was kept, in place."""
    before: NDArray[np.bool_] | None = None
    for k in order:
        if not dense[k].any():
            before = None
            continue
        if not (dense[k] & ~keep[k]).any():
            before = dense[k]
            continue
        labels, count = ndimage.label(dense[k], structure=np.ones((3, 3)))
        chosen = np.zeros(count + 1, dtype=np.bool_)
        chosen[labels[keep[k]]] = True
        if before is not None:
            overlap = np.bincount(labels[before], minlength=count + 1)
            chosen |= overlap > CONTINUED * np.bincount(labels.ravel(), minlength=count + 1)
        chosen[0] = False
        before = chosen[labels]
        keep[k] |= before
