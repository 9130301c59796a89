# SPDX-License-Identifier: Apache-2.0
"""PixelLayout: what the header says of how pixels are stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.syntax import FLOAT_BITS, PIXEL_DATA
from SlicerDeidLib.formats.dicom.values import code_value, integer, word

LAYOUT_TAGS = frozenset(
    {0x00280002, 0x00280004, 0x00280006, 0x00280008, 0x00280010, 0x00280011, *range(0x00280100, 0x00280104)}
)
"""What ``layout_of`` reads, besides which kind of pixels there is."""

_SUBSAMPLED = {"YBR_FULL_422": 2 / 3, "YBR_PARTIAL_422": 2 / 3, "YBR_PARTIAL_420": 1 / 2}  # of the samples are stored


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """The Image Pixel module (PS3.3 C.7.6.3) as numbers.

    Attributes
    ----------
    planar : int
        PlanarConfiguration: 1 where samples are stored plane by plane.
    is_float : bool
        Whether the pixels are floating point numbers (PS3.3 C.7.6.24).
    """

    rows: int
    columns: int
    frames: int
    samples: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    planar: int
    photometric: str
    is_float: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """(frames, rows, columns) or (frames, rows, columns, samples)."""
        shape = (self.frames, self.rows, self.columns)
        return shape if self.samples == 1 else (*shape, self.samples)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of a stored value in memory."""
        return _dtype("f" if self.is_float else "i" if self.is_signed else "u", self.bits_allocated)

    @property
    def is_writable(self) -> bool:
        """Whether a stored value is an integer of whole words."""
        return self.bits_allocated in (8, 16, 32) and not self.is_float

    @property
    def is_plain(self) -> bool:
        """Whether uncompressed pixels are an array as it stands."""
        return self.is_float or (self.is_writable and self.photometric not in _SUBSAMPLED)

    @property
    def is_rgb(self) -> bool:
        """Whether samples are red, green and blue, which no decoder converts."""
        return self.photometric == "RGB"

    @property
    def is_halved(self) -> bool:
        """Whether two pixels beside each other share their colour when they are uncompressed: PS3.3 C.7.6.3.1.2."""
        is_usual = self.samples == 3 and self.planar == 0 and self.bits_allocated == 8
        return is_usual and self.photometric == "YBR_FULL_422" and self.columns % 2 == 0

    @property
    def whole_bytes(self) -> int:
        """How long uncompressed Pixel Data is whose pixels share nothing, without padding."""
        return -(-self.frames * self.rows * self.columns * self.samples * self.bits_allocated // 8)

    @property
    def size_bytes(self) -> int:
        """How long uncompressed Pixel Data is, without padding."""
        return round(self.whole_bytes * _SUBSAMPLED.get(self.photometric, 1))

    @property
    def stored_range(self) -> tuple[int, int]:
        """The lowest and highest value that the stored bits hold, of integers."""
        if self.is_signed:
            return -(1 << self.bits_stored - 1), (1 << self.bits_stored - 1) - 1
        return 0, (1 << self.bits_stored) - 1

    def options(self) -> dict[str, Any]:
        """Return the options that pydicom's decoders take."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "number_of_frames": self.frames,
            "samples_per_pixel": self.samples,
            "bits_allocated": self.bits_allocated,
            "bits_stored": self.bits_stored,
            "pixel_representation": int(self.is_signed),
            "photometric_interpretation": self.photometric,
            "planar_configuration": self.planar,
            "pixel_keyword": "PixelData",
        }


@lru_cache(maxsize=32)
def _dtype(kind: str, bits_allocated: int) -> np.dtype[Any]:
    return np.dtype(f"{kind}{next(bits for bits in (8, 16, 32, 64) if bits >= bits_allocated) // 8}")


def layout_of(file: DicomFile) -> PixelLayout:
    """Read the layout of a file's pixels.

    Raises
    ------
    PixelError
        If an attribute is missing, malformed or contradicts another.
    """
    dataset, order = file.dataset, file.byte_order
    frames = integer(dataset, 0x00280008) if code_value(dataset, 0x00280008) else 1
    is_float = PIXEL_DATA not in dataset and any(tag in dataset for tag in FLOAT_BITS)
    bits_allocated = _word(dataset, 0x00280100, "BitsAllocated", order)
    bits_stored = bits_allocated if is_float else _word(dataset, 0x00280101, "BitsStored", order)
    layout = PixelLayout(
        rows=_word(dataset, 0x00280010, "Rows", order),
        columns=_word(dataset, 0x00280011, "Columns", order),
        frames=frames or 0,
        samples=word(dataset, 0x00280002, order) or 1,
        bits_allocated=bits_allocated,
        bits_stored=bits_stored,
        high_bit=_or(word(dataset, 0x00280102, order), bits_stored - 1),
        is_signed=_or(word(dataset, 0x00280103, order), 0) == 1,
        planar=_or(word(dataset, 0x00280006, order), 0),
        photometric=code_value(dataset, 0x00280004).upper(),
        is_float=is_float,
    )
    _check(layout)
    if is_float and any(tag in dataset and bits != bits_allocated for tag, bits in FLOAT_BITS.items()):
        raise PixelError("BitsAllocated contradicts the kind of floating point numbers that the pixels are")
    return layout


def _or(value: int | None, default: int) -> int:
    """Return ``value``, or ``default`` for None."""
    return default if value is None else value


def _word(dataset: Any, tag: int, keyword: str, byte_order: str) -> int:
    """Return a US that must be there."""
    value = word(dataset, tag, byte_order)
    if not value:
        raise PixelError(f"{keyword} is missing, so the pixels cannot be read")
    return value


def _check(layout: PixelLayout) -> None:
    """Refuse what contradicts itself."""
    allocated, stored = layout.bits_allocated, layout.bits_stored
    if allocated not in (1, 8, 16, 24, 32, 64) or not stored <= layout.high_bit + 1 <= allocated:
        raise PixelError("BitsAllocated, BitsStored and HighBit contradict each other")
    if layout.frames < 1:
        raise PixelError("NumberOfFrames is not a positive number")
    if layout.samples > 4:
        raise PixelError("SamplesPerPixel is more than 4")
