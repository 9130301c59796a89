# SPDX-License-Identifier: Apache-2.0
"""Parsing: bytes to Elements. Long values stay views of the file; only sequences are entered.

What is decided here, and why:

* An explicit VR that the standard does not know is read as UN when it is two capital letters and two zero bytes, the
  form that PS3.5 7.1.2 gives to all future VRs; anything else is refused, since the length cannot be known.
* UN of undefined length is a sequence in Implicit VR Little Endian (PS3.5 6.2.2). UN of a defined length, and unknown
  VRs in implicit files, are entered too when their whole value parses as items, so that nothing hides in them; they
  are written as SQ. UN of a tag that PS3.6 knows gets its VR back.
* A later element of the same tag replaces the earlier one.
* After Pixel Data tags must ascend; whatever does not parse or ascend there is not part of the data set.
"""

from __future__ import annotations

import struct

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.syntax import (
    ITEM,
    ITEM_END,
    LONG_VRS,
    PIXEL_DATA,
    PIXEL_TAGS,
    SEQUENCE_END,
    SHORT_NAMES,
    SHORT_VRS,
    UNDEFINED,
    WORD_BYTES,
    dictionary_entry,
    dictionary_vr,
    header_struct,
    short_vr,
    swapped,
)
from SlicerDeidLib.model.element import Element, Elements, tag_text

_DEEPEST = 48  # levels of nested sequences; real objects stay below 12
_FRAGMENT_VRS = frozenset({"OB", "OW", "UN"})
_NO_DATA_GROUPS = frozenset({0x0000, 0x0002, 0xFFFE})  # commands, meta information, delimiters: never in a data set
_FIRST_PLAIN = 0x00030000  # below are commands and meta information
_MAX_SHORT = 0xFFFE  # the largest even length in 16 bits
_LARGEST_COPY = 1 << 16  # bytes of a value: a view of it would keep the whole file in memory
_LONG_BIG, _LONG_LITTLE = struct.Struct(">L"), struct.Struct("<L")


class EndOfDataError(FormatError):
    """The data ends inside an element: the file is truncated, or more of it must be read."""


def _where(tag: int, offset: int) -> str:
    """Name an element; a tag that PS3.6 does not know may be text of a derailed file and is not shown."""
    known = tag >> 16 != 0xFFFE and dictionary_entry(tag) != "UN" and not (tag >> 16) % 2
    return f"element {tag_text(tag)} at byte {offset}" if known else f"the element at byte {offset}"


def _check_group(tag: int, offset: int) -> None:
    """Refuse an element that cannot be part of a data set."""
    if tag >> 16 in _NO_DATA_GROUPS:
        raise FormatError(f"{_where(tag, offset)} has no place in a data set")


