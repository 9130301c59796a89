# SPDX-License-Identifier: Apache-2.0
"""The mask of a defaced series as DICOM Segmentation beside its released images, made from these."""

from __future__ import annotations

from dataclasses import replace

from SlicerDeidLib import __version__
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.formats.dicom.pixels import assemble
from SlicerDeidLib.formats.dicom.segmentation import packed_segmentation
from SlicerDeidLib.headers.filemeta import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.record import SeriesRecord
from SlicerDeidLib.output.entry import MASK_SEG, is_image
from SlicerDeidLib.output.staging import SeriesWriter
from SlicerDeidLib.pipeline.pictures import REMOVED
from SlicerDeidLib.pipeline.series import SeriesTask
from SlicerDeidLib.pixels.head.outside import outside_air


def with_mask_seg(task: SeriesTask, record: SeriesRecord) -> SeriesRecord:
    """Write the mask of a series that waits in staging; one that was not defaced has none.

    Raises
    ------
    FormatError, PixelError
        If its slices make no volume, or a segmentation cannot say how they lie.
    DiskError
        If the output cannot be written.
    """
    if REMOVED not in record.measures:
        return record
    names = [name for name, _, _ in record.files if is_image(name)]
    slices = [(task.staged.folder / name).read_bytes() for name in names]
    volume, order = assemble([read(data) for data in slices])
    pseudonyms = KeyedPseudonyms(task.key, task.release)

    def new_uid(word: str) -> str:
        return pseudonyms.uid(f"mask {task.staged.token} {word}")  # no original UID is called so

    program = (IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME)
    chunks = packed_segmentation(
        [slices[number] for number in order], ~outside_air(volume), program, __version__, new_uid
    )
    with SeriesWriter(task.staged) as writer:
        writer.write(names[0].rpartition("_")[0] + MASK_SEG, chunks)
        return replace(record, files=(*record.files, *writer.files()))
