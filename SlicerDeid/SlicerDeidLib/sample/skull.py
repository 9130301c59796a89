# SPDX-License-Identifier: Apache-2.0
"""The skull of the sample head: vault, base with foramen magnum, orbits, sinuses, jaws, teeth and the upper neck.

The intracranial cavity is drawn first; the skull is the shell around it. LPS millimetres, see :mod:`skin`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from SlicerDeidLib.sample.shapes import (
    FAR_MM,
    Cone,
    Ellipsoid,
    Field,
    Section,
    Shape,
    as_field,
    carve,
    paint,
    smooth_min,
    step,
    union,
)
from SlicerDeidLib.sample.skin import egg
from SlicerDeidLib.sample.tissues import Tissues

INNER_TABLE = Ellipsoid((0.0, 8.0, 45.0), (63.0, 84.0, 75.0))
FORAMEN_MAGNUM = Cone((0.0, 20.0, -12.0), (0.0, 27.0, -60.0), 15.0, 12.0)
SPINAL_CANAL = Cone((0.0, 24.0, -40.0), (0.0, 42.0, -195.0), 11.0, 9.0)

_PETROUS = Cone((58.0, 17.0, -6.0), (13.0, -7.0, -4.0), 10.0, 5.5)
_MASTOID = Ellipsoid((55.0, 25.0, -18.0), (11.0, 13.0, 17.0))
ORBIT = Cone((34.0, -83.0, 17.0), (13.0, -42.0, 17.0), 17.5, 4.0)
_UPPER_BONES: tuple[Shape, ...] = (
    Cone((10.0, -83.0, 33.0), (40.0, -71.0, 35.0), 6.0, 5.0),  # upper rim of the orbit
    Cone((42.0, -66.0, 26.0), (46.0, -62.0, 6.0), 4.0, 5.0),  # outer rim
    Cone((44.0, -63.0, 1.0), (18.0, -78.0, -2.0), 5.0, 3.5),  # lower rim
    Ellipsoid((43.0, -63.0, 0.0), (9.0, 8.0, 9.0)),  # cheek bone
    Cone((47.0, -60.0, -2.0), (64.0, -34.0, -3.0), 5.5, 3.0),  # zygomatic arch
    Cone((64.0, -34.0, -3.0), (66.0, -6.0, -1.0), 3.0, 3.5),
    Cone((4.0, -85.0, 31.0), (3.5, -94.0, 14.0), 3.5, 1.5),  # nasal bone
    Ellipsoid((9.0, -84.0, 12.0), (3.0, 5.0, 18.0)),  # frontal process of the maxilla
    Ellipsoid((16.0, -74.0, -14.0), (5.0, 9.0, 14.0)),  # wall below the orbit
    Ellipsoid((0.0, -55.0, -24.0), (23.0, 29.0, 2.0)),  # hard palate
    Ellipsoid((0.0, -46.0, -4.0), (1.2, 18.0, 20.0)),  # vomer
    Cone((16.0, -30.0, -4.0), (15.0, -26.0, -24.0), 4.0, 2.0),  # pterygoid
    Cone((0.0, -10.0, 4.0), (0.0, 6.0, -28.0), 8.0, 6.0),  # clivus
)
MANDIBLE: tuple[Shape, ...] = (
    Ellipsoid((48.0, -8.0, -32.0), (3.6, 15.0, 24.0)),  # ramus
    Cone((50.0, 0.0, -22.0), (51.0, 1.0, -7.0), 4.5, 5.0),  # condyle
    Cone((47.0, -10.0, -52.0), (27.0, -60.0, -68.0), 6.0, 8.0),  # body
    Cone((48.0, -12.0, -42.0), (30.0, -54.0, -56.0), 4.5, 6.0),
    Cone((27.0, -60.0, -68.0), (0.0, -80.0, -75.0), 8.0, 9.0),
    Cone((0.0, -78.0, -88.0), (12.0, -74.0, -86.0), 5.0, 4.0),  # chin
)
MAXILLARY_SINUS = Ellipsoid((29.0, -58.0, -9.0), (11.5, 15.0, 13.5))
FRONTAL_SINUS = Ellipsoid((12.0, -77.5, 40.0), (11.0, 3.2, 9.0))
SPHENOID_SINUS = Ellipsoid((6.5, -22.0, 5.0), (5.6, 11.0, 7.0))
_ETHMOID = Ellipsoid((6.0, -56.0, 17.0), (4.6, 21.0, 9.0))
EYEBALL = Ellipsoid((32.0, -76.0, 17.5), (12.0, 12.0, 12.0))
OPTIC_NERVE = Cone((30.0, -66.0, 17.5), (13.0, -40.0, 17.0), 2.2, 2.0)
_NASAL_CAVITY: tuple[Shape, ...] = (
    Ellipsoid((5.5, -62.0, -8.0), (4.6, 34.0, 13.0)),
    Cone((5.5, -102.0, -20.0), (5.0, -84.0, -10.0), 3.2, 4.0),  # vestibule behind the nostril
    Ellipsoid((0.0, -22.0, -16.0), (12.0, 9.0, 12.0)),  # nasopharynx
)
_TURBINATES: tuple[Shape, ...] = (
    Cone((7.6, -80.0, -13.0), (7.0, -44.0, -13.0), 2.6, 3.0),
    Cone((7.4, -74.0, -2.0), (7.0, -46.0, -2.0), 1.8, 2.2),
)
_AIRWAY: tuple[Shape, ...] = (
    Cone((0.0, -17.0, -26.0), (0.0, -12.0, -78.0), 8.0, 7.0),  # pharynx
    Cone((0.0, -12.0, -78.0), (0.0, 6.0, -195.0), 7.0, 8.5),  # larynx and trachea
    Ellipsoid((0.0, -60.0, -31.5), (13.0, 17.0, 1.3)),  # mouth
)
_DENS = Cone((0.0, 9.0, -34.0), (0.0, 13.0, -58.0), 4.5, 6.5)
_DISC_SPACING_MM = 17.0  # vertebral body and disc of the neck
_WALL_MM = 1.3  # thin bone around sinuses and orbits


class Skull(NamedTuple):
    """Distances in mm, negative inside; (m, n) each."""

    cavity: Field
    bone: Field
    air: Field
    orbit: Field


def _floor(side: Field, y: Field) -> Field:
    """Return z of the floor of the anterior, middle and posterior fossa, mm."""
    anterior = 35 - 9 * np.exp(-((side / 9) ** 2)) + 4 * np.exp(-(((side - 31) / 13) ** 2))
    middle = -9 + 22 * np.exp(-((side / 15) ** 2))
    wing = -33 - 0.32 * side  # the wing of the sphenoid: the temporal pole lies in front of the sella
    floor = anterior + step(y - wing, -8, 8) * (middle - anterior)
    floor = floor + step(y - petrous_edge(side), -9, 13) * (-36 - floor)
    return as_field(floor)


def petrous_edge(side: Field) -> Field:
    """Return y of the edge between middle and posterior fossa: it runs outwards and back; mm."""
    return np.float32(-12) + np.float32(0.55) * side


def cavity_distance(section: Section) -> Field:
    """Return the distance to the intracranial cavity, down to the foramen magnum."""
    vault = INNER_TABLE.distance(egg(section, INNER_TABLE.centre[1]))
    floor = _floor(section.side, section.y)
    slope_x = _floor(section.side + 1, section.y) - floor  # mm per mm
    slope_y = _floor(section.side, section.y + 1) - floor
    above_floor = (floor - section.z) / np.sqrt(1 + slope_x**2 + slope_y**2)
    cavity = -smooth_min(-vault, -above_floor.astype(np.float32), 9.0)
    carve(cavity, section, _PETROUS, 4.0)
    return cavity


def _spine(section: Section) -> Field:
    """Return the distance to the vertebrae of the neck."""
    below = np.clip(-40 - section.z, 0, None)
    centre = 24 + below * (18 / 155)  # follows SPINAL_CANAL
    body = np.sqrt((section.side / 1.25) ** 2 + (section.y - (centre - 19)) ** 2) - 9.5
    ring = np.abs(np.sqrt(section.side**2 + (section.y - centre) ** 2) - 13.5) - 2.2
    spine = np.maximum(section.side - 2.5, np.abs(section.y - (centre + 24)) - 10)
    level = np.abs((below - 6) % _DISC_SPACING_MM - _DISC_SPACING_MM / 2)
    bones = np.minimum(body, np.minimum(ring, np.maximum(spine, level - 4)))
    bones = np.maximum(bones, level - 7.3)
    return as_field(np.maximum(bones, section.z + 39 + 0 * section.x))


def _shell(section: Section, cavity: Field) -> Field:
    """Return the distance to the bone around the cavity: 6.5 mm at the vault, 4 mm at the base."""
    thickness = 4 + 2.5 * step(section.z, 15, 45)
    return as_field(np.maximum(cavity - thickness, -cavity))


def ethmoid_distance(section: Section) -> Field:
    """Return the distance to the air in the ethmoid cells."""
    cells = 0.9 - np.abs(np.sin(section.y * 0.52 + 0.3) * np.cos(section.z * 0.33))  # septa every 6 mm
    return as_field(np.maximum(union(section, (_ETHMOID,)), (0.35 - cells) * 4))


def _sinuses(section: Section) -> Field:
    """Return the distance to the air in sinuses, nose, pharynx and mastoid cells."""
    air = union(section, (MAXILLARY_SINUS, FRONTAL_SINUS, SPHENOID_SINUS, *_NASAL_CAVITY))
    air = np.minimum(air, ethmoid_distance(section))
    pores = np.sin(section.side * 1.1) * np.sin(section.y * 1.0) * np.sin(section.z * 0.9)
    air = np.minimum(air, np.maximum(union(section, (_MASTOID,)) + 2.5, (0.15 - pores) * 2))
    for shape in _TURBINATES:
        carve(air, section, shape)
    septum = np.maximum(section.side - 1, section.y + 24)  # the nasopharynx has none
    return as_field(np.maximum(air, -septum))


def skull(section: Section, skin: Field) -> Skull:
    """Return the skull's parts; bone stays 2.5 mm below the skin."""
    cavity = cavity_distance(section)
    bone = smooth_min(_shell(section, cavity), union(section, (*_UPPER_BONES, *MANDIBLE), 5.0), 4.0)
    sinuses = _sinuses(section)
    orbit = union(section, (ORBIT,))
    in_front = (-82 + 0.25 * section.side - section.y).astype(np.float32)  # the orbit is open in front
    bone = np.minimum(bone, np.maximum(orbit - _WALL_MM, in_front + 4))
    walls = np.where(section.y > -84, sinuses - _WALL_MM, FAR_MM)
    bone = np.minimum(bone, np.where(section.y < -27, walls, FAR_MM))
    bone = np.minimum(bone, union(section, (FRONTAL_SINUS,)) - 3.0)
    bone = np.minimum(bone, union(section, (_PETROUS, _MASTOID, SPHENOID_SINUS), 4.0))
    bone = np.minimum(bone, union(section, (SPHENOID_SINUS,)) - 2.0)
    bone = np.minimum(bone, np.minimum(_spine(section), union(section, (_DENS,))))
    bone = np.maximum(bone, -cavity)
    for shape in (ORBIT, FORAMEN_MAGNUM, SPINAL_CANAL):
        carve(bone, section, shape)
    bone = np.maximum(bone, skin + 2.5)
    air = np.minimum(sinuses, union(section, _AIRWAY))
    air = np.maximum(air, np.where(section.y > 0, skin + 5, 1.5 - cavity))  # mastoid cells lie deep
    return Skull(cavity, np.maximum(bone, -air), np.maximum(air, 1.5 - cavity), orbit)


