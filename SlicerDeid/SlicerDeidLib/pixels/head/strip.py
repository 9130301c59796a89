# SPDX-License-Identifier: Apache-2.0
"""The HeadFinder "skullstrip": the program's own in CT, or an installed engine, which is never believed by itself.

What an engine calls brain stays with a margin around it, but only where it agrees with what was found without it, and
where what is left shows no face. It can only widen what stays: in CT the cavity inside the skull is kept as ever, in MR
the brain that is found without it. Where the fluid is to go, the engine alone says where the brain ends;
so nothing right beyond that may look like brain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its own documentation does
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.stripping import OWN, STRIP_ENGINES
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.air import AIR_HU, padding_mask
from SlicerDeidLib.pixels.distance import FAR_MM, Mask, closed, dilated, eroded, largest, signed_depth
from SlicerDeidLib.pixels.grid import GRID_MM, THREADS, Box, Grid, Sampled, sample
from SlicerDeidLib.pixels.head import skull
from SlicerDeidLib.pixels.head.anatomy import Anatomy, known_anatomy
from SlicerDeidLib.pixels.head.brain import HULL_MM
from SlicerDeidLib.pixels.head.face import Frame, known_frame
from SlicerDeidLib.pixels.head.kept import SHARP_MM
from SlicerDeidLib.pixels.head.lookagain import check_face, look_again_in_mr
from SlicerDeidLib.pixels.head.plausible import check_kept, check_stripped, fraction_kept
from SlicerDeidLib.pixels.head.stripengines import Brain, weights_of
from SlicerDeidLib.pixels.head.surface import level_of
from SlicerDeidLib.pixels.planes import slices_of
from SlicerDeidLib.pixels.registry import brain_finder

FINE_MM = 1.0  # mm between points of the grid that engines see: what both were trained on
LARGEST_MM = 320  # mm along each axis of it: what SynthStrip takes, and longer than any head
MARGIN_MM = 3.0  # mm around an engine's brain: its border and that of another rater lie 1 to 2 mm apart
NO_CSF_MM = 1.0  # mm around it where the fluid is to go: the rounding of two lattices
AROUND_MM = 8.0  # mm around it in which distances are measured: more than any margin
SCALP_MM = 6.0  # mm: what lies that near to an MR's hull is scalp or skull and goes, unless the engine calls it brain

LEAST_ML = 700.0  # ml of a whole adult brain with its fluid, or without it where it has shrunk
MOST_ML = 2200.0  # ml: the largest cavities hold 1900
AGREEMENT, NO_CSF_AGREEMENT = 0.8, 0.7  # Dice with what was found without the engine; fluid is up to a third of it
DEEP_MM, NO_CSF_DEEP_MM = 6.0, 10.0  # mm inside what was found without the engine: surely brain,
MISSED = 0.03  # of which the engine may call so much something else: the truth of made heads does so with 0.021
STRAY_MM = 6.0  # mm beyond what is protected without the engine: surely no brain,
STRAY_ML = 1.0  # of which it may call so much brain

LIKE_MM = 8.0  # mm, standard deviation: coils shade more smoothly
LIKE = (0.6, 1.3)  # of the brain's signal nearby: between these lie grey and white matter, fluid does not (but in PD)
BORDER_DEEP_MM = 8.0  # mm inside what was found without the engine: no bone and no marrow, which can look like brain
LEAST_JUDGED_ML = 1.0  # ml of it: of less there is no share to tell by, a few voxels are of the border
MOST_ALIKE = 0.3  # made heads' true brains without fluid had 0.03 to 0.28; drawn 4 mm too tightly 0.32 to 0.99


def find_head(volume: Volume, policy: DefacePolicy, known: dict[str, object] | None = None) -> HeadMask:
    """Keep the brain that the policy's engine finds, or what lies inside the skull; see ``skull.find_head``.

    Raises
    ------
    EngineMissing
        When a package of the engine or its weights are missing.
    NoHead
        When no plausible head is in view.
    PixelError
        When the engine is not for this kind of image, or its brain is not plausible; as ``skull.find_head``.
    """
    known = {} if known is None else known
    if policy.engine == OWN:
        return skull.find_head(volume, policy, known)
    _check_kind(volume, policy)
    weights = weights_of(policy.engine, no_csf=policy.no_csf)
    anatomy = known_anatomy(volume, known)
    frame = known_frame(anatomy, known)
    key = f"brain by {weights.name}"
    if "conformed" not in known:
        known["conformed"] = conformed(volume, anatomy)
    sampled, box = cast(tuple[Sampled, Box], known["conformed"])
    if key not in known:
        known[key] = _whole(brain_finder(policy.engine)(sampled, weights))
    brain = cast(Brain, known[key])
    found = np.zeros_like(anatomy.cavity.inside)
    found[box] = brain.inside[::2, ::2, ::2] & anatomy.body.sampled.is_scanned[box]
    measures = check_brain(found, anatomy, frame, no_csf=policy.no_csf)
    margin_mm = max(NO_CSF_MM if policy.no_csf else MARGIN_MM, skull.half_step_mm(volume))
    near = _native(volume, brain.inside, sampled.grid, margin_mm)
    if volume.unit:
        mask = skull.find_head(volume, policy, known, near)
    else:
        if policy.no_csf:
            measures["brain_beyond"] = check_border(sampled.values[::2, ::2, ::2], found[box], anatomy, box, margin_mm)
        else:
            level = own_level(anatomy)
            near |= np.stack([plane >= 0 for plane in slices_of(volume, anatomy.body.sampled.grid, level, -SHARP_MM)])
        mask = _judged(volume, policy, near, found, anatomy, frame)
    return replace(mask, measures={**mask.measures, **measures}, engine=brain.engine)


def _check_kind(volume: Volume, policy: DefacePolicy) -> None:
    """Refuse an engine for a kind of image that it does not know."""
    engine = STRIP_ENGINES[policy.engine]
    if volume.unit and not engine.in_ct:
        raise PixelError(f"{engine.title} knows no CT", "choose the skull-strip engine own or synthstrip")
    if volume.unit and policy.no_csf:
        raise PixelError(
            "in CT all that lies inside the skull stays, so the fluid around the brain cannot be left out",
            "do without --no-csf",
        )


def conformed(volume: Volume, anatomy: Anatomy) -> tuple[Sampled, Box]:
    """Bring the head onto a 1 mm grid, every second point of which is one of the analysis grid's.

    Returns
    -------
    Sampled
        At most ``LARGEST_MM`` long along each axis; what was not scanned is air.
    Box
        The part of the analysis grid that it covers.
    """
    whole = anatomy.body.sampled.grid
    places = np.nonzero(anatomy.cavity.inside)
    box = []
    for axis, size in enumerate(whole.shape):
        length = min(size, int(LARGEST_MM / GRID_MM))
        middle = (int(places[axis].min()) + int(places[axis].max())) // 2
        start = min(max(0, middle - length // 2), size - length)
        box.append(slice(start, start + length))
    part = (box[0], box[1], box[2])
    cut = whole.crop(part)
    z, y, x = (2 * size - 1 for size in cut.shape)
    sampled = sample(volume, Grid(cut.origin, (z, y, x), FINE_MM))
    sampled.values[~sampled.is_scanned] = AIR_HU if volume.unit else 0.0
    return sampled, part


def _whole(brain: Brain) -> Brain:
    """Return the largest piece of a brain without holes.

    Raises
    ------
    PixelError
        When there is none.
    """
    if not brain.inside.any():
        raise PixelError(f"{brain.engine} found no brain", "choose another engine")
    box = _around(brain.inside)
    inside = np.zeros_like(brain.inside)
    inside[box] = ndimage.binary_fill_holes(largest(brain.inside[box]))
    return replace(brain, inside=inside)


def check_brain(found: Mask, anatomy: Anatomy, frame: Frame, *, no_csf: bool) -> dict[str, float]:
    """Compare an engine's brain with what was found without it.

    Parameters
    ----------
    found : (z, y, x) bool
        On the analysis grid.

    Returns
    -------
    dict of str to float
        ``brain_ml``, ``agreement`` (Dice), ``brain_missed`` (fraction), ``brain_stray_ml``.

    Raises
    ------
    PixelError
        When it is too small or too large, or contradicts the other.
    """
    cavity, known = anatomy.cavity, anatomy.body.sampled.is_scanned
    voxel_ml = anatomy.body.sampled.grid.voxel_ml
    deep = eroded(cavity.inside, NO_CSF_DEEP_MM if no_csf else DEEP_MM, known)
    stray = found & ~dilated(cavity.protected, STRAY_MM)
    measures = {
        "brain_ml": float(found.sum()) * voxel_ml,
        "brain_agreement": 2.0 * float((found & cavity.inside).sum()) / float(found.sum() + cavity.inside.sum()),
        "brain_missed": float((deep & ~found).sum()) / max(1, int(deep.sum())),
        "brain_stray_ml": float(stray.sum()) * voxel_ml,
    }
    least = NO_CSF_AGREEMENT if no_csf else AGREEMENT
    smallest_ml = min(LEAST_ML * frame.scale**3, least * cavity.volume_ml)  # of what a series cuts, its part
    if not smallest_ml <= measures["brain_ml"] <= MOST_ML:
        raise PixelError(
            f"the engine's brain is not plausible: it has {measures['brain_ml']:.0f} ml, and {smallest_ml:.0f} to "
            f"{MOST_ML:.0f} are",
            "choose another engine",
        )
    if measures["brain_agreement"] < least or measures["brain_missed"] > MISSED or stray.sum() * voxel_ml > STRAY_ML:
        raise PixelError(
            f"the engine's brain is not plausible: it agrees with the one found without it by "
            f"{measures['brain_agreement']:.2f} (at least {least:.1f}), misses {measures['brain_missed']:.1%} of its "
            f"middle (at most {MISSED:.0%}) and has {measures['brain_stray_ml']:.1f} ml far from it (at most "
            f"{STRAY_ML:.0f})",
            "choose another engine",
        )
    return measures


def check_border(values: NDArray[np.float32], found: Mask, anatomy: Anatomy, box: Box, margin_mm: float) -> float:
    """Compare what lies right beyond an engine's brain and its margin with that brain.

    Parameters
    ----------
    values : (z, y, x) float32
        The MR on the part ``box`` of the analysis grid.
    found : (z, y, x) bool
        The engine's brain there.

    Returns
    -------
    float
        The fraction of it, deep within the brain and its fluid, that is as bright as the brain nearby.

    Raises
    ------
    PixelError
        When that is so much that brain would go for fluid, or that fluid cannot be told from it.
    """
    sigma = LIKE_MM / GRID_MM
    weights = ndimage.gaussian_filter(found.astype(np.float32), sigma)
    nearby = ndimage.gaussian_filter(np.where(found, values, np.float32(0.0)), sigma) / np.maximum(weights, 1e-3)
    ratio = values / np.maximum(nearby, 1e-3)
    deep = eroded(anatomy.cavity.inside[box], BORDER_DEEP_MM, anatomy.body.sampled.is_scanned[box])
    beyond = dilated(found, margin_mm + GRID_MM) & ~dilated(found, margin_mm) & deep
    judged = max(float(beyond.sum()), LEAST_JUDGED_ML / anatomy.body.sampled.grid.voxel_ml)
    alike = float((beyond & (ratio > LIKE[0]) & (ratio < LIKE[1])).sum()) / judged
    if alike > MOST_ALIKE:
        raise PixelError(
            f"the engine's brain without fluid is not plausible: {alike:.0%} of what lies right beyond it looks like "
            f"brain (at most {MOST_ALIKE:.0%})",
            "do without --no-csf",
        )
    return alike


def _native(volume: Volume, inside: Mask, grid: Grid, margin_mm: float) -> NDArray[np.bool_]:
    """Bring a brain with a margin around it to the native lattice, (k, j, i) bool."""
    box = _around(inside)
    image = sitk.GetImageFromArray(inside[box].view(np.uint8))
    filter_ = sitk.SignedMaurerDistanceMapImageFilter()
    filter_.SetInsideIsPositive(True)
    filter_.SetSquaredDistance(False)
    filter_.SetNumberOfThreads(THREADS)
    depth = sitk.GetArrayFromImage(filter_.Execute(image)) + np.float32(FINE_MM / 2)  # 0 half way between two points
    keep = np.empty(volume.shape, dtype=np.bool_)
    for k, plane in enumerate(slices_of(volume, grid.crop(box), depth, default=-FAR_MM)):
        keep[k] = plane >= -margin_mm
    return keep


def own_level(anatomy: Anatomy) -> NDArray[np.float32]:
    """Return the level of what is found of an MR's brain without an engine, (z, y, x) mm: positive where it stays."""
    body, known = anatomy.body, anatomy.body.sampled.is_scanned
    hull = closed(body.inside, HULL_MM)
    below_scalp = signed_depth(hull, ~hull & known, SCALP_MM + SHARP_MM) - np.float32(SCALP_MM)
    own = anatomy.cavity.inside if anatomy.braincase is None else anatomy.cavity.inside | anatomy.braincase
    level: NDArray[np.float32] = np.minimum(level_of(own, known), below_scalp).clip(-SHARP_MM, SHARP_MM)
    return level


