# SPDX-License-Identifier: Apache-2.0
"""Pixel Data to an array of stored values."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.extended import WAY_OUT, decode_wide, is_wide
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.layout import PixelLayout, layout_of
from SlicerDeidLib.formats.dicom.syntax import FLOAT_BITS, JPEG, JPEG2000, PIXEL_DATA, syntax_of
from SlicerDeidLib.formats.dicom.values import code_value
from SlicerDeidLib.formats.silence import silenced
from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.standard.tables import attribute_type

_RLE = "1.2.840.10008.1.2.5"
_NAMES = {
    _RLE: "RLE",
    **dict.fromkeys(JPEG2000, "JPEG 2000"),
    **dict.fromkeys((JPEG + "57", JPEG + "70"), "JPEG Lossless"),
    **dict.fromkeys((JPEG + "80", JPEG + "81"), "JPEG-LS"),
    **dict.fromkeys((JPEG + "50", JPEG + "51"), "JPEG"),
}
_PLUGINS = {  # one decoder per syntax, so that results do not depend on what else is installed
    _RLE: "pydicom",  # pylibjpeg-rle panics on damaged data, past every except
    **dict.fromkeys(JPEG2000, "pylibjpeg"),
    **dict.fromkeys((JPEG + "80", JPEG + "81"), "pyjpegls"),
    **dict.fromkeys((JPEG + "50", JPEG + "51", JPEG + "57", JPEG + "70"), "gdcm"),
}
_DECODER_ERRORS = (  # what pydicom and the decoders behind it raise on bad data
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
_LOGGERS = ("pydicom", "pydicom.pixels.decoders.base", "openjpeg.decode", "jpeg_ls._CharLS")
_SOP_CLASS = 0x00080016
_EXTENDED_OFFSETS, _EXTENDED_LENGTHS = 0x7FE00001, 0x7FE00002


def decode(file: DicomFile) -> NDArray[Any]:
    """Decode the stored values.

    Returns
    -------
    ndarray
        (frames, rows, columns) or (frames, rows, columns, samples), of the type that Bits Allocated and Pixel
        Representation say; floating point numbers where the pixels are such. Bits above the stored ones are cleared
        (sign-extended). A read-only view of the file where that is possible.

    Raises
    ------
    PixelError
        If there are no pixels, the header contradicts them, or they cannot be decoded.
    """
    layout = layout_of(file)
    element = pixel_element(file)
    if syntax_of(file.transfer_syntax_uid).is_encapsulated:
        array = _decode_with_pydicom(file, element, layout)
    elif layout.is_plain:
        array = plain_view(element, layout, file.byte_order)
    else:
        array = _decode_with_pydicom(file, element, layout)
    return stored_bits(array, layout)


def pixel_element(file: DicomFile) -> Element:
    """Return (7FE0,0010), or the floating point numbers of an IOD that has them."""
    element = file.dataset.get(PIXEL_DATA)
    if element is not None:
        return element
    floats = [tag for tag in FLOAT_BITS if tag in file.dataset]
    if not floats:
        raise PixelError("there is no pixel data")
    sop_class = code_value(file.dataset, _SOP_CLASS)
    if len(floats) > 1 or attribute_type(sop_class, (), floats[0]) is None:
        raise PixelError("the pixels are floating point numbers, which this kind of image does not have")
    if syntax_of(file.transfer_syntax_uid).is_encapsulated:
        raise PixelError("the pixels are floating point numbers in a compressed file, which PS3.5 does not have")
    return file.dataset[floats[0]]


def plain_view(element: Element, layout: PixelLayout, byte_order: str) -> NDArray[Any]:
    """Look at uncompressed pixels; without a copy in little endian."""
    if len(element.value) < layout.size_bytes:
        raise PixelError("the pixel data is shorter than rows, columns and frames say")
    value: bytes | memoryview = memoryview(element.value)[: layout.size_bytes]
    dtype = layout.dtype
    if byte_order == "big" and layout.bits_allocated > 8:
        array = np.frombuffer(value, dtype.newbyteorder(">")).astype(dtype)
    elif byte_order == "big" and element.vr == "OW":  # bytes in 16-bit words, PS3.5 8.1.1
        whole = memoryview(element.value)[: layout.size_bytes + layout.size_bytes % 2]
        if len(whole) % 2:
            raise PixelError("the pixel data is not a whole number of words")
        array = np.frombuffer(whole, np.uint16).byteswap().view(dtype)[: layout.size_bytes]
    else:
        array = np.frombuffer(value, dtype)
    if layout.samples > 1 and layout.planar == 1:
        planes = array.reshape(layout.frames, layout.samples, layout.rows, layout.columns)
        return np.moveaxis(planes, 1, -1)
    return array.reshape(layout.shape)


def _decode_with_pydicom(file: DicomFile, element: Element, layout: PixelLayout) -> NDArray[Any]:
    """Decode by pydicom and the decoders that it finds."""
    name = _NAMES.get(file.transfer_syntax_uid, "uncompressed")
    is_decoded = False
    with silenced(*_LOGGERS):
        try:
            from pydicom.pixels.decoders.base import get_decoder  # late: header-only runs decode nothing

            options = layout.options() | _offset_tables(file.dataset) | {"pixel_vr": element.vr}
            if is_wide(file.transfer_syntax_uid, layout):
                return decode_wide(bytes(element.value), layout, **_offset_tables(file.dataset))
            plugin = _PLUGINS.get(file.transfer_syntax_uid, "")
            decoder = get_decoder(file.transfer_syntax_uid)
            array, _ = decoder.as_array(bytes(element.value), raw=True, decoding_plugin=plugin, **options)
            is_decoded = True
        except _DECODER_ERRORS:
            pass
    if not is_decoded:  # outside of the except: the cause may quote values
        raise PixelError(f"the pixel data ({name}) cannot be decoded: it is damaged, or of an odd kind; {WAY_OUT}")
    if array.size != np.prod(layout.shape, dtype=np.int64) or array.dtype.kind != layout.dtype.kind:
        raise PixelError(f"the decoded pixel data ({name}) is not what the header says")
    decoded: NDArray[Any] = array.reshape(layout.shape).astype(layout.dtype, copy=False)
    return decoded


def _offset_tables(dataset: Elements) -> dict[str, Any]:
    """Return the extended offset table as an option of pydicom's decoders."""
    offsets, lengths = dataset.get(_EXTENDED_OFFSETS), dataset.get(_EXTENDED_LENGTHS)
    if offsets is None or lengths is None:
        return {}
    return {"extended_offsets": (bytes(offsets.value), bytes(lengths.value))}


def stored_bits(array: NDArray[Any], layout: PixelLayout) -> NDArray[Any]:
    """Keep the stored bits only; the same array when there are no others."""
    spare = layout.bits_allocated - layout.bits_stored
    if not spare or array.dtype.itemsize * 8 != layout.bits_allocated:
        return array
    shift = layout.high_bit + 1 - layout.bits_stored
    low, high = layout.stored_range
    if not shift and low <= int(array.min()) and int(array.max()) <= high:
        return array
    stored: NDArray[Any] = np.left_shift(array, spare - shift)
    np.right_shift(stored, spare, out=stored)
    return stored
