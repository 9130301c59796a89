# SPDX-License-Identifier: Apache-2.0
"""The outside of the sample head: cranium, face, ears and neck as one signed distance.

LPS millimetres; the origin lies between the ear canals. Sizes are those of an average adult (head 152 mm wide,
195 mm long, 235 mm from vertex to chin); the face is nobody's.
"""

from __future__ import annotations

import numpy as np

from SlicerDeidLib.sample.shapes import Cone, Ellipsoid, Field, Section, Shape, as_field, carve, unite

CRANIUM = Ellipsoid((0.0, 8.0, 45.0), (76.0, 97.0, 88.0))
EGG = 0.0011  # per mm: how much narrower the head becomes towards the forehead

# shape, and over how many mm it melts into what is there
_ADDED: tuple[tuple[Shape, float], ...] = (
    (Cone((0.0, 28.0, -20.0), (0.0, 38.0, -190.0), 52.0, 57.0), 26.0),  # neck
    (Ellipsoid((0.0, -46.0, -18.0), (58.0, 46.0, 66.0)), 22.0),  # middle of the face
    (Cone((41.0, -14.0, -52.0), (13.0, -74.0, -84.0), 13.0, 14.0), 28.0),  # lower jaw
    (Ellipsoid((36.0, -66.0, -6.0), (21.0, 22.0, 18.0)), 22.0),  # cheek
    (Cone((10.0, -82.0, 36.0), (38.0, -72.0, 36.0), 8.5, 8.0), 18.0),  # brow ridge
    (Ellipsoid((0.0, -82.0, -86.0), (17.0, 14.0, 13.0)), 18.0),  # chin
    (Ellipsoid((0.0, -80.0, -38.0), (28.0, 15.0, 24.0)), 16.0),  # mouth region
)
_SOCKET = Ellipsoid((33.0, -97.0, 18.0), (16.0, 16.0, 10.0))
_FEATURES: tuple[tuple[Shape, float], ...] = (
    (Cone((0.0, -84.0, 32.0), (0.0, -99.0, -6.0), 8.0, 13.0), 14.0),  # walls of the nose
    (Cone((0.0, -90.5, 28.0), (0.0, -110.0, -8.0), 4.0, 6.5), 9.0),  # bridge and tip of the nose
    (Ellipsoid((0.0, -110.0, -10.0), (8.5, 8.0, 7.0)), 7.0),  # tip
    (Ellipsoid((11.5, -100.0, -13.0), (6.0, 9.0, 6.8)), 7.0),  # wing of the nose
    (Ellipsoid((32.0, -74.5, 18.0), (15.5, 14.0, 12.0)), 6.0),  # eyelids over the eye
    (Ellipsoid((0.0, -91.5, -35.8), (23.0, 9.0, 5.2)), 4.0),  # upper lip
    (Ellipsoid((0.0, -90.5, -46.0), (20.0, 9.5, 6.2)), 4.0),  # lower lip
)
_HOLLOWS: tuple[tuple[Shape, float], ...] = (
    (Ellipsoid((0.0, -101.0, -40.8), (23.0, 8.0, 1.1)), 1.8),  # between the lips
    (Ellipsoid((5.5, -104.0, -20.0), (3.4, 6.0, 5.5)), 1.5),  # nostril
    (Ellipsoid((0.0, -101.5, -26.0), (3.0, 3.5, 6.0)), 4.0),  # groove under the nose
    (Ellipsoid((0.0, -101.0, -60.0), (24.0, 9.0, 6.0)), 10.0),  # fold above the chin
    (Cone((19.0, -88.0, 16.5), (47.0, -85.0, 16.5), 1.2, 0.8), 1.5),  # gap between the eyelids
)
_EAR_ROOT: tuple[Shape, float] = (Ellipsoid((67.0, 8.0, 1.0), (8.0, 9.0, 16.0)), 6.0)
_EAR: tuple[tuple[Shape, float], ...] = (
    _EAR_ROOT,
    (Ellipsoid((74.0, 14.0, 4.0), (5.0, 15.0, 27.0)), 5.0),
    (Cone((77.0, 6.0, 29.0), (81.0, 24.0, 23.0), 3.0, 3.2), 3.0),  # helix
    (Cone((81.0, 24.0, 23.0), (80.0, 28.0, 4.0), 3.2, 3.0), 3.0),
    (Cone((80.0, 28.0, 4.0), (75.0, 13.0, -20.0), 3.0, 4.5), 3.0),  # helix to lobe
)
_CONCHA = Ellipsoid((80.0, 12.0, 0.0), (6.0, 8.0, 11.0))
_EAR_CANAL = Cone((90.0, 12.0, -1.0), (53.0, 4.0, 0.0), 3.0, 2.6)


def egg(section: Section, y_centre: float) -> Section:
    """Return the section in coordinates in which an egg-shaped skull is an ellipsoid."""
    widened = section.x * (1 - np.float32(EGG) * (section.y - np.float32(y_centre)))
    return Section(widened.astype(np.float32), section.y, section.z, section.softness_mm)


def skin_distance(section: Section, *, has_ears: bool = True) -> Field:
    """Return the distance to the skin in mm, negative inside; (m, n). Without ears their roots are there still."""
    head = CRANIUM.distance(egg(section, CRANIUM.centre[1]))
    for shape, blend in _ADDED:
        unite(head, section, shape, blend)
    carve(head, section, _SOCKET, 9.0)
    for shape, blend in (*_FEATURES, *(_EAR if has_ears else (_EAR_ROOT,))):
        unite(head, section, shape, blend)
    for shape, blend in _HOLLOWS:
        carve(head, section, shape, blend)
    carve(head, section, _CONCHA, 3.0)
    carve(head, section, _EAR_CANAL, 1.0)
    return head


def fat_thickness(section: Section) -> Field:
    """Return how many mm of subcutaneous fat lie under the skin: 3 on the vault, more in cheeks, neck and nape."""
    below = np.clip((np.float32(25) - section.z) / 40, 0, 1)  # face and neck
    cheeks = 4 * np.exp(
        -(((section.side - 42) / 20) ** 2 + ((section.y + 60) / 25) ** 2 + ((section.z + 22) / 26) ** 2)
    )
    nape = 5 * np.exp(-(((section.y - 85) / 30) ** 2 + ((section.z + 60) / 50) ** 2))
    midline = np.exp(-((section.side / 14) ** 2 + ((section.y + 100) / 16) ** 2 + ((section.z - 5) / 40) ** 2))  # nose
    return as_field((2.8 + 1.8 * below + cheeks + nape) * (1 - 0.8 * midline))
