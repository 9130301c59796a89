# SPDX-License-Identifier: Apache-2.0
"""How much of which structure a mask removes: estimated by geometry, to be told to people; nothing is decided by it.

Definitions. Where the face looks and how large the head is, is known from the brain's cavity (``face.Frame``); lengths
are those of an adult, scaled. ``across`` is to either side of the middle, ``behind`` the front of the cavity, ``below``
the roof of the orbits. A structure is what lies in a region of these coordinates and is of its density:

* orbits: neither bone nor air in a cone on either side, from the lids to the apex;
* optic nerves: along the axis of that cone behind the eye, weighed by how much denser than fat it is;
* sinuses: air in front of, below and between the orbits, without the nose; a sinus that is full counts nothing;
* teeth: bone and teeth in the arches between nose and chin, weighed by density: their sockets too;
* mandible: other bone, weighed alike, below the biting edge of the upper teeth, and beside it up to the joint;
* ears: what stands out of the side of the head and is thinner than 16 mm, so without their roots;
* neck: neither bone nor air below that edge and behind the chin.

In MR, where neither bone nor air is told by value, only orbits, ears and neck are estimated, bone within them included.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.structures import in_view, removed
from SlicerDeidLib.pixels.body import TISSUE_HU
from SlicerDeidLib.pixels.distance import Mask, bounding_box, dilated, eroded, touching
from SlicerDeidLib.pixels.grid import GRID_MM
from SlicerDeidLib.pixels.head.anatomy import Anatomy
from SlicerDeidLib.pixels.head.face import Frame

FAT_HU, NERVE_HU = -95.0, 40.0  # HU: of the orbit's fat, and of nerve and muscle
AIR_HU = -400.0  # HU: below it more than half of a grid point is air
SOFT_HU = (-250.0, 250.0)  # HU: fat to enhanced tissue, with its partial volume
MUSCLE_HU, BONE_HU = 60.0, 800.0  # HU: between them bone and muscle share a grid point; marrow counts in part
THIN_MM = 8.0  # mm radius: an ear is thinner than 16 mm
ORBIT = ((34.0, -9.0, 14.0, 18.0), (14.0, 34.0, 13.0, 4.0))  # mm: across, behind, below and radius, at lids and apex
NERVE = ((30.0, 7.0, 12.5, 3.5), (13.5, 33.0, 12.5, 3.0))  # mm: the same of the nerve, from the eye to the apex
BITE_MM = 71.0  # mm below the orbits' roof: where upper and lower teeth meet
JOINT_MM = 37.0  # mm below the orbits' roof: the joint of the mandible
LOWEST_MM = 140.0  # mm below the orbits' roof: the chin ends above, see face.FACE_MM


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the points of a box lie, in mm of an adult: (z, y, x) each."""

    across: NDArray[np.floating]
    behind: NDArray[np.floating]
    below: NDArray[np.floating]

    def within(self, across: tuple[float, float], behind: tuple[float, float], below: tuple[float, float]) -> Mask:
        """Return what lies in a box on either side."""
        sides = (self.across, across), (self.behind, behind), (self.below, below)
        inside = np.ones(self.across.shape, dtype=np.bool_)
        for places, (low, high) in sides:
            inside &= (places > low) & (places < high)
        return inside

    def cone(self, ends: tuple[tuple[float, ...], tuple[float, ...]], among: Mask) -> Mask:
        """Return what lies ``among`` some points in a cone on either side, round at its ends."""
        start, end = (np.array(one[:3]) for one in ends)
        way, widest = end - start, max(ends[0][3], ends[1][3])
        sides = [(float(low) - widest, float(high) + widest) for low, high in np.sort([start, end], axis=0).T]
        inside: Mask = among & self.within(sides[0], sides[1], sides[2])
        places = self.across[inside], self.behind[inside], self.below[inside]
        point = [place - first for place, first in zip(places, start, strict=True)]
        along = np.clip(sum(p * w for p, w in zip(point, way, strict=True)) / (way @ way), 0.0, 1.0)
        off = sum((p - along * w) ** 2 for p, w in zip(point, way, strict=True))
        radius = ends[0][3] + along * (ends[1][3] - ends[0][3])
        inside[inside] = off < radius**2
        return inside


