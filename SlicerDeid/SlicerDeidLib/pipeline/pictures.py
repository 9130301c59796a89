# SPDX-License-Identifier: Apache-2.0
"""Pictures of one series for the private report, drawn from the files that were released."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.files.whole import FULL
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.model.record import SeriesRecord
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.output.pictures import SeriesKey, write_picture
from SlicerDeidLib.pipeline.series import SeriesTask
from SlicerDeidLib.pipeline.sources import read_unchanged
from SlicerDeidLib.pipeline.stacks import only_volume
from SlicerDeidLib.pixels.head.headpictures import (
    FEWEST_SLICES,
    TILE_PX,
    TILES,
    montage,
    place_of_montage,
    rendered,
    side_by_side,
    slices_of_montage,
)

VIEWS_DEGREES = (0.0, 45.0, 90.0)  # frontal, oblique, lateral
REMOVED = "removed_ml"  # the measure that every defacing method has
SIDES = ("LR", "PA", "HF")  # where LPS axes point to and come from (PS3.3 C.7.6.1.1.1)
LETTERS = (255, 220, 120)  # RGB: yellow, which no slice has
MARGIN_PX = 3  # pixels from the edge of a tile to what is written in it


def draw(private: Path, task: SeriesTask, record: SeriesRecord, *, has_before: bool) -> None:
    """Draw a series that waits in staging into the private folder.

    Raises
    ------
    FormatError, PixelError, SeriesRefused, OSError
        If its files make no volume, or cannot be read, or the pictures not be written (which is said in words).
    """
    released = (task.staged.folder / name for name, _, _ in record.files)
    after, is_defaced = only_volume([read(path.read_bytes()) for path in released]), REMOVED in record.measures
    before = None
    if has_before:
        before = only_volume([read_unchanged(task.root, instance) for instance in task.plan.instances])
        _write(private, record.key, "before", drawn(before, is_defaced=False))
    _write(private, record.key, "after", drawn(after, before, is_defaced=is_defaced))


def _write(private: Path, key: SeriesKey, kind: str, data: bytes) -> None:
    """Write a picture, or say in words why the private folder does not take it: no picture is worth a run."""
    try:
        write_picture(private, key, kind, data)
    except OSError as error:
        why = f"the private folder cannot be written ({type(error).__name__}); check its permissions"
        if error.errno in FULL:
            why = "the disk of the private folder is full; make room there"
        raise SeriesRefused(f"{why}, and make the series again to have one") from error


def drawn(volume: Volume, original: Volume | None = None, *, is_defaced: bool) -> bytes:
    """Return a PNG: the head from three sides, below it slices with the border of what stays.

    Parameters
    ----------
    original : Volume, optional
        What the volume was; where its slices are the same ones, it is shown in the same places as in a picture of it.
    """
    around = original if original is not None and original.shape == volume.shape else volume
    parts = [_lettered(montage(volume, place_of_montage(around), is_defaced=is_defaced), volume)]
    if len(volume.stored) >= FEWEST_SLICES:
        views = rendered(volume, VIEWS_DEGREES)
        heads = side_by_side(views, views if around is volume else rendered(around, VIEWS_DEGREES))
        parts.insert(0, np.repeat(heads[..., None], 3, axis=2))
    stream = io.BytesIO()
    Image.fromarray(_below(parts)).save(stream, "PNG")
    return stream.getvalue()


def side_of(step: NDArray[np.float64]) -> str:
    """Return the letter of the patient's side from which an axis of an image comes.

    Parameters
    ----------
    step : (3,) float64
        Where it points to, LPS.
    """
    axis = int(np.abs(step).argmax())
    return SIDES[axis][int(step[axis] > 0)]


def _lettered(picture: NDArray[np.uint8], volume: Volume) -> NDArray[np.uint8]:
    """Write into each slice of a montage which one it is, from 1, and which side of the patient is at its left."""
    image = Image.fromarray(picture)
    pen = ImageDraw.Draw(image)
    for n, k in enumerate(slices_of_montage(len(volume.stored))):
        top, left = n // (TILES // 2) * TILE_PX, n % (TILES // 2) * TILE_PX
        pen.text((left + MARGIN_PX, top + MARGIN_PX), str(k + 1), fill=LETTERS)
        pen.text((left + MARGIN_PX, top + TILE_PX // 4), side_of(volume.i_step), fill=LETTERS)
    return np.asarray(image)


def _below(parts: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return pictures one below the other, each in the middle."""
    width = max(part.shape[1] for part in parts)
    rows = []
    for part in parts:
        left = (width - part.shape[1]) // 2
        rows.append(np.pad(part, ((0, 0), (left, width - part.shape[1] - left), (0, 0))))
    together: NDArray[np.uint8] = np.vstack(rows)
    return together
