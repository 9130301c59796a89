# SPDX-License-Identifier: Apache-2.0
"""The face: everything in front of a calm cut below the brow, in front of the brain; never the brain.

The cut is a ramp, rounded alike to both sides, so it shows nothing of the face it took: from the top of the brow back
to behind the eyes, down and back behind them, nearly straight on along a plane that leans on the brain's cavity from
below, and no farther back than in front of the great vessels of the neck.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.pixels.distance import Mask, dilated, eroded, signed_depth, touching
from SlicerDeidLib.pixels.grid import GRID_MM, Grid
from SlicerDeidLib.pixels.head.anatomy import Anatomy
from SlicerDeidLib.pixels.head.kept import SHARP_MM, Kept
from SlicerDeidLib.pixels.head.mrbody import swept
from SlicerDeidLib.pixels.head.pose import Pose, find_pose

ANGLES_DEGREES = tuple(range(25, 66, 5))  # of the plane against the coronal plane; flatter or steeper ones free less
PLANE_MM = 6.0  # mm between the cavity and the plane that leans on it
FRONT_MM = 25.0  # mm behind the front of the cavity and
MIDDLE_MM = 20.0  # mm to either side of its middle: there its floor is the roof of nose and orbits
ADULT_MM = 165.0  # mm: length of an adult's cavity, to which the lengths below belong
SCALES = (0.6, 1.1)  # a newborn's cavity is 0.65 of an adult's; more than 1.1 is a cavity that holds something else
BROW_TOP_MM = 25.0  # mm above the orbits' roof: the brow ridge and the glabella end below
BROW_BOTTOM_MM = 4.0  # mm above the orbits' roof: from here down the cut runs behind the eyes
BROW_FRONT_MM = 20.0  # mm in front of the cavity: bone, muscle and skin of the forehead are thinner
FOREHEAD_MM = 30.0  # mm: no forehead lies so far before the cavity; the brow does where a series ends below its lobes
EYES_MM = 22.0  # mm behind the front of the cavity: the globe ends before it
BASE_MM = 10.0  # mm above the orbits' roof: from there down lie narrow grooves, and no marrow beside the brain
GROOVE_MM = 10.0  # mm to either side of the middle: there the floor of the frontal lobes has a groove over the nose,
GROOVE_DEEP_MM = 14.0  # mm deep at most: too narrow for the cavity in thick slices, or where contrast lies in it,
GROOVE_LOWEST_MM = 15.0  # mm below the orbits' roof
LEAN = 0.6  # mm farther back per mm down: upright, the cut had a ridge below, as high as every face has cheeks
LEAN_MM = 4.0  # mm from the brain's protection where it leans: nearer, brain was lost that the cavity does not hold
SIDE_MM = 60.0  # mm from the middle, where
ROUNDED_MM = 32.0  # mm the cut runs farther back: temples and cheeks turn away like that
VESSELS_MM = 60.0  # mm behind the cavity's front: the carotids lie 75 mm and more behind the glabella, 15 before it
BEYOND_MM = 3.0  # mm: the cut reaches so much farther back than the face is judged, or its rim would stay
RIM_MM = 8.0  # mm behind the cut that lose their skin too: the face is judged up to the cut, and skin turns along it,
RIM_DEPTH_MM = 4.0  # mm deep: the great vessels lie deeper
BLURRED_MM = 1.0  # mm: in MR a surface is seen nearly one slice beyond what stays, and so near it is still the old one
FACE_MM = 140.0  # mm below the orbits' roof: the chin's lower border is 115 to 130 mm below the nasion
LONGER_MM = 60.0  # mm more at most, where a chin goes on: a long one, or one under a short and wide braincase
CHIN_MM = 15.0  # mm behind the cavity's front: a chin lies in front, real and made necks at 20 and more;
LEVEL_MM = 25.0  # mm along the axial plane, where the neck of a bowed head lies behind
UNDER_MM = 10.0  # mm below a long chin
Points: TypeAlias = "Grid | NDArray[np.floating]"
"""All points of a grid, or some, (..., 3) in LPS."""
HIDDEN_MM = 8.0  # mm that a model reaches farther to the front than a cavity cut at the brows: 16, 29; others 2
HIDDEN_TOP_MM = 40.0  # mm that it reaches higher there: 77 and more, than heads with their vertex 3 at most
LOWEST_PERCENT = 10.0  # of the heights of the frontal floor: leaks through its canals do not count


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Where the face looks, and the landmarks of the cavity that the cut is made by.

    Attributes
    ----------
    axes : (3, 3) float32
        Rows: unit vectors to the head's left, back and vertex, in LPS.
    front_mm : float
        Against the second axis: how far the cavity reaches.
    middle_mm : float
        Along the first axis: where the cavity's middle lies.
    floor_mm : float
        Along the third axis: the orbits' roof.
    scale : float
        Size of this head, 1 for an adult.
    level_back : (3,) float32
        Unit vector to the head's back in the axial plane.
    level_front_mm : float
        Against it: how far the cavity reaches.
    """

    axes: NDArray[np.float32]
    front_mm: float
    middle_mm: float
    floor_mm: float
    scale: float
    level_back: NDArray[np.float32]
    level_front_mm: float

    def across(self, points: Points) -> NDArray[np.floating]:
        """Return how far points lie to the left of the middle, mm."""
        return _along(points, self.axes[0], self.middle_mm)

    def behind(self, points: Points) -> NDArray[np.floating]:
        """Return how far points lie behind the front of the cavity, mm."""
        return _along(points, self.axes[1], -self.front_mm)

    def below(self, points: Points) -> NDArray[np.floating]:
        """Return how far points lie below the orbits' roof, mm."""
        return _along(points, -self.axes[2], -self.floor_mm)

    def behind_level(self, points: Points) -> NDArray[np.floating]:
        """Return how far points lie behind the front of the cavity along the axial plane, mm.

        The neck goes down from a head that bows or leans, whatever its axes are.
        """
        return _along(points, self.level_back, -self.level_front_mm)


