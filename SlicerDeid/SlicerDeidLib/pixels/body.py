# SPDX-License-Identifier: Apache-2.0
"""The body without table, holder, straps, tubes and air."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import NoHead
from SlicerDeidLib.pixels.distance import (
    Mask,
    about,
    bounding_box,
    dilated,
    eroded,
    largest,
    signed_depth,
    touching,
)
from SlicerDeidLib.pixels.grid import GRID_MM, Sampled

TISSUE_HU = -250.0  # HU: below it lie foam, clothes, hair (seen: -950 to -300) and noisy air (seen: -731), above it fat
BONE_HU = 180.0  # HU on the 2 mm grid, where thin bone is averaged with its surroundings; soft tissue stays below 110
AIR_HU_MAX = -500.0  # HU: air, at the noisiest -731 (seen in a planning CT)
AIR_FRACTION = 0.02  # of what was scanned: less air than that, and there is nothing to tell a body from
SHEET_MM = 1.9  # mm: one grid point thick, so at most 3 mm: straps, sheets, thermoplastic masks, tubes' walls
THIN_MM = 3.0  # mm radius: what is thinner than 6 mm (holders, tubes, ears' rims, the sides of the nose)
OPENING_MM = 5.0  # mm radius: what hangs on by less than 10 mm falls off; a nose that thin is peeled away as a whole
CORE_MM = 10.0  # mm: the core of a head or neck is deeper than that, tables and holders are not
REACH_MM = (
    40.0  # mm from the core: its own 10 mm and the longest that stands out of a head (a nose: 30 mm, sinuses behind)
)
ANCHOR_MM = 5.0  # mm: bone reaches that deep below the skin somewhere; beads, earrings and plastic holders never do
DEPTH_MM = 20.0  # mm: as deep as is measured at once; a deeper peel measures anew
MARGIN_MM = 6.0  # mm of air that stays around the body: enough to measure depth from
PASSAGE_MM = 4.0  # mm radius: air that such a ball cannot enter from outside (nostrils, ear canal, lips) is internal


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """The patient on the analysis grid, cropped to the patient.

    Attributes
    ----------
    sampled : Sampled
        Values and grid.
    around : Sampled
        The same and what lies farther around, on a grid that this one is a part of.
    inside : (z, y, x) bool
        The body with the air inside it; narrow things in contact with it (ears' rims, straps) are cut off.
    bone : (z, y, x) bool
        Bone that is anchored below the skin, so neither jewellery nor a holder.
    depth : (z, y, x) float32
        Depth below the skin in mm, right up to ``DEPTH_MM``; negative outside. The cut ends of the volume are not
        skin.
    """

    sampled: Sampled
    around: Sampled
    inside: Mask
    bone: Mask
    depth: NDArray[np.float32]


def find_body(sampled: Sampled) -> Body:
    """Find the patient: the thickest piece of tissue, opened, with its internal air.

    Raises
    ------
    NoHead
        When there is no tissue, or no air around it to tell it from.

    Notes
    -----
    What is thin falls off, and what hangs on farther than ``REACH_MM`` from the core (a table). Before the outer air
    is flooded, bone and walls (the sides of the nose) are brought back, so that nasal cavity and sinuses stay
    internal; after it, the whole is opened once more, which frees the skin of what touches it.
    """
    _check_air(sampled)
    tissue = (sampled.values > TISSUE_HU) & sampled.is_scanned
    deep = eroded(tissue, CORE_MM, sampled.is_scanned)
    core = largest(eroded(tissue, THIN_MM, sampled.is_scanned), weight=deep)
    deep &= core
    if not deep.any():
        raise NoHead("no body: nothing in the series is thicker than 20 mm; it cannot be taken for a head")
    walls = eroded(tissue, SHEET_MM, sampled.is_scanned)
    box = bounding_box(deep, REACH_MM + 2 * GRID_MM)
    sampled, tissue, core, deep, walls = sampled.crop(box), tissue[box], core[box], deep[box], walls[box]
    reach = tissue & about(deep, REACH_MM)
    opened = largest(reach & dilated(core, THIN_MM))
    bone = _anchored_bone(sampled, opened)
    walls = touching((reach & dilated(walls, SHEET_MM)) | opened, opened)
    filled = ~outer_air(walls | bone, sampled.is_scanned) & sampled.is_scanned
    inside = _freed(touching(filled, opened), bone, sampled.is_scanned)
    if not inside.any():
        raise NoHead("no body: nothing in the series stands free of what touches it; it cannot be taken for a head")
    box = bounding_box(inside, MARGIN_MM)
    around, sampled, inside, bone = sampled, sampled.crop(box), inside[box], (bone & inside)[box]
    return Body(sampled, around, inside, bone, signed_depth(inside, ~inside & sampled.is_scanned, DEPTH_MM))


def depth_of(body: Body, up_to_mm: float) -> NDArray[np.float32]:
    """Return the depth below the skin, right up to ``up_to_mm``."""
    if up_to_mm <= DEPTH_MM:
        return body.depth
    return signed_depth(body.inside, ~body.inside & body.sampled.is_scanned)


def _check_air(sampled: Sampled) -> None:
    """Refuse values that cannot be CT numbers."""
    if np.mean(sampled.values[sampled.is_scanned] < AIR_HU_MAX) < AIR_FRACTION:
        raise NoHead("no air around the body: the values are not CT numbers, or the body fills the whole picture")


def _anchored_bone(sampled: Sampled, opened: Mask) -> Mask:
    """Bone that lies ``ANCHOR_MM`` below the surface somewhere."""
    bone = (sampled.values > BONE_HU) & sampled.is_scanned
    return touching(bone, eroded(opened, ANCHOR_MM, sampled.is_scanned))


def outer_air(body: Mask, is_scanned: Mask) -> Mask:
    """Return the air around ``body`` that a ball of ``PASSAGE_MM`` reaches from the sides of the grid, and its rim."""
    wide = is_scanned & ~dilated(body, PASSAGE_MM)
    outer: Mask = ~body & is_scanned & dilated(touching(wide, _sides(wide)), PASSAGE_MM + GRID_MM)
    return outer


def _freed(solid: Mask, bone: Mask, is_scanned: Mask) -> Mask:
    """Open the filled body, keep its bone, and count what is enclosed again."""
    core = largest(eroded(solid, OPENING_MM, is_scanned))
    freed = touching(solid & (dilated(core, OPENING_MM) | bone), core)
    outside = touching(~freed & is_scanned, _sides(freed))
    inside: Mask = ~outside & is_scanned & (freed | dilated(freed, OPENING_MM))
    return inside


def _sides(mask: Mask) -> Mask:
    """Return the four sides of the grid; its top and bottom may be cut ends of the body."""
    sides = np.zeros_like(mask)
    sides[:, [0, -1], :] = True
    sides[:, :, [0, -1]] = True
    return sides
