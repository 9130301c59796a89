# SPDX-License-Identifier: Apache-2.0
"""Deface a volume without a header: what it is, is told by its values; it may be stored along any axes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.axes import upright_axes
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy
from SlicerDeidLib.model.volume import HeadMask, TextBox, Volume
from SlicerDeidLib.pipeline.advice import IMAGE, VOLUME, Ways
from SlicerDeidLib.pipeline.voxels import masked, treat_volume
from SlicerDeidLib.pixels.air import AIR_HU, fill_air, padding_mask, stored_air
from SlicerDeidLib.pixels.modality import modality_of

UNITS = {"CT": "HU", "MR": ""}
_EVEN_MM = 0.1  # mm: spacing that differs by less is one


@dataclass(frozen=True, slots=True, eq=False)
class Defaced:
    """A volume without its face.

    Attributes
    ----------
    after : (k, j, i) array
        Stored values, in the type of the volume's own.
    head : (k, j, i) bool
        True where the head was kept; removed tissue, outside air and padding alike are False, so that it does not show
        the face. True everywhere where the pixels show that no face can be in view.
    mask : HeadMask or None
        What stayed, slices along the axis nearest to the head's long axis; None where no face can be in view.
    """

    after: NDArray[Any] = field(repr=False)
    head: NDArray[np.bool_] = field(repr=False)
    mask: HeadMask | None


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """What is to be done to an upright volume.

    Attributes
    ----------
    head : (k, j, i) bool
        As in ``Defaced``.
    air : (k,) array
        What removed voxels of each slice become.
    """

    mask: HeadMask | None
    head: NDArray[np.bool_] = field(repr=False)
    air: NDArray[Any] = field(repr=False)


def tell_unit(volume: Volume) -> Volume:
    """Return a volume with its unit told from its values: ``"HU"`` for CT, ``""`` for MR.

    Raises
    ------
    PixelError
        When they could be neither, or a CT that lost its scale.
    """
    return replace(volume, unit=UNITS[modality_of(volume)])


def deface(
    volume: Volume, *, method: str = "surface+face", depth_mm: float = 8.0, air_value: float | None = None
) -> Defaced:
    """Deface one volume in memory, along whichever axes it is stored.

    Parameters
    ----------
    volume : Volume
        CT in HU, or MR; where nothing says which, ``tell_unit`` does. What is no number counts as air.
    method, depth_mm, air_value
        As in ``deface_nifti``.

    Raises
    ------
    FormatError
        If the volume is sheared.
    PixelError, SeriesRefused
        If the head cannot be defaced safely.
    """
    upright, axes = _upright(volume)
    cut = cut_of(numbers(upright), DefacePolicy(method, depth_mm, air_value), VOLUME)
    if cut.mask is None:
        return Defaced(volume.stored, np.ones(volume.shape, dtype=np.bool_), None)
    after, head = volume.stored.copy(), np.empty(volume.shape, dtype=np.bool_)
    fill_air(after.transpose(axes), cut.mask.keep, cut.air)
    head.transpose(axes)[...] = cut.head
    return Defaced(after, head, cut.mask)


def cut_of(volume: Volume, policy: DefacePolicy, ways: Ways = IMAGE) -> Cut:
    """Find what stays of an upright volume whose values are all numbers; see ``deface``.

    Parameters
    ----------
    ways : Ways
        What a refusal says can be done about it.
    """
    policy = _policy_for(volume, policy)
    found = masked(volume, list(range(len(volume.stored))), policy, ways=ways).mask
    head = np.ones(volume.shape, dtype=np.bool_) if found is None else found.keep & ~padding_mask(volume)
    return Cut(found, head, stored_air(volume, policy.air_value))


def numbers(volume: Volume) -> Volume:
    """Put air where a stored value is no finite number."""
    if volume.stored.dtype.kind != "f" or np.isfinite(volume.stored).all():
        return volume
    air = (AIR_HU - volume.intercept[0]) / volume.slope[0] if volume.unit else _darkest(volume)
    return replace(volume, stored=np.nan_to_num(volume.stored, nan=air, posinf=air, neginf=air))


def _darkest(volume: Volume) -> float:
    """Return the stored value whose signal is 0, or the nearest that can be stored."""
    low, high = volume.stored_range
    return float(min(max(-volume.intercept[0] / volume.slope[0], low), high))


def _policy_for(volume: Volume, policy: DefacePolicy) -> DefacePolicy:
    """Say what air is in an MR, where 0 may be stored as another value."""
    if volume.unit:
        return policy
    return replace(policy, air_value=_darkest(volume) if policy.air_value is None else policy.air_value)


def _upright(volume: Volume) -> tuple[Volume, tuple[int, int, int]]:
    """Return a view with slices along the head's long axis, and the axes it takes; uneven slices stay what they are."""
    gaps = np.diff(volume.positions, axis=0)
    is_uneven = np.ptp(np.linalg.norm(gaps, axis=1)) > _EVEN_MM
    if is_uneven or np.ptp(volume.slope) or np.ptp(volume.intercept):
        return volume, (0, 1, 2)
    steps = np.column_stack([gaps.mean(axis=0), volume.j_step, volume.i_step])
    axes = upright_axes(steps)
    slices, rows, columns = axes
    stored = volume.stored.transpose(axes)
    count = len(stored)
    turned = replace(
        volume,
        stored=stored,
        slope=np.full(count, volume.slope[0]),
        intercept=np.full(count, volume.intercept[0]),
        positions=volume.positions[0] + np.outer(np.arange(count), steps[:, slices]),
        j_step=steps[:, rows],
        i_step=steps[:, columns],
    )
    return turned, axes


def redact_text(
    volume: Volume, *, mode: str = "mask", air_value: float | None = None
) -> tuple[NDArray[Any], tuple[TextBox, ...]]:
    """Mask burned-in text of one volume in memory; returns stored values (k, j, i) and the boxes."""
    policy = DefacePolicy("none", air_value=air_value)
    treated = treat_volume(volume, list(range(len(volume.stored))), policy, TextPolicy(mode))
    return treated.after, treated.boxes
