# SPDX-License-Identifier: Apache-2.0
"""Arrays of stored values to Pixel Data, and what else of the header must then change."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.decode import decode, pixel_element, plain_view, stored_bits
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.fragments import without_hidden
from SlicerDeidLib.formats.dicom.layout import PixelLayout, layout_of
from SlicerDeidLib.formats.dicom.syntax import (
    EXPLICIT_LITTLE,
    JPEG,
    JPEG2000,
    JPEG_LS,
    PIXEL_DATA,
    PIXEL_TAGS,
    syntax_of,
)
from SlicerDeidLib.formats.dicom.transcode import transcode
from SlicerDeidLib.formats.dicom.values import code_value
from SlicerDeidLib.model.element import Element, Elements

_LOSSY = frozenset(  # PS3.5 A.4: cannot be lossless
    {JPEG + number for number in ("50", "51", "81", "100", "101", "102", "103", "104", "105", "106", "107", "108")}
)
_OFFSET_TABLES = (0x7FE00001, 0x7FE00002, 0x7FE00003)  # Extended Offset Table, its lengths, Total Length
_LUMINANCE = frozenset({"YBR_FULL", "YBR_FULL_422"})  # PS3.3 C.7.6.3.1.2; no decoder here makes them red, green, blue
_COMPRESSED_ONLY = _LUMINANCE | {
    "YBR_RCT",
    "YBR_ICT",
}  # uncompressed, ultrasound is red, green, blue: PS3.3 C.8.5.6.1.2
_PHOTOMETRIC, _PLANAR, _LOSSY_COMPRESSION = 0x00280004, 0x00280006, 0x00282110
_SMALLEST, _LARGEST = 0x00280106, 0x00280107
_IN_SERIES = (0x00280108, 0x00280109)
_IN_PLANE = (0x00280110, 0x00280111)


def encode(file: DicomFile, frames: NDArray[Any]) -> None:
    """Put new stored values in place of the old ones.

    Uncompressed files stay in their transfer syntax, compressed ones become Explicit VR Little Endian; colours that
    uncompressed pixels share beside each other become one for each (YBR_FULL); that the image
    once was lossy compressed stays said. Smallest and Largest Image Pixel Value are made right where they were there;
    those in the series are removed.

    Parameters
    ----------
    frames : ndarray
        As ``decode`` returned it: same shape and type, values that the stored bits hold.

    Raises
    ------
    PixelError
        If ``frames`` does not fit the header, or this kind of pixel data cannot be written.
    """
    layout = layout_of(file)
    element = pixel_element(file)
    _check_frames(frames, layout)
    plain = layout
    if syntax_of(file.transfer_syntax_uid).is_encapsulated:
        _become_uncompressed(file, layout)
        plain = layout_of(file)
        frames = _as_rgb(frames) if layout.photometric in _LUMINANCE else frames
        vr = "OB" if layout.bits_allocated == 8 else "OW"
    elif layout.is_plain:
        vr = element.vr
    elif layout.is_halved:  # each pixel gets a colour of its own: else the one beside a filled box would change
        vr = element.vr
        file.dataset[_PHOTOMETRIC] = Element(_PHOTOMETRIC, "CS", b"YBR_FULL")
        plain = layout_of(file)
    else:
        raise PixelError("this kind of pixel data can be read but not written")
    value = _bytes(frames, plain, vr, file.byte_order)
    file.dataset[element.tag] = Element(element.tag, vr, value)
    _renew_range(file.dataset, frames, layout, file.byte_order)


def remove_hidden(file: DicomFile, layout: PixelLayout | None = None) -> bool:
    """Remove what lies in Pixel Data but in no pixel: bits above the stored ones, bytes after the frames.

    Overlays and text can lie there. The stored values stay as they are. Compressed Pixel Data loses comments and
    application data of its codestreams, tables that no scan uses and what follows the coded data; only when the
    header says that an overlay lies in it, it is decoded and stays uncompressed: call this before overlays are
    removed from the header.

    Parameters
    ----------
    layout : PixelLayout, optional
        Of uncompressed Pixel Data, where it is known: then the header does not have to say it.

    Returns
    -------
    bool
        Whether there was something.

    Raises
    ------
    PixelError
        If the header contradicts the pixel data, or a codestream holds something that cannot be taken out.
    """
    if file.dataset.keys().isdisjoint(PIXEL_TAGS):
        return False
    element = pixel_element(file)
    if syntax_of(file.transfer_syntax_uid).is_encapsulated:
        return _remove_hidden_compressed(file, element)
    layout = layout or layout_of(file)
    size = layout.size_bytes
    has_excess = bytes(element.value[size:]) not in (b"", b"\0" * (size % 2))
    if layout.is_plain:
        stored = plain_view(element, layout, file.byte_order)
        cleared = stored_bits(stored, layout)
        has_excess |= cleared is not stored
        value = _bytes(cleared, layout, element.vr, file.byte_order) if has_excess else b""
    elif len(element.value) >= layout.whole_bytes > size:
        raise PixelError("the pixel data is longer than pixels that share their colours make it")
    else:
        value = bytes(element.value[:size]) + b"\0" * (size % 2)
    if has_excess:
        file.dataset[element.tag] = Element(element.tag, element.vr, value)
    return has_excess


def _remove_hidden_compressed(file: DicomFile, element: Element) -> bool:
    """Remove an overlay in spare bits, and comments and rubbish of codestreams."""
    if _has_embedded_overlay(file.dataset):
        encode(file, decode(file))
        return True
    layout = layout_of(file)
    value = without_hidden(
        element.value,
        file.transfer_syntax_uid,
        layout.frames,
        segments=layout.samples * layout.bits_allocated // 8,
        segment_bytes=layout.rows * layout.columns,
    )
    if value is not None:
        for tag in _OFFSET_TABLES:
            file.dataset.pop(tag, None)
        file.dataset[PIXEL_DATA] = Element(PIXEL_DATA, element.vr, value, undefined_length=True)
    if file.transfer_syntax_uid in JPEG_LS:  # its decoder refuses data behind the last sample, which nothing else sees
        decode(file)
    return value is not None


def _has_embedded_overlay(dataset: Elements) -> bool:
    """Whether an overlay plane (60xx) has no data of its own: then it lies in spare bits of the pixels."""
    groups = {tag >> 16 for tag in dataset if tag >> 24 == 0x60 and not tag >> 16 & 1}
    return any((group << 16 | 0x3000) not in dataset for group in groups)


def drop_series_range(file: DicomFile) -> None:
    """Remove Smallest and Largest Pixel Value in Series, which other slices' pixels can make wrong."""
    for tag in _IN_SERIES:
        file.dataset.pop(tag, None)


