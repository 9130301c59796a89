# SPDX-License-Identifier: Apache-2.0
"""Slices to one Volume with its true geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.decode import decode
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.layout import PixelLayout, layout_of
from SlicerDeidLib.formats.dicom.values import code_value, decimals, word
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.volume import SAME_PLACE_MM, Volume

NOT_GREY = "only single-frame images with one sample of 8, 16 or 32 bits can be put together"

_MODALITY_LUT = 0x00283000
_PADDING_VALUE, _PADDING_LIMIT = 0x00280120, 0x00280121
_UNIT_TOLERANCE = 1e-3  # length and angle of cosines: vendors write 4 decimals and more
_PARALLEL_TOLERANCE = 1e-3  # difference of cosines between slices, 0.06 degrees
_SPACING_TOLERANCE = 1e-3  # relative
_HIGHEST_PADDING_HU = -200.0  # above fat's -120 HU with its noise: no padding, whatever the header says


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """Geometry and scale of one file, or of one frame.

    Attributes
    ----------
    position : (3,) float64
        LPS position of the first voxel, mm.
    cosines : (2, 3) float64
        Unit vectors along a row and along a column.
    spacing : (float, float)
        mm between rows, between columns.
    """

    layout: PixelLayout
    position: NDArray[np.float64]
    cosines: NDArray[np.float64]
    spacing: tuple[float, float]
    slope: float
    intercept: float
    padding: tuple[int, int] | None
    unit: str

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the slice, LPS."""
        normal: NDArray[np.float64] = np.cross(self.cosines[0], self.cosines[1])
        return normal


def assemble(files: Sequence[DicomFile], stored: NDArray[Any] | None = None) -> tuple[Volume, list[int]]:
    """Put single-frame slices together, by their position along the normal.

    Slices may be tilted against the stack and unevenly spaced (``slice_steps`` measures it).

    Parameters
    ----------
    files : sequence of DicomFile
        One series, in any order.
    stored : (file, row, column) array, optional
        The pixels of the files, where they were gathered: files that ascend already need no copy.

    Returns
    -------
    volume : Volume
        Stored values, once, in their own type.
    order : list of int
        ``order[k]`` is the index in ``files`` of slice ``k``.

    Raises
    ------
    PixelError
        If a slice has no position, or slices differ in orientation, size, spacing or type, or lie at the same place.
    """
    if not files:
        raise PixelError("there are no slices to put together")
    slices = [single_slice(file) for file in files]
    first = slices[0]
    for other in slices[1:]:
        check_alike(first, other)
    distances = np.array([s.position for s in slices]) @ first.normal
    order = [int(k) for k in np.argsort(distances, kind="stable")]
    if len(order) > 1 and float(np.min(np.diff(distances[order]))) < SAME_PLACE_MM:
        raise PixelError("two slices lie at the same place")
    if stored is None or order != list(range(len(files))):
        stored = np.empty((len(files), first.layout.rows, first.layout.columns), first.layout.dtype)
        for k, index in enumerate(order):
            stored[k] = decode(files[index])[0]
    return stacked([slices[index] for index in order], stored), order


def stacked(slices: Sequence[Slice], stored: NDArray[Any]) -> Volume:
    """Make a volume of slices that are alike and ascend along their normal, and their stored values (k, j, i)."""
    first = slices[0]
    return Volume(
        stored=stored,
        slope=np.array([s.slope for s in slices]),
        intercept=np.array([s.intercept for s in slices]),
        positions=np.array([s.position for s in slices]),
        i_step=first.cosines[0] * first.spacing[1],
        j_step=first.cosines[1] * first.spacing[0],
        padding=_common_padding(slices),
        stored_range=_common_range(slices),
        unit=first.unit,
    )


def slice_steps(volume: Volume) -> dict[str, float]:
    """Measure how evenly slices are spaced along the normal.

    Returns
    -------
    dict
        ``step_median_mm``, ``step_min_mm``, ``step_max_mm``: all 0 for a single slice.
    """
    if len(volume.positions) < 2:
        return dict.fromkeys(("step_median_mm", "step_min_mm", "step_max_mm"), 0.0)
    steps = np.diff(volume.positions @ volume.normal)
    return {
        "step_median_mm": float(np.median(steps)),
        "step_min_mm": float(np.min(steps)),
        "step_max_mm": float(np.max(steps)),
    }


def single_slice(file: DicomFile) -> Slice:
    """Read geometry and scale of a file with one frame; as ``slice_of``."""
    layout = layout_of(file)
    if layout.frames != 1:
        raise PixelError(NOT_GREY)
    return slice_of(file, layout, file.dataset)