def teeth_distance(section: Section) -> Field:
    """Return the distance to two rows of teeth on a parabola, a gap every 7 mm."""
    arch = -80 + 0.034 * section.side**2
    across = np.abs(section.y - arch) / np.sqrt(1 + (0.068 * section.side) ** 2) - 3.6
    length = section.side * (1 + 0.012 * section.side)  # along the arch
    gap = 0.35 - np.abs(np.sin(length * np.pi / 7.0))
    upper, lower = np.abs(section.z + 33.5) - 8, np.abs(section.z + 51.5) - 8.5
    rows = np.maximum(across, np.minimum(upper, lower))
    return as_field(np.maximum(np.maximum(rows, gap * 2), section.side - 26))


def jaws_distance(section: Section) -> Field:
    """Return the distance to the bone that holds the teeth."""
    arch = -79 + 0.034 * section.side**2
    across = np.abs(section.y - arch) / np.sqrt(1 + (0.068 * section.side) ** 2) - 5.2
    upper, lower = np.abs(section.z + 27) - 7, np.abs(section.z + 63) - 9
    return as_field(np.maximum(np.maximum(across, np.minimum(upper, lower)), section.side - 28))


def paint_skull(values: Field, section: Section, parts: Skull, skin: Field, tissues: Tissues) -> Field:
    """Lay fat of the orbits, bone, teeth and inner air over ``values``; return the distance to all bone and teeth."""
    paint(values, section, np.maximum(parts.orbit, skin + 3.5), tissues.fat)
    _paint_eyes(values, section, skin, tissues)
    teeth = np.maximum(teeth_distance(section), skin + 4)
    bone = np.minimum(parts.bone, np.maximum(jaws_distance(section), skin + 4))
    marrow = tissues.cortical + (tissues.diploe - tissues.cortical) * step(-bone, 0.9, 2.1)
    paint(values, section, bone, marrow)
    paint(values, section, np.maximum(union(section, (_PETROUS,)) + 2, bone), tissues.petrous)
    paint(values, section, teeth, tissues.enamel)
    paint(values, section, parts.air, tissues.air)
    return np.minimum(bone, teeth)


def eyeball_distance(section: Section, skin: Field) -> Field:
    """Return the distance to the eyeballs, which lie below the lids."""
    return as_field(np.maximum(union(section, (EYEBALL,)), skin + 1.5))


def _paint_eyes(values: Field, section: Section, skin: Field, tissues: Tissues) -> None:
    """Lay eyeballs, lenses, optic nerves and the straight muscles into the orbits."""
    muscles = tuple(
        Cone((31.0 + 11 * dx, -74.0, 17.5 + 11 * dz), (14.0, -43.0, 17.0), 1.8, 1.2)
        for dx, dz in ((1, 0), (-1, 0), (0, 1), (0, -1))
    )
    paint(values, section, union(section, (OPTIC_NERVE, *muscles), 1.0), tissues.nerve)
    ball = eyeball_distance(section, skin)
    paint(values, section, ball, tissues.sclera)  # sclera
    paint(values, section, ball + 1.1, tissues.vitreous)  # vitreous
    lens = union(section, (Ellipsoid((32.5, -84.0, 17.5), (4.6, 2.0, 4.6)),))
    paint(values, section, np.maximum(lens, ball + 1.1), tissues.lens)