def _around(inside: Mask) -> Box:
    """Return the slices of a mask's extent on the 1 mm grid with ``AROUND_MM`` around it."""
    margin = int(AROUND_MM / FINE_MM)
    found = ndimage.find_objects(inside.view(np.uint8))[0]
    z, y, x = (slice(max(0, part.start - margin), part.stop + margin) for part in found)
    return z, y, x


def _judged(
    volume: Volume, policy: DefacePolicy, keep: NDArray[np.bool_], found: Mask, anatomy: Anatomy, frame: Frame
) -> HeadMask:
    """Look at what stays of an MR again: all that was ``found``, nothing around the head, no skin, no face."""
    body, cavity = anatomy.body, anatomy.cavity
    fraction = fraction_kept(volume, keep, body.sampled.grid)
    measures = {"cavity_ml": cavity.volume_ml, "enclosed": cavity.enclosed, **anatomy.measures}
    measures |= check_kept(volume, keep, fraction, body, replace(cavity, inside=found))
    measures |= check_stripped(fraction, body, cavity, skull.half_step_mm(volume), found)
    left = look_again_in_mr(volume, keep, anatomy, frame)
    measures |= {"facial_skin_kept": left.skin_kept, "facial_relief": left.relief, "face_cm2": left.face_cm2}
    check_face(left)
    keep |= padding_mask(volume)
    return HeadMask(keep, policy.method, measures)
