# SPDX-License-Identifier: Apache-2.0
"""JPEG Extended of 12 bits (PS3.5 A.4.1, process 4): lossy frames, which pydicom gives to none of its decoders.

GDCM decodes them as libjpeg-turbo does, voxel by voxel; where it is told of another precision than the frame's own it
gives other values without a word, so that is compared first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.layout import PixelLayout
from SlicerDeidLib.formats.dicom.syntax import JPEG
from SlicerDeidLib.formats.silence import unheard

EXTENDED = JPEG + "51"
WAY_OUT = "decompress the images with a program that can read them, and plan again"
"""What a user may do about pixels that cannot be decoded here."""
_PRECISION = 12  # bits
_WORD_BITS = 16
_SIZED = range(0xC0, 0xD0)  # markers of a frame header, ITU-T T.81 B.2.2, but for those of tables
_TABLES = frozenset({0xC4, 0xC8, 0xCC})
_DECODED_AS = "MONOCHROME2"  # GDCM turns no values round for either of the two


def is_wide(uid: str, layout: PixelLayout) -> bool:
    """Say whether frames are JPEG Extended of more than 8 bits."""
    return uid == EXTENDED and layout.bits_stored > 8


def decode_wide(value: bytes, layout: PixelLayout, **tables: Any) -> NDArray[Any]:
    """Decode frames of which ``is_wide`` holds.

    Parameters
    ----------
    tables : dict
        The extended offset table, as pydicom's decoders take it.

    Raises
    ------
    PixelError
        If a frame is none of one sample and 12 bits, or is damaged.
    """
    from pydicom.encaps import generate_frames

    frames = generate_frames(value, number_of_frames=layout.frames, **tables)
    return np.stack([_decoded(frame, layout) for frame in frames])


def _decoded(frame: bytes, layout: PixelLayout) -> NDArray[Any]:
    """Decode one frame."""
    import gdcm

    said = _size_of(frame)
    if said != (_PRECISION, layout.rows, layout.columns, 1) or layout.bits_stored != _PRECISION:
        raise PixelError(
            f"the pixel data (JPEG Extended) is not of 12 bits and one sample, or not what the header says; {WAY_OUT}"
        )
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((layout.columns, layout.rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(_DECODED_AS)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(EXTENDED)))
    image.SetPixelFormat(gdcm.PixelFormat(1, _WORD_BITS, _PRECISION, _PRECISION - 1, 0))
    with unheard():  # it tries 8 bits first, and says of each frame that they are more
        buffer = image.GetBuffer()
    values = np.frombuffer((buffer or "").encode("utf-8", "surrogateescape"), np.dtype("<u2"))
    if values.size != layout.rows * layout.columns:
        raise PixelError(f"the pixel data (JPEG Extended) is damaged; {WAY_OUT}")
    return values.reshape(layout.rows, layout.columns).astype(layout.dtype)


def _size_of(frame: bytes) -> tuple[int, int, int, int] | None:
    """Return precision, rows, columns and samples that the frame's own header says; None where it has none."""
    place = 2  # behind the marker that every frame begins with
    while place + 10 <= len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if marker == 0xFF:  # padding
            place += 1
            continue
        if marker in _SIZED and marker not in _TABLES:
            rows, columns = (int.from_bytes(frame[at : at + 2], "big") for at in (place + 5, place + 7))
            return frame[place + 4], rows, columns, frame[place + 9]
        place += 2 + int.from_bytes(frame[place + 2 : place + 4], "big")
    return None
