# SPDX-License-Identifier: Apache-2.0
"""NIfTI files beside the released images of a series, made from these; released, held and withdrawn with them."""

from __future__ import annotations

from dataclasses import replace

from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.formats.dicom.pixels import assemble
from SlicerDeidLib.formats.nifti import packed_labels, packed_volume
from SlicerDeidLib.model.record import SeriesRecord
from SlicerDeidLib.output.staging import SeriesWriter
from SlicerDeidLib.pipeline.pictures import REMOVED
from SlicerDeidLib.pipeline.series import SeriesTask
from SlicerDeidLib.pixels.head.outside import outside_air

IMAGE, DEFACED, MASK = ".nii.gz", "_defaced.nii.gz", "_defaced_mask.nii.gz"
"""How the names of a series' NIfTI files end: as it was released undefaced, or defaced with its mask."""


def with_niftis(task: SeriesTask, record: SeriesRecord) -> SeriesRecord:
    """Write a series that waits in staging as NIfTI too, a defaced one with its mask.

    Raises
    ------
    FormatError, PixelError
        If NIfTI cannot say how its slices lie, or they make no volume.
    DiskError
        If the output cannot be written.
    """
    volume, _ = assemble([read((task.staged.folder / name).read_bytes()) for name, _, _ in record.files])
    prefix = record.files[0][0].rpartition("_")[0]
    is_defaced = REMOVED in record.measures
    image = prefix + (DEFACED if is_defaced else IMAGE)
    files = {image: packed_volume(volume, image)}
    if is_defaced:
        files[prefix + MASK] = packed_labels(volume, ~outside_air(volume), MASK)
    with SeriesWriter(task.staged) as writer:
        for target, data in files.items():
            writer.write(target, [data])
        return replace(record, files=(*record.files, *writer.files()))
