# SPDX-License-Identifier: Apache-2.0
"""Made heads with a long chin, on which the braincase may be short and wide: what is chin is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample import phantom

SHORT_AND_WIDE = (1.15, 0.9, 1.0)
CHIN_MM, MOUTH_MM = -100.0, -40.0  # z of the head's lowest facial point, and from where down it is drawn out
CHIN_TOP_MM, CHIN_BACK_MM = -70.0, -50.0  # z and y of the fold above the chin, and of its back
LOWEST_MM, SPACING_MM, SLICES = -160.0, 2.0, 130


@dataclass(frozen=True, slots=True, eq=False)
class LongFace:
    """A head whose chin was drawn out.

    Attributes
    ----------
    volume : Volume
        The CT.
    heights_mm : (k,) float64
        z of every slice.
    intracranial, body, chin : (k, j, i) bool
        Within the inner table; within the skin; the part of the body that is chin.
    """

    volume: Volume
    heights_mm: NDArray[np.float64]
    intracranial: NDArray[np.bool_]
    body: NDArray[np.bool_]
    chin: NDArray[np.bool_]


def make_long_face(longer_mm: float, steps: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> LongFace:
    """Make a head whose chin lies ``longer_mm`` lower, then draw it out by ``steps`` along x, y and z."""
    heights = LOWEST_MM + SPACING_MM * np.arange(SLICES)
    drawn_out = (MOUTH_MM - CHIN_MM + longer_mm) / (MOUTH_MM - CHIN_MM)
    in_head = np.where(heights < MOUTH_MM, MOUTH_MM + (heights - MOUTH_MM) / drawn_out, heights)
    lattice = phantom.Lattice(rows=160, columns=160, pixel_spacing_mm=1.6, positions_mm=tuple(in_head.tolist()))
    head = phantom.make_head(lattice, has_holder=False)
    volume, scales = head.volume, np.array(steps)
    positions = volume.positions.copy()
    positions[:, 2] = heights
    y = volume.positions[0, 1] + 1.6 * np.arange(160)
    chin = head.body & (in_head < CHIN_TOP_MM)[:, None, None] & (y < CHIN_BACK_MM)[:, None]
    moved = replace(volume, positions=positions * scales, i_step=volume.i_step * scales, j_step=volume.j_step * scales)
    return LongFace(moved, moved.positions[:, 2], head.intracranial, head.body, chin)
