# SPDX-License-Identifier: Apache-2.0
"""The mask of one CT of a head, laid upon another CT of it in which it lies otherwise, by rigid registration.

Both are pictures of one head in one unit, so their correlation tells how well they lie upon each other. How safely it
tells that is measured too: by starting from many places, and by turning the head away from where it was found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its own documentation does
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.body import find_body
from SlicerDeidLib.pixels.distance import dilated
from SlicerDeidLib.pixels.grid import Grid, grid_around, sample
from SlicerDeidLib.pixels.head.face import Frame
from SlicerDeidLib.pixels.head.shared import KNOWN, WHOLLY, SharedMask
from SlicerDeidLib.pixels.strokes import still_strokes

WINDOW_HU = (-200.0, 800.0)  # what is compared: skin to bone, no metal and no noise of air
AROUND_MM = 12.0  # mm of air around the body that belong to the picture
COARSE, FINE = 4, 2  # grid steps of the pictures: 8 mm to tell good starts from bad ones, 4 mm to settle
NODS = (-12.0, 0.0, 12.0)  # degrees, and
DROPS_MM = (-40.0, -20.0, 0.0, 20.0, 40.0)  # mm along the body, from which a fit starts
STEPS_MM = {COARSE: 8.0, FINE: 4.0}
ROUNDS = {COARSE: 25, FINE: 100}  # evaluations
SETTLED_MM = 0.02  # mm: a smaller step ends a fit
BEST = 4  # starts that are followed to the end
HEAD_MM = 90.0  # mm from its middle to a face or an ear
ALIKE_MM = 2.0  # mm at a face between the fits that were followed; made heads that were found to 1 mm had 1.5 at most
TURNED_MM = 5.0  # mm at a face that a head is turned, for which the correlation must fall by
LEAST_FALL = 0.025  # made heads found to 1 mm had 0.029 and more; those off by 2 mm or more had less, or fits apart
LEAST_CORRELATION = 0.8  # the same had 0.85 and more at 10 mm between slices, 0.70 at 20 mm
MOST_DEGREES = 30.0  # that a head is turned between two series of one study: heads up to 20 were tried
UNSURE = (
    "how the head lies cannot be told safely from the series of another frame of reference that its mask would come "
    "from ({})"
)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """From one series to another: a point of the one is ``turn @ point + shift`` in the other, LPS mm.

    Attributes
    ----------
    correlation : float
        Of the two pictures, 1 where they are alike.
    """

    turn: NDArray[np.float64]
    shift: NDArray[np.float64]
    correlation: float

    @property
    def degrees(self) -> float:
        """How far it turns."""
        return float(np.rad2deg(np.arccos(np.clip((np.trace(self.turn) - 1) / 2, -1.0, 1.0))))

    def distance_mm(self, other: Placed, middle: NDArray[np.float64]) -> float:
        """Return how far two of them move a head around ``middle`` apart at most, mm."""
        ends = middle + HEAD_MM * np.concatenate([np.eye(3), -np.eye(3)])
        apart = ends @ (self.turn - other.turn).T + self.shift - other.shift
        return float(np.linalg.norm(apart, axis=1).max())


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """A series on coarse lattices: ``images`` and ``seen``, what of them is compared, by their grid steps."""

    images: dict[int, sitk.Image]
    seen: dict[int, sitk.Image]
    middle: NDArray[np.float64]


def laid_upon(lender: Volume, mask: SharedMask, volume: Volume) -> SharedMask:
    """Bring the mask of a CT to another CT of the same head.

    Raises
    ------
    PixelError
        When one of them is no CT, or how the head lies cannot be told safely.
    """
    if lender.unit != "HU" or volume.unit != "HU":
        raise PixelError("only a CT can take its mask from another series")
    return moved_mask(mask, find_place(lender, volume), grid_around(volume))


def find_place(lender: Volume, volume: Volume) -> Placed:
    """Find where the head of a series lies in another one: from ``volume`` to ``lender``.

    Raises
    ------
    NoHead
        When one of them shows no body.
    PixelError
        When that cannot be told safely.
    """
    fixed, moving = _picture(volume), _picture(lender)
    starts = [
        _start(fixed.middle, shift + np.array([0.0, 0.0, drop]), nod)
        for shift, drop, nod in product((np.zeros(3), moving.middle - fixed.middle), DROPS_MM, NODS)
    ]
    coarse = sorted((_fitted(fixed, moving, start, COARSE) for start in starts), key=lambda fit: fit[0])
    fits = sorted((_fitted(fixed, moving, start, FINE) for _, start in coarse[:BEST]), key=lambda fit: fit[0])
    found = [_placed(value, transform) for value, transform in fits]
    best = found[0]
    if best.correlation < LEAST_CORRELATION:
        raise PixelError(UNSURE.format(f"correlation {best.correlation:.2f}, {LEAST_CORRELATION:g} is needed"))
    if best.degrees > MOST_DEGREES:
        raise PixelError(UNSURE.format(f"turned by {best.degrees:.0f} degrees, at most {MOST_DEGREES:g} are believed"))
    apart = max(best.distance_mm(other, fixed.middle) for other in found)
    if apart > ALIKE_MM:
        raise PixelError(UNSURE.format(f"the fits lie {apart:.1f} mm apart, at most {ALIKE_MM:g} mm are allowed"))
    fall = best.correlation - _best_turned_away(fixed, moving, fits[0][1])
    if fall < LEAST_FALL:
        raise PixelError(UNSURE.format("turned by 3 degrees it fits nearly as well"))
    return best


def moved_mask(mask: SharedMask, placed: Placed, grid: Grid) -> SharedMask:
    """Bring a mask to another grid; ``placed``: from a point on it to one in the mask's own series."""
    step = grid.spacing_mm
    turn = placed.turn[::-1, ::-1]
    offset = ((placed.turn @ grid.origin + placed.shift - mask.grid.origin) / step)[::-1]

    def moved(field: NDArray[np.generic], order: int) -> NDArray[np.float32]:
        result: NDArray[np.float32] = ndimage.affine_transform(
            field.astype(np.float32), turn, offset, grid.shape, np.float32, order, "constant", 0.0, prefilter=False
        )
        return result

    known = moved((mask.flags & KNOWN) > 0, 1) > WHOLLY
    flags = np.where(known, moved(mask.flags, 0).astype(np.uint8) | KNOWN, 0).astype(np.uint8)
    level, shelter = (np.rint(moved(field, 1)).astype(np.int8) for field in (mask.level, mask.shelter))
    return SharedMask(grid, level, shelter, flags, None if mask.frame is None else _moved_frame(mask.frame, placed))


