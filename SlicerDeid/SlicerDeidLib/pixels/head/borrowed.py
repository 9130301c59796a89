# SPDX-License-Identifier: Apache-2.0
"""The head in a series that shows too little of one by itself: its own surface, and the cavity that others found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.body import Body, find_body
from SlicerDeidLib.pixels.distance import Mask, dilated, eroded, signed_depth
from SlicerDeidLib.pixels.grid import END_MM, GRID_MM, grid_around, sample
from SlicerDeidLib.pixels.head.anatomy import Anatomy, refuse_other_head
from SlicerDeidLib.pixels.head.cavity import SOFT_HU, Cavity
from SlicerDeidLib.pixels.head.face import Frame
from SlicerDeidLib.pixels.head.shared import SharedMask, brought
from SlicerDeidLib.pixels.strokes import still_strokes

DEEP_MM = 4.0  # mm below the skin: nearer, two series' surfaces differ by partial volume
SOFT = 0.9  # of the cavity's core that must be soft tissue, where it is said to be; heads in the same place had 0.97
BONE = 0.8  # of the bone that must lie where others have it; the same had 0.93, heads 10 mm aside 0.6
BONE_ML = 5.0  # ml of bone from which it tells anything
ASIDE_MM = 4.0  # mm along any axis, where the bone, or that of any half of the head, must not lie on that of others for
GAIN = 0.01  # more of it; real and made heads had 0.002 at most, those 4 mm aside, which lost brain, 0.03 and more,
GAIN_ML = 0.16  # and no less: of the little bone in four slices 0.11 lay better aside by rounding, 5 mm lower 0.19 did


def borrowed_anatomy(volume: Volume, masks: Sequence[SharedMask]) -> tuple[Anatomy, Mask]:
    """Find the body in a CT, and put the cavity that other series of the head found into it.

    Returns
    -------
    Anatomy
        Its cavity's ``enclosed`` is 0: nobody measured it here.
    (z, y, x) bool
        What the other series show.

    Raises
    ------
    NoHead
        When there is no body.
    PixelError
        When it is no CT, shows more of the body than the other series, a head that lies elsewhere, or a second one.

    Notes
    -----
    Where the picture cuts the head, the others say what is brain and what is skin: so it may cut the brain, too.
    """
    if volume.unit != "HU":
        raise PixelError("only a CT can take its mask from another series")
    strokes = still_strokes(volume)
    sampled = sample(volume, grid_around(volume), strokes)
    body = find_body(sampled)
    grid, is_scanned = body.sampled.grid, body.sampled.is_scanned
    known, inside, protected, bone, cut = (np.zeros(grid.shape, dtype=np.bool_) for _ in range(5))
    for mask in masks:
        there = brought(mask, grid)
        known |= there.known
        inside |= there.cavity
        protected |= there.shelter > 0
        bone |= there.bone
        cut |= there.cut
    inside &= is_scanned
    _check_covered(volume, body, known)
    _check_place(body, inside, known & ~cut, bone)
    body = _told(body, inside, known)
    is_scanned = body.sampled.is_scanned
    cavity = Cavity(inside, (protected | inside) & is_scanned, float(inside.sum()) * grid.voxel_ml, 0.0)
    refuse_other_head(sampled, body)
    return Anatomy(body, cavity, strokes), known


def borrowed_frame(masks: Sequence[SharedMask]) -> Frame | None:
    """Return where the face looks, by the largest mask that says it."""
    frames = [(mask.level.size, mask.frame) for mask in masks if mask.frame is not None]
    return max(frames, key=lambda found: found[0])[1] if frames else None


def _check_covered(volume: Volume, body: Body, known: Mask) -> None:
    """Refuse a series that shows what no other series of the head does."""
    grid = body.sampled.grid
    places = volume.positions @ volume.normal
    along = grid.along(volume.normal)
    within = (along >= places[0] - GRID_MM / 2) & (along <= places[-1] + GRID_MM / 2)
    if (within & ~known & (body.depth > DEEP_MM)).any():
        raise PixelError("it shows more of the body than the series of the same head that its mask would come from")


def _check_place(body: Body, inside: Mask, told: Mask, bone: Mask) -> None:
    """Refuse a head that does not lie where others have it."""
    sampled = body.sampled
    core = eroded(inside, 2 * GRID_MM, sampled.is_scanned)
    soft = (sampled.values > SOFT_HU[0]) & (sampled.values < SOFT_HU[1])
    is_there = float(soft[core].mean()) >= SOFT if core.any() else True
    own_bone = body.bone & told & sampled.is_scanned
    least = round(BONE_ML / sampled.grid.voxel_ml)
    if own_bone.sum() >= least and bone.any():
        is_there &= float(bone[own_bone].mean()) >= BONE and not _fits_better_aside(own_bone, bone, least)
    if not is_there:
        raise PixelError("the head lies elsewhere than in the series of the same head that its mask would come from")


def _fits_better_aside(own_bone: Mask, bone: Mask, least: int) -> bool:
    """Tell whether bone, or that of the front, back, left or right half of a head, lies better a little aside."""
    places = np.argwhere(own_bone)
    back, left = (places[:, axis] > np.median(places[:, axis]) for axis in (1, 2))
    parts = [part for part in (back | ~back, back, ~back, left, ~left) if part.sum() >= least]
    here = bone[own_bone].astype(np.int8)
    step, fewest = round(ASIDE_MM / GRID_MM), round(GAIN_ML / GRID_MM**3 * 1000)
    for axis, way in product(range(3), (-step, step)):
        aside = places.copy()
        aside[:, axis] = (aside[:, axis] + way).clip(0, bone.shape[axis] - 1)
        gain = bone[tuple(aside.T)] - here
        if any(float(gain[part].mean()) > GAIN and int(gain[part].sum()) >= fewest for part in parts):
            return True
    return False


def _told(body: Body, inside: Mask, known: Mask) -> Body:
    """Return the body with the whole cavity in it, its surface told only at heights that the other series show.

    A few thick slices can let the air in; and a reformat shows air beyond the ends of the slices it was made of. Beside
    what they show (a round field of view) its own surface counts: there a face may lie.
    """
    whole = body.inside | inside
    beyond = np.broadcast_to(~known.any(axis=(1, 2), keepdims=True), known.shape)
    sampled = replace(body.sampled, is_scanned=body.sampled.is_scanned & ~dilated(beyond.copy(), END_MM + GRID_MM))
    return replace(body, sampled=sampled, inside=whole, depth=signed_depth(whole, ~whole & sampled.is_scanned))
