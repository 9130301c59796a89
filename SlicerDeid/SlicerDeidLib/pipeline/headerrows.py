# SPDX-License-Identifier: Apache-2.0
"""A header before and after as rows that a person can read. The only place that turns values into text to be shown."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydicom.datadict import keyword_for_tag

from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.headers.charset import codecs_of, decode
from SlicerDeidLib.headers.values import TEXT_VRS
from SlicerDeidLib.model.element import Element, Elements, tag_text
from SlicerDeidLib.model.record import Change
from SlicerDeidLib.model.volume import HeaderRow

MARKED = "marked"
"""What was done to an attribute that says how the image was de-identified."""

_CHARSET = 0x00080005
_GROUP_LENGTH = 0xFFFF  # of a tag: (gggg,0000)
_ASCII_VRS = frozenset({"AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI"})
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
_MOST_NUMBERS = 16  # of a value that are shown
_MOST_LETTERS = 500
_ITEM = re.compile(r"\[\d+\]")
_META_GROUP = 0x0002


def header_rows(before: DicomFile, after: DicomFile, changes: Iterable[Change]) -> tuple[HeaderRow, ...]:
    """Compare a header with what became of it, attribute by attribute, in the order of the tags.

    Parameters
    ----------
    changes : iterable of Change
        What was done, and by which rule.
    """
    old, new = dict(_texts(before)), dict(_texts(after))
    done = {change.path: change for change in changes}
    return tuple(_row(path, old.get(path), new.get(path), done) for path in sorted({*old, *new}, key=_place))


def _row(path: str, before: str | None, after: str | None, done: Mapping[str, Change]) -> HeaderRow:
    """Find the rule that an attribute, or a sequence around it, was changed by."""
    keyword = keyword_for_tag(int(path[-10:-1].replace(",", ""), 16))
    if before == after:
        return HeaderRow(path, keyword, before, after, "kept", "")
    place = _ITEM.sub("", path)
    while place:
        change = done.get(place)
        if change is not None:
            return HeaderRow(path, keyword, before, after, change.action, change.source)
        place = place.rpartition(">")[0]
    is_meta = path.startswith(f"({_META_GROUP:04X},")
    return HeaderRow(path, keyword, before, after, "written anew" if is_meta else MARKED, "")


def _place(path: str) -> tuple[str, ...]:
    return tuple(path.split(">"))


def _texts(file: DicomFile) -> Iterator[tuple[str, str]]:
    """Yield path and value of every attribute but pixels."""
    order = "<" if file.byte_order == "little" else ">"
    yield from _level(file.meta, "", b"", "<")
    yield from _level(file.dataset, "", b"", order)


def _level(elements: Elements, parent: str, charset: bytes, order: str) -> Iterator[tuple[str, str]]:
    own = elements.get(_CHARSET)
    charset = charset if own is None else bytes(own.value)
    for tag, element in elements.items():
        if not tag & _GROUP_LENGTH:
            continue
        path = parent + tag_text(tag)
        if element.items is None:
            yield path, _text(element, charset, order)
            continue
        count = len(element.items)
        yield path, f"{count} item{'s' * (count != 1)}"
        for number, item in enumerate(element.items, start=1):
            yield from _level(item, f"{path}[{number}]>", charset, order)


def _text(element: Element, charset: bytes, order: str) -> str:
    """Return a value as text; of what is no text its size."""
    if element.vr in _ASCII_VRS:
        return element.text()[:_MOST_LETTERS]
    value: Any = bytes(element.value)
    if element.vr in TEXT_VRS:
        return decode(value, codecs_of(charset)).rstrip(" \0")[:_MOST_LETTERS]
    code = _NUMBERS.get(element.vr)
    width = struct.calcsize(code) if code else 0
    if code and value and len(value) % width == 0 and len(value) <= _MOST_NUMBERS * width:
        return "\\".join(f"{number:g}" for number in struct.unpack(f"{order}{len(value) // width}{code}", value))
    return f"{len(value)} bytes" if value else ""
