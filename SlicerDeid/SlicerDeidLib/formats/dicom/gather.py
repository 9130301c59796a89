# SPDX-License-Identifier: Apache-2.0
"""Read the slices of a series into one array: their pixels lie in memory once, and in no file besides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.decode import decode, pixel_element
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.formats.dicom.syntax import syntax_of
from SlicerDeidLib.model.element import Element


def gather(sources: Iterable[bytes], count: int) -> tuple[list[DicomFile], NDArray[Any] | None]:
    """Read files whose pixels move into one array, in the order of the files.

    Parameters
    ----------
    sources : iterable of bytes
        The files of one series; each is let go as soon as it is read.
    count : int
        How many they are.

    Returns
    -------
    files : list of DicomFile
        What is written into the array changes their pixels too.
    stored : (file, row, column) array or None
        Stored values, for ``assemble``; None where the files do not allow that: compressed ones, those of several
        frames, with bits that are no pixels, or of another size than the first.

    Raises
    ------
    FormatError
        As ``dicomfile.read``.
    """
    files: list[DicomFile] = []
    stored: NDArray[Any] | None = None
    is_alike = True
    for number, data in enumerate(sources):
        file = read(data)
        files.append(file)
        plane = _only_plane(file) if is_alike else None
        if stored is None and plane is not None:
            stored = np.empty((count, *plane.shape), plane.dtype)
        if stored is None or plane is None or (plane.shape, plane.dtype) != (stored.shape[1:], stored.dtype):
            is_alike = False
            continue
        stored[number] = plane
        old = pixel_element(file)
        value = memoryview(stored[number]).toreadonly().cast("B")
        file.dataset[old.tag] = Element(old.tag, old.vr, value)
    return files, stored if is_alike else None


def _only_plane(file: DicomFile) -> NDArray[Any] | None:
    """Return the plane that is all that the pixel data holds, as it lies there; None where there is no such."""
    if syntax_of(file.transfer_syntax_uid).is_encapsulated:
        return None
    try:
        planes, value = decode(file), pixel_element(file).value
    except PixelError:  # who puts the slices together says why
        return None
    is_all = len(planes) == 1 and planes.ndim == 3 and planes.nbytes == len(value)
    if not is_all or not np.may_share_memory(planes, np.frombuffer(value, np.uint8)):
        return None
    plane: NDArray[Any] = planes[0]
    return plane
