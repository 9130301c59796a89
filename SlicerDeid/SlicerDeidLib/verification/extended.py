# SPDX-License-Identifier: Apache-2.0
"""Extended: JPEG of 12 bits, which pydicom has no decoder for, given to GDCM frame by frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGExtended12Bit

from SlicerDeidLib.formats.silence import unheard

PRECISION, WORD_BITS = 12, 16


def is_extended(dataset: Dataset) -> bool:
    """Whether a file's pixels are JPEG Extended of 12 bits and one sample."""
    said = dataset.file_meta.get("TransferSyntaxUID"), dataset.get("BitsStored"), dataset.get("SamplesPerPixel")
    return said == (JPEGExtended12Bit, PRECISION, 1)


def extended_values(dataset: Dataset) -> NDArray[Any]:
    """Decode the stored values of a file of which ``is_extended`` holds, as ``pixel_array`` of pydicom.

    Raises
    ------
    ValueError
        If a frame is damaged.
    """
    count = int(dataset.get("NumberOfFrames") or 1)
    frames = [_decoded(frame, dataset) for frame in generate_frames(dataset.PixelData, number_of_frames=count)]
    values = np.stack(frames).astype(np.int16)  # 12 bits have room for their sign
    if dataset.PixelRepresentation:
        values = (values ^ (1 << (PRECISION - 1))) - (1 << (PRECISION - 1))
    return values[0] if count == 1 else values


def _decoded(frame: bytes, dataset: Dataset) -> NDArray[Any]:
    """Decode one frame."""
    import gdcm  # late: few outputs hold such frames

    held = gdcm.SequenceOfFragments.New()
    one = gdcm.Fragment()
    one.SetByteStringValue(frame)
    held.AddFragment(one)
    pixels = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    pixels.SetValue(held.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((int(dataset.Columns), int(dataset.Rows), 1))
    image.SetDataElement(pixels)
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGExtendedProcess2_4))
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(gdcm.PhotometricInterpretation.MONOCHROME2))
    image.SetPixelFormat(gdcm.PixelFormat(1, WORD_BITS, PRECISION, PRECISION - 1, 0))
    with unheard():
        decoded = image.GetBuffer()
    if decoded is None:
        raise ValueError
    return np.frombuffer(decoded.encode("utf-8", "surrogateescape"), "<u2").reshape(dataset.Rows, dataset.Columns)