def _along(points: Points, vector: NDArray[np.float32], from_mm: float) -> NDArray[np.floating]:
    """Return how far points lie along a unit vector, from a place on it, mm."""
    if isinstance(points, Grid):
        return points.along(vector, from_mm)
    along: NDArray[np.floating] = points @ vector - from_mm
    return along


def frame_of(anatomy: Anatomy) -> Frame:
    """Find where the face looks.

    Raises
    ------
    PixelError
        When the cavity stands on its head, looks backwards or to a side: the header's orientation contradicts the
        pixels.
    """
    pose = find_pose(anatomy.body, anatomy.cavity, anatomy.axes)
    left, back, up = _landmarks(pose)
    front, middle = -float(back.min()), float(np.median(left))
    is_roof = (-back > front - FRONT_MM) & (np.abs(left - middle) < MIDDLE_MM)
    columns = np.rint(np.column_stack([left, back])[is_roof] / GRID_MM).astype(int)
    _, column = np.unique(columns, axis=0, return_inverse=True)
    lowest = np.full(column.max() + 1, np.inf)
    np.minimum.at(lowest, column, up[is_roof])
    level_back = pose.axes[1] * [1.0, 1.0, 0.0]
    level_back /= np.linalg.norm(level_back)
    return Frame(
        axes=pose.axes.astype(np.float32),
        front_mm=front,
        middle_mm=middle,
        floor_mm=float(np.percentile(lowest, LOWEST_PERCENT)),
        scale=float(np.clip(np.ptp(back) / ADULT_MM, *SCALES)),
        level_back=level_back.astype(np.float32),
        level_front_mm=-float((np.column_stack([left, back, up]) @ (pose.axes @ level_back)).min()),
    )


def _landmarks(pose: Pose) -> NDArray[np.float64]:
    """Return the points of the cavity along the head's axes, (3, n) mm; the model's where slices end below its front.

    Below the frontal lobes the front of what is in view is that of the temporal lobes, far behind the face.
    """
    seen: NDArray[np.float64] = np.einsum("ij,nj->in", pose.axes, pose.braincase)  # ten times as quick as a product
    model: NDArray[np.float64] = np.einsum("ij,nj->in", pose.axes, pose.model)
    is_hidden = seen[1].min() - model[1].min() > HIDDEN_MM and model[2].max() - seen[2].max() > HIDDEN_TOP_MM
    return model if is_hidden else seen


