# SPDX-License-Identifier: Apache-2.0
"""The HeadFinders "surface", "face" and "surface+face": find the head, decide what stays, look again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.methods import CUTTING, PEELING
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.abreast import abreast, both
from SlicerDeidLib.pixels.air import padding_mask
from SlicerDeidLib.pixels.distance import Mask
from SlicerDeidLib.pixels.grid import GRID_MM
from SlicerDeidLib.pixels.head.anatomy import Anatomy, known_anatomy
from SlicerDeidLib.pixels.head.borrowed import borrowed_anatomy, borrowed_frame
from SlicerDeidLib.pixels.head.encephalocele import check_encephalocele
from SlicerDeidLib.pixels.head.face import BASE_MM, VESSELS_MM, Cut, Frame, known_cut, known_frame
from SlicerDeidLib.pixels.head.kept import SHARP_MM, Kept, to_native
from SlicerDeidLib.pixels.head.lookagain import check_face, look_again, look_again_in_mr
from SlicerDeidLib.pixels.head.plausible import SHALLOWEST_MM, check_kept, check_peel, check_steps, fraction_kept
from SlicerDeidLib.pixels.head.shared import SharedMask, joined, seen, shared
from SlicerDeidLib.pixels.head.skull import half_step_mm
from SlicerDeidLib.pixels.head.structures import measure_structures
from SlicerDeidLib.pixels.head.surface import peeled, unpeeled
from SlicerDeidLib.pixels.head.wrapped import check_wrapped
from SlicerDeidLib.pixels.strokes import check_letters

WHOLE_CM2 = 60.0  # cm2 of face, half of one: the relief of four slices of a cut surface was 0.22 that had 0.10 whole


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A head, and what stays of it on the analysis grid; nothing was looked at again yet.

    Attributes
    ----------
    frame : Frame or None
        Where the face looks; None where it is not cut.
    """

    anatomy: Anatomy
    kept: Kept
    frame: Frame | None
    measures: dict[str, float] = field(default_factory=dict)


def find_head(
    volume: Volume,
    policy: DefacePolicy,
    known: dict[str, object] | None = None,
    masks: Sequence[SharedMask] = (),
) -> HeadMask:
    """Keep the head without its outer ``depth_mm``, without its face, or without both; always with its brain.

    Parameters
    ----------
    volume : Volume
        CT in HU, or MR; slices may be tilted, thick and unevenly spaced.
    policy : DefacePolicy
        ``method``: ``"surface"``, ``"face"`` or ``"surface+face"``; ``depth_mm`` from the skin, along the shortest way
        in 3-D.
    known : dict, optional
        What an earlier call found of this very volume; what is found now is added, so that other settings are quick.
    masks : sequence of SharedMask
        Of other series of this head: what one of them loses, this one loses too, but for any brain.

    Raises
    ------
    NoHead
        When no plausible head is in view.
    PixelError
        When the depth is under 4 mm, skin is to be peeled in MR, the head cannot be told safely, slices of a CT are too
        far apart to cut a face beside its brain, or the look-again finds skin, face or letters.
    """
    known = {} if known is None else known
    return _judged(volume, policy, _joined(find(volume, policy, known), policy, masks), known)


def find_shared(volume: Volume, policy: DefacePolicy) -> SharedMask:
    """Find what a series tells the others of its head: its own mask, judged on the analysis grid.

    Raises
    ------
    NoHead, PixelError
        When no plausible head is in view, or too much of the face would be left: such a mask is not shared.
    """
    found = find(volume, policy, {})
    known = seen(volume, found.anatomy.body.sampled, found.anatomy.strokes)
    return told(found, known, half_step_mm(volume) if volume.unit == "HU" else None)


def told(found: Found, known: Mask, half_mm: float | None) -> SharedMask:
    """Return what is told of a head that was found in what is ``known``, (z, y, x) bool; see ``find_shared``.

    Parameters
    ----------
    half_mm : float or None
        Half of the widest step between slices of a CT; None for MR.
    """
    body = found.anatomy.body
    stays = (found.kept.level >= 0) & body.sampled.is_scanned  # beyond the end slices nothing was decided
    if found.frame is not None:
        check_face(look_again(body, stays.astype(np.float32), found.frame))
    if half_mm is not None:
        taken = (found.kept.level < 0) & body.sampled.is_scanned
        check_encephalocele(1.0 - taken.astype(np.float32), found.anatomy, found.frame, half_mm)
    return shared(found.anatomy, found.kept, known, found.frame)


def find_borrowed(volume: Volume, policy: DefacePolicy, masks: Sequence[SharedMask]) -> HeadMask:
    """Keep of a series that shows too little of a head by itself what other series of the head keep.

    Raises
    ------
    NoHead, PixelError
        When the series shows more than they do, the head lies elsewhere, or the look-again finds skin, face or
        letters.
    """
    anatomy, covered, masks = borrowed_anatomy(volume, masks)
    found = Found(anatomy, _uncut(anatomy, policy), borrowed_frame(masks), {"cavity_ml": anatomy.cavity.volume_ml})
    found = _joined(found, policy, masks)
    body = anatomy.body
    found.kept.level[~(covered & (body.inside | body.sampled.is_scanned))] = -SHARP_MM
    mask = _judged(volume, policy, found, {}, is_borrowed=True)
    return replace(mask, measures={**mask.measures, "is_borrowed": 1.0})


