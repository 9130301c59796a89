# SPDX-License-Identifier: Apache-2.0
"""A finished series, waiting or released, looked at anew, by itself or beside its original; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import FormatError, PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.formats.dicom.pixels import as_seen, assemble, decode
from SlicerDeidLib.model.volume import SAME_PLACE_MM, HeaderRow, HeadMask, Preview, Volume
from SlicerDeidLib.output.staging import is_token
from SlicerDeidLib.pipeline.headerrows import header_rows
from SlicerDeidLib.pipeline.preview import stacked
from SlicerDeidLib.pipeline.review import HeldSeries
from SlicerDeidLib.pixels.head.headpictures import FEWEST_SLICES, rendered

_SPECK_PX = 2  # pixels: noise of air is finer


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """A finished series in memory.

    Attributes
    ----------
    preview : Preview
        ``before`` is the original, ``mask`` what differs from it; without an original, as released, and no mask.
    slices : dict of str to int
        Which slice each file is; of files with several frames the first one.
    """

    preview: Preview
    slices: dict[str, int] = field(repr=False)
    has_original: bool


def open_finished(series: HeldSeries, original: Volume | None = None) -> Finished:
    """Read a finished series, to be looked at.

    Parameters
    ----------
    original : Volume, optional
        Its original; not used when its slices are not those of the series.

    Raises
    ------
    FormatError, PixelError, OSError
        If a file cannot be read or decoded.
    """
    files = _files(series)
    volume, slices = _voxels(files)
    headers = tuple(
        HeaderRow(row.path, row.keyword, None, row.after, "released", "") for row in header_rows(files[0], files[0], ())
    )
    places = dict(zip(series.files, slices, strict=True))
    if original is None or not _is_same_place(original, volume):
        return Finished(Preview("text", True, volume, volume.stored, headers=headers), places, has_original=False)
    mask = HeadMask(~_replaced(original.stored, volume.stored), "compared")
    preview = Preview("text", True, original, volume.stored, mask, headers=headers)
    return Finished(preview, places, has_original=True)


def _files(series: HeldSeries) -> list[DicomFile]:
    """Read the files of a series; one that is missing is said by its name, which is de-identified."""
    files = []
    for name in series.files:
        try:
            files.append(read(series.folder / name))
        except FileNotFoundError as error:
            raise FormatError(_missing(series, name)) from error
    return files


def _missing(series: HeldSeries, name: str) -> str:
    is_waiting = is_token(series.folder.name)
    place = "the folder beside the output where finished series wait" if is_waiting else "the output folder"
    if not (series.folder.parent if is_waiting else series.folder).is_dir():
        return f"{place[0].upper()}{place[1:]} is not there: it was moved or deleted; put it back where it was."
    return f"{name} is missing in {place}; put it back, or make {series.place} again."


def _voxels(files: list[DicomFile]) -> tuple[Volume, list[int]]:
    """Put files together; return the slice of each file too."""
    try:
        volume, order = assemble(files)
    except PixelError:
        frames = [[as_seen(file, frame) for frame in decode(file)] for file in files]
        counts = [len(several) for several in frames]
        return stacked(frames), [sum(counts[:number]) for number in range(len(files))]
    return volume, [order.index(number) for number in range(len(files))]


def _replaced(before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.bool_]:
    """Return what was replaced, with the specks in it that had the value of the air already: (k, j, i) bool."""
    changed: NDArray[np.bool_] = before != after
    if changed.any():
        values, counts = np.unique(after[changed], return_counts=True)
        closed = ndimage.binary_closing(changed, np.ones((1, 3, 3), bool), iterations=_SPECK_PX)
        changed |= closed & (after == values[counts.argmax()])
    return changed


def _is_same_place(first: Volume, second: Volume) -> bool:
    return first.shape == second.shape and bool(np.abs(first.positions - second.positions).max() <= SAME_PLACE_MM)


def head_picture(
    series: HeldSeries, original: Volume | None = None, *, azimuth_degrees: float = 30.0
) -> NDArray[np.uint8]:
    """Draw the largest piece of a series, which no holder hides; of images without CT numbers the middle one.

    Parameters
    ----------
    original : Volume, optional
        Its original, which is drawn to the left of it at the same scale; not when its slices are other ones.
    azimuth_degrees : float
        0 is from the front, positive from the head's left.

    Returns
    -------
    (row, column) array
        8-bit grey on black; of a head square, with an original twice as wide.

    Raises
    ------
    FormatError, PixelError, OSError
        If a file cannot be read or decoded.
    """
    volume, _ = _voxels(_files(series))
    is_shown = original is not None and _is_same_place(original, volume)
    volumes = [original, volume] if original is not None and is_shown else [volume]
    if volume.unit == "HU" and len(volume.stored) >= FEWEST_SLICES:
        return _cropped([rendered(each, [azimuth_degrees])[0] for each in volumes])
    return np.hstack([_as_grey(each.stored[len(each.stored) // 2]) for each in volumes])


def _cropped(pictures: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return the square around what is not black in any of some pictures of one size, side by side."""
    places = np.argwhere(np.maximum.reduce(pictures))
    if not len(places):
        return np.hstack(pictures)
    low, high = places.min(axis=0), places.max(axis=0) + 1
    rows, columns = high - low
    side = max(rows, columns)
    top, left = (side - rows) // 2, (side - columns) // 2
    squares = np.zeros((len(pictures), side, side), np.uint8)
    for square, picture in zip(squares, pictures, strict=True):
        square[top : top + rows, left : left + columns] = picture[low[0] : high[0], low[1] : high[1]]
    return np.hstack(list(squares))


def _as_grey(frame: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a frame in 8-bit grey, its darkest and brightest hundredth cut off."""
    low, high = np.percentile(frame, [1, 99])
    grey: NDArray[np.uint8] = np.rint(255.0 * ((frame - low) / max(high - low, 1.0)).clip(0.0, 1.0)).astype(np.uint8)
    return grey
