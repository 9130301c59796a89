# SPDX-License-Identifier: Apache-2.0
"""Where a head lies in one series, against where another series of the same frame of reference shows it.

Between two series of one examination a head nods, turns and slips; the header does not tell. The same part of it, its
bone or the cavity of its skull, is laid upon itself by a rigid fit, and how far that moves the brain is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize
from scipy.spatial.transform import Rotation

from SlicerDeidLib.pixels.distance import Mask, dilated
from SlicerDeidLib.pixels.grid import GRID_MM

AROUND_MM = 6.0  # mm around what is compared that count too: there the other must have nothing
SMOOTHED = 1.0  # grid steps, standard deviation: sharp borders on two grids differ by half a step
MOST_POINTS = 8000  # of which a fit is made: a head has a hundred times as many as it needs
ARM_MM = 60.0  # mm from the middle of a head at which turns are counted in mm, as moves are
STEP_MM = 0.5  # mm by which the slope of the difference is measured
MOST_ROUNDS = 40

Points: TypeAlias = "NDArray[np.floating]"


@dataclass(frozen=True, slots=True)
class Place:
    """How a head lies against another series.

    Attributes
    ----------
    moved_mm : float
        How far the fit moves the farthest of the points that matter.
    explained : float
        Of the variance of what was compared, 1 where the two are the same.
    gain : float
        How much more of it than where the head lies.
    """

    moved_mm: float
    explained: float
    gain: float


def find_place(own: Mask, other: Mask, where: Mask, pad: int, ends: Points) -> Place | None:
    """Fit what one series shows to what another one shows.

    Parameters
    ----------
    own, where : (z, y, x) bool
        What is laid upon the other, and where both were seen.
    other : (z, y, x) bool
        On a grid that goes on for ``pad`` steps on all sides.
    ends : (n, 3)
        Places (z, y, x) on the grid of ``own`` that must lie right, such as the border of the brain.

    Returns
    -------
    Place or None
        None where there is nothing to compare.
    """
    points = np.argwhere(where & dilated(own, AROUND_MM)).astype(np.float64)
    if not (own[where].any() and other.any() and len(ends)):
        return None
    points = points[:: max(1, len(points) // MOST_POINTS)]
    values, field = (ndimage.gaussian_filter(each.astype(np.float32), SMOOTHED) for each in (own, other))
    wanted, middle = values[tuple(points.astype(int).T)], points.mean(axis=0)
    variance = float(((wanted - wanted.mean()) ** 2).sum())

    def moved(places: Points, by_mm: NDArray[np.float64]) -> Points:
        turned: Points = Rotation.from_rotvec(by_mm[:3] / ARM_MM).apply(places - middle)
        turned += middle + by_mm[3:] / GRID_MM
        return turned

    def differences(by_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        there: NDArray[np.float64] = ndimage.map_coordinates(field, (moved(points, by_mm) + pad).T, order=1)
        there -= wanted
        return there

    def slopes(by_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        steps = STEP_MM / 2 * np.eye(6)
        return np.stack([differences(by_mm + step) - differences(by_mm - step) for step in steps], axis=1) / STEP_MM

    fit = optimize.least_squares(differences, np.zeros(6), slopes, max_nfev=MOST_ROUNDS)
    far = moved(ends, fit.x) - ends
    return Place(
        moved_mm=float(np.linalg.norm(far, axis=1).max()) * GRID_MM,
        explained=1.0 - 2.0 * float(fit.cost) / variance,
        gain=(float((differences(np.zeros(6)) ** 2).sum()) - 2.0 * float(fit.cost)) / variance,
    )
