# SPDX-License-Identifier: Apache-2.0
"""The look-again after a face was removed: is it still this face? Geometry, seen as a person would see it.

Definitions. The *face* is what somebody in front of the head sees from the brows down: from each of three views, the
points of the old surface that lie between the brows and the chin, in front of the great vessels, and whose normal lies
within 60 degrees of the line of sight. How far it reaches is asked of the skin, not of the braincase that the cut is
made by: the brows lie above the steps from the forehead into the eyes' sockets, and to the chin belongs what goes on
below an ordinary one's place and stands out farther than any neck.

*Facial skin kept* is the part of the face where the new surface, on the same line of sight, lies within 1 mm of the old
one, measured across the surface; the worst of the views counts.

*Relief correlation* is Pearson's correlation, over the face in all views together, of the old and the new depth, each
less the plane that fits it best around every point (Gaussian weights over the face, 15 mm): what remains is nose, eyes,
lips, cheeks and chin without the head's overall shape, also at the face's rim, where the head turns away. Lines of
sight that meet nothing any more do not count; where fewer than a fifth meet anything, there is no relief.

An untouched face has a correlation of 1; three real heads had 0.41 to 0.69 after 8 mm of skin and fat were peeled off;
twelve pairs of one head's face and another head's cut surface, which can have nothing in common, had -0.12 to 0.18.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import AIR_HU, fill_air
from SlicerDeidLib.pixels.body import Body
from SlicerDeidLib.pixels.distance import Mask, dilated, touching
from SlicerDeidLib.pixels.grid import GRID_MM, Grid, Sampled, sample
from SlicerDeidLib.pixels.head.anatomy import Anatomy
from SlicerDeidLib.pixels.head.face import VESSELS_MM, Frame
from SlicerDeidLib.pixels.head.mrbody import as_ct
from SlicerDeidLib.pixels.head.pose import MISPLACED
from SlicerDeidLib.pixels.render import DepthMap, depth_map, view_from

VIEWS_DEGREES = (-30.0, 0.0, 30.0)  # azimuths: nearly from the front, where faces are recognised
BROWS_MM = 10.0  # mm above the orbits' roof, for an adult: the ridge that the brows grow on, at least;
SOCKETS_MM = (14.0, 28.0)  # mm from the middle, for an adult: there lies an eye, seen from the front,
EYES_MM = 30.0  # mm behind the cavity's front, for an adult: as deep as its lid can lie; and
SEARCHED_MM = (-35.0, 12.0)  # mm below the orbits' roof, for an adult: there the step into its socket,
FALL_MM = 8.0  # mm high, over which the surface goes back most; real heads had 4 to 15 mm, the made one 3,
LEAST_FALL_MM = 2.0  # mm: with less no socket is seen (a dressing, goggles)
DEEPER = 75.0  # percentile of what lies beside each other: eyes need not stand level
RIDGE_MM = 4.0  # mm above the step's upper end, for an adult: the ridge's foremost line
CHIN_MM = 130.0  # mm below the orbits' roof, for an adult: the chin's lower border,
LONGER_MM = 60.0  # mm more, at most, for an adult: where the face goes on
NECK_MM = 15.0  # mm behind the cavity's front, for an adult: a chin lies in front, real and made necks at 20 and more
FACING = 0.5  # cosine of 60 degrees
SAME_MM = 1.0  # mm between old and new surface that is still the old one
SMOOTHED_MM = 15.0  # mm, standard deviation: a nose, an eye, a mouth are 30 to 50 mm wide
SEEN = 0.2  # fraction of the face's lines of sight that must still meet something, or there is no relief
SMALLEST_CM2 = 10.0  # cm2 of face in view: with less there is none to judge,
SCANNED_MM = 30.0  # mm below the orbits' roof: where a series reaches that far, eyes and nose are in view
SKIN_KEPT = 0.02  # fraction of the facial skin that may stay
RELIEF = 0.2  # correlation; of unrelated surfaces it lies below that, see above
RIM_MM = 10.0  # mm behind the face that are looked at too: where the surface turns away
AROUND_MM = 4.0  # mm around the body: what belongs to the head (ears, eyelids, the rim of the nose)


@dataclass(frozen=True, slots=True)
class FaceLeft:
    """What is left of a face.

    Attributes
    ----------
    skin_kept : float
        Fraction of the facial skin, 0 to 1.
    relief : float
        Correlation, -1 to 1.
    face_cm2 : float
        The face that was in view from the front, projected.
    """

    skin_kept: float
    relief: float
    face_cm2: float


def look_again(body: Body, kept: NDArray[np.float32], frame: Frame, *, must_show: bool = True) -> FaceLeft:
    """Compare the head before and after.

    Parameters
    ----------
    kept : (z, y, x) float32
        Fraction of each grid point's surroundings that stayed, brought back from the native lattice.
    must_show : bool
        Whether a series that reaches below the eyes must show a face; a few slices need not.

    Raises
    ------
    PixelError
        When no face is seen where one must be.
    """
    before = head_alone(body)
    after = AIR_HU + kept * (before - AIR_HU)
    return compare(body, before, after.astype(np.float32), frame, must_show=must_show)


def look_again_in_mr(volume: Volume, keep: NDArray[np.bool_], anatomy: Anatomy, frame: Frame) -> FaceLeft:
    """Compare an MR's head before and after: its signal with air in place of what is not kept, (k, j, i) bool.

    Tissue is many times as bright as the threshold between air and it. So between a thick slice that stays and one
    that goes the surface is seen nearly at the one that goes, and the part that was kept does not tell where.

    Raises
    ------
    PixelError
        When no face is seen where one must be.
    """
    assert anatomy.threshold is not None
    after = volume.stored.copy()
    fill_air(after, keep, np.full(len(after), after.min()))  # whatever value the user chose: it is outside the head
    signal = sample(replace(volume, stored=after), anatomy.body.sampled.grid).values
    near = dilated(anatomy.body.inside, AROUND_MM)
    seen = np.where(near, as_ct(signal, anatomy.threshold), np.float32(AIR_HU))
    return compare(anatomy.body, head_alone(anatomy.body), seen, frame)


def head_alone(body: Body) -> NDArray[np.float32]:
    """Return the values with air around the head, (z, y, x): straps and holders would hide the face."""
    return np.where(dilated(body.inside, AROUND_MM), body.sampled.values, np.float32(AIR_HU))


def compare(
    body: Body, before: NDArray[np.float32], after: NDArray[np.float32], frame: Frame, *, must_show: bool = True
) -> FaceLeft:
    """Compare two heads on the body's grid, (z, y, x) on the scale of a CT; see ``look_again``."""
    brows_mm = _brows(body.sampled, before, frame)
    seen = [_compared(body.sampled, before, after, frame, azimuth, brows_mm) for azimuth in VIEWS_DEGREES]
    reliefs = np.concatenate([view.reliefs for view in seen], axis=1)
    face_cm2 = max(view.face_cm2 for view in seen)
    if must_show and face_cm2 < SMALLEST_CM2 and _reaches_below(body, frame) > SCANNED_MM * frame.scale:
        raise PixelError(MISPLACED)
    has_relief = reliefs.shape[1] > 0 and float(reliefs.std(axis=1).min()) > 0.0
    return FaceLeft(
        skin_kept=max(view.skin_kept for view in seen),
        relief=float(np.corrcoef(reliefs)[0, 1]) if has_relief else 0.0,
        face_cm2=face_cm2,
    )


