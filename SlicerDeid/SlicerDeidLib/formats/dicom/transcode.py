# SPDX-License-Identifier: Apache-2.0
"""Transcoding: elements that were read in one uncompressed transfer syntax, made ready to be written in another."""

from __future__ import annotations

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.syntax import PIXEL_DATA, WORD_BYTES, dictionary_entry, swapped, syntax_of
from SlicerDeidLib.formats.dicom.values import word
from SlicerDeidLib.model.element import Element, Elements

_PIXEL_REPRESENTATION, _BITS_ALLOCATED = 0x00280103, 0x00280100
_LUT_DESCRIPTORS = {0x00283006: 0x00283002}  # LUT Data: US or OW by the number of its entries, PS3.3 C.11.1.1


def transcode(file: DicomFile, transfer_syntax_uid: str) -> None:
    """Bring all elements of ``file`` into another uncompressed syntax, in place.

    Byte order is turned round by VR; implicit elements get the VR that PS3.6 and the Pixel Representation of their
    data set give. Pixel Data that is still encapsulated is refused: decode and encode it first.

    Raises
    ------
    FormatError
        If the target is a compressed syntax, Pixel Data is encapsulated, or a value is not a whole number of words.
    """
    target = syntax_of(transfer_syntax_uid)
    pixels = file.dataset.get(PIXEL_DATA)
    if target.is_encapsulated or (pixels is not None and pixels.undefined_length):
        raise FormatError("only uncompressed pixel data can be written in another uncompressed transfer syntax")
    if target.is_explicit and not file.is_explicit:
        _name_vrs(file.dataset, file.byte_order, is_signed=False)
    if (target.is_explicit, target.byte_order) != (file.is_explicit, file.byte_order):
        _reset(file.dataset, file.byte_order, is_swapped=target.byte_order != file.byte_order)
    file.transfer_syntax_uid = target.uid
    file.byte_order = target.byte_order
    file.is_explicit = target.is_explicit
    file.is_deflated = target.is_deflated
    uid = target.uid.encode("ascii")
    file.meta[0x00020010] = Element(0x00020010, "UI", uid + b"\0" * (len(uid) & 1))


def _name_vrs(elements: Elements, byte_order: str, *, is_signed: bool) -> None:
    """Decide the VRs that implicit files leave open."""
    representation = word(elements, _PIXEL_REPRESENTATION, byte_order)
    is_signed = is_signed if representation is None else representation == 1
    for tag, element in elements.items():
        if element.items is not None:
            for item in element.items:
                _name_vrs(item, byte_order, is_signed=is_signed)
        elif " or " in (entry := dictionary_entry(tag)):
            element.vr = _choice(elements, tag, entry, byte_order, is_signed)


def _choice(elements: Elements, tag: int, entry: str, byte_order: str, is_signed: bool) -> str:
    """Choose one of the VRs of ``entry``, as PS3.5 A.2 and the attribute's definition say."""
    if entry == "OB or OW":
        bits = word(elements, _BITS_ALLOCATED, byte_order)
        return "OB" if tag == PIXEL_DATA and bits is not None and bits <= 8 else "OW"
    if tag in _LUT_DESCRIPTORS:
        return "US" if word(elements, _LUT_DESCRIPTORS[tag], byte_order) == 1 else "OW"
    if "SS" in entry:
        return "SS" if is_signed else "US"
    return "OW"


def _reset(elements: Elements, byte_order: str, *, is_swapped: bool) -> None:
    """Forget the bytes of the file, and turn the byte order of all values round."""
    for tag, element in elements.items():
        element.raw = None
        if element.items is not None:
            for item in element.items:
                _reset(item, byte_order, is_swapped=is_swapped)
        elif is_swapped and (width := WORD_BYTES.get(element.vr)) is not None:
            if tag == PIXEL_DATA and word(elements, _BITS_ALLOCATED, byte_order) == 32:
                width = 4  # as pydicom and others read 32-bit pixels in OW
            element.value = swapped(element.value, width)