class Parser:
    """Reads elements of one encoding out of ``data``.

    Parameters
    ----------
    data : bytes
        The file, or its first part.
    view : memoryview
        Of ``data``; long values are slices of it.
    keep_raw : bool
        Whether elements keep their bytes for writing; False where they must be written in another encoding.
    only : frozenset of int, or None
        The tags that are wanted; others may be passed over. None: all.
    """

    __slots__ = ("_is_big", "_keep_raw", "_long", "_only", "_size", "_unpack", "data", "is_explicit", "view")

    def __init__(
        self,
        data: bytes,
        view: memoryview,
        *,
        is_explicit: bool,
        byte_order: str = "little",
        keep_raw: bool = True,
        only: frozenset[int] | None = None,
    ) -> None:
        self.data = data
        self.view = view
        self.is_explicit = is_explicit
        self._size = len(data)
        self._is_big = byte_order == "big"
        self._keep_raw = keep_raw
        self._only = only
        self._unpack = header_struct(byte_order, is_explicit).unpack_from
        self._long = _LONG_BIG if self._is_big else _LONG_LITTLE

    def dataset(self, offset: int, stop_before: int | None = None) -> tuple[Elements, int, int | None]:
        """Read the elements at the top level, up to the end or to the tag ``stop_before``.

        Returns
        -------
        elements : Elements
            By tag.
        offset : int
            Where reading stopped; before the end of the data it is trailing bytes or the tag ``stop_before``.
        tag : int or None
            The tag that reading stopped at; None at the end of the data or before trailing bytes.
        """
        elements: Elements = {}
        last_pixels = 0
        limit = PIXEL_TAGS[0] if stop_before is None else min(stop_before, PIXEL_TAGS[0])
        while offset < self._size:
            if not last_pixels and (ahead := self.plain(elements, offset, self._size, limit)) > offset:
                offset = ahead
                continue
            try:
                tag, vr, length, start = self._head(offset, self._size)
                if stop_before is not None and tag >= stop_before:
                    return elements, offset, tag
                if last_pixels and tag <= last_pixels:
                    break
                _check_group(tag, offset)
                element, offset = self._element(tag, vr, length, start, offset, self._size, 0)
            except FormatError:
                if last_pixels:
                    break
                raise
            elements[tag] = element
            if last_pixels or tag in PIXEL_TAGS:
                last_pixels = tag
        return elements, offset, None

    def meta(self, offset: int) -> tuple[Elements, int]:
        """Read the File Meta Information: all elements of group 0002."""
        elements: Elements = {}
        while self.data[offset : offset + 2] == b"\x02\x00":
            tag, vr, length, start = self._head(offset, self._size)
            elements[tag], offset = self._element(tag, vr, length, start, offset, self._size, 0)
        return elements, offset

    def element(self, offset: int) -> tuple[Element, int]:
        """Read one element at the top level, of any group; return it and where it ends."""
        tag, vr, length, start = self._head(offset, self._size)
        return self._element(tag, vr, length, start, offset, self._size, 0)

    def extent(self, offset: int) -> int:
        """Return where the element at ``offset`` ends; where its value begins when its length is undefined."""
        _, _, length, start = self._head(offset, self._size)
        return start if length == UNDEFINED else start + length

    def plain(self, elements: Elements, offset: int, end: int, limit: int, first: int = _FIRST_PLAIN) -> int:
        """Read elements with short values, nearly all of a file, without further thought; return where that ends.

        Parameters
        ----------
        elements : Elements
            Gets them.
        limit, first : int
            Stops before the first other element; one whose tag is ``limit`` or higher, or lower than ``first``, is one.
        """
        if not self._keep_raw:
            return offset
        unpack, data, last, only, is_explicit = self._unpack, self.data, end - 8, self._only, self.is_explicit
        while offset <= last:
            if is_explicit:
                group, number, code, length = unpack(data, offset)
                tag = group << 16 | number
                vr = SHORT_VRS.get(code)
            else:
                group, number, length = unpack(data, offset)
                tag = group << 16 | number
                vr = short_vr(tag)
            stop = offset + 8 + length
            if vr is None or length & 1 or stop > end or tag >= limit or tag < first:
                break
            if only is None or tag in only:
                elements[tag] = Element(tag, vr, data[offset + 8 : stop], None, data[offset:stop])
            offset = stop
        return offset

    def _head(self, offset: int, end: int) -> tuple[int, str, int, int]:
        """Read tag, VR, length and the offset of the value."""
        if end - offset < 8:
            raise self._too_long(end, f"the data ends inside the head of an element at byte {offset}")
        if not self.is_explicit:
            group, number, length = self._unpack(self.data, offset)
            tag = group << 16 | number
            return tag, dictionary_vr(tag), length, offset + 8
        group, number, code, length = self._unpack(self.data, offset)
        tag = group << 16 | number
        vr = SHORT_VRS.get(code)
        if vr is not None:
            return tag, vr, length, offset + 8
        if group == 0xFFFE:  # items and delimiters have no VR
            return tag, "", self._long.unpack_from(self.data, offset + 4)[0], offset + 8
        vr = LONG_VRS.get(code)
        if vr is None:
            if not (code.isalpha() and code.isupper() and length == 0):
                raise FormatError(f"{_where(tag, offset)} has no value representation of the standard")
            vr = "UN"
        if end - offset < 12:
            raise self._too_long(end, f"the data ends inside the head of {_where(tag, offset)}")
        return tag, vr, self._long.unpack_from(self.data, offset + 8)[0], offset + 12

    def _too_long(self, end: int, sentence: str) -> FormatError:
        """Return the error of an element that does not fit: the file is cut, or a sequence is inconsistent."""
        return EndOfDataError(sentence) if end == self._size else FormatError(sentence)

    def _element(
        self, tag: int, vr: str, length: int, start: int, offset: int, end: int, depth: int
    ) -> tuple[Element, int]:
        """Read the value of an element whose head is known."""
        if length == UNDEFINED:
            return self._undefined(tag, vr, start, offset, end, depth)
        stop = start + length
        if stop > end:
            raise self._too_long(end, f"{_where(tag, offset)} is longer than what holds it")
        if vr == "SQ":
            return Element(tag, vr, items=self._items(tag, start, stop, depth)[0]), stop
        if vr == "UN":
            return self._unknown(tag, start, stop, offset, depth), stop
        data = self.view if length > _LARGEST_COPY else self.data
        raw = data[offset:stop] if self._keep_raw and not length & 1 else None
        return Element(tag, vr, data[start:stop], raw=raw), stop

    def _undefined(self, tag: int, vr: str, start: int, offset: int, end: int, depth: int) -> tuple[Element, int]:
        """Read a value of undefined length: a sequence, or fragments."""
        if vr in _FRAGMENT_VRS and tag == PIXEL_DATA:
            stop = self._fragments(start, offset, end)
            raw = self.view[offset:stop] if self._keep_raw else None
            return Element(tag, vr, self.view[start:stop], undefined_length=True, raw=raw), stop
        if vr == "SQ" or (vr == "UN" and not self.is_explicit):
            items, stop = self._items(tag, start, end, depth, is_delimited=True)
        elif vr == "UN":
            items, stop = self._inner(start)._items(tag, start, end, depth, is_delimited=True)
            self._adopt(items)
        else:
            raise FormatError(f"{_where(tag, offset)} has an undefined length, which its VR does not allow")
        return Element(tag, "SQ", items=items, undefined_length=True), stop

    def _unknown(self, tag: int, start: int, stop: int, offset: int, depth: int) -> Element:
        """Read a UN of defined length: by the VR in PS3.6, as a sequence when it is one, else as bytes."""
        vr = dictionary_vr(tag) if self.is_explicit else "UN"
        if vr == "SQ" or (stop - start >= 8 and self.data[start : start + 4] == b"\xfe\xff\x00\xe0"):
            inner = self._inner(start) if self.is_explicit else self
            try:
                items, _ = inner._items(tag, start, stop, depth)
            except FormatError:
                if vr == "SQ":
                    raise
            else:
                if inner is not self:
                    self._adopt(items)
                return Element(tag, "SQ", items=items)
        data = self.view if stop - start > _LARGEST_COPY else self.data
        raw = data[offset:stop] if self._keep_raw and not (stop - start) & 1 else None
        element = Element(tag, "UN", data[start:stop], raw=raw)
        return element if vr in ("UN", "SQ") else self._known(element, vr)

    def _known(self, element: Element, vr: str) -> Element:
        """Give a UN the VR that PS3.6 has for its tag, unless its value does not fit one."""
        width = WORD_BYTES.get(vr, 1)
        if len(element.value) % width or (vr in SHORT_NAMES and len(element.value) > _MAX_SHORT):
            return element
        value = swapped(element.value, width) if self._is_big and width > 1 else element.value
        return Element(element.tag, vr, value)

    def _inner(self, start: int) -> Parser:
        """Return the parser of a UN's items: Implicit VR Little Endian, or explicit where writers forgot that."""
        code = self.data[start + 12 : start + 14]  # behind the first item's head and the first tag
        is_explicit = code in SHORT_VRS or code in LONG_VRS  # as a length it would be 16 KiB and more
        keep_raw = self._keep_raw and is_explicit and not self._is_big
        return Parser(self.data, self.view, is_explicit=is_explicit, keep_raw=keep_raw)

    def _adopt(self, items: list[Elements]) -> None:
        """Bring little endian items of a UN into this parser's byte order."""
        if not self._is_big:
            return
        for elements in items:
            for element in elements.values():
                if element.items is not None:
                    self._adopt(element.items)
                elif (width := WORD_BYTES.get(element.vr)) is not None:
                    element.value = swapped(element.value, width)

    def _items(
        self, tag: int, offset: int, end: int, depth: int, *, is_delimited: bool = False
    ) -> tuple[list[Elements], int]:
        """Read the items of a sequence, up to ``end`` or to its delimiter."""
        if depth >= _DEEPEST:
            raise FormatError(f"{_where(tag, offset)} is nested deeper than {_DEEPEST} sequences")
        items: list[Elements] = []
        while offset < end:
            mark, _, length, start = self._head(offset, end)
            if mark == SEQUENCE_END and is_delimited:
                return items, start
            if mark != ITEM:
                raise FormatError(f"the sequence {_where(tag, offset)} holds something that is no item")
            is_open = length == UNDEFINED
            stop = end if is_open else start + length
            if stop > end:
                raise self._too_long(end, f"an item of {_where(tag, offset)} is longer than its sequence")
            elements, offset = self._item(tag, start, stop, depth + 1, is_open)
            items.append(elements)
        if is_delimited:
            raise self._too_long(end, f"the sequence {_where(tag, offset)} has no end")
        return items, offset

    def _item(self, tag: int, offset: int, end: int, depth: int, is_delimited: bool) -> tuple[Elements, int]:
        """Read the elements of an item, up to ``end`` or to its delimiter."""
        elements: Elements = {}
        while offset < end:
            if (ahead := self.plain(elements, offset, end, PIXEL_TAGS[0])) > offset:
                offset = ahead
                continue
            inner, vr, length, start = self._head(offset, end)
            if inner >> 16 == 0xFFFE:
                if inner == ITEM_END and is_delimited:
                    return elements, start
                raise FormatError(f"an item of {_where(tag, offset)} holds a misplaced delimiter")
            elements[inner], offset = self._element(inner, vr, length, start, offset, end, depth)
        if is_delimited:
            raise self._too_long(end, f"an item of {_where(tag, offset)} has no end")
        return elements, offset

    def _fragments(self, offset: int, element: int, end: int) -> int:
        """Walk over the fragments of encapsulated Pixel Data; return the offset behind its delimiter."""
        while True:
            if end - offset < 8:
                raise self._too_long(end, f"the data ends inside {_where(PIXEL_DATA, element)}")
            group, number, length = struct.unpack_from("<HHL", self.data, offset)
            offset += 8
            if (group << 16 | number) == SEQUENCE_END:
                return offset
            if (group << 16 | number) != ITEM or length == UNDEFINED:
                raise FormatError(f"{_where(PIXEL_DATA, element)} holds something that is no fragment")
            offset += length
