# SPDX-License-Identifier: Apache-2.0
"""Writing: Elements to bytes. What was not touched is copied as it stood in the file."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.syntax import LONG_NAMES, NUL_PADDED, SHORT_NAMES, UNDEFINED
from SlicerDeidLib.model.element import Element, Elements, tag_text

Chunk = bytes | memoryview

_MAX_SHORT = 0xFFFE  # the largest even length in 16 bits
_MAX_LONG = 0xFFFFFFFE
_HEADS = {  # an item, a delimiter or an implicit head; an explicit one with a length of 16 bits, and of 32
    name: tuple(struct.Struct(order + form) for form in ("HHL", "HH2sH", "HH2sxxL"))
    for name, order in (("little", "<"), ("big", ">"))
}


class Writer:
    """Writes elements of one encoding.

    Parameters
    ----------
    is_explicit : bool
        Whether VRs are written.
    byte_order : str
        ``"little"`` or ``"big"``; values are in it already.
    """

    __slots__ = ("_is_explicit", "_item", "_long_head", "_short_head")

    def __init__(self, *, is_explicit: bool, byte_order: str = "little") -> None:
        self._is_explicit = is_explicit
        self._item, self._short_head, self._long_head = _HEADS[byte_order]

    def elements(self, elements: Elements, out: list[Chunk]) -> None:
        """Append the encoded elements to ``out``, by ascending tag, without group lengths (PS3.5 7.2: retired)."""
        for tag in sorted(elements):
            if not tag & 0xFFFF:
                continue
            element = elements[tag]
            if element.items is not None:
                self._sequence(element, element.items, out)
            elif element.raw is not None:
                out.append(element.raw)
            else:
                self._leaf(element, out)

    def _leaf(self, element: Element, out: list[Chunk]) -> None:
        """Append an element without items, padded to an even length."""
        value = element.value
        length = len(value)
        if element.undefined_length:
            out += (self._head(element.tag, element.vr, UNDEFINED), value)
            return
        out += (self._head(element.tag, element.vr, length + (length & 1)), value)
        if length & 1:
            out.append(b"\0" if element.vr in NUL_PADDED else b" ")

    def _head(self, tag: int, vr: str, length: int) -> bytes:
        """Encode tag, VR and length."""
        if length > _MAX_LONG and length != UNDEFINED:
            raise FormatError(f"element {tag_text(tag)} is too long for its length field")
        group, number = tag >> 16, tag & 0xFFFF
        if not self._is_explicit:
            return self._item.pack(group, number, length)
        if vr in SHORT_NAMES:
            if length <= _MAX_SHORT:
                return self._short_head.pack(group, number, vr.encode(), length)
            vr = "UN"  # PS3.5 6.2.2 note: what does not fit 16 bits
        if vr not in LONG_NAMES:
            raise FormatError(f"element {tag_text(tag)} has no value representation to be written with")
        return self._long_head.pack(group, number, vr.encode(), length)

    def _sequence(self, element: Element, items: Iterable[Elements], out: list[Chunk]) -> None:
        """Append a sequence; its items take its form of length, defined or undefined."""
        content: list[Chunk] = []
        for item in items:
            inner: list[Chunk] = []
            self.elements(item, inner)
            if element.undefined_length:
                content.append(self._item.pack(0xFFFE, 0xE000, UNDEFINED))
                content += inner
                content.append(self._item.pack(0xFFFE, 0xE00D, 0))
            else:
                content.append(self._item.pack(0xFFFE, 0xE000, _total(inner)))
                content += inner
        length = UNDEFINED if element.undefined_length else _total(content)
        out.append(self._head(element.tag, "SQ", length))
        out += content
        if element.undefined_length:
            out.append(self._item.pack(0xFFFE, 0xE0DD, 0))


def _total(chunks: Iterable[Chunk]) -> int:
    """Return how many bytes ``chunks`` hold."""
    return sum(map(len, chunks))


def write_meta(meta: Elements, transfer_syntax_uid: str) -> bytes:
    """Encode preamble, prefix and File Meta Information, with right length, version and transfer syntax.

    Parameters
    ----------
    meta : Elements
        Group 0002; everything but (0002,0000), (0002,0001) and (0002,0010) is written as it is.
    """
    out: list[Chunk] = []
    Writer(is_explicit=True).elements({**meta, **_fixed_meta(transfer_syntax_uid)}, out)
    head = struct.pack("<HH2sHL", 0x0002, 0x0000, b"UL", 4, _total(out))
    return b"".join((bytes(128), b"DICM", head, *out))


@lru_cache(maxsize=64)
def _fixed_meta(transfer_syntax_uid: str) -> Elements:
    """Return (0002,0001) and (0002,0010), to be written only."""
    uid = transfer_syntax_uid.encode("ascii")
    return {
        0x00020001: Element(0x00020001, "OB", b"\0\1"),
        0x00020010: Element(0x00020010, "UI", uid + b"\0" * (len(uid) & 1)),
    }
