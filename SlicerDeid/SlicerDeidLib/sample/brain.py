# SPDX-License-Identifier: Apache-2.0
"""The contents of the sample skull: cerebrospinal fluid, gyri, grey and white matter, ventricles, cerebellum."""

from __future__ import annotations

import numpy as np

from SlicerDeidLib.sample.shapes import Cone, Ellipsoid, Field, Section, Shape, as_field, paint, union
from SlicerDeidLib.sample.skull import FORAMEN_MAGNUM, SPINAL_CANAL, petrous_edge
from SlicerDeidLib.sample.tissues import Tissues

_VENTRICLES: tuple[Shape, ...] = (
    Cone((6.0, -34.0, 42.0), (14.0, -44.0, 40.0), 4.5, 3.0),  # frontal horn
    Cone((7.0, -34.0, 42.0), (10.0, 10.0, 58.0), 5.0, 5.0),  # body
    Cone((10.0, 10.0, 58.0), (24.0, 34.0, 42.0), 5.0, 7.5),  # atrium
    Cone((24.0, 34.0, 42.0), (20.0, 58.0, 38.0), 6.5, 2.0),  # occipital horn
    Cone((25.0, 32.0, 40.0), (31.0, -6.0, 16.0), 5.5, 2.2),  # temporal horn
    Ellipsoid((0.0, 0.0, 34.0), (2.6, 15.0, 12.0)),  # third
    Ellipsoid((0.0, 32.0, 2.0), (7.5, 6.0, 11.0)),  # fourth
)
_DEEP_GREY: tuple[Shape, ...] = (
    Ellipsoid((11.0, 6.0, 39.0), (8.0, 14.0, 9.0)),  # thalamus
    Ellipsoid((25.0, -12.0, 36.0), (6.5, 19.0, 12.0)),  # putamen and pallidum
    Cone((14.0, -30.0, 40.0), (18.0, 8.0, 56.0), 5.5, 2.5),  # caudate
)
_CISTERNS: tuple[Shape, ...] = (
    Ellipsoid((0.0, -16.0, 20.0), (15.0, 12.0, 7.0)),  # suprasellar
    Ellipsoid((0.0, 31.0, 24.0), (12.0, 5.0, 6.0)),  # quadrigeminal
    Ellipsoid((0.0, 50.0, -26.0), (14.0, 12.0, 7.0)),  # magna
    Cone((36.0, -30.0, 22.0), (53.0, 2.0, 46.0), 2.6, 2.2),  # Sylvian fissure
    Ellipsoid((0.0, 2.0, 4.0), (20.0, 5.0, 16.0)),  # prepontine
)
_STEM: tuple[Shape, ...] = (
    Ellipsoid((0.0, 17.0, 4.0), (15.0, 12.0, 15.0)),  # pons
    Cone((0.0, 16.0, 16.0), (0.0, 12.0, 30.0), 14.0, 12.0),  # midbrain
    Cone((0.0, 21.0, -6.0), (0.0, 25.0, -45.0), 8.0, 6.5),  # medulla
    Cone((0.0, 25.0, -45.0), (0.0, 42.0, -195.0), 6.0, 5.5),  # spinal cord
)
_CEREBELLUM: tuple[Shape, ...] = (
    Ellipsoid((24.0, 46.0, -4.0), (33.0, 36.0, 27.0)),
    Ellipsoid((0.0, 48.0, 4.0), (14.0, 28.0, 22.0)),  # vermis
)
_MIDLINE = Ellipsoid((0.0, -4.0, 40.0), (26.0, 38.0, 22.0))  # corpus callosum and thalami join the hemispheres here
_SULCAL_DEPTH_MM = 16.0
_CORTEX_MM = 3.0
_PLEXUS: tuple[Shape, ...] = (
    Ellipsoid((24.0, 34.0, 43.0), (2.6, 4.0, 3.0)),
    Ellipsoid((0.0, 24.0, 34.0), (2.2, 2.6, 2.2)),
)


def _folds(section: Section) -> Field:
    """Return a wandering pattern in [-1, 1] whose zero lines are the sulci, about 13 mm apart."""
    x, y, z = section.x, section.y, section.z
    bend_x = x + 5.0 * np.sin(y * 0.093 + 0.7) + 4.0 * np.sin(z * 0.111)
    bend_y = y + 5.0 * np.sin(z * 0.087 + 1.9) + 4.0 * np.sin(x * 0.103)
    bend_z = z + 5.0 * np.sin(x * 0.091 + 0.4) + 4.0 * np.sin(y * 0.117 + 2.2)
    pattern = np.sin(bend_x * 0.24) + np.sin(bend_y * 0.24 + 1.1) + np.sin(bend_z * 0.24 + 2.3)
    return as_field(pattern / 3)


