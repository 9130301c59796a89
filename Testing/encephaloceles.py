# SPDX-License-Identifier: Apache-2.0
"""Made heads out of whose skull a sac of brain hangs, at the nose, an orbit or the occiput: what is brain is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.shapes import Cone, Ellipsoid, Field, Point, Section, paint
from SlicerDeidLib.sample.tissues import CT

DURA_MM, SKIN_MM = 1.0, 2.0  # mm thick around the sac
NOISE_HU = 6.0


@dataclass(frozen=True, slots=True)
class Sac:
    """A ball of brain on a neck.

    Attributes
    ----------
    begins, middle : (float, float, float)
        LPS mm: where the neck begins, within the skull, and the ball's middle; on the left side or in the midline.
    width_mm, neck_mm : float
        Diameters of ball and neck.
    brain_hu : float
        Of what is in it: brain, or the fluid of a meningocele.
    """

    begins: Point
    middle: Point
    width_mm: float = 25.0
    neck_mm: float = 14.0
    brain_hu: float = CT.grey

    def distance(self, section: Section) -> Field:
        """Return the distance to the sac with its neck, (m, n) mm."""
        ball = Ellipsoid(self.middle, (self.width_mm / 2,) * 3).distance(section)
        neck = Cone(self.begins, self.middle, self.neck_mm / 2, self.neck_mm / 2).distance(section)
        both: Field = np.maximum(np.minimum(ball, neck), -section.x - (1000.0 if self.middle[0] == 0.0 else 0.0))
        return both.astype(np.float32)


SACS = {
    "at the nose": Sac((0.0, -64.0, 38.0), (0.0, -96.0, 24.0)),
    "in the nose": Sac((0.0, -52.0, 36.0), (0.0, -56.0, 6.0), 24.0),
    "in the orbit": Sac((28.0, -50.0, 44.0), (32.0, -66.0, 18.0), 26.0),
    "behind the orbit": Sac((24.0, -26.0, 22.0), (24.0, -56.0, 17.0), 20.0, 10.0),
    "at the occiput": Sac((0.0, 82.0, 30.0), (0.0, 106.0, 26.0), 26.0, 14.0),
    "below the occiput": Sac((0.0, 66.0, -8.0), (0.0, 90.0, -28.0), 28.0, 14.0),
}


def make_encephalocele(lattice: phantom.Lattice, sac: Sac) -> tuple[Volume, NDArray[np.bool_]]:
    """Sample the head on a lattice that ascends; return it and where its brain is, (k, j, i)."""
    head = phantom.make_head(lattice)
    stored, brain = head.volume.stored.copy(), head.intracranial.copy()
    random = np.random.default_rng(3)
    for k, position in enumerate(head.volume.positions):
        section = phantom.section_of(lattice, position)
        distance = sac.distance(section)
        if distance.min() > DURA_MM + SKIN_MM:
            continue
        is_wall = (distance > 0) & (brain[k] | (head.bone[k] & (distance > DURA_MM)))
        around = (distance < DURA_MM + SKIN_MM) & ~is_wall
        new = section.full(np.float32(CT.air))
        paint(new, section, distance - np.float32(DURA_MM + SKIN_MM), CT.skin)
        paint(new, section, distance - np.float32(DURA_MM), CT.dura)
        paint(new, section, distance, sac.brain_hu)
        noisy = new + random.standard_normal(new.shape) * NOISE_HU - lattice.intercept
        stored[k][around] = np.rint(noisy)[around]
        brain[k] |= distance < 0
    return replace(head.volume, stored=stored), brain
