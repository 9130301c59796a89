# SPDX-License-Identifier: Apache-2.0
"""Whether a head lies still between time points, so that one mask may serve them all.

Where the contrast stays, tissue stays where it is. Where it changes (b-values, echoes, contrast medium), the later
volume is laid upon the first by mutual information, which asks only that one tissue has one brightness.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its own documentation does

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.body import TISSUE_HU
from SlicerDeidLib.pixels.distance import Mask
from SlicerDeidLib.pixels.grid import Sampled, grid_around, sample
from SlicerDeidLib.pixels.head.mrbody import air_threshold

MOVED = 0.03  # of the tissue differs: a head of 4 litres that moves by 1 mm changes 0.02, noise 0.005
MOVED_MM = 1.5  # mm, anywhere in the head, far less than the brain's margin; made heads that lay still had 0.2 at most
HEAD_MM = 90.0  # mm from its middle to a face or an ear
STEP = 2  # grid steps of the pictures that are laid upon each other
BINS = 32
ROUNDS = 60  # evaluations: settled after 15 to 40
LOST = (
    "the head moves, or its contrast changes, between the time points, so one mask cannot serve them all; split the "
    "file and deface each time point"
)


def check_still(first: Volume, later: Iterable[Volume]) -> None:
    """Compare where the head is at the first and at all other time points.

    Raises
    ------
    PixelError
        When tissue lies elsewhere, and so does the head by more than 1.5 mm; or that cannot be told.
    """
    before: tuple[Sampled, Mask] | None = None
    for volume in later:
        if before is None:
            before = _tissue(first)
        after, tissue = _tissue(volume)
        differing = float(np.count_nonzero(tissue ^ before[1]))
        if differing > MOVED * np.count_nonzero(before[1]) and _moved_mm(before[0], after) > MOVED_MM:
            raise PixelError(LOST)


def _tissue(volume: Volume) -> tuple[Sampled, Mask]:
    """Return a volume on the analysis grid, and what of it is no air."""
    sampled = sample(volume, grid_around(volume))
    threshold = TISSUE_HU if volume.unit else air_threshold(sampled.values[sampled.is_scanned])
    return sampled, sampled.values > threshold


def _moved_mm(before: Sampled, after: Sampled) -> float:
    """Return how far a point of the head moved at most, mm; more than any head where that cannot be told."""
    fixed, moving = (_image(sampled) for sampled in (before, after))
    middle = fixed.TransformContinuousIndexToPhysicalPoint([size / 2 for size in fixed.GetSize()])
    transform = sitk.Euler3DTransform()
    transform.SetCenter(middle)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.01, ROUNDS, 0.6)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetNumberOfThreads(1)  # sums in one order
    method.SetInitialTransform(transform, True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError:  # they do not meet
        return np.inf
    ends = np.array(middle) + HEAD_MM * np.concatenate([np.eye(3), -np.eye(3)])
    return max(float(np.linalg.norm(np.array(transform.TransformPoint(end.tolist())) - end)) for end in ends)


def _image(sampled: Sampled) -> sitk.Image:
    """Return a coarse picture."""
    image = sitk.GetImageFromArray(sampled.values)
    image.SetOrigin(sampled.grid.origin.tolist())
    image.SetSpacing([sampled.grid.spacing_mm] * 3)
    shrunk: sitk.Image = sitk.BinShrink(image, [STEP] * 3)
    return shrunk