def _check_frames(frames: NDArray[Any], layout: PixelLayout) -> None:
    """Refuse an array that the header does not describe."""
    if frames.shape != layout.shape or frames.dtype != layout.dtype:
        raise PixelError("the new pixels do not have the shape and type that the header says")
    if layout.is_float:
        return
    low, high = layout.stored_range
    if int(frames.min()) < low or int(frames.max()) > high:
        raise PixelError("the new pixels hold values that the stored bits cannot hold")


def _bytes(frames: NDArray[Any], layout: PixelLayout, vr: str, byte_order: str) -> bytes:
    """Encode stored values, with the value's padding."""
    if layout.high_bit + 1 > layout.bits_stored:
        frames = np.left_shift(frames, layout.high_bit + 1 - layout.bits_stored)
    if layout.samples > 1 and layout.planar == 1:
        frames = np.moveaxis(frames, -1, 1)
    is_big = byte_order == "big"
    data = frames.astype(frames.dtype.newbyteorder(">"), copy=False).tobytes() if is_big else frames.tobytes()
    data += b"\0" * (len(data) % 2)
    if is_big and layout.bits_allocated == 8 and vr == "OW":
        data = np.frombuffer(data, np.uint16).byteswap().tobytes()
    return data


def _as_rgb(frames: NDArray[Any]) -> NDArray[Any]:
    """Return frames of luminance and chrominance as red, green and blue."""
    from pydicom.pixels.processing import convert_color_space  # late: header-only runs convert nothing

    return np.stack([convert_color_space(frame, "YBR_FULL", "RGB") for frame in frames])


def _become_uncompressed(file: DicomFile, layout: PixelLayout) -> None:
    """Change the header of a compressed file to that of an uncompressed one; its Pixel Data goes."""
    dataset = file.dataset
    is_known = layout.is_rgb or layout.photometric in _LUMINANCE or file.transfer_syntax_uid in JPEG2000
    if not layout.is_writable or (layout.samples > 1 and not is_known):
        raise PixelError("this kind of compressed pixel data can be read but not written")
    if layout.photometric in _COMPRESSED_ONLY:
        dataset[_PHOTOMETRIC] = Element(_PHOTOMETRIC, "CS", b"RGB ")
    if layout.samples > 1:
        dataset[_PLANAR] = Element(_PLANAR, "US", b"\0\0")
    if file.transfer_syntax_uid in _LOSSY and code_value(dataset, _LOSSY_COMPRESSION) != "01":
        dataset[_LOSSY_COMPRESSION] = Element(_LOSSY_COMPRESSION, "CS", b"01")
    for tag in (*_OFFSET_TABLES, PIXEL_DATA):
        dataset.pop(tag, None)
    transcode(file, EXPLICIT_LITTLE)


def _renew_range(dataset: Elements, frames: NDArray[Any], layout: PixelLayout, byte_order: str) -> None:
    """Make Smallest and Largest Image Pixel Value right where they are there; remove those over several images."""
    for tag in (*_IN_SERIES, *_IN_PLANE):
        dataset.pop(tag, None)
    code = (">" if byte_order == "big" else "<") + ("h" if layout.is_signed else "H")
    for tag, extreme in ((_SMALLEST, np.min), (_LARGEST, np.max)):
        if tag not in dataset:
            continue
        if layout.bits_stored > 16 or layout.samples > 1:
            del dataset[tag]
        else:
            dataset[tag] = Element(tag, "SS" if layout.is_signed else "US", struct.pack(code, int(extreme(frames))))
