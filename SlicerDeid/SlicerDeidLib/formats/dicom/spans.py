# SPDX-License-Identifier: Apache-2.0
"""Where the values of a data set in explicit VR little endian lie, byte by byte, so that they can be written over."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.syntax import ITEM, ITEM_END, LONG_VRS, SEQUENCE_END, SHORT_VRS, UNDEFINED

ItemPath = tuple[tuple[int, int], ...]
"""The enclosing sequences of an element: (tag, number of the item) from the outside in."""

_DEEPEST = 16  # sequences within each other; in the directory of a File-set PS3.3 has three
_MOST_BYTES = 1 << 28  # of one file that is held in memory as a whole


@dataclass(frozen=True, slots=True)
class Leaf:
    """The place of one value: bytes ``start`` to ``end``."""

    path: ItemPath
    tag: int
    vr: str
    start: int
    end: int


def leaves_of(data: bytes, start: int, sequence: int) -> tuple[list[Leaf], list[int]]:
    """Return the places of all values, and where the items of the one sequence at the top begin.

    Raises
    ------
    FormatError
        If a byte belongs to no element, a value has no length, elements do not stand in the order of their tags, or
        another sequence stands at the top.
    """
    if len(data) > _MOST_BYTES:
        raise FormatError(f"it is longer than {_MOST_BYTES >> 20} MB")
    walk = _Walk(data, sequence)
    walk.elements(start, len(data), ())
    return walk.leaves, walk.starts


class _Walk:
    """One way through a data set."""

    def __init__(self, data: bytes, sequence: int) -> None:
        self._data, self._sequence = data, sequence
        self.leaves: list[Leaf] = []
        self.starts: list[int] = []

    def elements(self, at: int, end: int, path: ItemPath, *, is_open: bool = False) -> int:
        """Walk through elements up to ``end``, or to the delimiter of an item that is open; return what follows."""
        before = -1
        while at < end:
            tag = self._tag(at, end)
            if is_open and tag == ITEM_END:
                self._check(self._length(at) == 0)
                return at + 8
            self._check(tag > before)
            before = tag
            at = self._element(tag, at, end, path)
        self._check(at == end and not is_open)
        return at

    def _element(self, tag: int, at: int, end: int, path: ItemPath) -> int:
        """Walk through one element; return what follows."""
        name = self._data[at + 4 : at + 6]
        self._check(name in SHORT_VRS or (name in LONG_VRS and at + 12 <= end))
        if name in SHORT_VRS:
            value, (length,) = at + 8, struct.unpack_from("<H", self._data, at + 6)
        else:
            value, (reserved, length) = at + 12, struct.unpack_from("<HL", self._data, at + 6)
            self._check(not reserved)
        if name == b"SQ":
            self._check(bool(path) or tag == self._sequence)
            return self._items(
                tag, value, end if length == UNDEFINED else value + length, end, path, length == UNDEFINED
            )
        self._check(length != UNDEFINED and value + length <= end)
        self.leaves.append(Leaf(path, tag, name.decode(), value, value + length))
        return int(value + length)

    def _items(self, tag: int, at: int, end: int, limit: int, path: ItemPath, is_open: bool) -> int:
        """Walk through the items of a sequence; return what follows."""
        self._check(end <= limit and len(path) < _DEEPEST)
        number = 0
        while at < end:
            head = self._tag(at, end)
            length = self._length(at)
            if is_open and head == SEQUENCE_END:
                self._check(length == 0)
                return at + 8
            self._check(head == ITEM)
            if tag == self._sequence and not path:
                self.starts.append(at)
            inner = (*path, (tag, number))
            if length == UNDEFINED:
                at = self.elements(at + 8, end, inner, is_open=True)
            else:
                self._check(at + 8 + length <= end)
                at = self.elements(at + 8, at + 8 + length, inner)
            number += 1
        self._check(at == end and not is_open)
        return at

    def _tag(self, at: int, end: int) -> int:
        self._check(at + 8 <= end)
        group, element = struct.unpack_from("<HH", self._data, at)
        return int(group) << 16 | int(element)

    def _length(self, at: int) -> int:
        return int(struct.unpack_from("<L", self._data, at + 4)[0])

    def _check(self, is_right: bool) -> None:
        """Refuse what cannot be walked through."""
        if not is_right:
            raise FormatError("its elements cannot be told from each other")
