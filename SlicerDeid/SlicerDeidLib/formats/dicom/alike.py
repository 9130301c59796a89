# SPDX-License-Identifier: Apache-2.0
"""Files alike: the bytes that all files of a series have before their pixels, and the elements in which they differ."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.parse import Parser
from SlicerDeidLib.formats.dicom.syntax import LONG_VRS, SHORT_VRS
from SlicerDeidLib.formats.dicom.write import Writer
from SlicerDeidLib.model.element import Element, Elements

PIXEL_GROUP = 0x7FE00000
"""Elements from here on may always differ."""

_PREFIX, _META = 128, 132  # bytes before "DICM" and before the File Meta Information, PS3.10 7.1
_META_VARYING = {0x00020000: "UL", 0x00020003: "UI"}  # how long it is, and which instance: both are written anew

Spelled = dict[int, tuple[str, bytes]]
"""By ascending tag, the VR and the bytes of elements as they stand in the file."""

_Runs = list[tuple[bytes, int]]
"""Bytes that are the same in all files, each with the tag that they begin with."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a file is spelled before its pixels.

    Attributes
    ----------
    transfer_syntax_uid, byte_order, is_explicit
        As in ``DicomFile``.
    """

    meta: Spelled = field(repr=False)
    header: Spelled = field(repr=False)
    transfer_syntax_uid: str
    byte_order: str
    is_explicit: bool

    def is_like(self, other: Spelling) -> bool:
        """Say whether the files differ in no more than single elements of their data sets."""
        is_meta_same = _differing(self.meta, other.meta) <= _META_VARYING.keys()
        return is_meta_same and self.transfer_syntax_uid == other.transfer_syntax_uid

    def differing(self, other: Spelling) -> dict[int, str]:
        """Return the elements of the data sets that are not spelled alike: their tags, with their VR if it is one."""
        tags = _differing(self.header, other.header)
        return {tag: _one_vr(self.header.get(tag), other.header.get(tag)) for tag in tags}


def _differing(one: Spelled, other: Spelled) -> set[int]:
    """Return the tags that are in one of two only, or not the same there."""
    return {tag for tag in one.keys() | other.keys() if one.get(tag) != other.get(tag)}


def _one_vr(*spelled: tuple[str, bytes] | None) -> str:
    """Return the VR of an element, empty where it has several."""
    vrs = {one[0] for one in spelled if one is not None}
    return vrs.pop() if len(vrs) == 1 else ""


def spelling_of(data: bytes, file: DicomFile) -> Spelling | None:
    """Return how a file is spelled; None where others cannot be compared with it byte for byte.

    Parameters
    ----------
    data : bytes
        The whole file.
    file : DicomFile
        As it was read from ``data``.
    """
    code = data[_META + 4 : _META + 6]
    if not file.preamble or file.is_deflated or (code not in SHORT_VRS and code not in LONG_VRS):
        return None
    meta = _ascending(_spelled(_meta_parser(data), _META, file.start))
    header = _ascending(_spelled(_parser(data, file), file.start, len(data)))
    if not meta or not header:
        return None
    return Spelling(meta, header, file.transfer_syntax_uid, file.byte_order, file.is_explicit)


def _meta_parser(data: bytes) -> Parser:
    return Parser(data, memoryview(data), is_explicit=True)


def _parser(data: bytes, like: DicomFile | Spelling) -> Parser:
    return Parser(data, memoryview(data), is_explicit=like.is_explicit, byte_order=like.byte_order)


def _spelled(parser: Parser, offset: int, end: int) -> Iterator[tuple[int, tuple[str, bytes]]]:
    """Yield the elements up to ``end`` or the pixels."""
    while offset < end:
        element, stop = parser.element(offset)
        if element.tag >= PIXEL_GROUP:
            return
        yield element.tag, (element.vr, parser.data[offset:stop])
        offset = stop


def _ascending(spelled: Iterable[tuple[int, tuple[str, bytes]]]) -> Spelled | None:
    """Return the elements by tag; None where one comes twice or too late."""
    found: Spelled = {}
    last = -1
    for tag, one in spelled:
        if tag <= last:
            return None
        found[tag] = one
        last = tag
    return found


class Alike:
    """Reads files that differ from a given one in some elements only.

    Parameters
    ----------
    spelling : Spelling
        Of the given file.
    varying : mapping of int to str
        The tags, with their VR, in which other files may differ, also by not having them. The first element of the data
        set, by which its encoding is known, may not be among them, nor one before it.
    """

    def __init__(self, spelling: Spelling, varying: Mapping[int, str]) -> None:
        self._spelling = spelling
        self._varying = varying
        self._meta = _runs(spelling.meta, _META_VARYING)
        self._header = _runs(spelling.header, varying)

    def rest(self, data: bytes) -> DicomFile | None:
        """Read the elements in which a file may differ, and its pixels; None where it differs in others.

        The file's meta information comes back empty.

        Raises
        ------
        FormatError
            If an element of those is malformed.
        """
        if data[_PREFIX:_META] != b"DICM":
            return None
        meta: Elements = {}
        start = _passed(_meta_parser(data), self._meta, _META, meta)
        rest: Elements = {}
        parser = _parser(data, self._spelling)
        tail, end, _ = parser.dataset(_passed(parser, self._header, start, rest))
        rest |= tail
        if not (_are_of(meta, _META_VARYING) and _are_of(rest, self._varying)):
            return None
        like = self._spelling
        return DicomFile(
            data[:_PREFIX],
            {},
            rest,
            like.transfer_syntax_uid,
            like.byte_order,
            like.is_explicit,
            has_trailing_bytes=end < len(data),
            start=start,
        )


def _runs(spelled: Spelled, varying: Mapping[int, str]) -> _Runs:
    """Return the bytes between the elements that may differ, in turn."""
    limits = sorted(varying)
    same = (tag for tag in spelled if tag not in varying)
    runs = [list(tags) for _, tags in groupby(same, lambda tag: bisect(limits, tag))]
    return [(b"".join(spelled[tag][1] for tag in run), run[0]) for run in runs]


def _passed(parser: Parser, runs: _Runs, offset: int, found: Elements) -> int:
    """Return where the last of the runs ends, and in ``found`` all elements that lie between them.

    Raises
    ------
    FormatError
        If a run is missing, or an element is malformed or of the pixels, behind which files are read otherwise.
    """
    data = parser.data
    for same, limit in runs:
        if not data.startswith(same, offset):
            offset = parser.plain(found, offset, len(data), limit, first=0)
            while not data.startswith(same, offset):
                element, offset = parser.element(offset)
                if element.tag >= PIXEL_GROUP:
                    raise FormatError("there are pixels before the end of the header")
                found[element.tag] = element
        offset += len(same)
    return offset


def _are_of(elements: Elements, varying: Mapping[int, str]) -> bool:
    """Say whether there are only elements, before the pixels, that may differ, with their VRs."""
    return all(varying.get(tag) == element.vr or tag >= PIXEL_GROUP for tag, element in elements.items())


def joined(elements: Elements, varying: Iterable[int], like: DicomFile) -> Elements:
    """Encode the runs of elements that lie between those of ``varying``.

    Returns
    -------
    Elements
        Under the first tag of each run one element, good for nothing but to be written, that holds them all.
    """
    limits = sorted(varying)
    writer = Writer(is_explicit=like.is_explicit, byte_order=like.byte_order)
    runs: Elements = {}
    whole = sorted(tag for tag in elements if tag & 0xFFFF)  # group lengths are not written
    for _, tags in groupby(whole, lambda tag: bisect(limits, tag)):
        run = {tag: elements[tag] for tag in tags}
        first = next(iter(run))
        chunks: list[bytes | memoryview] = []
        writer.elements(run, chunks)
        runs[first] = Element(first, "", raw=b"".join(chunks))
    return runs
