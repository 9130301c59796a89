# SPDX-License-Identifier: Apache-2.0
"""Deface one NIfTI file into another: the pixel step of a run, without a header that says what the image is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import OutputError, PolicyError
from SlicerDeidLib.formats import nifti
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.stripping import OWN
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.output.singlefile import check_new, write_new
from SlicerDeidLib.pipeline.plainvolume import cut_of, numbers, tell_unit
from SlicerDeidLib.pixels.air import fill_air
from SlicerDeidLib.pixels.head.motion import check_still


def deface_nifti(
    source: Path,
    target: Path,
    *,
    method: str,
    depth_mm: float = 8.0,
    air_value: float | None = None,
    engine: str = "own",
    no_csf: bool = False,
    mask: Path | None = None,
) -> HeadMask | None:
    """Deface a head CT or MR in NIfTI; write the same image with a header that names nobody.

    Parameters
    ----------
    source, target : Path
        ``.nii`` or ``.nii.gz``; ``target`` must not exist.
    method : str
        ``"surface"``, ``"face"``, ``"surface+face"`` or ``"skullstrip"``; ``"auto"`` is ``"surface+face"`` for CT
        and ``"face"`` for MR.
    depth_mm : float
        How deep skin and fat are peeled.
    air_value : float, optional
        What removed voxels become: HU for CT, stored value otherwise; default: air.
    engine, no_csf
        Who finds the brain for ``skullstrip`` and how, as in ``DefacePolicy``.
    mask : Path, optional
        Also write there what stays: 1 for the head, 0 for removed tissue and outside air alike.

    Returns
    -------
    HeadMask or None
        What stayed, slices along the axis nearest to the head's long axis; None where no face can be in view: the
        voxels are then unchanged, and the mask is 1 everywhere.

    Raises
    ------
    OutputError
        If a place is taken, or ``source`` is no file; nothing was written.
    PolicyError
        If there is no such engine, or ``method`` asks none; nothing was written.
    FormatError, PixelError, SeriesRefused
        If the file cannot be read, or the head cannot be defaced safely; nothing was written.
    DiskError
        If the disk could not be written; nothing is left.

    Notes
    -----
    The first time point's mask serves all, unless the head moves between them. Burned-in text is not looked for.
    """
    _check(method, engine, {"OUT": target} | ({} if mask is None else {"the mask": mask}))
    image = nifti.read(source)
    cut = cut_of(_analysed(image), DefacePolicy(method, depth_mm, air_value, engine=engine, no_csf=no_csf))
    if cut.mask is not None:
        _fill(image, cut.head, cut.mask.keep, cut.air)
    files = {target: nifti.packed(image, image.stored, target.name)}
    if mask is not None:
        files[mask] = nifti.packed_mask(image, cut.head, mask.name)
    write_new(files)
    return cut.mask


def _check(method: str, engine: str, places: dict[str, Path]) -> None:
    """Refuse an engine that would be passed over in silence, and places that cannot take a new NIfTI file."""
    if engine != OWN and method != "skullstrip":
        raise PolicyError(
            f"The method '{method}' asks no skull-strip engine; choose the method skullstrip, or do without "
            "--skullstrip-engine."
        )
    for name, path in places.items():
        if not nifti.is_named_so(path.name):
            raise OutputError(f"{name} must be called .nii or .nii.gz.")
    check_new(places)


def _analysed(image: nifti.NiftiImage) -> Volume:
    """Return the first time point as a volume, its unit told from the values; what is no number counts as air."""
    volume = numbers(tell_unit(image.volume(image.planes(0), "")))
    times = range(1, image.stored.shape[3])
    later = (numbers(image.volume(image.planes(time), volume.unit)) for time in times)
    check_still(volume, later)
    return volume


def _fill(image: nifti.NiftiImage, head: NDArray[np.bool_], keep: NDArray[np.bool_], air: NDArray[Any]) -> None:
    """Put air in place of what was removed, at all time points, in place; padding stays where it is still padding."""
    first = image.planes(0)
    for time in range(image.stored.shape[3]):
        plane = image.planes(time)
        fill_air(plane, head | (keep & (plane == first)), air)
