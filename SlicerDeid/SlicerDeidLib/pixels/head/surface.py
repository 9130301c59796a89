# SPDX-License-Identifier: Apache-2.0
"""Peeling: skin and subcutaneous fat, so many millimetres deep, never bone, never the brain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.pixels.body import AIR_HU_MAX, Body, depth_of
from SlicerDeidLib.pixels.distance import Mask, closed, dilated, signed_depth, touching
from SlicerDeidLib.pixels.head.anatomy import Anatomy
from SlicerDeidLib.pixels.head.defect import rim_below, skin_mm
from SlicerDeidLib.pixels.head.kept import SHARP_MM, Kept

BONE_REACH_MM = 3.0  # mm around bone seen on the 2 mm grid: the diagonal of a grid cell
BARE_MM = 2.0  # mm from the air outside: skin covers bone by more (nose 2 to 3 mm), so what is dense there is a strap
CLOSED_BONE_MM = 3.0  # mm radius: marrow and thin spots between the tables belong to the bone
SKIN_MM = 2.0  # mm: goes even above a protected place; the cavity itself still never does


def peeled(anatomy: Anatomy, depth_mm: float) -> Kept:
    """Decide on the grid what stays when ``depth_mm`` are peeled off.

    Notes
    -----
    Voxels behind bone stay, although they may lie less than ``depth_mm`` from the skin (marrow, mastoid cells,
    frontal sinus). Where protected tissue lies right under the skin (a bone defect), only what is surely
    skin goes. The cut ends of the volume are not skin. Peeling alone may leave a recognisable face.
    """
    body, cavity = anatomy.body, anatomy.cavity
    known = body.sampled.is_scanned
    depth = depth_of(body, depth_mm + SHARP_MM)
    safe = cavity.protected | rim_below(body, cavity.protected) | _behind_bone(body, depth, depth_mm)
    shelter = level_of(safe, known)
    skin_deep = np.minimum(shelter, body.depth - skin_mm(body, cavity.protected, SKIN_MM))
    level = np.maximum(depth - depth_mm, np.maximum(skin_deep, level_of(cavity.inside, known)))
    air = (body.sampled.values < AIR_HU_MAX) & ~body.inside & known
    bone = dilated(body.bone, BONE_REACH_MM)
    bare = bone & dilated(air, BARE_MM)
    nowhere = np.zeros_like(body.inside)
    return Kept(body.sampled.grid, np.clip(level, -SHARP_MM, SHARP_MM), bone & ~bare, bare, nowhere)


def unpeeled(anatomy: Anatomy) -> Kept:
    """Decide on the grid what stays when only what lies outside the body goes."""
    body, cavity = anatomy.body, anatomy.cavity
    known = body.sampled.is_scanned
    bare = np.minimum(level_of(cavity.protected, known), body.depth - skin_mm(body, cavity.protected, 0.0))
    level = np.maximum(np.maximum(body.depth, level_of(cavity.inside, known)), bare)
    nowhere = np.zeros_like(body.inside)
    return Kept(body.sampled.grid, np.clip(level, -SHARP_MM, SHARP_MM), nowhere, nowhere, nowhere)


def level_of(mask: Mask, known: Mask) -> NDArray[np.float32]:
    """Signed distance to the border of ``mask`` within what was scanned, mm, positive inside, right up to SHARP_MM."""
    return signed_depth(mask, ~mask & known, SHARP_MM)


def _behind_bone(body: Body, depth: NDArray[np.float32], depth_mm: float) -> Mask:
    """Places near the skin that cannot be reached from it without crossing bone."""
    near = body.inside & (depth < depth_mm + SHARP_MM)
    bone = closed(body.bone, CLOSED_BONE_MM) & body.inside
    open_ = near & ~bone
    reached = touching(open_, body.depth < SKIN_MM)
    behind: Mask = near & ~reached & ~body.bone
    return behind
