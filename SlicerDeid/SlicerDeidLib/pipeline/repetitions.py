# SPDX-License-Identifier: Apache-2.0
"""The pixel steps of single-frame images: where several lie at each place, one mask serves them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.pixels import assemble_repetitions, is_enhanced
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pipeline.advice import SERIES
from SlicerDeidLib.pipeline.masks import NO_MASKS, HeadMasks
from SlicerDeidLib.pipeline.stacks import only_volume
from SlicerDeidLib.pipeline.voxels import Treated, filled, filled_boxes, masked, redact_treated
from SlicerDeidLib.pixels.air import padding_mask
from SlicerDeidLib.pixels.head.motion import check_still
from SlicerDeidLib.pixels.head.view import head_in_view

Repetition = tuple[Volume, list[int]]
"""One volume of a series, and the place of each slice in its files."""


def treat(
    files: Sequence[DicomFile],
    deface: DefacePolicy,
    text: TextPolicy,
    others: HeadMasks = NO_MASKS,
    stored: NDArray[Any] | None = None,
) -> list[Treated]:
    """Deface and redact the slices of one series; several at each place make several volumes.

    Parameters
    ----------
    others : HeadMasks
        The masks of other series of its head.
    stored : (file, row, column) array, optional
        The pixels of the files, where they were gathered; defacing changes it.

    Raises
    ------
    PixelError
        If the slices make no volume, a mask is not plausible, or the head moves between the volumes.
    SeriesRefused
        If no head can be found, and a face cannot be excluded either.
    """
    return [
        redact_treated(each, text, deface.air_value, filled_boxes(files, each.order, text.regions))
        for each in deface_repetitions(assemble_repetitions(files, stored), deface, others=others, in_place=True)
    ]


def deface_repetitions(
    repetitions: Sequence[Repetition],
    deface: DefacePolicy,
    known: dict[str, object] | None = None,
    others: HeadMasks = NO_MASKS,
    *,
    in_place: bool = False,
) -> list[Treated]:
    """Do the first step: deface the volumes of one series alike, in copies or ``in_place``; see ``treat``."""
    volumes = [volume for volume, _ in repetitions]
    seen = seen_together(volumes)
    treated = masked(seen, repetitions[0][1], deface, known, others)
    if len(repetitions) == 1:
        return [filled(treated, deface.air_value, in_place=in_place)]
    if treated.mask is None:
        if treated.is_face_excluded and not all(head_in_view(volume).is_excluded for volume in volumes):
            raise SeriesRefused(
                "no head was found in its images taken together, and in one of them a face may be in view; "
                + SERIES.left(deface)
            )
        return [replace(treated, before=volume, after=volume.stored, order=order) for volume, order in repetitions]
    check_still(volumes[0], volumes[1:])
    certain = treated.mask.keep & ~padding_mask(seen)
    measures = {**treated.measures, "repetitions": float(len(volumes))}
    done = []
    for volume, order in repetitions:
        mask = replace(treated.mask, keep=certain | (treated.mask.keep & padding_mask(volume)))
        each = replace(treated, before=volume, order=order, mask=mask, measures=measures)
        done.append(filled(each, deface.air_value, in_place=in_place))
    return done


def seen_together(volumes: Sequence[Volume]) -> Volume:
    """Return the volume in which a head is looked for: the mean of CT, which has less noise, else the first."""
    first = volumes[0]
    scales = {(*volume.slope, *volume.intercept) for volume in volumes}
    if len(volumes) == 1 or not first.unit or len(scales) > 1:
        return first
    total = np.zeros(first.shape, dtype=np.float32)
    for volume in volumes:
        total += volume.stored
    mean = np.rint(total / len(volumes), out=total)
    return replace(first, stored=mean.astype(first.stored.dtype))


def still_volume(files: Sequence[DicomFile]) -> Volume:
    """Return the one volume of single or enhanced images in which a head is looked for.

    Raises
    ------
    PixelError
        If they make none, or several in which the head does not lie still.
    """
    if is_enhanced(files[0]):
        return only_volume(files)
    volumes = [volume for volume, _ in assemble_repetitions(files)]
    check_still(volumes[0], volumes[1:])
    return seen_together(volumes)