def _reaches_below(body: Body, frame: Frame) -> float:
    """Return how far below the orbits' roof the body was scanned where the face must be, mm."""
    grid, is_seen = body.sampled.grid, body.inside & body.sampled.is_scanned
    below = frame.below(grid)[is_seen & (frame.behind(grid) < VESSELS_MM * frame.scale)]
    return float(below.max(initial=0.0))


def check_face(left: FaceLeft) -> None:
    """Refuse a head on which too much of its face is left.

    Raises
    ------
    PixelError
        When more than 2 % of the facial skin or a relief correlation above 0.2 is left.
    """
    if left.skin_kept > SKIN_KEPT or left.relief > RELIEF:
        raise PixelError(
            f"the face could not be removed: {left.skin_kept:.1%} of its skin (at most {SKIN_KEPT:.0%}) "
            f"and a relief correlation of {left.relief:.2f} (at most {RELIEF:.1f}) are left"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """The face in one view; ``reliefs`` (2, n) mm: old and new, where both meet something."""

    skin_kept: float
    face_cm2: float
    reliefs: NDArray[np.float64]


def _brows(sampled: Sampled, before: NDArray[np.float32], frame: Frame) -> float:
    """Return how far above the orbits' roof the brows end, mm: above the step from the forehead to the eyes."""
    highest, lowest = (mm * frame.scale for mm in SEARCHED_MM)
    view, fall_rows = view_from(0.0, axes=frame.axes), round(FALL_MM / GRID_MM)
    heights = frame.floor_mm - lowest - FALL_MM, frame.floor_mm - highest
    deepest = frame.front_mm - EYES_MM * frame.scale
    surface = depth_map(before, sampled.grid, view, heights_mm=heights, deepest_mm=deepest)
    across, down = (np.arange(size)[:, None] * GRID_MM for size in reversed(surface.depth.shape))
    aside = np.abs(frame.across(surface.origin + across * view.right)) / frame.scale
    behind = frame.behind(surface.points())[:, (aside > SOCKETS_MM[0]) & (aside < SOCKETS_MM[1])]
    if len(behind) <= fall_rows or not behind.size:
        return BROWS_MM * frame.scale
    falls = np.percentile(behind[fall_rows:] - behind[:-fall_rows], DEEPER, axis=1)
    falls = np.where(np.isfinite(falls), falls, 0.0)  # the series ends, or the eyes lie deeper
    first = int(falls.argmax())
    above_mm = -float(frame.below(surface.origin - down[first] * view.up)) if falls[first] >= LEAST_FALL_MM else 0.0
    return max(BROWS_MM * frame.scale, above_mm + RIDGE_MM * frame.scale)


def _compared(
    sampled: Sampled,
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    frame: Frame,
    azimuth: float,
    brows_mm: float,
) -> _Compared:
    """Compare the face before and after in one view."""
    view = view_from(azimuth, axes=frame.axes)
    heights = frame.floor_mm - (CHIN_MM + LONGER_MM) * frame.scale, frame.floor_mm + brows_mm
    deepest = _deepest(sampled.grid, frame, azimuth)
    old = depth_map(before, sampled.grid, view, heights_mm=heights, deepest_mm=deepest)
    face = face_in(old, frame, brows_mm)
    area_cm2 = float(face.sum()) * old.step_mm**2 / 100.0
    if area_cm2 < SMALLEST_CM2:
        return _Compared(0.0, area_cm2, np.empty((2, 0)))
    rows, columns = ndimage.find_objects(face.view(np.uint8))[0]
    new = depth_map(after, sampled.grid, view, heights_mm=heights, columns=columns, rows=rows).depth
    facing, face, old_depth = old.facing()[rows, columns], face[rows, columns], old.depth[rows, columns]
    both = face & np.isfinite(new)
    moved = (new - old_depth) * facing
    is_seen = both.sum() >= SEEN * face.sum()
    sigma = SMOOTHED_MM / old.step_mm
    reliefs = [_relief(depth, both, sigma) if is_seen else np.empty(0) for depth in (old_depth, new)]
    return _Compared(float((moved[face] <= SAME_MM).mean()), area_cm2, np.stack(reliefs))


def _deepest(grid: Grid, frame: Frame, azimuth: float) -> float:
    """Return the farthest place along a line of sight, towards the viewer, at which the face can be, mm."""
    around = np.deg2rad(azimuth)
    farthest_aside = (np.sin(around) * grid.along(frame.axes[0])).min()
    behind = VESSELS_MM * frame.scale + RIM_MM
    return float(farthest_aside - np.cos(around) * (behind - frame.front_mm))


def face_in(surface: DepthMap, frame: Frame, brows_mm: float) -> Mask:
    """Return where a view shows the face, (row, column).

    Parameters
    ----------
    brows_mm : float
        How far above the orbits' roof it reaches.
    """
    points = surface.points()
    behind, below = frame.behind(points), frame.below(points)
    is_seen = (surface.facing() > FACING) & (below > -brows_mm)
    is_ordinary = is_seen & (below < CHIN_MM * frame.scale) & (behind < VESSELS_MM * frame.scale)
    is_farther = is_seen & (below < (CHIN_MM + LONGER_MM) * frame.scale) & (behind < NECK_MM * frame.scale)
    is_face: Mask = touching((is_ordinary | is_farther)[None], is_ordinary[None])[0]
    return is_face


def _relief(depth: NDArray[np.float32], where: Mask, sigma_px: float) -> NDArray[np.float64]:
    """Return the depth less the plane that fits best around each point, (n,): local linear regression."""
    places = np.indices(depth.shape).astype(np.float64)
    rows, columns = places[0], places[1]
    values = np.where(where, depth, 0.0).astype(np.float64)
    weight = where.astype(np.float64)
    powers = [weight, weight * rows, weight * columns, weight * rows**2, weight * rows * columns, weight * columns**2]
    w, wr, wc, wrr, wrc, wcc = (_smoothed(power, sigma_px)[where] for power in powers)
    z, zr, zc = (_smoothed(values * power, sigma_px)[where] for power in (1.0, rows, columns))
    moments = np.stack([w, wr, wc, wr, wrr, wrc, wc, wrc, wcc], axis=-1).reshape(-1, 3, 3)
    fitted: NDArray[np.float64] = np.linalg.solve(moments, np.stack([z, zr, zc], axis=-1)[..., None])
    here = np.stack([np.ones(int(where.sum())), rows[where], columns[where]], axis=-1)
    relief: NDArray[np.float64] = values[where] - (fitted[..., 0] * here).sum(axis=-1)
    return relief


def _smoothed(values: NDArray[np.float64], sigma_px: float) -> NDArray[np.floating]:
    """Smooth a picture beyond whose border there is nothing."""
    smoothed: NDArray[np.floating] = ndimage.gaussian_filter(values, sigma_px, mode="constant")
    return smoothed
