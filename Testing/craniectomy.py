# SPDX-License-Identifier: Apache-2.0
"""Made heads whose skull is open: after a craniectomy, bulging or sunken, what is brain is known; and an infant's."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.shapes import Field, Section, paint
from SlicerDeidLib.sample.skin import skin_distance
from SlicerDeidLib.sample.skull import skull
from SlicerDeidLib.sample.tissues import CT

MIDDLE_MM = np.array([63.0, 8.0, 70.0])  # LPS, on the inner table, of the defect
OUTWARDS = np.array([1.0, 0.0, 0.45]) / np.hypot(1.0, 0.45)
LOWEST_MM = 14.0  # z: the base of the skull stays
CUT_BACK_MM = 22.0  # mm beyond the rim over which the scalp returns to where it was
SKIN_SHARE, SKIN_MM = 0.35, 1.8  # of a thin scalp, and of any
GALEA_MM = 1.0  # mm of scalp below its fat
OUTER_TABLE_MM = 7.0  # mm above the inner one
INFANT = 0.65  # of an adult's size,
SUTURE_MM, LOWEST_SUTURE_MM = 8.0, 30.0  # mm: half the width of its sutures, and z, where they end above the orbits
CORONAL_MM = -22.0  # y of the one across


@dataclass(frozen=True, slots=True)
class Defect:
    """A round hole in the side of the vault.

    Attributes
    ----------
    width_mm, bulge_mm, scalp_mm : float
        Of the hole; of the brain above the inner table in its middle, negative when it has sunken; above the brain.
    rim_mm : float or None
        How thick the scalp is at the rim of the hole; None: as elsewhere.
    remnant_mm : float
        Radius of a piece of the skull that was left in the middle of the hole.
    gas_mm, gas_hu : float
        How thick a layer of gas or foam lies between scalp and brain, and what it is.
    """

    width_mm: float = 100.0
    bulge_mm: float = 15.0
    scalp_mm: float = 5.0
    rim_mm: float | None = None
    remnant_mm: float = 0.0
    gas_mm: float = 0.0
    gas_hu: float = -1000.0


def make_craniectomy(lattice: phantom.Lattice, defect: Defect) -> tuple[Volume, NDArray[np.bool_]]:
    """Sample the head on a lattice that ascends; return it and where its brain is, (k, j, i)."""
    head = phantom.make_head(lattice)
    stored, brain = head.volume.stored.copy(), head.intracranial.copy()
    for k, position in enumerate(head.volume.positions):
        section = phantom.section_of(lattice, position)
        _open(stored[k], brain[k], head.bone[k], section, defect, lattice.intercept)
    volume = head.volume
    return (
        Volume(stored, volume.slope, volume.intercept, volume.positions, volume.i_step, volume.j_step, volume.padding),
        brain,
    )


def make_infant(lattice: phantom.Lattice) -> Volume:
    """Sample the head on a lattice that ascends, small as an infant's and with wide sutures down to the forehead."""
    head = phantom.make_head(lattice)
    volume, stored = head.volume, head.volume.stored.copy()
    for k, position in enumerate(volume.positions):
        section = phantom.section_of(lattice, position)
        is_suture = (np.abs(section.x) < SUTURE_MM) | (np.abs(section.y - CORONAL_MM) < SUTURE_MM)
        is_open = head.bone[k] & is_suture & (section.z > LOWEST_SUTURE_MM)
        stored[k][is_open] = CT.grey - lattice.intercept
    steps = INFANT * volume.i_step, INFANT * volume.j_step
    return replace(volume, stored=stored, positions=INFANT * volume.positions, i_step=steps[0], j_step=steps[1])


def _open(
    stored: NDArray[np.int16],
    brain: NDArray[np.bool_],
    bone: NDArray[np.bool_],
    section: Section,
    defect: Defect,
    intercept: int,
) -> None:
    """Lay brain and scalp over one section in place."""
    skin = skin_distance(section)
    above = skull(section, skin).cavity  # mm above the inner table
    from_axis, is_near = _from_axis(section)
    radius = defect.width_mm / 2
    share = np.minimum(from_axis / radius, 1.0)
    is_hole = is_near & (from_axis < radius)
    region = is_near & (from_axis < radius + CUT_BACK_MM) & (above > -30)
    high = defect.bulge_mm * (1 - share ** (3 if defect.bulge_mm >= 0 else 2))
    roof = high + defect.gas_mm * (1 - share**3)
    top = roof + _scalp(share, defect)
    if defect.remnant_mm:
        top = np.maximum(top, np.where(from_axis < defect.remnant_mm + 6, OUTER_TABLE_MM + defect.scalp_mm, 0))
    back = np.clip((from_axis - 0.96 * radius) / CUT_BACK_MM, 0, 1)
    back = back * back * (3 - 2 * back)
    top = top * (1 - back) + (above - skin) * back
    least = defect.rim_mm or min(defect.scalp_mm, 4.0)
    top = np.where(bone & ~is_hole, np.maximum(top, above + least), top)
    new = section.full(np.float32(CT.air))
    paint(new, section, _field(above - top), CT.skin)
    paint(new, section, _field(above - top + min(SKIN_MM, SKIN_SHARE * defect.scalp_mm)), CT.fat)
    paint(new, section, _field(above - roof - GALEA_MM), CT.muscle)
    if defect.gas_mm:
        paint(new, section, _field(above - roof), defect.gas_hu)
    paint(new, section, _field(np.where(is_hole, above - high, 1.0)), CT.grey)
    stays = (above < np.minimum(high, 0) - 1) | (~is_hole & (bone | (above < 0)) & (skin < -0.5))
    stays |= is_hole & (from_axis < defect.remnant_mm) & bone
    changed = region & ~stays
    noise = np.random.default_rng(2).standard_normal(new.shape) * 6.0
    stored[changed] = np.rint(new + noise - intercept)[changed]
    brain &= ~(is_hole & (above > high))
    brain |= is_hole & (above <= high) & (above > -30) & ~(bone & (from_axis < defect.remnant_mm))


def _from_axis(section: Section) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """Return the distance to the middle axis of the hole, mm, and what lies on its side of the head above the base."""
    x, y, z = section.x - MIDDLE_MM[0], section.y - MIDDLE_MM[1], section.z - MIDDLE_MM[2]
    along = x * OUTWARDS[0] + y * OUTWARDS[1] + z * OUTWARDS[2]
    from_axis = np.sqrt(np.maximum(x * x + y * y + z * z - along * along, 0))
    return from_axis, (along > -45) & (section.z > LOWEST_MM)


def _scalp(share: NDArray[np.floating], defect: Defect) -> NDArray[np.floating]:
    """Return how thick the scalp is along the way out of the head, mm: more where the brain's surface is steep."""
    slope = 2 * defect.bulge_mm / defect.width_mm * (3 * share**2 if defect.bulge_mm >= 0 else 2 * share)
    rim = defect.scalp_mm if defect.rim_mm is None else defect.rim_mm
    inwards = np.clip((1 - share) / 0.3, 0, 1)
    thick = rim + (defect.scalp_mm - rim) * inwards * inwards * (3 - 2 * inwards)
    return thick * np.minimum(np.sqrt(1 + slope**2), 2.5)


def _field(distance: NDArray[np.floating]) -> Field:
    return distance.astype(np.float32)