def find(volume: Volume, policy: DefacePolicy, known: dict[str, object]) -> Found:
    """Find the head and decide what stays; see ``find_head``."""
    is_peeled = policy.method in PEELING
    if is_peeled and not volume.unit:
        raise PixelError("skin is peeled in CT only: MR does not show the bone below it")
    if is_peeled and policy.depth_mm < SHALLOWEST_MM:
        raise PixelError(
            f"a depth of {policy.depth_mm:g} mm is too little to be measured on the {GRID_MM:g} mm grid",
            f"ask for {SHALLOWEST_MM:g} mm or more",
        )
    return decided(known_anatomy(volume, known), policy, known, volume if volume.unit == "HU" else None)


def decided(anatomy: Anatomy, policy: DefacePolicy, known: dict[str, object], volume: Volume | None = None) -> Found:
    """Decide what stays of a head that was found; see ``find_head``.

    Parameters
    ----------
    volume : Volume, optional
        A CT whose slices must be close enough to cut a face beside its brain.
    """
    cavity = anatomy.cavity
    measures = {"cavity_ml": cavity.volume_ml, "enclosed": cavity.enclosed, **anatomy.measures}
    if policy.method not in CUTTING:
        return Found(anatomy, _uncut(anatomy, policy), None, measures)
    cut, kept = both(lambda: _face_cut(anatomy, known, volume), lambda: _uncut(anatomy, policy))
    return Found(anatomy, cut.taken_out(kept), known_frame(anatomy, known), measures | cut.measures)


def _uncut(anatomy: Anatomy, policy: DefacePolicy) -> Kept:
    """Decide what stays of a head before its face is cut."""
    return peeled(anatomy, policy.depth_mm) if policy.method in PEELING else unpeeled(anatomy)


def _face_cut(anatomy: Anatomy, known: dict[str, object], volume: Volume | None) -> Cut:
    """Find the cut that takes the face, where slices are close enough beside the brain."""
    frame = known_frame(anatomy, known)
    if volume is None or "steps" in known:
        return known_cut(anatomy, frame, known)
    grid = anatomy.body.sampled.grid
    beside = (frame.below(grid) > -BASE_MM) & (frame.behind(grid) < VESSELS_MM * frame.scale)
    base = beside & anatomy.cavity.protected
    _, cut = both(lambda: check_steps(volume, base, grid), lambda: known_cut(anatomy, frame, known))
    known["steps"] = True  # are close enough, whatever the depth
    return cut


def _joined(found: Found, policy: DefacePolicy, masks: Sequence[SharedMask]) -> Found:
    """Take away what the other series of the head lose."""
    kept, measures = joined(found.kept, found.anatomy, masks, is_peeled=policy.method in PEELING)
    return Found(found.anatomy, kept, found.frame, found.measures | measures)


def _judged(
    volume: Volume, policy: DefacePolicy, found: Found, known: dict[str, object], *, is_borrowed: bool = False
) -> HeadMask:
    """Bring what stays to the native lattice, and look again; padding stays."""
    anatomy, frame = found.anatomy, found.frame
    body, cavity, is_ct = anatomy.body, anatomy.cavity, volume.unit == "HU"
    keep = to_native(volume, found.kept)
    fraction = fraction_kept(volume, keep, body.sampled.grid)
    checks: list[Callable[[], dict[str, float] | None]] = [lambda: check_kept(volume, keep, fraction, body, cavity)]
    if policy.method in PEELING:
        checks.append(lambda: {"depth_mm": policy.depth_mm} | check_peel(fraction, body, cavity, policy.depth_mm))
    if frame is not None:
        checks.append(lambda: _face_left(volume, found, keep, fraction, is_borrowed=is_borrowed))
        checks.append(lambda: measure_structures(anatomy, fraction, frame, is_ct=is_ct))
        if anatomy.threshold is not None:
            check_wrapped(volume, keep, anatomy.threshold, frame)
    if is_ct and not is_borrowed:  # what lent the mask was judged
        checks.append(lambda: check_encephalocele(fraction, anatomy, frame, half_step_mm(volume)))
    if is_ct:
        checks.append(lambda: check_letters(volume, keep, anatomy.strokes, body.sampled.grid, body.inside))
    measures = dict(found.measures)
    for told in abreast(*checks, lambda: _know_padding(volume, known)):
        measures |= told or {}
    keep |= cast(Mask, known["padding"])
    return HeadMask(keep, policy.method, measures)


def _know_padding(volume: Volume, known: dict[str, object]) -> None:
    """Find the padding, once."""
    if "padding" not in known:
        known["padding"] = padding_mask(volume)


def _face_left(
    volume: Volume, found: Found, keep: Mask, fraction: NDArray[np.float32], *, is_borrowed: bool
) -> dict[str, float]:
    """Look again at the face; see ``_judged``."""
    anatomy, frame = found.anatomy, found.frame
    assert frame is not None
    if volume.unit == "HU":
        left = look_again(anatomy.body, fraction, frame, must_show=not is_borrowed)
    else:
        left = look_again_in_mr(volume, keep, anatomy, frame)
    is_part = is_borrowed and left.face_cm2 < WHOLE_CM2  # the same cut was judged in the whole face it comes from
    check_face(replace(left, relief=0.0) if is_part else left)
    return {"facial_skin_kept": left.skin_kept, "facial_relief": left.relief, "face_cm2": left.face_cm2}
