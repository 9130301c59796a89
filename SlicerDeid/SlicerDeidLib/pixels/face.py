# SPDX-License-Identifier: Apache-2.0
"""The face: everything in front of a calm cut below the brow, in front of the brain; never the brain.

The cut is a ramp, rounded alike to both sides, so it shows nothing of the face it took: from the top of the brow back
to behind the eyes, down behind them, then along a plane that leans on the brain's cavity from below, and no farther
back than in front of the great vessels of the neck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.anatomy import Anatomy
from SlicerDeidLib.pixels.cavity import Cavity
from SlicerDeidLib.pixels.distance import Mask, dilated, signed_depth
from SlicerDeidLib.pixels.grid import GRID_MM, Grid
from SlicerDeidLib.pixels.kept import SHARP_MM, Kept

ANGLES_DEGREES = tuple(range(25, 66, 5))  # of the plane against the coronal plane; flatter or steeper ones free less
PLANE_MM = 6.0  # mm between the cavity and the plane that leans on it
FRONT_MM = 25.0  # mm behind the front of the cavity and
MIDDLE_MM = 20.0  # mm to either side of its middle: there its floor is the roof of nose and orbits
ADULT_MM = 165.0  # mm: length of an adult's cavity, to which the lengths below belong
SCALES = (0.6, 1.1)  # a newborn's cavity is 0.65 of an adult's; more than 1.1 is a cavity that holds something else
BROW_TOP_MM = 25.0  # mm above the orbits' roof: the brow ridge and the glabella end below
BROW_BOTTOM_MM = 4.0  # mm above the orbits' roof: from here down the cut runs behind the eyes
BROW_FRONT_MM = 20.0  # mm in front of the cavity: bone, muscle and skin of the forehead are thinner
EYES_MM = 22.0  # mm behind the front of the cavity: the globe ends before it
SIDE_MM = 60.0  # mm from the middle, where
ROUNDED_MM = 22.0  # mm the cut runs farther back: temples and cheeks turn away like that
VESSELS_MM = 60.0  # mm behind the cavity's front: the carotids lie 75 mm and more behind the glabella, 15 before it
FACE_MM = 140.0  # mm below the orbits' roof: the chin's lower border is 115 to 130 mm below the nasion
LOWEST_PERCENT = 10.0  # of the heights of the frontal floor: leaks through its canals do not count
ELONGATED = 1.12  # length / width of an axial section from which its long axis tells how far the head is turned
MOST_TURNED_DEGREES = 45.0
TIPPED_DEGREES = (5.0, 45.0)  # rise of the cavity's floor to the front: 10 to 30, and the head may nod
CUT_FLOOR = 0.5  # of the cavity's floor: where the series ends that much of it, its rise says nothing
BULK = 0.5  # of the cavity's largest section: above it lie the vault's top, bone and scalp,
ABOVE_MM = 55.0  # mm at most: a head that stands on its vertex has its face and neck there
MISPLACED = (
    "the head lies otherwise than the orientation in the header says, so its face cannot be told from its back; leave "
    "this series out"
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the face looks, and the landmarks of the cavity that the cut is made by.

    Attributes
    ----------
    forward : (float, float)
        Unit vector (x, y) in LPS, in the axial plane.
    front_mm : float
        Along ``forward``: how far the cavity reaches.
    middle_mm : float
        Across ``forward``: where the cavity's middle lies.
    floor_mm : float
        Height z of the orbits' roof.
    scale : float
        Size of this head, 1 for an adult.
    """

    forward: tuple[float, float]
    front_mm: float
    middle_mm: float
    floor_mm: float
    scale: float

    def across(self, grid: Grid) -> NDArray[np.float64]:
        """Return how far every grid point lies to the left of the middle: (1, y, x), mm."""
        x, y = (grid.origin[n] + grid.spacing_mm * np.arange(grid.shape[2 - n]) for n in (0, 1))
        left: NDArray[np.float64] = self.forward[0] * y[None, :, None] - self.forward[1] * x[None, None, :]
        return left - self.middle_mm

    def behind(self, grid: Grid) -> NDArray[np.float64]:
        """Return how far every grid point lies behind the front of the cavity: (1, y, x), mm."""
        x, y = (grid.origin[n] + grid.spacing_mm * np.arange(grid.shape[2 - n]) for n in (0, 1))
        ahead: NDArray[np.float64] = self.forward[0] * x[None, None, :] + self.forward[1] * y[None, :, None]
        return self.front_mm - ahead

    def below(self, grid: Grid) -> NDArray[np.float64]:
        """Return how far every grid point lies below the orbits' roof: (z, 1, 1), mm."""
        z: NDArray[np.float64] = grid.origin[2] + grid.spacing_mm * np.arange(grid.shape[0])
        return (self.floor_mm - z)[:, None, None]


def frame_of(anatomy: Anatomy) -> Frame:
    """Find where the face looks.

    Raises
    ------
    PixelError
        When the cavity stands on its head, looks backwards or to a side: the header's orientation contradicts the
        pixels.
    """
    grid, inside = anatomy.body.sampled.grid, anatomy.cavity.inside
    forward = _forward(inside)
    at = Frame(forward, 0.0, 0.0, 0.0, 1.0)
    columns = inside.any(axis=0)
    ahead, aside = -at.behind(grid)[0][columns], at.across(grid)[0][columns]
    floor = grid.origin[2] + grid.spacing_mm * inside.argmax(axis=0)[columns]
    _check_orientation(anatomy, ahead, floor)
    front, middle = float(ahead.max()), float(np.median(aside))
    roof = floor[(ahead > front - FRONT_MM) & (np.abs(aside - middle) < MIDDLE_MM)]
    if not len(roof):
        raise PixelError(MISPLACED)
    scale = float(np.clip(np.ptp(ahead) / ADULT_MM, *SCALES))
    return Frame(forward, front, middle, float(np.percentile(roof, LOWEST_PERCENT)), scale)


