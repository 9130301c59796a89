# SPDX-License-Identifier: Apache-2.0
"""The head in a series that shows too little of one by itself: its own surface, and the cavity that others found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.body import Body, find_body
from SlicerDeidLib.pixels.distance import Mask, dilated, eroded, signed_depth
from SlicerDeidLib.pixels.grid import END_MM, GRID_MM, grid_around, sample
from SlicerDeidLib.pixels.head.anatomy import Anatomy, refuse_other_head
from SlicerDeidLib.pixels.head.cavity import SOFT_HU, Cavity
from SlicerDeidLib.pixels.head.face import Frame
from SlicerDeidLib.pixels.head.place import find_place
from SlicerDeidLib.pixels.head.shared import BONE, SharedMask, around, brought
from SlicerDeidLib.pixels.strokes import still_strokes

DEEP_MM = 4.0  # mm below the skin: nearer, two series' surfaces differ by partial volume
SOFT = 0.9  # of the cavity's core that must be soft tissue, where it is said to be; heads in the same place had 0.97
BONE_ML = 5.0  # ml of bone from which on it tells where a head lies
MOVED_MM = 1.8  # mm that brain may lie elsewhere: 2 mm lost brain; heads in the same place had 1.7 at most
GAIN = 0.01  # of the bone's variance, by which it must lie better there; heads that lost brain had 0.015 and more
EXPLAINED = 0.5  # of the bone's variance: heads in the same place had 0.77 and more, but for slices of a chin
THINNED = 20  # of the places whose move is measured, one in so many
WIDER = 15  # grid steps around the slices in which others' bone is looked for: heads up to 30 mm aside were tried
ELSEWHERE = "the head lies elsewhere than in the series of the same head that its mask would come from ({})"


def borrowed_anatomy(volume: Volume, masks: Sequence[SharedMask]) -> tuple[Anatomy, Mask, list[SharedMask]]:
    """Find the body in a CT, and put the cavity that other series of the head found into it.

    Returns
    -------
    Anatomy
        Its cavity's ``enclosed`` is 0: nobody measured it here.
    (z, y, x) bool
        What the other series show.
    list of SharedMask
        Those of the masks in whose series the head lies as it does here.

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
    masks = _in_place(volume, body, masks)
    known, inside, protected = (np.zeros(grid.shape, dtype=np.bool_) for _ in range(3))
    for mask in masks:
        there = brought(mask, grid)
        known |= there.known
        inside |= there.cavity
        protected |= there.shelter > 0
    inside &= is_scanned
    _check_covered(volume, body, known)
    body = _told(body, inside, known)
    is_scanned = body.sampled.is_scanned
    protected = dilated(protected | inside, GRID_MM)  # it may lie that far aside, see MOVED_MM
    cavity = Cavity(inside, protected & is_scanned, float(inside.sum()) * grid.voxel_ml, 0.0)
    refuse_other_head(sampled, body)
    return Anatomy(body, cavity, strokes), known, masks


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


def _in_place(volume: Volume, body: Body, masks: Sequence[SharedMask]) -> list[SharedMask]:
    """Return the masks of series in which the head lies as it does here; refuse when there is none."""
    near = _near_slices(volume, body)
    reasons = [_elsewhere(body, mask, near) for mask in masks]
    lying = [mask for mask, reason in zip(masks, reasons, strict=True) if reason is None]
    if not lying:
        raise PixelError(ELSEWHERE.format(reasons[0]) if reasons else ELSEWHERE.format("there is none"))
    return lying


def _near_slices(volume: Volume, body: Body) -> Mask:
    """Return the grid points on the slices, (z, y, x): between thick ones bone is but guessed."""
    along, places = body.sampled.grid.along(volume.normal), volume.positions @ volume.normal
    after = np.searchsorted(places, along)
    last = len(places) - 1
    gap = np.minimum(*(np.abs(along - places[side.clip(0, last)]) for side in (after - 1, after)))
    near: Mask = gap <= GRID_MM / 2
    return near


def _elsewhere(body: Body, mask: SharedMask, near: Mask) -> str | None:
    """Tell why a head does not lie as in another series, by its bone, and by what the cavity holds; None if it does."""
    sampled = body.sampled
    there = brought(mask, sampled.grid)
    inside = there.cavity & sampled.is_scanned
    core = eroded(inside, 2 * GRID_MM, sampled.is_scanned)
    soft = (sampled.values > SOFT_HU[0]) & (sampled.values < SOFT_HU[1])
    if core.any() and float(soft[core].mean()) < SOFT:
        return "where it shows brain, there is none"
    told = there.known & ~there.cut & sampled.is_scanned
    bone = body.bone & told
    if float(bone.sum()) * sampled.grid.voxel_ml < BONE_ML:
        return "how it lies cannot be told, since too little bone is in view" if inside.any() else None
    matters = inside & ~eroded(inside, GRID_MM, sampled.is_scanned) if inside.any() else bone
    ends = np.argwhere(matters)[::THINNED].astype(np.float64)
    place = find_place(body.bone, around(mask, BONE, sampled.grid, WIDER), told & near, WIDER, ends)
    if place is None or place.explained < EXPLAINED:
        return "its bone is not found there"
    if place.moved_mm > MOVED_MM and place.gain > GAIN:
        return f"by {place.moved_mm:.1f} mm; at most {MOVED_MM:g} mm are allowed"
    return None


def _told(body: Body, inside: Mask, known: Mask) -> Body:
    """Return the body with the whole cavity in it, its surface told only at heights that the other series show.

    A few thick slices can let the air in; and a reformat shows air beyond the ends of the slices it was made of. Beside
    what they show (a round field of view) its own surface counts: there a face may lie.
    """
    whole = body.inside | inside
    beyond = np.broadcast_to(~known.any(axis=(1, 2), keepdims=True), known.shape)
    sampled = replace(body.sampled, is_scanned=body.sampled.is_scanned & ~dilated(beyond.copy(), END_MM + GRID_MM))
    return replace(body, sampled=sampled, inside=whole, depth=signed_depth(whole, ~whole & sampled.is_scanned))
