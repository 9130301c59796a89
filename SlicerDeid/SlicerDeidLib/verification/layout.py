# SPDX-License-Identifier: Apache-2.0
"""Layout: where the top-level elements of a DICOM stream begin and end, found without any library."""

from __future__ import annotations

import struct
from dataclasses import dataclass

UNDEFINED = 0xFFFFFFFF  # PS3.5 7.1.1
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD  # PS3.5 7.5
LONG_LENGTH_VRS = frozenset(
    {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"}
)  # PS3.5 table 7.1-1
DEEPEST = 64  # levels of nesting that are followed


@dataclass(frozen=True, slots=True)
class Span:
    """One top-level element: its tag and its offsets.

    Attributes
    ----------
    start, value, end : int
        Offsets of the header, of the value, and behind the value with its delimiter.
    """

    tag: int
    start: int
    value: int
    end: int
    is_undefined_length: bool = False


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes with their encoding."""

    data: bytes
    is_implicit: bool
    is_big_endian: bool

    def header(self, offset: int) -> tuple[int, int, int] | None:
        """Return (tag, offset of the value, length), or None where no whole header stands."""
        order = ">" if self.is_big_endian else "<"
        if offset + 8 > len(self.data):
            return None
        group, element = struct.unpack_from(f"{order}HH", self.data, offset)
        tag = group << 16 | element
        if self.is_implicit or group == 0xFFFE:
            return tag, offset + 8, struct.unpack_from(f"{order}I", self.data, offset + 4)[0]
        vr = self.data[offset + 4 : offset + 6]
        if vr in LONG_LENGTH_VRS:
            if offset + 12 > len(self.data):
                return None
            return tag, offset + 12, struct.unpack_from(f"{order}I", self.data, offset + 8)[0]
        if not (vr.isalpha() and vr.isupper()):
            return None
        return tag, offset + 8, struct.unpack_from(f"{order}H", self.data, offset + 6)[0]

    def end_of(self, value: int, length: int, depth: int = 0) -> int | None:
        """Return the offset behind a value, or None where it is cut off."""
        if length != UNDEFINED:
            return value + length if value + length <= len(self.data) else None
        return self._end_of_items(value, SEQUENCE_END, depth)

    def _end_of_items(self, offset: int, last: int, depth: int) -> int | None:
        """Return the offset behind the delimiter ``last``, over elements or items of any length."""
        while depth < DEEPEST:
            header = self.header(offset)
            if header is None:
                return None
            tag, value, length = header
            if tag == last:
                return value
            if tag == ITEM and length == UNDEFINED:
                behind = self._end_of_items(value, ITEM_END, depth + 1)
            else:
                behind = self.end_of(value, length, depth + 1)
            if behind is None:
                return None
            offset = behind
        return None


def top_level_spans(
    data: bytes, start: int, *, is_implicit: bool, is_big_endian: bool, last_group: int = 0xFFFF
) -> tuple[tuple[Span, ...], int]:
    """Return the top-level elements from ``start`` and the offset behind the last whole one.

    Parameters
    ----------
    last_group : int
        Stop before the first element of a higher group.
    """
    stream = Stream(data, is_implicit, is_big_endian)
    spans: list[Span] = []
    offset = start
    while header := stream.header(offset):
        tag, value, length = header
        end = stream.end_of(value, length)
        if end is None or tag >> 16 > last_group:
            break
        spans.append(Span(tag, offset, value, end, length == UNDEFINED))
        offset = end
    return tuple(spans), offset