def cut(kept: Kept, anatomy: Anatomy, frame: Frame) -> tuple[Kept, dict[str, float]]:
    """Take the face out of what stays.

    Returns
    -------
    Kept
        Without the face; its bone goes too.
    dict of str to float
        ``plane_degrees``, ``face_ml`` (of the body).
    """
    grid, body = kept.grid, anatomy.body
    behind, below = frame.behind(grid), frame.below(grid)
    degrees, plane = _best_plane(anatomy, frame, behind, below)
    rounded = ROUNDED_MM * frame.scale * (frame.across(grid) / (SIDE_MM * frame.scale)) ** 2
    ramp = np.minimum(_profile(below, plane, frame.scale) + rounded, VESSELS_MM * frame.scale) - behind
    ramp = np.clip(ramp, -SHARP_MM, SHARP_MM)  # mm, positive in front of the cut
    face = (ramp > 0) & body.inside & ~anatomy.cavity.protected
    known = body.sampled.is_scanned
    shelter = signed_depth(anatomy.cavity.protected, ~anatomy.cavity.protected & known, SHARP_MM)
    level = np.minimum(kept.level, np.maximum(-ramp, shelter)).astype(np.float32)
    near = dilated(face, GRID_MM)
    measures = {"plane_degrees": float(degrees), "face_ml": float(face.sum()) * grid.voxel_ml}
    return Kept(grid, level, kept.bone & ~near, kept.bare & ~near), measures


def _forward(inside: Mask) -> tuple[float, float]:
    """Return where the cavity's long axis points to the front, (x, y); straight ahead where it is too round.

    Raises
    ------
    PixelError
        When it points to a side.
    """
    points = np.argwhere(inside.any(axis=0))[:, ::-1].astype(np.float64)
    variances, axes = np.linalg.eigh(np.cov(points.T))
    if variances[1] < ELONGATED**2 * variances[0]:
        return 0.0, -1.0
    axis = axes[:, 1] * (1.0 if axes[1, 1] <= 0 else -1.0)  # to the front is -y
    if abs(np.degrees(np.arctan2(axis[0], -axis[1]))) > MOST_TURNED_DEGREES:
        raise PixelError(MISPLACED)
    return float(axis[0]), float(axis[1])


def _check_orientation(anatomy: Anatomy, ahead: NDArray[np.float64], floor: NDArray[np.float64]) -> None:
    """Refuse a head that lies otherwise than its header says.

    Parameters
    ----------
    ahead, floor : (n,) float64
        mm, for every column of the cavity: where it lies and how low it reaches.
    """
    inside, known = anatomy.cavity.inside, anatomy.body.sampled.is_scanned
    areas = inside.sum(axis=(1, 2))
    bulk = np.flatnonzero(areas > BULK * areas.max())
    above_mm = (np.flatnonzero(anatomy.body.inside.any(axis=(1, 2)))[-1] - bulk[-1]) * GRID_MM
    third = np.ptp(ahead) / 3
    rise = float(np.median(floor[ahead > ahead.max() - third]) - np.median(floor[ahead < ahead.min() + third]))
    tipped = np.degrees(np.arctan2(rise, 2 * third))
    lowest = inside & ~np.roll(inside, 1, axis=0)
    is_cut = (lowest & dilated(~known, 2 * GRID_MM)).sum() > CUT_FLOOR * lowest.sum()
    if above_mm > ABOVE_MM or not (is_cut or TIPPED_DEGREES[0] <= tipped <= TIPPED_DEGREES[1]):
        raise PixelError(MISPLACED)


def _best_plane(
    anatomy: Anatomy, frame: Frame, behind: NDArray[np.float64], below: NDArray[np.float64]
) -> tuple[int, NDArray[np.float64]]:
    """Choose the angle whose plane frees most of the body.

    Returns
    -------
    int
        Degrees.
    (z, 1, 1) float64
        How far behind the front of the cavity the plane runs at each height, mm.
    """
    corners = _silhouette(anatomy.cavity, behind, below)
    known = anatomy.body.inside
    best: tuple[float, int, NDArray[np.float64]] | None = None
    for degrees in ANGLES_DEGREES:
        sine, cosine = np.sin(np.deg2rad(degrees)), np.cos(np.deg2rad(degrees))
        offset = float((sine * corners[:, 1] - cosine * corners[:, 0]).max()) + PLANE_MM
        plane = (sine * below - offset) / cosine
        freed = float((known & (behind < np.minimum(plane, VESSELS_MM * frame.scale))).sum())
        if best is None or freed > best[0]:
            best = freed, degrees, plane
    assert best is not None
    return best[1], best[2]


def _silhouette(cavity: Cavity, behind: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cavity as it is seen from the side: (n, 2) mm behind its front and below the orbits' roof."""
    z, y, x = np.nonzero(cavity.inside)
    return np.column_stack([behind[0, y, x], below[z, 0, 0]])


def _profile(below: NDArray[np.float64], plane: NDArray[np.float64], scale: float) -> NDArray[np.float64]:
    """Return how far behind the front of the cavity the cut runs at each height, mm; far in front: nothing goes."""
    top, bottom = -BROW_TOP_MM * scale, -BROW_BOTTOM_MM * scale
    brow = np.interp(below, [top, bottom], [-BROW_FRONT_MM * scale, EYES_MM * scale])
    cut_ = np.where(below < bottom, brow, np.maximum(plane, EYES_MM * scale))
    profile: NDArray[np.float64] = np.where((below < top) | (below > FACE_MM * scale), -np.inf, cut_)
    return profile
