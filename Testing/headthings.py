# SPDX-License-Identifier: Apache-2.0
"""What can lie on or in a head: straps, tubes, metal, a shunt, contrast, gas, an open vault; laid over the made CT."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.shapes import Cone, Ellipsoid, Field, Section, paint, union
from SlicerDeidLib.sample.skin import skin_distance
from SlicerDeidLib.sample.skull import Skull, skull
from SlicerDeidLib.sample.tissues import CT

CAROTIDS = Cone((25.0, 8.0, -30.0), (26.0, 8.0, -150.0), 3.0, 3.2)  # LPS, mm: of an adult, 14 mm below the skin
VERTEBRALS = Cone((17.0, 22.0, -45.0), (18.0, 38.0, -150.0), 2.0, 2.0)  # beside the arches
NECK_VESSELS = (CAROTIDS, VERTEBRALS)
_WITHIN = (  # carotids below the brain, middle cerebral and basilar arteries
    Cone((22.0, -8.0, -2.0), (8.0, -24.0, 12.0), 2.5, 2.2),
    Cone((8.0, -26.0, 14.0), (48.0, -30.0, 18.0), 1.8, 1.2),
    Cone((0.0, 4.0, -24.0), (0.0, -8.0, 8.0), 1.8, 1.8),
)
_TUBE_HU, _CATHETER_HU, _METAL_HU, _GAUZE_HU, _CARBON_HU = 90.0, 400.0, 3071.0, -450.0, 150.0


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """One section of the head: distances in mm, (m, n), and the random numbers of its noise."""

    section: Section
    skin: Field
    skull: Skull


Laid = Iterator[tuple[NDArray[np.floating], "float | Field"]]
Thing = Callable[[Parts], Laid]
"""Yields distances, (m, n) mm, negative inside, and the HU that is laid there."""


def laid_over(head: phantom.HeadCT, *things: Thing) -> Volume:
    """Lay things over a made head, one after the other."""
    stored = head.volume.stored.copy()
    for k, position in enumerate(head.volume.positions):
        section = phantom.section_of(head.lattice, position)
        skin = skin_distance(section)
        parts = Parts(section, skin, skull(section, skin))
        values = (stored[k] + np.float32(head.lattice.intercept)).astype(np.float32)
        for thing in things:
            for distance, value in thing(parts):
                paint(values, section, distance.astype(np.float32), value)
        stored[k] = np.rint(values).clip(-1024, 3071) - head.lattice.intercept
    return replace(head.volume, stored=stored)


def straps(parts: Parts) -> Laid:
    """Two bands of cloth with plastic, on forehead and chin, that lie upon the skin."""
    for height, half in ((52.0, 14.0), (-70.0, 10.0)):
        band = np.maximum(np.abs(parts.section.z - height) - half, np.abs(parts.skin - 1.5) - 1.5)
        yield np.maximum(band, parts.section.y - 60.0), 150.0


def bandage(parts: Parts) -> Laid:
    """Gauze, 6 mm thick, around the whole vault."""
    yield np.maximum(20.0 - parts.section.z, np.abs(parts.skin - 3.0) - 3.0), _GAUZE_HU


def tubes(parts: Parts) -> Laid:
    """A tube through the mouth into the windpipe with its tape, and one below the nose and around the ears."""
    section = parts.section
    path = (
        Cone((0.0, -12.0, -110.0), (0.0, -17.0, -40.0), 5.0, 5.0),
        Cone((0.0, -17.0, -40.0), (0.0, -100.0, -41.0), 5.0, 5.0),
        Cone((0.0, -100.0, -41.0), (0.0, -150.0, -70.0), 5.0, 5.0),
    )
    wall = union(section, path)
    yield wall, _TUBE_HU
    yield wall + 1.5, CT.air
    yield np.maximum(np.abs(parts.skin - 0.8) - 0.8, np.maximum(np.abs(section.z + 34.0) - 8.0, section.y + 50.0)), 20.0
    nasal = np.maximum(np.abs(parts.skin - 2.0) - 2.0, np.abs(section.z + 18.0 - 0.25 * (section.y + 100.0)) - 2.0)
    yield np.maximum(nasal, section.y - 10.0), _TUBE_HU


def halo(parts: Parts) -> Laid:
    """A ring around the forehead on two posts, its four pins of steel in the outer table."""
    section = parts.section
    ring = np.maximum(np.abs(parts.skin - 20.0) - 5.0, np.abs(section.z - 62.0) - 8.0)
    posts = union(section, (Cone((88.0, -60.0, 62.0), (100.0, -60.0, -180.0), 7.0, 7.0),))
    yield np.minimum(ring, posts), _CARBON_HU
    front, back = (Cone((x, y, 62.0), (1.5 * x, 1.44 * y, 62.0), 1.5, 4.0) for x, y in ((44.0, -72.0), (52.0, 68.0)))
    yield union(section, (front, back)), _METAL_HU


def cushions(parts: Parts) -> Laid:
    """Foam that fills the space between ears and holder."""
    section = parts.section
    pad = np.maximum(np.abs(section.side - 90.0) - 16.0, np.abs(section.y - 10.0) - 45.0)
    yield np.maximum(np.maximum(pad, np.abs(section.z) - 50.0), -parts.skin), phantom.FOAM_HU


def dental_metal(parts: Parts) -> Laid:
    """Crowns, with the streaks that a scanner draws from them across the whole slice."""
    section = parts.section
    crowns = union(
        section, (Ellipsoid((22.0, -62.0, -40.0), (5.0, 5.0, 6.0)), Ellipsoid((9.0, -78.0, -38.0), (4.0,) * 3))
    )
    near = (np.abs(section.z + 39.0) - 7.0) * np.ones_like(parts.skin)
    angle = np.arctan2(section.y + 66.0, section.x - 22.0)
    fades = np.exp(-np.hypot(section.x - 22.0, section.y + 66.0) / 60.0)
    values = np.where(parts.skin < 0, CT.muscle, CT.air) + 700.0 * fades * np.sin(11.0 * angle)
    streaks = np.maximum(near, 0.25 - fades * np.abs(np.sin(11.0 * angle)))
    yield streaks, values.clip(-1024, 3071).astype(np.float32)
    yield crowns, _METAL_HU


def shunt(parts: Parts) -> Laid:
    """A catheter into the ventricle through a burr hole, its valve below the scalp and its way down the neck."""
    section = parts.section
    one_side = -section.x
    hole = union(section, (Cone((38.0, -12.0, 100.0), (54.0, -18.0, 125.0), 6.0, 6.0),))
    yield np.maximum(np.maximum(hole, parts.skull.bone), one_side), CT.csf
    valve = np.maximum(np.abs(parts.skin + 4.0) - 2.5, np.hypot(section.side - 52.0, section.y - 6.0) - 9.0)
    yield np.maximum(np.maximum(valve, 60.0 - section.z), one_side), _METAL_HU
    tube = np.maximum(np.abs(parts.skin + 3.5) - 1.4, np.abs(section.y - 48.0 + 0.2 * section.z) - 1.4)
    yield np.maximum(np.maximum(tube, section.z - 80.0), one_side), _CATHETER_HU
    catheter = union(section, (Cone((46.0, -15.0, 112.0), (10.0, -12.0, 52.0), 1.4, 1.4),))
    yield np.maximum(catheter, one_side), _CATHETER_HU


def contrast(parts: Parts, vessels_hu: float = 180.0) -> Laid:
    """Vessels of neck and brain, the sinuses along the vault, and the lining of the nose."""
    section = parts.section
    within = -2.0 - parts.skin
    yield np.maximum(union(section, NECK_VESSELS), -within), vessels_hu
    yield np.maximum(union(section, _WITHIN), parts.skull.cavity), vessels_hu
    sinus = np.maximum(np.abs(section.x) - 4.0, np.maximum(-parts.skull.cavity - 7.0, parts.skull.cavity))
    yield np.maximum(sinus, 30.0 - section.z), vessels_hu * 0.8


def angiography(parts: Parts) -> Laid:
    """Arterial contrast."""
    return contrast(parts, 380.0)


def gas_in_front(parts: Parts, deep_mm: float = 9.0) -> Laid:
    """Gas below the frontal skull, as after an operation."""
    section = parts.section
    where = np.maximum(np.maximum(section.side - 38.0, section.y + 35.0), 40.0 - section.z)
    yield _below_skull(parts, deep_mm, where), CT.air


def gas_at_base(parts: Parts, deep_mm: float = 9.0) -> Laid:
    """Gas before and below the frontal lobes."""
    section = parts.section
    where = np.maximum(np.maximum(section.side - 40.0, section.y + 35.0), section.z - 75.0)
    yield _below_skull(parts, deep_mm, where), CT.air


def gas_of_fracture(parts: Parts) -> Laid:
    """The same, open to the frontal sinus and to the nose."""
    yield from gas_at_base(parts)
    ways = (
        Cone((8.0, -84.0, 44.0), (8.0, -70.0, 46.0), 4.0, 4.0),
        Cone((4.0, -60.0, 10.0), (4.0, -60.0, 44.0), 3.0, 3.0),
    )
    yield union(parts.section, ways), CT.air


def gas_at_side(parts: Parts) -> Laid:
    """Gas in place of a haematoma on one side that was drained."""
    section = parts.section
    where = np.maximum(np.maximum(8.0 - section.x, section.y - 20.0), 20.0 - section.z)
    yield _below_skull(parts, 15.0, where), CT.air


def gas_behind(parts: Parts) -> Laid:
    """Gas above and behind the brain, as after an operation in a sitting position: more than nose and throat hold."""
    section = parts.section
    yield _below_skull(parts, 30.0, np.maximum(15.0 - section.y, 45.0 - section.z)), CT.air


def gas_in_ventricles(parts: Parts) -> Laid:
    """Gas in place of the fluid in both lateral ventricles."""
    horns = Ellipsoid((14.0, -25.0, 58.0), (9.0, 30.0, 13.0)).distance(parts.section)
    yield np.maximum(horns, parts.skull.cavity + 3.0), CT.air


def _below_skull(parts: Parts, deep_mm: float, where: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the distance to what lies so deep below the inner table."""
    return np.maximum(np.maximum(parts.skull.cavity, -parts.skull.cavity - deep_mm), where)


