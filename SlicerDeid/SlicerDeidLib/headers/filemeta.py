# SPDX-License-Identifier: Apache-2.0
"""File meta information: written anew, with nothing of the machines that the file has passed."""

from __future__ import annotations

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.model.element import Element, Elements

IMPLEMENTATION_CLASS_UID = "2.25.191367414218146104563071289360470512361"
"""SlicerDeid's own, made once from a random UUID (PS3.5 B.2)."""
IMPLEMENTATION_VERSION_NAME = "SLICERDEID"

_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00080016, 0x00080018
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_NATIVE = frozenset(  # PS3.5 A.1 to A.3 and A.5: Pixel Data without items
    {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", _BIG_ENDIAN}
)
_META_CLASS_UID, _TRANSFER_SYNTAX_UID = 0x00020002, 0x00020010
META_INSTANCE_UID = 0x00020003
"""Media Storage SOP Instance UID: which instance the file holds."""


def is_encapsulated(meta: Elements) -> bool:
    """Say whether the file's transfer syntax, as it is now, encapsulates Pixel Data; without one it does not."""
    return _TRANSFER_SYNTAX_UID in meta and meta[_TRANSFER_SYNTAX_UID].text() not in _NATIVE


def is_big_endian(meta: Elements) -> bool:
    """Say whether the file's binary numbers are in big endian."""
    return _TRANSFER_SYNTAX_UID in meta and meta[_TRANSFER_SYNTAX_UID].text() == _BIG_ENDIAN


def rebuild(meta: Elements, dataset: Elements) -> None:
    """Replace the file meta information in place by what PS3.10 7.1 asks for and nothing else.

    Parameters
    ----------
    meta : Elements
        Group 0002 as read; only its transfer syntax is kept.
    dataset : Elements
        Already de-identified: its SOP class and instance are those of the file.

    Raises
    ------
    FormatError
        If the data set does not say its SOP class or instance, or the file its transfer syntax.
    """
    texts = {
        _META_CLASS_UID: _uid(dataset, _SOP_CLASS_UID, "SOP Class UID (0008,0016)"),
        _TRANSFER_SYNTAX_UID: _uid(meta, _TRANSFER_SYNTAX_UID, "Transfer Syntax UID (0002,0010)"),
        0x00020012: IMPLEMENTATION_CLASS_UID,
    }
    meta.clear()
    meta[0x00020001] = Element(0x00020001, "OB", b"\0\1")
    for tag, text in texts.items():
        meta[tag] = Element(tag, "UI")
        meta[tag].replace(text.encode("ascii"))
    name_instance(meta, dataset)
    meta[0x00020013] = Element(0x00020013, "SH")
    meta[0x00020013].replace(IMPLEMENTATION_VERSION_NAME.encode("ascii"))


def name_instance(meta: Elements, dataset: Elements) -> None:
    """Write into the file meta information which instance the data set is.

    Raises
    ------
    FormatError
        If the data set does not say it.
    """
    text = _uid(dataset, _SOP_INSTANCE_UID, "SOP Instance UID (0008,0018)")
    meta[META_INSTANCE_UID] = Element(META_INSTANCE_UID, "UI")
    meta[META_INSTANCE_UID].replace(text.encode("ascii"))


def _uid(elements: Elements, tag: int, name: str) -> str:
    """Return a UID that must be there."""
    text = elements[tag].text() if tag in elements else ""
    if not text or not text.isascii():
        raise FormatError(f"The {name} is missing; the file is not a complete DICOM instance.")
    return text
