# SPDX-License-Identifier: Apache-2.0
"""The HeadFinders "surface", "face" and "surface+face": find the head, decide what stays, look again."""

from __future__ import annotations

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.air import padding_mask
from SlicerDeidLib.pixels.anatomy import known_anatomy
from SlicerDeidLib.pixels.face import cut, known_frame
from SlicerDeidLib.pixels.grid import GRID_MM
from SlicerDeidLib.pixels.kept import to_native
from SlicerDeidLib.pixels.lookagain import check_face, look_again
from SlicerDeidLib.pixels.plausible import check_kept, check_peel, fraction_kept
from SlicerDeidLib.pixels.strokes import check_letters
from SlicerDeidLib.pixels.structures import measure_structures
from SlicerDeidLib.pixels.surface import SHALLOWEST_MM, peeled, unpeeled

PEELING = frozenset({"surface", "surface+face"})
CUTTING = frozenset({"face", "surface+face"})


def find_head(volume: Volume, policy: DefacePolicy, known: dict[str, object] | None = None) -> HeadMask:
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

    Raises
    ------
    NoHead
        When no plausible head is in view.
    PixelError
        When the depth is under 4 mm, skin is to be peeled in MR, the head cannot be told safely, or the look-again
        finds skin, face or letters.
    """
    is_peeled, is_cut = policy.method in PEELING, policy.method in CUTTING
    if is_peeled and not volume.unit:
        raise PixelError("skin is peeled in CT only: MR does not show the bone below it; choose the method face")
    if is_peeled and policy.depth_mm < SHALLOWEST_MM:
        raise PixelError(
            f"a depth of {policy.depth_mm:g} mm is too little to be measured on the {GRID_MM:g} mm grid; "
            f"ask for {SHALLOWEST_MM:g} mm or more"
        )
    known = {} if known is None else known
    anatomy = known_anatomy(volume, known)
    body, cavity = anatomy.body, anatomy.cavity
    kept = peeled(anatomy, policy.depth_mm) if is_peeled else unpeeled(anatomy)
    measures = {"cavity_ml": cavity.volume_ml, "enclosed": cavity.enclosed, **anatomy.measures}
    frame = known_frame(anatomy, known) if is_cut else None
    if frame is not None:
        kept, cut_measures = cut(kept, anatomy, frame)
        measures |= cut_measures
    keep = to_native(volume, kept)
    fraction = fraction_kept(volume, keep, body.sampled.grid)
    measures |= check_kept(volume, keep, fraction, body, cavity)
    if is_peeled:
        measures |= {"depth_mm": policy.depth_mm} | check_peel(fraction, body, cavity, policy.depth_mm)
    if frame is not None:
        left = look_again(body, fraction, frame)
        measures |= {"facial_skin_kept": left.skin_kept, "facial_relief": left.relief, "face_cm2": left.face_cm2}
        check_face(left)
        measures |= measure_structures(anatomy, fraction, frame, is_ct=volume.unit == "HU")
    if volume.unit == "HU":
        check_letters(volume, keep, anatomy.strokes, body.sampled.grid, body.inside)
    keep |= padding_mask(volume)
    return HeadMask(keep, policy.method, measures)
