# SPDX-License-Identifier: Apache-2.0
"""Where the structures of the sample head lie, by its own shapes: the truth that estimates are judged by."""

from __future__ import annotations

import numpy as np

from SlicerDeidLib.sample.phantom import Lattice, Mask, section_of
from SlicerDeidLib.sample.shapes import union
from SlicerDeidLib.sample.skin import skin_distance
from SlicerDeidLib.sample.skull import (
    FRONTAL_SINUS,
    MANDIBLE,
    MAXILLARY_SINUS,
    OPTIC_NERVE,
    SPHENOID_SINUS,
    ethmoid_distance,
    eyeball_distance,
    jaws_distance,
    skull,
    teeth_distance,
)

BITE_MM = -41.5  # z of the biting edge of the upper teeth
CHIN_MM = -48.0  # y behind which neck and floor of the mouth begin


def structure_masks(lattice: Lattice) -> dict[str, Mask]:
    """Return what belongs to each structure of ``model.structures``: (k, j, i) each."""
    planes: dict[str, list[Mask]] = {}
    for position in lattice.positions_lps_mm():
        section = section_of(lattice, position)
        skin = skin_distance(section)
        parts = skull(section, skin)
        arches = np.minimum(teeth_distance(section), jaws_distance(section)) < np.minimum(0, -skin - 4)
        bone, air = (parts.bone < 0) | arches, parts.air < 0
        ball = eyeball_distance(section, skin) < 0
        sinuses = np.minimum(
            union(section, (MAXILLARY_SINUS, FRONTAL_SINUS, SPHENOID_SINUS)), ethmoid_distance(section)
        )
        within = skin < 0
        found = {
            "orbits": ((np.maximum(parts.orbit, skin + 3.5) < 0) & ~bone & ~air) | ball,
            "optic_nerves": union(section, (OPTIC_NERVE,)) < 0,
            "sinuses": (sinuses < 0) & air,
            "teeth": arches,
            "mandible": (union(section, MANDIBLE, 5.0) < 0) & bone & ~arches & ~air,
            "ears": within & (skin_distance(section, has_ears=False) > 0),
            "neck": within & ~bone & ~air & (section.z < BITE_MM) & (section.y > CHIN_MM) & (parts.cavity > 0),
        }
        for name, plane in found.items():
            planes.setdefault(name, []).append(plane)
    return {name: np.stack(those) for name, those in planes.items()}
