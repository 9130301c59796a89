# SPDX-License-Identifier: Apache-2.0
"""Single-frame slices of which several lie at each place (time points, kernels, echoes, b-values): a volume of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.values import bytes_value, code_value, integer, text_value
from SlicerDeidLib.formats.dicom.volume import Slice, assemble, check_alike, single_slice
from SlicerDeidLib.model.volume import SAME_PLACE_MM, Volume

_TEMPORAL_POSITION, _ECHO, _ACQUISITION, _INSTANCE = 0x00200100, 0x00180086, 0x00200012, 0x00200013
_KERNEL, _B_VALUE = 0x00181210, 0x00189087  # a b-value is only compared, so its bytes do
_MOMENTS = (0x0008002A, 0x00080022, 0x00080032, 0x00080023, 0x00080033)  # date and time of acquisition, of content
UNEVEN = (
    "some places were imaged more often than others, or not at all time points, so one mask cannot serve all images; "
    "split the series"
)


def assemble_repetitions(
    files: Sequence[DicomFile], stored: NDArray[Any] | None = None
) -> list[tuple[Volume, list[int]]]:
    """Put slices together; where several lie at each place, one volume for each of them.

    At each place images follow each other by temporal position, echo, b-value, kernel, acquisition number, date and
    time of acquisition and of content, and instance number.

    Parameters
    ----------
    files : sequence of DicomFile
        One series, in any order.
    stored : (file, row, column) array, optional
        As for ``assemble``.

    Returns
    -------
    list of (Volume, list of int)
        As ``assemble``; the numbers are places in ``files``, and all volumes have the same positions.

    Raises
    ------
    PixelError
        As ``assemble``, and when the volumes would not cover the same places.
    """
    if not files:
        return [assemble(files)]
    slices = [single_slice(file) for file in files]
    for other in slices[1:]:
        check_alike(slices[0], other)
    places = _places(slices)
    if len({len(place) for place in places}) > 1:
        raise PixelError(UNEVEN)
    for place in places:
        place.sort(key=lambda number: (*_kind(files[number]), *_moment(files[number])))
    found = []
    for numbers in zip(*places, strict=True):
        if len(places[0]) > 1 and len({_kind(files[number]) for number in numbers}) > 1:
            raise PixelError(UNEVEN)
        is_all = list(numbers) == list(range(len(files)))
        volume, order = assemble([files[number] for number in numbers], stored if is_all else None)
        found.append((volume, [numbers[k] for k in order]))
    return found


def _places(slices: Sequence[Slice]) -> list[list[int]]:
    """Return which images lie at each place along the normal of the first."""
    distances = np.array([each.position @ slices[0].normal for each in slices])
    places: list[list[int]] = []
    for number in np.argsort(distances, kind="stable").tolist():
        first = places[-1][0] if places else number
        if not places or distances[number] - distances[first] >= SAME_PLACE_MM:
            places.append([number])
        elif np.linalg.norm(slices[number].position - slices[first].position) >= SAME_PLACE_MM:
            raise PixelError("two images lie beside each other in one plane, so they make no volume")
        else:
            places[-1].append(number)
    return places


def _kind(file: DicomFile) -> tuple[int, int, bytes, str]:
    """Return what all images of one volume have in common."""
    elements = file.dataset
    time, echo = _integer(file, _TEMPORAL_POSITION), _integer(file, _ECHO)
    return time, echo, bytes_value(elements, _B_VALUE), text_value(elements, _KERNEL)


def _moment(file: DicomFile) -> tuple[int | str, ...]:
    """Return when an image was made among those of one place."""
    moments = (code_value(file.dataset, tag) for tag in _MOMENTS)
    return (_integer(file, _ACQUISITION), *moments, _integer(file, _INSTANCE))


def _integer(file: DicomFile, tag: int) -> int:
    number = integer(file.dataset, tag)
    return -1 if number is None else number
