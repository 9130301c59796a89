# SPDX-License-Identifier: Apache-2.0
"""The same way without the last door: a series, a head or a text mask to look at, nothing written."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.model.plan import Plan, SeriesPlan, Verdict
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy
from SlicerDeidLib.model.volume import HeadMask, Preview, TextBox, Volume
from SlicerDeidLib.pipeline.series import read_unchanged
from SlicerDeidLib.pipeline.voxels import treat, treat_volume


def preview(plan: Plan, series: SeriesPlan) -> Preview:
    """Run the pixel steps of one planned series and keep the result in memory.

    Raises
    ------
    SeriesRefused, PixelError
        As the run would refuse it.
    """
    if series.verdict is not Verdict.RELEASE:
        raise SeriesRefused(series.reason)
    files = [read_unchanged(plan.index.root, instance) for instance in series.instances]
    treated = treat(files, plan.policy.deface, plan.policy.text)
    return Preview(treated.before, treated.after, treated.mask, treated.boxes)


def deface(
    volume: Volume, *, method: str = "surface+face", depth_mm: float = 8.0, air_value: float | None = None
) -> tuple[NDArray[Any], HeadMask | None]:
    """Deface one volume in memory.

    Returns
    -------
    (k, j, i) array
        Stored values after defacing.
    HeadMask or None
        What stayed; None where the pixels show that no face can be in view.

    Raises
    ------
    PixelError
        If no plausible mask is found.
    """
    policy = DefacePolicy(method, depth_mm, air_value)
    treated = treat_volume(volume, list(range(len(volume.stored))), policy, TextPolicy("off"))
    return treated.after, treated.mask


def redact_text(
    volume: Volume, *, mode: str = "mask", air_value: float | None = None
) -> tuple[NDArray[Any], tuple[TextBox, ...]]:
    """Mask burned-in text of one volume in memory; returns stored values (k, j, i) and the boxes."""
    policy = DefacePolicy("none", air_value=air_value)
    treated = treat_volume(volume, list(range(len(volume.stored))), policy, TextPolicy(mode))
    return treated.after, treated.boxes
