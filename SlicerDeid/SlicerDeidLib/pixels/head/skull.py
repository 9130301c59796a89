# SPDX-License-Identifier: Apache-2.0
"""The program's own skull strip, for CT: what lies inside the skull stays, skull, scalp and face go; then look again.

The cavity on the 2 mm grid ends a little inside the inner table, so the native voxels around it are asked: what is at
most half bone belongs to it as far as it hangs together with it, and so does one voxel more, for there bone and brain
share a voxel. What the cavity encloses (calcifications, clips, coils) stays whatever its value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.air import padding_mask
from SlicerDeidLib.pixels.distance import FAR_MM, Mask, dilated, signed_depth
from SlicerDeidLib.pixels.grid import GRID_MM
from SlicerDeidLib.pixels.head.anatomy import Anatomy, known_anatomy
from SlicerDeidLib.pixels.head.cavity import PROTECTED_MM
from SlicerDeidLib.pixels.head.defect import skin_mm
from SlicerDeidLib.pixels.head.encephalocele import check_encephalocele
from SlicerDeidLib.pixels.head.face import BASE_MM, groove, is_front_hidden, known_frame
from SlicerDeidLib.pixels.head.kept import SHARP_MM
from SlicerDeidLib.pixels.head.lookagain import check_face, look_again
from SlicerDeidLib.pixels.head.plausible import check_kept, check_steps, check_stripped, fraction_kept
from SlicerDeidLib.pixels.head.surface import level_of
from SlicerDeidLib.pixels.planes import slices_of
from SlicerDeidLib.pixels.strokes import check_letters

HALF_BONE_HU = 600.0  # HU: half of brain (35) and of the inner table, 1000 and more; higher, marrow would be kept
HALF_BASE_HU = 700.0  # HU: in a groove both sides' bone shares the voxel; up to 671 were seen in the made head's
GROOVE_MM = 4.0  # mm below what is protected the olfactory groove stays: more of it would be kept beyond the margin
SCALP_MM = 4.0  # mm: what lies that near to the skin is scalp where bone is missing, not brain


def find_head(
    volume: Volume,
    policy: DefacePolicy,
    known: dict[str, object] | None = None,
    brain: NDArray[np.bool_] | None = None,
) -> HeadMask:
    """Keep what lies inside the skull: at most ``PROTECTED_MM`` around the cavity, at the base half a slice more.

    Parameters
    ----------
    volume : Volume
        CT in HU; slices may be tilted, thick and unevenly spaced.
    policy : DefacePolicy
        Its ``depth_mm`` does not count.
    known : dict, optional
        What an earlier call found of this very volume; what is found now is added, so that other settings are quick.
    brain : (k, j, i) bool, optional
        What an engine takes for brain: stays too.

    Raises
    ------
    NoHead
        When no plausible head is in view.
    PixelError
        When the volume is no CT, the head cannot be told safely, or the look-again finds skull, skin, face or letters.
    """
    if not volume.unit:
        raise PixelError(
            "the skull is stripped in CT only by the program's own engine: MR does not show its bone",
            "choose the skull-strip engine synthstrip or hd-bet",
        )
    known = {} if known is None else known
    anatomy = known_anatomy(volume, known)
    body, cavity = anatomy.body, anatomy.cavity
    frame = known_frame(anatomy, known)
    if is_front_hidden(anatomy, frame):
        raise PixelError(
            "its slices end below the front of the brain, where grooves of the skull would lose some of it"
        )
    base = frame.below(body.sampled.grid) > -BASE_MM
    check_steps(volume, base & cavity.protected, body.sampled.grid)
    deep = groove(anatomy, frame) & dilated(cavity.protected, GROOVE_MM)  # contrast there is no part of the cavity
    deep &= body.depth > 2 * SCALP_MM  # below a nose that is open to the outside
    open_ = replace(cavity, protected=cavity.protected | deep)
    keep = within_skull(volume, replace(anatomy, cavity=open_), base)
    if brain is not None:
        keep |= brain
    fraction = fraction_kept(volume, keep, body.sampled.grid)
    measures = {"cavity_ml": cavity.volume_ml, "enclosed": cavity.enclosed, **anatomy.measures}
    measures |= check_kept(volume, keep, fraction, body, cavity)
    measures |= check_stripped(fraction, body, cavity, half_step_mm(volume))
    check_encephalocele(fraction, anatomy, frame, half_step_mm(volume))
    left = look_again(body, fraction, frame)
    measures |= {"facial_skin_kept": left.skin_kept, "facial_relief": left.relief, "face_cm2": left.face_cm2}
    check_face(left)
    check_letters(volume, keep, anatomy.strokes, body.sampled.grid, body.inside)
    keep |= padding_mask(volume)
    return HeadMask(keep, policy.method, measures)


def within_skull(volume: Volume, anatomy: Anatomy, base: Mask) -> NDArray[np.bool_]:
    """Bring the cavity to the native lattice and out to the inner table, (k, j, i) bool.

    Parameters
    ----------
    base : (z, y, x) bool
        Where the base of the skull is, on the grid.

    Notes
    -----
    What is soft must lie in the protected margin, which no bone of the grid parts from the cavity; the voxel more may
    be bone. Where the cavity ends between two slices, the next one may still show brain: at the base, where it does so
    in many places, the margin is half a step wider along the head.
    """
    body, cavity = anatomy.body, anatomy.cavity
    grid, is_scanned = body.sampled.grid, body.sampled.is_scanned
    whole = ndimage.binary_fill_holes(cavity.inside | ~is_scanned) & is_scanned
    inside = signed_depth(whole, ~whole & is_scanned, PROTECTED_MM + GRID_MM)
    not_scalp = np.maximum(inside, body.depth - skin_mm(body, cavity.protected, SCALP_MM))
    steps = 2 * round(half_step_mm(volume) / GRID_MM) + 1
    margins = inside + PROTECTED_MM, level_of(cavity.protected, is_scanned)
    wide = (np.where(base, _widened(margin, steps, is_scanned), margin) for margin in margins)
    near, open_ = (np.minimum(margin, not_scalp).clip(-SHARP_MM, SHARP_MM) for margin in wide)
    half = np.where(base, np.float32(HALF_BASE_HU), np.float32(HALF_BONE_HU))
    keep, soft, rim = (np.empty(volume.shape, dtype=np.bool_) for _ in range(3))
    fields = inside.clip(-SHARP_MM, SHARP_MM), open_, near, half
    planes = (slices_of(volume, grid, field.astype(np.float32), default=-SHARP_MM) for field in fields)
    for k, (inside_plane, open_plane, near_plane, half_plane) in enumerate(zip(*planes, strict=True)):
        keep[k] = inside_plane >= 0
        soft[k] = keep[k] | ((open_plane >= 0) & (volume.slice_values(k) < half_plane))
        rim[k] = near_plane >= 0
    for order in (range(len(keep)), reversed(range(len(keep)))):
        _grow(keep, soft, order)
    for kept_plane, rim_plane in zip(keep, rim, strict=True):
        kept_plane |= ndimage.binary_dilation(kept_plane, np.ones((3, 3))) & rim_plane
    return keep


def _widened(margin: NDArray[np.float32], steps: int, is_scanned: Mask) -> NDArray[np.float32]:
    """Let the border of a level reach further along the head; what was not scanned has no border to give."""
    wide: NDArray[np.float32] = ndimage.maximum_filter1d(np.where(is_scanned, margin, -FAR_MM), steps, axis=0)
    return wide


def half_step_mm(volume: Volume) -> float:
    """Return half of the widest step between slices, mm."""
    return float(np.diff(volume.positions @ volume.normal).max(initial=0.0)) / 2


def _grow(keep: NDArray[np.bool_], soft: NDArray[np.bool_], order: Iterable[int]) -> None:
    """Walk through the slices in ``order`` and keep what is soft and touches what was kept, in place."""
    before: NDArray[np.bool_] | None = None
    for k in order:
        seeds = keep[k] if before is None else keep[k] | (before & soft[k])
        if seeds.any():
            keep[k] = ndimage.binary_propagation(seeds, mask=soft[k])
        before = keep[k]
