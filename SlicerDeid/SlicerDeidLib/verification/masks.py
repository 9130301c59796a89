# SPDX-License-Identifier: Apache-2.0
"""Masks in DICOM Segmentation beside released images: each shows no more of what was removed than the images do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.niftis import GROUNDS
from SlicerDeidLib.verification.pixels import stored_values
from SlicerDeidLib.verification.reading import read
from SlicerDeidLib.verification.structure import MASK, Place

CHECK = "pixels"


def check_masks(masks: Sequence[Place], images: Sequence[Place], findings: Findings) -> None:
    """Judge every mask against the released images of its series: where it is 0, they are flat."""
    for place in masks:
        findings.count("masks read")
        group = (place.patient, place.scan, place.series.removesuffix(MASK))
        beside = [image for image in images if image.group == group]
        if not beside:
            findings.add("error", CHECK, place.name, "", "This mask lies beside no image that it is of.")
            continue
        try:
            is_flat = _is_flat(place, beside)
        except (FormatError, OSError, LookupError, AttributeError, ValueError) as error:
            reason = error.reason if isinstance(error, FormatError) else f"cannot be read ({type(error).__name__})"
            findings.add("error", CHECK, place.name, "", f"This mask, or an image of its series, {reason}.")
            continue
        if not is_flat:
            message = "This mask tells apart what the images do not: where it is 0 they hold more than air and padding."
            findings.add("error", CHECK, place.name, "", message)


def _is_flat(mask: Place, images: Sequence[Place]) -> bool:
    """Tell whether the images hold air and padding only where a mask is 0; a slice without a frame is 0 all over.

    Raises
    ------
    LookupError, AttributeError
        If a frame names no image of the series.
    """
    reading = read(mask.path)
    values = stored_values(reading)
    frames = values.reshape(-1, *values.shape[-2:])  # one frame comes without its axis
    items = reading.dataset.PerFrameFunctionalGroupsSequence
    shown = {
        str(item.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID): frame
        for item, frame in zip(items, frames, strict=True)
    }
    grounds: set[float] = set()
    for image in images:
        one = read(image.path)
        values = stored_values(one)
        frame = shown.pop(str(one.dataset.SOPInstanceUID), None)
        grounds.update(np.unique(values if frame is None else values[frame == 0]).tolist())
    if shown:
        raise FormatError("does not belong to the other")
    return len(grounds) <= GROUNDS
