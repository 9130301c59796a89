# SPDX-License-Identifier: Apache-2.0
"""Bulk: second images and other large binary values, in which a face or a name can stand beside the Pixel Data."""

from __future__ import annotations

from SlicerDeidLib.standard.tables import attribute_type
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.profile import is_known, is_private, keyword, place_text
from SlicerDeidLib.verification.reading import PIXEL_DATA, PLAIN_PIXEL_DATA, Found, Reading

PIXEL_GROUPS = 0x7F  # high byte: Pixel Data (7FE0), Variable Pixel Data (7Fxx, retired), Waveform-like others
OFFSET_TABLES = frozenset({0x7FE00001, 0x7FE00002, 0x7FE00003})  # Extended Offset Table, its lengths, Total Length
JUDGED_GROUPS = (0x50, 0x60)  # high bytes of curves and overlays
FIRST = 0x00080000  # file meta information lies before
BULK_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW"})
CHECK = "tags"


def check_bulk(reading: Reading, elements: list[Found], sop_class_uid: str, name: str, findings: Findings) -> None:
    """Find pixel data besides the one that is looked at, and bulk values that this kind of object does not have."""
    if any(reading.surplus()):
        message = "Bytes stand behind the pixels in Pixel Data."
        findings.add("error", "meta", name, place_text((), PLAIN_PIXEL_DATA), message)
    is_compressed = any(s.tag == PLAIN_PIXEL_DATA and s.is_undefined_length for s in reading.spans)
    images = {s.tag for s in reading.spans if s.tag in PIXEL_DATA}
    for found in elements:
        message = ""
        if found.tag >> 24 == PIXEL_GROUPS:
            message = _second_image(found, images, is_compressed)
        elif found.raw and found.vr in BULK_VRS:
            message = _foreign(found, sop_class_uid)
        if message:
            findings.add("error", CHECK, name, place_text(found.path, found.tag), message)


def _second_image(found: Found, images: set[int], is_compressed: bool) -> str:
    """Say what is wrong with an element of the pixel groups; empty for the image itself."""
    if found.tag in OFFSET_TABLES:
        return "" if is_compressed else "An offset table of compressed images lies in an uncompressed one."
    if found.tag not in PIXEL_DATA:
        return "Pixel data lies outside the Pixel Data element."
    if not found.path and found.tag != PLAIN_PIXEL_DATA and PLAIN_PIXEL_DATA in images:
        return f"{keyword(found.tag)} lies beside Pixel Data: a second image that nobody looked at."
    return ""


def _foreign(found: Found, sop_class_uid: str) -> str:
    """Say that a binary value has no place in this kind of object; private and graphic ones are judged as such."""
    if is_private(found.tag) or not is_known(found.tag) or found.tag >> 24 in JUDGED_GROUPS or found.tag < FIRST:
        return ""
    if any(is_private(tag) for tag, _ in found.path):
        return ""
    if attribute_type(sop_class_uid, tuple(tag for tag, _ in found.path), found.tag) is not None:
        return ""
    return f"{keyword(found.tag)} is a binary value that this kind of object does not have."