def is_front_hidden(anatomy: Anatomy, frame: Frame) -> bool:
    """Tell whether slices end below the front of the cavity, so that only a model tells where that lies."""
    return float(frame.behind(anatomy.body.sampled.grid)[anatomy.cavity.inside].min()) > HIDDEN_MM


def known_frame(anatomy: Anatomy, known: dict[str, object]) -> Frame:
    """Return where the face looks, found once; see ``frame_of``."""
    if "frame" not in known:
        known["frame"] = frame_of(anatomy)
    return cast(Frame, known["frame"])


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The cut that takes the face, whatever else goes.

    Attributes
    ----------
    level : (z, y, x) float32
        mm, positive where tissue stays; see ``Kept``.
    near : (z, y, x) bool
        In front of the cut, and one grid step more: bone goes too.
    measures : dict of str to float
        ``plane_degrees``, ``face_ml`` (of the body).
    """

    level: NDArray[np.floating]
    near: Mask
    measures: dict[str, float]

    def taken_out(self, kept: Kept) -> Kept:
        """Return what stays without the face."""
        level = np.minimum(kept.level, self.level).astype(np.float32)
        return Kept(kept.grid, level, kept.bone & ~self.near, kept.bare & ~self.near, self.near)


def known_cut(anatomy: Anatomy, frame: Frame, known: dict[str, object]) -> Cut:
    """Return the cut that takes the face, found once."""
    if "cut" not in known:
        known["cut"] = cut_of(anatomy, frame)
    return cast(Cut, known["cut"])


def cut_of(anatomy: Anatomy, frame: Frame) -> Cut:
    """Find the cut that takes the face."""
    body = anatomy.body
    grid = body.sampled.grid
    behind, below = frame.behind(grid), frame.below(grid)
    degrees, plane = _best_plane(anatomy, frame, behind, below)
    known = body.sampled.is_scanned
    protected = anatomy.cavity.protected | groove(anatomy, frame)
    shelter = signed_depth(protected, ~protected & known, SHARP_MM + LEAN_MM)
    rounded = ROUNDED_MM * frame.scale * (frame.across(grid) / (SIDE_MM * frame.scale)) ** 2
    vessels, level = VESSELS_MM * frame.scale + BEYOND_MM, frame.behind_level(grid)
    stands_out = body.inside & (behind < CHIN_MM * frame.scale) & (level < LEVEL_MM * frame.scale)
    lowest = _lowest(below, stands_out, frame)
    upright, leaning = (_profile(below, plane, frame.scale, lean, lowest) + rounded - behind for lean in (0.0, LEAN))
    ramp = np.maximum(upright, np.minimum(leaning, -shelter - LEAN_MM))
    of_skin = np.minimum(ramp, vessels - behind)  # mm: the neck of a bowed head hides its vessels, not its skin
    ramp = np.minimum(of_skin, vessels - level)
    stays = body.inside & (ramp <= 0)
    floats = stays & ~touching(stays, stays & (protected | (behind > vessels)))
    ramp[floats] = SHARP_MM
    front = (ramp > 0) & ~protected
    skin = RIM_DEPTH_MM - body.depth
    skin[_blurred(anatomy)] = SHARP_MM
    rim = np.minimum(np.maximum(ramp, of_skin) + RIM_MM * frame.scale, skin)
    ramp = np.clip(np.maximum(ramp, rim), -SHARP_MM, SHARP_MM)  # mm, positive in front of the cut and in its rim
    ramp[eroded(front, SHARP_MM)] = SHARP_MM  # where the two cuts meet, each by itself says less
    face_ml = float((front & body.inside).sum()) * grid.voxel_ml
    measures = {"plane_degrees": float(degrees), "face_ml": face_ml}
    return Cut(np.maximum(-ramp, shelter.clip(-SHARP_MM, SHARP_MM)), dilated(front, GRID_MM), measures)


def _blurred(anatomy: Anatomy) -> Mask:
    """Return what lies so near below an MR's surface, across its slices, that it shows there if it stays."""
    inside, known = anatomy.body.inside, anatomy.body.sampled.is_scanned
    if anatomy.step is None:
        return np.zeros_like(inside)
    return inside & swept(~inside & known, anatomy.step, float(np.linalg.norm(anatomy.step)) + BLURRED_MM)