def _tentorium(section: Section) -> Field:
    """Return the height above the tentorium: it rises to the midline and falls to the back."""
    return as_field(section.z - (26 - 0.34 * section.side - 0.22 * (section.y - 30)))


def paint_brain(values: Field, section: Section, cavity: Field, tissues: Tissues) -> None:
    """Lay the intracranial contents over ``values``; ``cavity`` is the distance to the inner table, mm."""
    canal = np.maximum(union(section, (FORAMEN_MAGNUM, SPINAL_CANAL)), section.z + 20 + 0 * section.x)
    paint(values, section, np.minimum(cavity, canal.astype(np.float32)), tissues.csf)
    if bool((cavity < 0).any()):
        _paint_cerebrum(values, section, cavity, tissues)
        _paint_cerebellum(values, section, cavity, tissues)
    stem = union(section, _STEM, 6.0)
    paint(values, section, np.maximum(stem, np.minimum(cavity, canal) + 1.5).astype(np.float32), tissues.stem)
    paint(values, section, union(section, (_VENTRICLES[-1],)), tissues.csf)
    _paint_dura(values, section, cavity, tissues)
    paint(values, section, union(section, _PLEXUS), tissues.plexus)


def _posterior_fossa(section: Section) -> Field:
    """Return the distance to the space below the tentorium."""
    return as_field(np.maximum(_tentorium(section) + 1, petrous_edge(section.side) - section.y))


def _paint_cerebrum(values: Field, section: Section, cavity: Field, tissues: Tissues) -> None:
    """Lay both hemispheres: a folded cortex over white matter, deep grey matter, cisterns and ventricles."""
    between = np.minimum(1.2 - section.side, union(section, (_MIDLINE,)))  # the fissure stops at the callosum
    hull = np.maximum(np.maximum(cavity + 1.8, between), -_posterior_fossa(section))
    sulcus = np.maximum(np.abs(_folds(section)) * 9 - 0.9, -hull - _SULCAL_DEPTH_MM)  # 9: mm per unit of the pattern
    pia = np.maximum(hull, -sulcus).astype(np.float32)
    paint(values, section, pia, tissues.grey)
    paint(values, section, pia + np.float32(_CORTEX_MM), tissues.white)
    paint(values, section, np.maximum(union(section, _DEEP_GREY, 2.0), hull + 2).astype(np.float32), tissues.deep_grey)
    paint(values, section, np.maximum(union(section, _CISTERNS, 2.0), cavity + 0.5).astype(np.float32), tissues.csf)
    paint(values, section, union(section, _VENTRICLES[:-1], 3.0), tissues.csf)


def _paint_cerebellum(values: Field, section: Section, cavity: Field, tissues: Tissues) -> None:
    """Lay the cerebellum with its leaves and its white core."""
    leaves = np.maximum(union(section, _CEREBELLUM, 8.0), np.maximum(cavity + 2.2, _posterior_fossa(section) + 1))
    leaves = leaves.astype(np.float32)
    if not (leaves < 0).any():
        return
    stripes = tissues.cerebellar_leaves + tissues.leaves_swing * np.sin(
        section.z * 1.5 + 0.012 * (section.y - 40) ** 2 + 0 * section.x
    )
    paint(values, section, leaves, stripes.astype(np.float32))
    paint(values, section, leaves + np.float32(11), tissues.cerebellar_core)


def _paint_dura(values: Field, section: Section, cavity: Field, tissues: Tissues) -> None:
    """Lay the falx and the tentorium."""
    tent = _tentorium(section)
    falx = np.maximum(np.maximum(section.side - 0.6, cavity), np.maximum(29 - section.z, -union(section, (_MIDLINE,))))
    paint(values, section, falx.astype(np.float32), tissues.dura)
    sheet = np.maximum(np.maximum(np.abs(tent) - 0.7, cavity), np.maximum(8 - section.y, -union(section, _STEM) + 1))
    paint(values, section, sheet.astype(np.float32), tissues.dura)
