# SPDX-License-Identifier: Apache-2.0
"""Element: one DICOM data element as its bytes lie in the file."""

from __future__ import annotations

from typing import TypeAlias

Elements: TypeAlias = "dict[int, Element]"
"""A data set: tag (group << 16 | element) -> Element, in the order of the file."""

_NUL_PADDED = frozenset({"UI", "OB", "OW", "OD", "OF", "OL", "OV", "UN"})  # PS3.5 6.2: others are padded by a space


class Element:
    """One data element, its value still encoded as in the file (transfer syntax, character set, padding).

    Attributes
    ----------
    tag : int
        ``group << 16 | element``.
    vr : str
        Two letters: from the file, or from PS3.6 where the transfer syntax is implicit; ``"UN"`` when unknown.
    value : bytes or memoryview
        The encoded value with its padding; empty for a sequence. For encapsulated Pixel Data: the whole value
        with its item headers and sequence delimiter.
    items : list of Elements, or None
        The items of a sequence (``vr == "SQ"``); None for everything else.
    undefined_length : bool
        Whether the file gave the value an undefined length (sequences, encapsulated Pixel Data).
    raw : bytes-like or None
        The element as it stands in the file, header and value; None as soon as it was replaced. Writers copy it
        where the transfer syntax stays. Sequences are always written from their items, never from ``raw``.
    """

    __slots__ = ("items", "raw", "tag", "undefined_length", "value", "vr")

    def __init__(
        self,
        tag: int,
        vr: str,
        value: bytes | memoryview = b"",
        items: list[Elements] | None = None,
        raw: bytes | memoryview | None = None,
        *,
        undefined_length: bool = False,
    ) -> None:
        self.tag = tag
        self.vr = vr
        self.value = value
        self.items = items
        self.undefined_length = undefined_length
        self.raw = raw

    def __repr__(self) -> str:
        """Name tag and VR, never the value."""
        return f"Element(({self.tag >> 16:04X},{self.tag & 0xFFFF:04X}) {self.vr})"

    def replace(self, value: bytes) -> None:
        """Put an encoded ``value`` in place of the old one, padded to even length as PS3.5 6.2 says."""
        if len(value) % 2:
            value += b"\0" if self.vr in _NUL_PADDED else b" "
        self.value = value
        self.raw = None
        self.items = [] if self.vr == "SQ" else None

    def text(self) -> str:
        """Return the value of a 7-bit VR (DA, TM, DT, UI, CS, AS, IS, DS, AE) without its padding.

        Bytes that are not ASCII become U+FFFD, so a malformed value never raises here; it fails its pattern later.
        """
        return bytes(self.value).decode("ascii", "replace").rstrip(" \0")


def tag_text(tag: int) -> str:
    """Write a tag as PS3.5 does.

    >>> tag_text(0x00100010)
    '(0010,0010)'
    """
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
