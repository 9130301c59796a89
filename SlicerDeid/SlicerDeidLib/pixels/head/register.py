# SPDX-License-Identifier: Apache-2.0
"""Where the braincase lies in an MR: the program's own sample head, registered to it by mutual information.

Mutual information asks only that one tissue has one brightness, so one model serves all contrasts. The model's MR and
its braincase are made by ``Testing/build_headmodel.py`` and ``Testing/build_endocranium.py`` in the same axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import TypeAlias

import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its own documentation does
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from SlicerDeidLib.errors import NoHead, PixelError
from SlicerDeidLib.pixels.distance import dilated
from SlicerDeidLib.pixels.grid import GRID_MM, THREADS
from SlicerDeidLib.pixels.head.mrbody import MRHead
from SlicerDeidLib.pixels.head.pose import MISPLACED, MODEL_ORIGIN_MM, MODEL_STEP_MM, braincase_distance, right_angles

HEAD_FILE = Path(__file__).parent / "data" / "headmodel.npy"  # made by Testing/build_headmodel.py
HEAD_ORIGIN_MM = (-92.0, -124.0, -128.0)  # x, y, z of its first point, in the head's own axes
HEAD_STEP_MM = 4.0
HEAD_UNIT = 0.01  # of the signal of typical tissue

MIDDLE_MM = (0.0, 8.0, 45.0)  # of the model's braincase,
VERTEX_MM = 88.0  # below its vertex
BRIGHTEST = 2.5  # of the signal of typical tissue: brighter is alike
AROUND_MM = 12.0  # mm of air around the body that belong to the picture: where surfaces lie is half of what is known
NEAR_MM = 25.0  # mm around the model's braincase that are compared last: scalp and skull, no face and no neck
NODS, TURNS = (-40.0, -20.0, 0.0, 20.0, 40.0), (-20.0, 0.0, 20.0)  # degrees from how the header says
DROPS_MM = (0.0, 20.0)  # mm below the vertex found, where the highest point is no vertex (a cap, a hand),
CUT_DROPS_MM = (0.0, -20.0, 20.0, 40.0, 60.0)  # and where the series ends below it
CUT_CM2 = 20.0  # cm2: a larger cross-section at the upper end is no vertex,
DOME_MM, DOME = 20.0, 0.3  # unless it is less than that of the one so many mm below it: of a ball's it is 0.2
BINS = 32
FIRST_ROUNDS, LAST_ROUNDS = 15, 60  # evaluations of a fit: enough to tell good starts from bad ones, and to settle
FIRST_STEP_MM, NEXT_STEP_MM = 6.0, 2.0  # of a fit, and of one that goes on: a longer one would lead it astray
FEW, HALF = 0.125, 0.5  # of the points: to try all starts by, and to compare the good ones by
FOLLOWED, BEST = 6, 3  # starts that are compared after they were tried, and that are followed to the end
SAME_MM, CORNER_MM = 5.0, 60.0  # mm between two fits that came to the same place, so far from the head's middle
LEAST_INFORMATION = 0.25  # nats near the braincase: eight heads had 0.28 to 1.4, one that was found wrongly 0.21
OTHERWISE = 0.92  # of the information in the header's pose: another had 0.13 to 0.87 of it on heads that lay rightly

Fit: TypeAlias = tuple[float, sitk.Similarity3DTransform]
"""Minus the mutual information, and the transform from the head to the model."""


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """The model on a head.

    Attributes
    ----------
    axes : (3, 3) float64
        Rows: unit vectors to the head's left, back and vertex, in LPS.
    distance : (z, y, x) float32
        Signed distance to the model's braincase on the body's grid, mm, positive inside.
    information : float
        Mutual information near the braincase, nats.
    scale : float
        Size of this head, 1 for the model.
    """

    axes: NDArray[np.float64]
    distance: NDArray[np.float32]
    information: float
    scale: float


def register(head: MRHead) -> Registered:
    """Register the model head.

    Raises
    ------
    NoHead
        When it fits nowhere.
    PixelError
        When it fits as well otherwise than the header's orientation says.
    """
    pictures = _Pictures(head)
    near = pictures.best(pictures.starts())
    others = pictures.best([(turn, pictures.middle(turn, 0.0)) for turn in right_angles()])
    if -others[0][0] > OTHERWISE * -near[0][0]:
        raise PixelError(MISPLACED)
    value, placed = min((pictures.settled(transform) for _, transform in near[:BEST]), key=_value)
    if -value < LEAST_INFORMATION:
        raise NoHead(
            f"no plausible brain: the model of a head does not fit (information {-value:.2f}, at least "
            f"{LEAST_INFORMATION} is needed)"
        )
    scale = placed.GetScale()
    axes = np.array(placed.GetMatrix()).reshape(3, 3) / scale
    grid = head.body.sampled.grid
    reference = _image(np.empty(grid.shape, np.float32), grid.origin, grid.spacing_mm)
    model = _image(-braincase_distance(), np.array(MODEL_ORIGIN_MM), MODEL_STEP_MM)
    outside = float(-braincase_distance().max())
    distance = sitk.GetArrayFromImage(sitk.Resample(model, reference, placed, sitk.sitkLinear, outside))
    return Registered(axes, (distance / scale).astype(np.float32), -value, 1.0 / scale)


class _Pictures:
    """Head and model on coarse lattices, ready to be compared."""

    def __init__(self, head: MRHead) -> None:
        body = head.body
        origin = body.sampled.grid.origin + GRID_MM / 2
        self._inside, self._known, self._origin = body.inside, body.sampled.is_scanned, body.sampled.grid.origin
        self._fixed = _image(_halved(np.minimum(head.signal, BRIGHTEST)), origin, 2 * GRID_MM)
        is_seen = _halved((dilated(body.inside, AROUND_MM) & self._known).astype(np.float32)) > 0.9
        self._seen = _image(is_seen.astype(np.uint8), origin, 2 * GRID_MM)
        self._model = _image(_head_model(), np.array(HEAD_ORIGIN_MM), HEAD_STEP_MM)
        braincase = _image(braincase_distance(), np.array(MODEL_ORIGIN_MM), MODEL_STEP_MM)
        self._near = sitk.Resample(braincase, self._model, sitk.Transform(), sitk.sitkLinear, 2 * NEAR_MM) < NEAR_MM
        self._coarse_fixed, self._coarse_model = _shrunk(self._fixed), _shrunk(self._model)
        self._coarse_seen = sitk.Shrink(self._seen, [2, 2, 2])
        self._points = self._origin + GRID_MM * np.argwhere(body.inside)[::7, ::-1]

    def starts(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Return rotations and middles of the braincase to start from, near the header's pose."""
        drops = CUT_DROPS_MM if self._is_cut_above() else DROPS_MM
        turns = [Rotation.from_euler("zx", angles, degrees=True).as_matrix() for angles in product(TURNS, NODS)]
        return list(product(turns, [self.middle(np.eye(3), drop) for drop in drops]))

    def _is_cut_above(self) -> bool:
        areas = self._inside.sum(axis=(1, 2))
        top = int(np.flatnonzero(areas)[-1])
        area, below = areas[max(0, top - 2) : top + 1].max(), areas[max(0, top - round(DOME_MM / GRID_MM))]
        return bool(area * GRID_MM**2 / 100.0 > CUT_CM2 and area > DOME * below)

    def middle(self, axes: NDArray[np.float64], drop_mm: float) -> NDArray[np.float64]:
        """Return where the braincase of a head with these axes must be: below the vertex, in the middle."""
        placed = self._points @ axes.T
        top = float(np.percentile(placed[:, 2], 99.9))
        vault = placed[(placed[:, 2] < top - 25.0) & (placed[:, 2] > top - 105.0)]
        low, high = np.percentile(vault[:, :2] if len(vault) else placed[:, :2], [1, 99], axis=0)
        middle: NDArray[np.float64] = np.append((low + high) / 2, top - VERTEX_MM - drop_mm) @ axes
        return middle

    def best(self, starts: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> list[Fit]:
        """Fit the model from all starts by few points, and from where the best of them came to by many: best first."""
        tried = sorted((self._fitted(FEW, FIRST_STEP_MM, _start(*start)) for start in starts), key=_value)
        found: list[Fit] = []
        for fit in tried:
            is_new = fit[0] < 0.0 and all(_apart_mm(fit, other) > SAME_MM for other in found)
            if not found or (is_new and len(found) < FOLLOWED):
                found.append(fit)
        return sorted((self._fitted(HALF, NEXT_STEP_MM, transform) for _, transform in found), key=_value)

    def _fitted(self, share: float, step_mm: float, transform: sitk.Similarity3DTransform) -> Fit:
        """Fit the model coarsely, by a share of the points."""
        method = _method(share, step_mm, FIRST_ROUNDS)
        method.SetMetricUseFixedImageGradientFilter(False)  # smoothed slopes lead farther, but take a third of the time
        method.SetMetricUseMovingImageGradientFilter(False)
        method.SetMetricFixedMask(self._coarse_seen)
        return _optimised(method, self._coarse_fixed, self._coarse_model, transform)

    def settled(self, transform: sitk.Similarity3DTransform) -> Fit:
        """Go on with a fit near the braincase alone; by few points a child's head came to no place."""
        method = _method(HALF, NEXT_STEP_MM, LAST_ROUNDS)
        method.SetMetricFixedMask(self._seen)
        method.SetMetricMovingMask(self._near)
        return _optimised(method, self._fixed, self._model, transform)


def _start(turn: NDArray[np.float64], middle: NDArray[np.float64]) -> sitk.Similarity3DTransform:
    """Return the transform that turns the head, and lays a place in it upon the middle of the model's braincase."""
    transform = sitk.Similarity3DTransform()
    transform.SetCenter(middle.tolist())
    transform.SetMatrix(turn.ravel().tolist())
    transform.SetTranslation((np.array(MIDDLE_MM) - middle).tolist())
    return transform


def _value(fit: Fit) -> float:
    return fit[0]


def _apart_mm(one: Fit, other: Fit) -> float:
    """Return how far apart two fits lay what is around the model's braincase, at most."""
    back = [fit[1].GetInverse() for fit in (one, other)]
    corners = np.array(MIDDLE_MM) + CORNER_MM * np.concatenate([np.eye(3), -np.eye(3)])
    places = np.array([[way.TransformPoint(corner) for corner in corners.tolist()] for way in back])
    return float(np.linalg.norm(places[0] - places[1], axis=1).max())


def _method(share: float, step_mm: float, rounds: int) -> sitk.ImageRegistrationMethod:
    """Return a way to fit by mutual information, by a share of the points."""
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(share, seed=1)  # the same series gives the same mask
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(step_mm, step_mm / 20.0, rounds, 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetNumberOfThreads(1)  # sums in one order
    return method


def _optimised(
    method: sitk.ImageRegistrationMethod, fixed: sitk.Image, moving: sitk.Image, transform: sitk.Similarity3DTransform
) -> Fit:
    """Return a fit from ``fixed`` to ``moving``, of value 0 where they do not meet."""
    method.SetInitialTransform(transform, True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError:  # too few points lie on the model
        return 0.0, transform
    return float(method.GetMetricValue()), transform


def _image(values: NDArray[np.generic], origin: NDArray[np.float64], spacing_mm: float) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(values))
    image.SetOrigin(origin.tolist())
    image.SetSpacing([spacing_mm] * 3)
    return image


def _shrunk(picture: sitk.Image) -> sitk.Image:
    filter_ = sitk.SmoothingRecursiveGaussianImageFilter()
    filter_.SetSigma(HEAD_STEP_MM)
    filter_.SetNumberOfThreads(THREADS)
    shrunk: sitk.Image = sitk.Shrink(filter_.Execute(picture), [2, 2, 2])
    return shrunk


def _halved(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average cubes of two grid steps; the last ones are filled up with the edge."""
    padded = np.pad(values, [(0, size % 2) for size in values.shape], mode="edge")
    z, y, x = (size // 2 for size in padded.shape)
    mean: NDArray[np.float32] = padded.reshape(z, 2, y, 2, x, 2).mean(axis=(1, 3, 5), dtype=np.float32)
    return mean


@cache
def _head_model() -> NDArray[np.float32]:
    """Return the model's MR, (z, y, x): typical tissue is 1."""
    signal: NDArray[np.float32] = np.load(HEAD_FILE).astype(np.float32) * np.float32(HEAD_UNIT)
    return signal
