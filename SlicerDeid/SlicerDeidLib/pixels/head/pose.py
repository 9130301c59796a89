# SPDX-License-Identifier: Apache-2.0
"""How a head lies: which way are its left, its back and its vertex, whatever the scanner calls so.

The wall of the braincase is laid upon the wall of a model cavity, and upon its own mirror image: the model tells how
far the head nods, the mirror how far it turns and leans. Both are one robust least-squares fit (nine parameters:
rotation, place, size and proportions), started from several poses near the header's and from all others by 90 degrees:
by Levenberg's and Marquardt's steps, those of all starts at once.
The air inside the head is asked too, which knows nothing of the braincase's shape: nose and throat lie in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import permutations, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.abreast import abreast, both
from SlicerDeidLib.pixels.body import AIR_HU_MAX, Body
from SlicerDeidLib.pixels.distance import Mask, bounding_box, dilated, distance_to, eroded
from SlicerDeidLib.pixels.grid import GRID_MM, THREADS
from SlicerDeidLib.pixels.head.cavity import Cavity

MODEL_FILE = Path(__file__).parent / "data" / "endocranium.npy"  # made by Testing/build_endocranium.py
MODEL_ORIGIN_MM = (-88.0, -100.0, -64.0)  # x, y, z of its first point, in the head's own axes
MODEL_STEP_MM = 4.0
MODEL_UNIT_MM = 0.5
MODEL_MIDDLE_MM = (0.0, 8.0, 45.0)  # of the vault: what a head is turned about

CANAL_MM = 14.0  # mm radius: a ball that does not enter the spinal canal, which no two heads hold in the same direction
CANAL_REACH_MM = 20.0  # mm around where that ball's middle can be: the braincase with its corners
CUT_MM = 6.0  # mm from the cut end of a series: no wall
AROUND_MM = 30.0  # mm around the cavity in which its own distance is known: a mirror image may be off by that
FIELD_MM = 22.0  # mm: greater distances count as this one, and so near they are quick to measure
POINTS = 1500  # of the wall, drawn evenly; twice as many moved the pose of five heads by 0.1 to 1.3 degrees
FEW = 6  # only every 6th of them for the many first trials
FIRST_TRIALS, LAST_TRIALS = 5, 30  # steps of a fit: enough to tell good starts from bad ones, and to settle
LONG_TRIALS = 18  # with few points: after so many of them 11 starts had come to 2 to 5 poses, after 10 to 4 to 11,
SAME_DEGREES = 0.2  # which differ by more than that
DAMPING = 1e-2  # of the first step, against the squared slopes
EASED, HARDENED = 0.1, 10.0  # what becomes of the damping after a step that was good, and after one that was not
SETTLED = 1e-4  # radians, centimetres, or of the size: smaller steps move nothing
GAIN = 1e-5  # of the squared misfits: a step that gains less is the last
FEWEST_STARTS = 2  # that a thread of its own goes on from: one costs nearly as much time as two
DIFFERENCE = 1e-4  # radians, for the slopes of a rotation
ROBUST_MM = 4.0  # mm of misfit from which a point counts less: heads differ by 2 to 3 mm in the median
SIZE = 0.10  # standard deviation of the natural logarithm of a head's size,
PROPORTION = 0.05  # and of its width and length against its height
TURN_DEGREES = 35.0  # standard deviation of how a head lies: keeps a bare dome from spinning
PROPORTIONS = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [0.0, 1.0, -1.0]])  # of size, width, length along x, y, z
WEIGHTS = np.zeros((9, 6))  # what keeps size, proportions and pose near an adult's that lies straight
WEIGHTS[[6, 7, 8], [0, 1, 2]] = 1.0 / SIZE, 1.0 / PROPORTION, 1.0 / PROPORTION
WEIGHTS[[0, 1, 2], [3, 4, 5]] = 1.0 / np.deg2rad(TURN_DEGREES)
MIRROR = np.array([[-1.0], [1.0], [1.0]])
STARTS_DEGREES = (  # turned, nodding, leaning
    *product((-25.0, 0.0, 25.0), (-20.0, 0.0, 20.0), (0.0,)),
    *((0.0, 0.0, leaning) for leaning in (-15.0, 15.0)),
)
MOST_DEGREES = 55.0  # from how the header says: nobody is scanned with the chin on a shoulder or in the neck
WITNESS_DEGREES = 12.0  # between braincase and whole head: heads that were found well had 1 to 6
OTHERWISE = 0.93  # of the misfit near the header's pose: most that lie wrongly had 0.1 to 0.91, others 0.96 and more
AIR_ML = 5.0  # ml of air inside the head from which it tells where the face is; with a face in view it was 24 to 63
AIR_FRONT_MM = 10.0  # mm in front of the braincase's middle that its mean lies at least; 44 to 67 were measured
AIR_REACH_MM = 100.0  # mm below that middle: farther down lie windpipe and lungs
MISPLACED = (
    "its shape is not that of a head that lies as the header says (it may lie otherwise, be of unusual proportions or "
    "not be shown whole), so its face cannot be told from its back"
)

UNSURE = (
    "how the head lies cannot be told safely (its braincase and its outside contradict each other), so where its face "
    "is cannot either"
)


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """How a head lies.

    Attributes
    ----------
    axes : (3, 3) float64
        Rows: unit vectors to the head's left, back and vertex, in LPS.
    braincase : (n, 3) float64
        LPS mm of every point of the cavity but its canal to the spine.
    model : (m, 3) float64
        Of the model that was laid upon it: what the slices do not show, too.
    """

    axes: NDArray[np.float64]
    braincase: NDArray[np.float64]
    model: NDArray[np.float64]


def find_pose(body: Body, cavity: Cavity, axes: NDArray[np.float64] | None = None) -> Pose:
    """Find out how a head lies.

    Parameters
    ----------
    axes : (3, 3) float64, optional
        About how it lies, as in ``Pose``, where that is known from more than the braincase.

    Raises
    ------
    PixelError
        When it lies otherwise than the header's orientation says: more than 55 degrees off, a pose farther off fits
        clearly better, or the air of nose, sinuses and throat does not lie in front. Where ``axes`` are given, only
        when the braincase contradicts them by more than 12 degrees.
    """
    wall = Wall(body, cavity)
    if axes is not None:
        best = wall.best([(axes, np.concatenate([turn, np.zeros(6)])) for turn in _nods()])
        if Rotation.from_matrix(best.axes @ axes.T).magnitude() > np.deg2rad(WITNESS_DEGREES):
            raise PixelError(UNSURE)
        return Pose(best.axes, wall.braincase, best.model)
    near = [(np.eye(3), np.concatenate([turn, np.zeros(6)])) for turn in _starts()]
    other = [(turn, np.zeros(9)) for turn in right_angles()]
    best, best_other = both(lambda: wall.best(near), lambda: wall.best(other, settled=2))
    is_far = Rotation.from_matrix(best.axes).magnitude() > np.deg2rad(MOST_DEGREES)
    pose = Pose(best.axes, wall.braincase, best.model)
    if is_far or best_other.misfit < OTHERWISE * best.misfit or not is_air_in_front(body, cavity, pose):
        raise PixelError(MISPLACED)
    return pose


def is_air_in_front(body: Body, cavity: Cavity, pose: Pose) -> bool:
    """Tell whether the air of nose and throat lies where a face has it; also when there is too little to tell by."""
    grid = body.sampled.grid
    air = _points(body.inside & ~cavity.inside & (body.sampled.values < AIR_HU_MAX), grid.origin)
    places = (air - pose.braincase.mean(axis=0)) @ pose.axes.T
    places = places[places[:, 2] > -AIR_REACH_MM]
    if len(places) * grid.voxel_ml < AIR_ML:
        return True
    left, back, up = places.mean(axis=0)
    return bool(up < 0 and -back > max(AIR_FRONT_MM, abs(left)))


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    axes: NDArray[np.float64]
    misfit: float
    model: NDArray[np.float64]


class Wall:
    """The wall of one braincase, and how well it fits the model and itself."""

    def __init__(self, body: Body, cavity: Cavity) -> None:
        box = bounding_box(cavity.inside, AROUND_MM)
        grid, known = body.sampled.grid.crop(box), body.sampled.is_scanned[box]
        braincase = _without_canal(cavity.inside[box], known)
        self._origin = grid.origin
        far_from_end = ~_near_end(known, CUT_MM)
        outer, inner = both(lambda: _near(braincase), lambda: _near(~braincase))
        self._fields = outer - inner, far_from_end.astype(np.float32)
        edge = braincase & ~eroded(braincase, GRID_MM, known) & far_from_end
        self.braincase = _points(braincase, self._origin)
        points = _points(edge, self._origin)
        self._points = points[np.random.default_rng(0).permutation(len(points))[:POINTS]]
        self._middle = self._points.mean(axis=0)

    def best(self, starts: list[tuple[NDArray[np.float64], NDArray[np.float64]]], settled: int | None = None) -> _Fit:
        """Return the best fit from any of ``starts``: rotations, and parameters that go on from them.

        So many as are to be ``settled`` go on from the first trials, by default all that came to different poses: a
        symmetric head has a lowest place on either side of its symmetry, and trials do not tell which of them is the
        lower one.
        """
        turns, at = (np.stack(each) for each in zip(*starts, strict=True))
        trials = FIRST_TRIALS if settled else LONG_TRIALS
        at, misfit = self._fitted(self._points[::FEW], turns, at, trials)
        good = np.argsort(misfit, kind="stable")
        good = good[:settled] if settled else good[_is_new(at[good], turns[good])]
        parts = np.array_split(good, min(THREADS, max(1, len(good) // FEWEST_STARTS)))  # no start knows of another
        fits = (partial(self._fitted, self._points, turns[part], at[part], LAST_TRIALS) for part in parts)
        at, misfit = (np.concatenate(each) for each in zip(*abreast(*fits), strict=True))
        best = int(misfit.argmin())
        axes = Rotation.from_rotvec(at[best, :3]).as_matrix() @ turns[good[best]]
        sizes = np.exp(at[best, 6:] @ PROPORTIONS)
        model = np.einsum("ij,nj->ni", axes.T, _model_points() / sizes) + self._middle + 10.0 * at[best, 3:6]
        return _Fit(axes, float(misfit[best]), model)

    def _fitted(
        self, points: NDArray[np.float64], turns: NDArray[np.float64], at: NDArray[np.float64], trials: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Go downhill from each of ``at``, (m, 9); return where they end, and half the squared misfits there, (m,)."""
        at = at.copy()
        misfits, slopes = self.misfits(points, turns, at)
        damping, moving = np.full(len(at), DAMPING), np.arange(len(at))
        for _ in range(trials):
            squares = slopes[moving] @ slopes[moving].transpose(0, 2, 1)
            downhill = -(slopes[moving] @ misfits[moving, :, None])
            damped = squares + squares * (np.eye(9) * damping[moving, None, None])
            step = np.linalg.solve(damped, downhill)[..., 0]
            tried, tried_slopes = self.misfits(points, turns[moving], at[moving] + step)
            now, then = (tried**2).sum(axis=1), (misfits[moving] ** 2).sum(axis=1)
            is_better = now < then
            better = moving[is_better]
            at[better] += step[is_better]
            misfits[better], slopes[better] = tried[is_better], tried_slopes[is_better]
            damping[moving] *= np.where(is_better, EASED, HARDENED)
            moving = moving[(np.abs(step).max(axis=1) > SETTLED) & ~(is_better & (now > (1.0 - GAIN) * then))]
            if not len(moving):
                break
        return at, (misfits**2).sum(axis=1) / 2.0

    def misfits(
        self, points: NDArray[np.float64], turns: NDArray[np.float64], parameters: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what a fit makes small, (m, 2 n + 6), and how it grows with each parameter, (m, 9, 2 n + 6).

        Parameters
        ----------
        parameters : (m, 9) float64
            Rotation vector in radians; shift in centimetres, so that all are of one size; logarithms of size, width
            and length.

        Notes
        -----
        The slopes are those of the interpolated fields, by the chain rule; only the few numbers of a rotation are
        differences.
        """
        beside = parameters[:, None, :3] + DIFFERENCE * np.eye(4, 3, -1)
        turned, *more = (
            Rotation.from_rotvec(beside.reshape(-1, 3)).as_matrix().reshape(-1, 4, 3, 3) @ turns[:, None]
        ).swapaxes(0, 1)
        growth = np.stack([(one - turned) / DIFFERENCE for one in more], axis=1).reshape(-1, 3, 9)
        back = turned.transpose(0, 2, 1)
        middle = (self._middle + 10.0 * parameters[:, 3:6])[..., None]
        beside_middle = np.subtract(points.T, middle, order="C")
        placed = turned @ beside_middle
        scale = np.exp(parameters[:, 6:] @ PROPORTIONS)[..., None]
        in_model = (placed * scale + (np.array(MODEL_MIDDLE_MM) - MODEL_ORIGIN_MM)[:, None]) / MODEL_STEP_MM
        ((model, uphill),) = _sloping((braincase_distance(),), in_model)
        uphill *= _robust_slope(model)[:, None] * scale / MODEL_STEP_MM
        to_model = growth @ _products(uphill, beside_middle), -10.0 * (back @ uphill), PROPORTIONS @ (uphill * placed)
        mirrored = placed * MIRROR
        places = (back @ mirrored + middle - self._origin[:, None]) / GRID_MM
        (distance, to_distance), (is_known, to_known) = _sloping(self._fields, places)
        own = distance * is_known
        uphill = to_distance * is_known[:, None] + to_known * distance[:, None]
        uphill *= _robust_slope(own)[:, None] / GRID_MM
        mirrored_uphill = (turned @ uphill) * MIRROR
        to_itself = (
            growth @ (_products(mirrored_uphill, beside_middle) + _products(mirrored, uphill)),
            10.0 * (uphill - back @ mirrored_uphill),
            np.zeros_like(uphill),
        )
        misfits = np.concatenate([_robust(model), _robust(own), parameters @ WEIGHTS], axis=1)
        weights = np.broadcast_to(WEIGHTS, (len(parameters), *WEIGHTS.shape))
        each = [np.concatenate(one, axis=1) for one in (to_model, to_itself)]
        return misfits, np.concatenate([*each, weights], axis=2)


def _is_new(at: NDArray[np.float64], turns: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which poses differ from all before them, (m,)."""
    poses = Rotation.from_rotvec(at[:, :3]) * Rotation.from_matrix(turns)
    angles = np.stack([(poses * one.inv()).magnitude() for one in poses])
    is_new: NDArray[np.bool_] = ~np.tril(angles < np.deg2rad(SAME_DEGREES), -1).any(axis=1)
    return is_new


def _products(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the nine products of two vectors' coordinates: of (m, 3, n) two, (m, 9, n)."""
    products: NDArray[np.float64] = (one[:, :, None] * other[:, None]).reshape(len(one), 9, -1)
    return products


def _without_canal(inside: Mask, known: Mask) -> Mask:
    """Return the cavity without what a large ball cannot enter from within."""
    return inside & dilated(eroded(inside, CANAL_MM, known), CANAL_REACH_MM)


def _near_end(known: Mask, by_mm: float) -> Mask:
    """Return what lies near the cut end of a series; the border of the array is one too."""
    beyond = ~known
    beyond[[0, -1]] = True
    return dilated(beyond, by_mm)


def _near(mask: Mask) -> NDArray[np.float32]:
    """Return the distance to a mask, mm, as far as it counts."""
    distance: NDArray[np.float32] = np.minimum(distance_to(mask, FIELD_MM), FIELD_MM)
    return distance


def _points(mask: Mask, origin: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where the points of a mask lie: (n, 3) LPS mm."""
    return origin + GRID_MM * np.argwhere(mask)[:, ::-1]


def _sloping(
    fields: Sequence[NDArray[np.float32]], places: NDArray[np.float64]
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Interpolate fields (z, y, x) of one shape at places (m, 3, n), x, y, z in grid steps; beyond, the border goes on.

    Returns
    -------
    list of ((m, n) float64, (m, 3, n) float64)
        The values of each, and its slopes along x, y and z.
    """
    shape = fields[0].shape
    last = np.array(shape[::-1])[:, None] - 1
    within = places.clip(0, last)
    first = np.minimum(within.astype(np.intp), last - 1)
    x, y, z = (within - first).swapaxes(0, 1)
    steps = np.array([shape[1] * shape[2], shape[2], 1])
    corner = (np.indices((2, 2, 2)).reshape(3, 8).T @ steps)[:, None, None] + steps[::-1] @ first
    is_within = places == within
    mixed = (_mixed(field.ravel()[corner], x, y, z) for field in fields)
    return [(value, slopes * is_within) for value, slopes in mixed]


def _mixed(
    corners: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Interpolate between the corners of cells, (8, m, n), by z first; return values and slopes, as ``_sloping``."""
    low, high = corners[:4].astype(np.float64), corners[4:].astype(np.float64)
    plane_z = high - low
    plane = z * plane_z
    plane += low
    line_y, line_z = plane[2:] - plane[:2], plane_z[:2]
    line = y * line_y
    line += plane[:2]
    line_z = line_z + y * (plane_z[2:] - plane_z[:2])
    value = line[0] + x * (line[1] - line[0])
    slopes = [line[1] - line[0], *(each[0] + x * (each[1] - each[0]) for each in (line_y, line_z))]
    return value, np.stack(slopes, axis=1)


def _robust(misfit_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return residuals (m, n) whose sums of squares grow with the misfit itself, not its square, where it is large."""
    scaled = misfit_mm / ROBUST_MM
    softened: NDArray[np.float64] = np.sqrt(2.0 * (np.sqrt(1.0 + scaled**2) - 1.0) / misfit_mm.shape[1]) * ROBUST_MM
    return softened


def _robust_slope(misfit_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how ``_robust`` grows with the misfit, (m, n); 0 where there is none: it is lowest there."""
    root = np.sqrt(1.0 + (misfit_mm / ROBUST_MM) ** 2)
    slope: NDArray[np.float64] = np.sign(misfit_mm) * np.sqrt((root + 1.0) / (2.0 * misfit_mm.shape[1])) / root
    return slope


@cache
def braincase_distance() -> NDArray[np.float32]:
    """Return the signed distance to the model's wall, (z, y, x) mm, negative inside."""
    distance: NDArray[np.float32] = np.load(MODEL_FILE).astype(np.float32) * np.float32(MODEL_UNIT_MM)
    return distance


@cache
def _model_points() -> NDArray[np.float64]:
    """Return the points within the model's wall or a step beside it, (m, 3) mm from its middle.

    Without that step its front lay 2 to 7 mm behind that of heads of all kinds.
    """
    inside = np.argwhere(braincase_distance() < MODEL_STEP_MM)[:, ::-1]
    points: NDArray[np.float64] = inside * MODEL_STEP_MM + (np.array(MODEL_ORIGIN_MM) - MODEL_MIDDLE_MM)
    return points


def _starts() -> list[NDArray[np.float64]]:
    """Return rotation vectors near the header's pose."""
    return [Rotation.from_euler("zxy", angles, degrees=True).as_rotvec() for angles in STARTS_DEGREES]


def _nods() -> list[NDArray[np.float64]]:
    """Return rotation vectors near a pose that is known already."""
    return [Rotation.from_euler("x", nod, degrees=True).as_rotvec() for nod in (-12.0, 0.0, 12.0)]


def right_angles() -> list[NDArray[np.float64]]:
    """Return the 23 rotations by right angles that are not the header's pose."""
    signed = (
        np.eye(3)[list(order)] * np.array(signs)
        for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3))
    )
    return [turn for turn in signed if np.linalg.det(turn) > 0 and not np.array_equal(turn, np.eye(3))]