def open_vault(parts: Parts) -> Laid:
    """Scar, as dense as the brain, in place of the whole vault above the ears but a bridge along the middle."""
    section = parts.section
    gap = np.maximum(parts.skull.bone, np.maximum(62.0 - section.z, 12.0 - section.side))
    yield np.maximum(gap, 0 * parts.skin - 9.0), CT.grey


def fontanelle(parts: Parts) -> Laid:
    """The large fontanelle of a newborn, open."""
    section = parts.section
    rhomb = section.side + np.abs(section.y + 22.0) - 26.0
    yield np.maximum(parts.skull.bone, np.maximum(rhomb, 60.0 - section.z)), CT.grey


def sharpened(volume: Volume, gain: float, noise_hu: float) -> Volume:
    """Return a CT as a bone kernel makes it: borders enhanced, more noise."""
    values = volume.stored.astype(np.float32)
    random = np.random.default_rng(7)
    for plane in values:
        plane += gain * (plane - ndimage.gaussian_filter(plane, 1.5)) + random.normal(0.0, noise_hu, plane.shape)
    low = -1024 - volume.intercept[0]
    return replace(volume, stored=np.rint(values).clip(low, low + 4095).astype(volume.stored.dtype))


def smoothed(volume: Volume, sigma_px: float) -> Volume:
    """Return a CT as a very soft kernel makes it."""
    planes = [ndimage.gaussian_filter(plane.astype(np.float32), sigma_px) for plane in volume.stored]
    return replace(volume, stored=np.rint(np.stack(planes)).astype(volume.stored.dtype))