def slice_of(file: DicomFile, layout: PixelLayout, elements: Elements) -> Slice:
    """Read geometry and scale.

    Parameters
    ----------
    elements : Elements
        Where position, orientation, spacing, scale and padding stand.

    Raises
    ------
    PixelError
        If one of them is missing or malformed, or the pixels are no numbers of one sample.
    """
    if layout.samples != 1 or not layout.is_writable:
        raise PixelError(NOT_GREY)
    if layout.photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise PixelError("only grey images can be put together")
    position = decimals(elements, 0x00200032, 3)
    if position is None:
        raise PixelError("ImagePositionPatient is missing or malformed in a slice")
    spacing = decimals(elements, 0x00280030, 2)
    if spacing is None or min(spacing) <= 0:
        raise PixelError("PixelSpacing is missing or malformed in a slice")
    slope, intercept, unit = _scale(elements)
    return Slice(
        layout=layout,
        position=np.array(position),
        cosines=_cosines(decimals(elements, 0x00200037, 6)),
        spacing=(spacing[0], spacing[1]),
        slope=slope,
        intercept=intercept,
        padding=_padding(elements, file.byte_order, layout, (slope, intercept, unit)),
        unit=unit,
    )


def _cosines(numbers: tuple[float, ...] | None) -> NDArray[np.float64]:
    """Return ImageOrientationPatient as two unit vectors."""
    if numbers is None:
        raise PixelError("ImageOrientationPatient is missing or malformed in a slice")
    cosines = np.array(numbers).reshape(2, 3)
    lengths = np.linalg.norm(cosines, axis=1)
    if np.abs(lengths - 1).max() > _UNIT_TOLERANCE or abs(float(cosines[0] @ cosines[1])) > _UNIT_TOLERANCE:
        raise PixelError("ImageOrientationPatient is not two perpendicular unit vectors in a slice")
    unit: NDArray[np.float64] = cosines / lengths[:, None]
    return unit


def _scale(elements: Elements) -> tuple[float, float, str]:
    """Return slope, intercept and unit of the values."""
    if _MODALITY_LUT in elements:
        raise PixelError("stored values are turned into real ones by a table (0028,3000), which cannot be handled")
    is_ct = code_value(elements, 0x00080060).upper() == "CT"
    slope, intercept = decimals(elements, 0x00281053, 1), decimals(elements, 0x00281052, 1)
    if not is_ct:
        return (slope[0] if slope else 1.0), (intercept[0] if intercept else 0.0), ""
    if slope is None or intercept is None or slope[0] <= 0:
        raise PixelError("RescaleSlope or RescaleIntercept is missing or malformed in a CT slice")
    return slope[0], intercept[0], "HU" if code_value(elements, 0x00281054).upper() in ("", "HU") else "US"


def _padding(
    elements: Elements, byte_order: str, layout: PixelLayout, scale: tuple[float, float, str]
) -> tuple[int, int] | None:
    """Return the range of stored values that a file declares as padding.

    The signs of the two attributes follow Pixel Representation, whatever their VR says. A range that reaches into
    tissue is no padding: voxels of it would be spared from defacing.
    """
    value = word(elements, _PADDING_VALUE, byte_order, signed=layout.is_signed)
    if value is None:
        return None
    limit = word(elements, _PADDING_LIMIT, byte_order, signed=layout.is_signed)
    low, high = sorted((value, value if limit is None else limit))
    slope, intercept, unit = scale
    if unit == "HU" and high * slope + intercept > _HIGHEST_PADDING_HU:
        return None
    return low, high


def _common_padding(slices: Sequence[Slice]) -> tuple[int, int] | None:
    """Return the padding that the slices have in common; None where they declare none, or contradict each other."""
    ranges = {s.padding for s in slices}
    return ranges.pop() if len(ranges) == 1 else None


def _common_range(slices: Sequence[Slice]) -> tuple[int, int]:
    """Return what every slice's stored bits can hold: scanners write 12 or 13 bits as a slice needs them."""
    ranges = [s.layout.stored_range for s in slices]
    return max(low for low, _ in ranges), min(high for _, high in ranges)


def check_alike(first: Slice, other: Slice) -> None:
    """Refuse slices that are no stack."""
    ours, theirs = first.layout, other.layout
    if (ours.rows, ours.columns) != (theirs.rows, theirs.columns):
        raise PixelError("slices differ in rows or columns")
    if ours.dtype != theirs.dtype:
        raise PixelError("slices differ in the type of their stored values")
    if ours.photometric != theirs.photometric:
        raise PixelError("slices differ in photometric interpretation")
    if np.abs(first.cosines - other.cosines).max() > _PARALLEL_TOLERANCE:
        raise PixelError("slices differ in orientation")
    if np.abs(np.divide(other.spacing, first.spacing) - 1).max() > _SPACING_TOLERANCE:
        raise PixelError("slices differ in pixel spacing")
    if first.unit != other.unit:
        raise PixelError("slices differ in the unit of their values")
