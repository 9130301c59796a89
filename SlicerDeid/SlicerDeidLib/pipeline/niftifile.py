# SPDX-License-Identifier: Apache-2.0
"""Deface one NIfTI file into another: the pixel step of a run, without a header that says what the image is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import OutputError, PixelError
from SlicerDeidLib.formats import nifti
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.output.singlefile import check_new, write_new
from SlicerDeidLib.pipeline.voxels import deface_volume
from SlicerDeidLib.pixels.air import AIR_HU, fill_air, padding_mask, stored_air
from SlicerDeidLib.pixels.modality import modality_of
from SlicerDeidLib.pixels.motion import check_still

UNIT = {"CT": "HU", "MR": ""}


def deface_nifti(
    source: Path,
    target: Path,
    *,
    method: str,
    depth_mm: float = 8.0,
    air_value: float | None = None,
    mask: Path | None = None,
) -> HeadMask | None:
    """Deface a head CT or MR in NIfTI; write the same image with a header that names nobody.

    Parameters
    ----------
    source, target : Path
        ``.nii`` or ``.nii.gz``; ``target`` must not exist.
    method : str
        ``"surface"``, ``"face"``, ``"surface+face"`` or ``"skullstrip"``; ``"auto"`` for CT only.
    depth_mm : float
        How deep skin and fat are peeled.
    air_value : float, optional
        What removed voxels become: HU for CT, stored value otherwise; default: air.
    mask : Path, optional
        Also write there what stays: 1 where the head was kept, 0 for removed tissue and outside air alike.

    Returns
    -------
    HeadMask or None
        What stayed, slices along the axis nearest to the head's long axis; None where the pixels show that no face can
        be in view: the voxels are then unchanged, and the mask is 1 everywhere.

    Raises
    ------
    OutputError
        If a place is taken, or ``source`` is no file; nothing was written.
    FormatError, PixelError, SeriesRefused
        If the file cannot be read, or the head cannot be defaced safely; nothing was written.
    DiskError
        If the disk could not be written; nothing is left.

    Notes
    -----
    The mask is found on the first time point and used for all, which is refused when the head moves between them.
    Burned-in text is not looked for.
    """
    _check_places({"OUT": target} | ({} if mask is None else {"the mask": mask}))
    image = nifti.read(source)
    volume = _analysed(image)
    policy = _policy_for(volume, DefacePolicy(method, depth_mm, air_value))
    found = deface_volume(volume, list(range(len(volume.stored))), policy).mask
    head = np.ones(volume.shape, dtype=np.bool_)  # padding would tell outside air from what was removed
    if found is not None:
        head = found.keep & ~padding_mask(volume)
        _fill(image, head, found.keep, stored_air(volume, policy.air_value))
    files = {target: nifti.packed(image, image.stored, target.name)}
    if mask is not None:
        files[mask] = nifti.packed_mask(image, head, mask.name)
    write_new(files)
    return found


def _check_places(places: dict[str, Path]) -> None:
    """Refuse places that cannot take a new NIfTI file."""
    for name, path in places.items():
        if not nifti.is_named_so(path.name):
            raise OutputError(f"{name} must be called .nii or .nii.gz.")
    check_new(places)


def _analysed(image: nifti.NiftiImage) -> Volume:
    """Return the first time point as a volume, its unit told from the values; what is no number counts as air."""
    stored = image.planes(0)
    unit = UNIT[modality_of(image.volume(stored, ""))]
    volume = _numbers(image.volume(stored, unit))
    later = (_numbers(image.volume(image.planes(time), unit)) for time in range(1, image.stored.shape[3]))
    check_still(volume, later)
    return volume


def _numbers(volume: Volume) -> Volume:
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
    """Say what air is in an MR, where 0 may be stored as another value; refuse what is only done by name."""
    if volume.unit:
        return policy
    if policy.method == "auto":
        raise PixelError("a head in MR is defaced by name only: choose the method face, and look at the result")
    return replace(policy, air_value=_darkest(volume) if policy.air_value is None else policy.air_value)


def _fill(image: nifti.NiftiImage, head: NDArray[np.bool_], keep: NDArray[np.bool_], air: NDArray[Any]) -> None:
    """Put air in place of what was removed, at all time points, in place; padding stays where it is still padding."""
    first = image.planes(0)
    for time in range(image.stored.shape[3]):
        plane = image.planes(time)
        fill_air(plane, head | (keep & (plane == first)), air)
