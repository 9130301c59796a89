# SPDX-License-Identifier: Apache-2.0
"""Does brain stand out through a hole in the skull, and would a mask take it: an encephalocele at nose, orbit, occiput.

What is as dense as brain is followed from the cavity as far as a ball of the neck's width can go, and no farther than
such a sac is long: through a hole it comes out of the skull, through the canals of nerves and vessels it does not. Only
the spine's canal is as wide, so what lies below it is no sac.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.distance import Mask, dilated, eroded
from SlicerDeidLib.pixels.grid import GRID_MM, Grid
from SlicerDeidLib.pixels.head.anatomy import Anatomy
from SlicerDeidLib.pixels.head.face import Frame, frame_of
from SlicerDeidLib.pixels.runs import Pieces

BRAIN_HU = (-10.0, 75.0)  # HU on the 2 mm grid: fluid to blood; a real orbit's thin roof in 4 mm slices has 90 and more
NECK_MM, WIDE_NECK_MM = 2.0, 3.0  # mm radius: necks of 10 mm are entered, of 8 mm most
FINE_MM = 3.0  # mm between slices: in thicker ones the roof of a real orbit was as thin as a narrow neck
REACH_MM = 30.0  # mm from the cavity: through a skull of 10 mm into the sac, to below its skin
BESIDE_MM = 2.0  # mm beside the cavity: its rim is missed by so much
SMALLEST_ML = 0.3  # ml that would go: of ordinary made and real heads none at all did
SPINE_MM = (60.0, 150.0)  # mm behind the cavity's front: of heads of all kinds the spine's canal opens at 72 to 134,
SPINE_SIDE_MM = 40.0  # mm to either side of the middle,
SPINE_TOP_MM = 30.0  # mm below the orbits' roof


def check_encephalocele(kept: NDArray[np.float32], anatomy: Anatomy, frame: Frame | None, half_step_mm: float) -> None:
    """Refuse a mask that takes brain which stands out of the skull.

    Parameters
    ----------
    kept : (z, y, x) float32
        How much of each grid point's surroundings is kept, 0 to 1.
    frame : Frame or None
        Where the face looks, where that was found already.
    half_step_mm : float
        Half of the widest step between slices.

    Raises
    ------
    PixelError
        When it does.
    """
    cavity, grid = anatomy.cavity, anatomy.body.sampled.grid
    sacs = Pieces(standing_out(anatomy, NECK_MM if 2 * half_step_mm <= FINE_MM else WIDE_NECK_MM) & ~cavity.protected)
    lost_ml = sacs.within(kept < 0.5) * grid.voxel_ml
    is_lost = lost_ml > SMALLEST_ML
    if is_lost.any():
        is_lost &= 2 * sacs.within(_below_spine(grid, frame or frame_of(anatomy))) < sacs.sizes
    if is_lost.any():
        raise PixelError(
            f"{lost_ml[is_lost].sum():.1f} ml that may be brain and stand out through a hole in the skull (an "
            "encephalocele) would be removed",
            "leave the series out",
        )


def _below_spine(grid: Grid, frame: Frame) -> Mask:
    """Return where the canal of the spine and the neck below it lie, (z, y, x)."""
    behind, below, scale = frame.behind(grid), frame.below(grid), frame.scale
    is_middle = (behind > SPINE_MM[0] * scale) & (behind < SPINE_MM[1] * scale)
    is_middle &= np.abs(frame.across(grid)) < SPINE_SIDE_MM * scale
    where: Mask = is_middle & (below > SPINE_TOP_MM * scale)
    return where


def standing_out(anatomy: Anatomy, neck_mm: float) -> Mask:
    """Return what is as dense as brain outside the cavity, where a ball of ``neck_mm`` comes from within, (z, y, x)."""
    body, cavity = anatomy.body, anatomy.cavity
    values = body.sampled.values
    alike = body.inside & (values > BRAIN_HU[0]) & (values < BRAIN_HU[1])
    core = eroded(alike | cavity.inside, neck_mm, body.sampled.is_scanned)
    reached = _reached(core & cavity.inside, core) & ~cavity.inside
    sac: Mask = dilated(reached, neck_mm) & alike & ~dilated(cavity.inside, BESIDE_MM)
    return sac


def _reached(seeds: Mask, core: Mask) -> Mask:
    """Return the points of ``core`` at most ``REACH_MM`` from ``seeds`` by a way along the grid within it."""
    reached = np.pad(seeds, 1)
    is_free = (np.pad(core, 1) & ~reached).ravel()
    edge = np.flatnonzero(reached & dilated(is_free.reshape(reached.shape), GRID_MM))
    row, plane = reached.shape[2], reached.shape[1] * reached.shape[2]
    steps = np.array([-plane, -row, -1, 1, row, plane])
    for _ in range(int(REACH_MM / GRID_MM)):
        beside = np.unique(edge[:, None] + steps)
        edge = beside[is_free[beside]]
        is_free[edge] = False
        reached.flat[edge] = True
    return reached[1:-1, 1:-1, 1:-1]