def measure_structures(anatomy: Anatomy, kept: NDArray[np.float32], frame: Frame, *, is_ct: bool) -> dict[str, float]:
    """Estimate what of each structure is in view, and what of that was removed.

    Parameters
    ----------
    kept : (z, y, x) float32
        Fraction of each grid point's surroundings that stayed, brought back from the native lattice.

    Returns
    -------
    dict of str to float
        ml, by names of ``model.structures``; only of structures that are in view.
    """
    body = anatomy.body
    grid = body.sampled.grid
    places = _Places(
        np.abs(frame.across(grid)) / frame.scale,
        frame.behind(grid) / frame.scale,
        frame.below(grid) / frame.scale,
    )
    head, values = body.inside & body.sampled.is_scanned & ~anatomy.cavity.inside, body.sampled.values
    shares = _in_ct(places, values, head) if is_ct else _in_mr(places, head)
    tissue = (values > TISSUE_HU) & body.sampled.is_scanned if is_ct else head
    shares["ears"] = _ears(places, body.inside, tissue)
    gone, ml = 1.0 - kept, body.sampled.grid.voxel_ml
    measures = {}
    for name, share in shares.items():
        if share.any():
            measures[in_view(name)] = float(share.sum()) * ml
            measures[removed(name)] = float((share * gone).sum()) * ml
    return measures


def _in_ct(places: _Places, values: NDArray[np.float32], head: Mask) -> dict[str, NDArray[Any]]:
    """Return how much of each point belongs to each structure, 0 to 1."""
    soft = head & (values > SOFT_HU[0]) & (values < SOFT_HU[1])
    bone = head & (values >= SOFT_HU[1])
    teeth = places.within((-1, 36), (-25, 45), (54, 90))
    jaw = places.within((-1, 75), (-40, 60), (BITE_MM, LOWEST_MM)) | places.within(
        (32, 75), (35, 88), (JOINT_MM, LOWEST_MM)
    )
    sinuses = (
        places.within((-1, 32), (-20, 14), (-40, 4))
        | places.within((-1, 17), (-10, 80), (0, 24))
        | places.within((-1, 17), (38, 80), (0, 34))
        | places.within((12, 48), (-12, 48), (18, 62))
    )
    solid = np.clip((values - MUSCLE_HU) / (BONE_HU - MUSCLE_HU), 0.0, 1.0)
    dense = np.clip((values - FAT_HU) / (NERVE_HU - FAT_HU), 0.0, 1.0)
    return {
        "orbits": places.cone(ORBIT, soft),
        "optic_nerves": dense * places.cone(NERVE, soft),
        "sinuses": head & (values < AIR_HU) & sinuses,
        "teeth": solid * (bone & teeth),
        "mandible": solid * (bone & ~teeth & jaw),
        "neck": soft & _neck(places),
    }


def _in_mr(places: _Places, head: Mask) -> dict[str, NDArray[Any]]:
    """Return the same where values tell neither bone nor air."""
    return {"orbits": places.cone(ORBIT, head), "neck": head & _neck(places)}


def _neck(places: _Places) -> Mask:
    return (places.below > BITE_MM) & (places.behind > 25.0)  # mm: the chin ends in front of that


def _ears(places: _Places, inside: Mask, tissue: Mask) -> Mask:
    """Return what is thin beside the head and hangs on it."""
    beside = places.within((58, 105), (62, 118), (-12, 62))
    ears = np.zeros_like(inside)
    if beside.any():
        box = bounding_box(beside, 4 * THIN_MM)
        air = ((0, 0), (0, 0), (int(THIN_MM / GRID_MM) + 1,) * 2)  # beside the head, where the box may end at its skin
        solid = inside[box] | (tissue & beside)[box]
        thick = dilated(eroded(np.pad(solid, air), THIN_MM), THIN_MM)[..., air[2][0] : -air[2][1]]
        ears[box] = touching(solid & ~thick & beside[box], dilated(thick, GRID_MM))
    return ears