def _moved_frame(frame: Frame, placed: Placed) -> Frame:
    """Say where the face looks in the other series."""
    left, back, up = (float(axis @ placed.shift) for axis in frame.axes)
    return replace(
        frame,
        axes=(frame.axes @ placed.turn).astype(np.float32),
        front_mm=frame.front_mm + back,
        middle_mm=frame.middle_mm - left,
        floor_mm=frame.floor_mm - up,
        level_back=(frame.level_back @ placed.turn).astype(np.float32),
        level_front_mm=frame.level_front_mm + float(frame.level_back @ placed.shift),
    )


def _picture(volume: Volume) -> _Picture:
    """Return the body of a series in air, on coarse lattices."""
    body = find_body(sample(volume, grid_around(volume), still_strokes(volume)))
    sampled = body.sampled
    near = dilated(body.inside, AROUND_MM) & sampled.is_scanned
    values = np.where(near, sampled.values, WINDOW_HU[0]).clip(*WINDOW_HU)
    image, seen = (sitk.GetImageFromArray(field.astype(np.float32)) for field in (values, near))
    for each in (image, seen):
        each.SetOrigin(sampled.grid.origin.tolist())
        each.SetSpacing([sampled.grid.spacing_mm] * 3)
    middle = sampled.grid.origin + sampled.grid.spacing_mm * np.argwhere(body.inside).mean(axis=0)[::-1]
    steps = (COARSE, FINE)
    return _Picture(
        {step: sitk.BinShrink(image, [step] * 3) for step in steps},
        {step: sitk.BinShrink(seen, [step] * 3) > 0.5 for step in steps},
        middle,
    )


def _start(middle: NDArray[np.float64], shift: NDArray[np.float64], nod_degrees: float) -> sitk.Euler3DTransform:
    transform = sitk.Euler3DTransform()
    transform.SetCenter(middle.tolist())
    transform.SetRotation(float(np.deg2rad(nod_degrees)), 0.0, 0.0)
    transform.SetTranslation(shift.tolist())
    return transform


def _method(fixed: _Picture, step: int) -> sitk.ImageRegistrationMethod:
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsCorrelation()
    method.SetMetricFixedMask(fixed.seen[step])
    method.SetInterpolator(sitk.sitkLinear)
    method.SetNumberOfThreads(1)  # sums in one order
    return method


def _fitted(
    fixed: _Picture, moving: _Picture, start: sitk.Euler3DTransform, step: int
) -> tuple[float, sitk.Euler3DTransform]:
    """Return minus the correlation and the transform, from ``fixed`` to ``moving``; 0 where they do not meet."""
    transform = sitk.Euler3DTransform(start)
    method = _method(fixed, step)
    method.SetOptimizerAsRegularStepGradientDescent(STEPS_MM[step], SETTLED_MM, ROUNDS[step], 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, True)
    is_heard = method.GetGlobalWarningDisplay()
    method.GlobalWarningDisplayOff()  # that two pictures do not meet is an answer here
    try:
        method.Execute(fixed.images[step], moving.images[step])
    except RuntimeError:  # they do not meet
        return 0.0, transform
    finally:
        method.SetGlobalWarningDisplay(is_heard)
    return float(method.GetMetricValue()), transform


def _placed(value: float, transform: sitk.Euler3DTransform) -> Placed:
    turn = np.array(transform.GetMatrix()).reshape(3, 3)
    middle = np.array(transform.GetCenter())
    return Placed(turn, middle + np.array(transform.GetTranslation()) - turn @ middle, -value)


def _best_turned_away(fixed: _Picture, moving: _Picture, transform: sitk.Euler3DTransform) -> float:
    """Return the best correlation of a head turned by ``TURNED_MM`` at its face, about any axis."""
    values = []
    for axis, way in product(np.eye(3), (-1.0, 1.0)):
        turned = sitk.Euler3DTransform()
        turned.SetCenter(fixed.middle.tolist())
        turned.SetRotation(*(way * TURNED_MM / HEAD_MM * axis).tolist())
        method = _method(fixed, FINE)
        method.SetInitialTransform(sitk.CompositeTransform([transform, turned]))
        values.append(-method.MetricEvaluate(fixed.images[FINE], moving.images[FINE]))
    return float(max(values))
