# SPDX-License-Identifier: Apache-2.0
"""Pictures of one series for the private report, drawn from the files that were released."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.model.record import SeriesRecord
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.output.pictures import write_picture
from SlicerDeidLib.pipeline.series import SeriesTask
from SlicerDeidLib.pipeline.sources import read_unchanged
from SlicerDeidLib.pipeline.stacks import only_volume
from SlicerDeidLib.pixels.head.headpictures import FEWEST_SLICES, montage, rendered, side_by_side

VIEWS_DEGREES = (0.0, 45.0, 90.0)  # frontal, oblique, lateral
REMOVED = "removed_ml"  # the measure that every defacing method has


def draw(private: Path, task: SeriesTask, record: SeriesRecord, *, has_before: bool) -> None:
    """Draw a series that waits in staging into the private folder.

    Raises
    ------
    FormatError, PixelError, SeriesRefused, OSError
        If its files make no volume, or cannot be read, or the pictures not be written.
    """
    released = (task.staged.folder / name for name, _, _ in record.files)
    after = drawn(only_volume([read(path.read_bytes()) for path in released]), is_defaced=REMOVED in record.measures)
    write_picture(private, record.key, "after", after)
    if has_before:
        originals = [read_unchanged(task.root, instance) for instance in task.plan.instances]
        write_picture(private, record.key, "before", drawn(only_volume(originals), is_defaced=False))


def drawn(volume: Volume, *, is_defaced: bool) -> bytes:
    """Return a PNG: the head from three sides, below it slices with the border of what stays."""
    slices = montage(volume, is_defaced=is_defaced)
    parts = [slices]
    if len(volume.stored) >= FEWEST_SLICES:
        parts.insert(0, np.repeat(side_by_side(rendered(volume, VIEWS_DEGREES))[..., None], 3, axis=2))
    stream = io.BytesIO()
    Image.fromarray(_below(parts)).save(stream, "PNG")
    return stream.getvalue()


def _below(parts: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return pictures one below the other, each in the middle."""
    width = max(part.shape[1] for part in parts)
    rows = []
    for part in parts:
        left = (width - part.shape[1]) // 2
        rows.append(np.pad(part, ((0, 0), (left, width - part.shape[1] - left), (0, 0))))
    together: NDArray[np.uint8] = np.vstack(rows)
    return together