def groove(anatomy: Anatomy, frame: Frame) -> Mask:
    """Return where the olfactory groove may be, below the cavity or where its front would be: (z, y, x) bool."""
    body, cavity = anatomy.body, anatomy.cavity
    grid = body.sampled.grid
    middle = (np.abs(frame.across(grid)) < GROOVE_MM * frame.scale) & (frame.behind(grid) > 0.0)
    middle &= (frame.below(grid) < GROOVE_LOWEST_MM * frame.scale) & body.sampled.is_scanned
    if not is_front_hidden(anatomy, frame):
        middle &= dilated(cavity.inside, GROOVE_DEEP_MM)
    either = cavity.protected | middle
    return dilated(eroded(either, SHARP_MM, body.sampled.is_scanned), SHARP_MM)  # a splinter would show as a border


def _best_plane(
    anatomy: Anatomy, frame: Frame, behind: NDArray[np.floating], below: NDArray[np.floating]
) -> tuple[int, NDArray[np.floating]]:
    """Choose the angle whose plane frees most of the body.

    Returns
    -------
    int
        Degrees.
    (z, y, x) float32
        How far behind the front of the cavity the plane runs, mm.
    """
    inside = anatomy.cavity.inside
    side = np.column_stack([behind[inside], below[inside]])  # the cavity as it is seen from the side
    front = anatomy.body.inside & (behind < VESSELS_MM * frame.scale)
    front_behind, front_below = behind[front], below[front]
    best: tuple[int, int, float] | None = None
    for degrees in ANGLES_DEGREES:
        sine, cosine = float(np.sin(np.deg2rad(degrees))), float(np.cos(np.deg2rad(degrees)))
        offset = float((sine * side[:, 1] - cosine * side[:, 0]).max()) + PLANE_MM
        freed = int(np.count_nonzero(front_behind < (sine * front_below - offset) / cosine))
        if best is None or freed > best[0]:
            best = freed, degrees, offset
    assert best is not None
    sine, cosine = float(np.sin(np.deg2rad(best[1]))), float(np.cos(np.deg2rad(best[1])))
    return best[1], (sine * below - best[2]) / cosine


def _lowest(below: NDArray[np.floating], stands_out: Mask, frame: Frame) -> float:
    """Return how far below the orbits' roof the cut goes, mm: as far as faces do, or this one's chin.

    Parameters
    ----------
    stands_out : (z, y, x) bool
        What of the body lies in front of any neck.
    """
    face_mm, steps = FACE_MM * frame.scale, int(LONGER_MM * frame.scale / GRID_MM)
    farther = (below[stands_out & (below > face_mm)] - face_mm) / GRID_MM
    is_chin = np.bincount(farther[farther < steps].astype(np.intp), minlength=steps) > 0
    longer = steps if is_chin.all() else int(is_chin.argmin())
    return face_mm + (longer * GRID_MM + UNDER_MM * frame.scale if longer else 0.0)


def _profile(
    below: NDArray[np.floating], plane: NDArray[np.floating], scale: float, lean: float, lowest: float
) -> NDArray[np.floating]:
    """Return how far behind the front of the cavity the cut runs, mm; far in front: nothing goes."""
    top, bottom = -BROW_TOP_MM * scale, -BROW_BOTTOM_MM * scale
    brow = ((below - top) / (bottom - top)).clip(0.0, 1.0) * ((EYES_MM + BROW_FRONT_MM) * scale) - BROW_FRONT_MM * scale
    eyes = EYES_MM * scale + lean * (below - bottom)
    profile: NDArray[np.floating] = np.where(below < bottom, brow, np.maximum(plane, eyes))
    profile[below < top] = -FOREHEAD_MM
    profile[below > lowest] = -np.inf
    return profile
