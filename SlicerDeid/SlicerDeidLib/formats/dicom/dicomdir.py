# SPDX-License-Identifier: Apache-2.0
"""DICOMDIR: the directory of a File-set (PS3.3 Annex F), written anew from the heads of the files that it names."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

from SlicerDeidLib.formats.dicom.file import DicomFile, read_head, write
from SlicerDeidLib.formats.dicom.syntax import EXPLICIT_LITTLE, dictionary_entry
from SlicerDeidLib.formats.dicom.write import Chunk, Writer, write_meta
from SlicerDeidLib.model.element import Element, Elements

DICOMDIR = "DICOMDIR"
"""The name that the directory of a File-set has, PS3.10 8.6."""
MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
"""Its SOP class, PS3.6 Table A-1."""

SOP_CLASS, SOP_INSTANCE, CHARSET = 0x00080016, 0x00080018, 0x00080005
FILE_SET_ID, FIRST, LAST, CONSISTENCY, RECORDS = 0x00041130, 0x00041200, 0x00041202, 0x00041212, 0x00041220
NEXT, IN_USE, LOWER, TYPE = 0x00041400, 0x00041410, 0x00041420, 0x00041430
FILE_ID, FILE_CLASS, FILE_INSTANCE, FILE_SYNTAX = 0x00041500, 0x00041510, 0x00041511, 0x00041512
_REFERENCED_SERIES, _CONTENT, _RELATIONSHIP = 0x00081115, 0x0040A730, 0x0040A010
ACTIVE = 0xFFFF  # Record In-use Flag, PS3.3 F.3.2.2
_SEQUENCE_HEAD_BYTES, _ITEM_HEAD_BYTES = 12, 8  # explicit VR, PS3.5 7.1.2 and 7.5
UID_BYTES = 16  # PS3.5 B.2: the suffix of 2.25 is an integer of 128 bits
_UNORDERED_VRS = frozenset(  # encoded alike in either byte order, PS3.5 7.3
    ["AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "SQ", "ST", "TM", "UC", "UI", "UR", "UT"]
)
LEVELS = {"PATIENT": 0x00100020, "STUDY": 0x0020000D, "SERIES": 0x0020000E}
"""By what the files of one record are told from those of another, from the top down."""
_CONTENT_TIMES = (0x00080023, 0x00080033, 0x00200013)  # Content Date and Time, Instance Number
_IDENTIFIED = (*_CONTENT_TIMES, 0x00700080, 0x00700081, 0x00700084)  # with label, description and creator
KEYS = {  # PS3.3 F.5: what a record of a type must hold
    "PATIENT": (0x00100010, 0x00100020),
    "STUDY": (0x00080020, 0x00080030, 0x00080050, 0x00081030, 0x0020000D, 0x00200010),
    "SERIES": (0x00080060, 0x0020000E, 0x00200011),
    "IMAGE": (0x00200013,),
    "RT STRUCTURE SET": (0x00200013, 0x30060002, 0x30060008, 0x30060009),
    "PRESENTATION": (0x00200013, 0x00700080, 0x00700081, 0x00700082, 0x00700083, 0x00700084),
    "SR DOCUMENT": (*_CONTENT_TIMES, 0x0040A043, 0x0040A491, 0x0040A493),
    "KEY OBJECT DOC": (*_CONTENT_TIMES, 0x0040A043),
    "RT DOSE": (0x00200013, 0x3004000A),
    "RT PLAN": (0x00200013, 0x300A0002, 0x300A0006, 0x300A0007),
    "RT TREAT RECORD": (0x00200013, 0x30080250, 0x30080251),
    "ENCAP DOC": (*_CONTENT_TIMES, 0x0040A043, 0x00420010, 0x00420012),
    "SPECTROSCOPY": (*_CONTENT_TIMES, 0x00080008, 0x00280008, 0x00280010, 0x00280011, 0x00289001, 0x00289002),
    "SURFACE SCAN": _CONTENT_TIMES[:2],
    **dict.fromkeys(("WAVEFORM", "RAW DATA"), _CONTENT_TIMES),
    **dict.fromkeys(("FIDUCIAL", "MEASUREMENT", "REGISTRATION", "SURFACE", "TRACT", "VALUE MAP"), _IDENTIFIED),
}
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_OF_CLASSES = {
    "104.": "ENCAP DOC", "4.2": "SPECTROSCOPY", "481.2": "RT DOSE", "481.4": "RT TREAT RECORD", "481.5": "RT PLAN",
    "481.6": "RT TREAT RECORD", "481.7": "RT TREAT RECORD", "481.8": "RT PLAN", "481.9": "RT TREAT RECORD",
    "66": "RAW DATA", "66.1": "REGISTRATION", "66.2": "FIDUCIAL", "66.3": "REGISTRATION", "66.5": "SURFACE",
    "66.6": "TRACT", "67": "VALUE MAP", "68.": "SURFACE SCAN", "78.": "MEASUREMENT", "80.": "MEASUREMENT",
    "9.": "WAVEFORM",
}  # fmt: skip
_TYPES = {  # PS3.3 Table F.4-1, by SOP class, or by what it begins with and a point; all others count as images
    **{_STORAGE + part: kind for part, kind in _OF_CLASSES.items()},
    "1.2.840.10008.5.1.4.1.1.88.59": "KEY OBJECT DOC",
    "1.2.840.10008.5.1.4.1.1.88.": "SR DOCUMENT",
    "1.2.840.10008.5.1.4.1.1.11.": "PRESENTATION",
    "1.2.840.10008.5.1.4.1.1.481.3": "RT STRUCTURE SET",
}


@dataclass(slots=True)
class _Node:
    """One directory record and those below it."""

    record: Elements
    below: dict[bytes, _Node] = field(default_factory=dict)
    offset: int = 0


def dicomdir(files: Iterable[tuple[str, Path]], implementation: tuple[str, str]) -> list[Chunk]:
    """Write the directory of files, at least one, ready for ``writelines``.

    A record holds what the first file below it says in the elements that the record needs, and nothing else; what the
    file does not say, or says with an empty value, is empty.

    Parameters
    ----------
    files : iterable of (str, Path)
        Path below the directory's own folder (POSIX), which becomes the File ID, and where the file is read.
    implementation : (str, str)
        Implementation Class UID and Version Name.

    Raises
    ------
    FormatError
        If a file is not DICOM.
    OSError
        If one cannot be read.

    Notes
    -----
    pydicom's ``FileSet`` copies every file, compares each with all others, and takes none whose Study ID is empty, as
    de-identification leaves it (PS3.15 Table E.1-1).
    """
    top: dict[bytes, _Node] = {}
    for name, path in files:
        _add(top, name, read_head(path))
    nodes = list(_in_order(top))
    sizes = [_ITEM_HEAD_BYTES + len(_encoded(node.record)) for node in nodes]
    uid = _file_set_uid(nodes)
    meta = {
        0x00020002: _element(0x00020002, MEDIA_STORAGE_DIRECTORY.encode()),
        0x00020003: _element(0x00020003, uid.encode()),
        0x00020012: _element(0x00020012, implementation[0].encode()),
        0x00020013: _element(0x00020013, implementation[1].encode()),
    }
    head = {
        FILE_SET_ID: _element(FILE_SET_ID),
        FIRST: _offset(FIRST),
        LAST: _offset(LAST),
        CONSISTENCY: _element(CONSISTENCY, struct.pack("<H", 0)),
    }
    offset = len(write_meta(meta, EXPLICIT_LITTLE)) + len(_encoded(head)) + _SEQUENCE_HEAD_BYTES
    for node, size in zip(nodes, sizes, strict=True):
        node.offset = offset
        offset += size
    _link(top)
    level = list(top.values())
    dataset = {
        **head,
        FIRST: _offset(FIRST, level[0].offset),
        LAST: _offset(LAST, level[-1].offset),
        RECORDS: Element(RECORDS, "SQ", items=[node.record for node in nodes]),
    }
    return write(DicomFile(b"", meta, dataset, EXPLICIT_LITTLE))


def _add(top: dict[bytes, _Node], name: str, file: DicomFile) -> None:
    """Add the record of one file, and those above it that are not there yet."""
    level = top
    for kind, tag in LEVELS.items():
        key = _value(tag, file.dataset).rstrip(b" \0")
        if key not in level:
            level[key] = _Node(_record(kind, file.dataset))
        level = level[key].below
    kind = _type_of(_sop_class(file))
    record = _record(kind, file.dataset)
    record[FILE_ID] = _element(FILE_ID, name.replace("/", "\\").encode("ascii"))
    record[FILE_CLASS] = _element(FILE_CLASS, _value(SOP_CLASS, file.dataset))
    record[FILE_INSTANCE] = _element(FILE_INSTANCE, _value(SOP_INSTANCE, file.dataset))
    record[FILE_SYNTAX] = _element(FILE_SYNTAX, file.transfer_syntax_uid.encode())
    level[name.encode()] = _Node(record)


def _type_of(sop_class_uid: str) -> str:
    """Return the type of the record of an instance."""
    starts = (start for start in _TYPES if start.endswith(".") and sop_class_uid.startswith(start))
    return _TYPES.get(sop_class_uid) or _TYPES.get(next(starts, ""), "IMAGE")


def _sop_class(file: DicomFile) -> str:
    return file.dataset[SOP_CLASS].text() if SOP_CLASS in file.dataset else ""


def _record(kind: str, dataset: Elements) -> Elements:
    """Return a record of a type, without a file and without its place among the others."""
    record = {
        NEXT: _offset(NEXT),
        IN_USE: _element(IN_USE, struct.pack("<H", ACTIVE)),
        LOWER: _offset(LOWER),
        TYPE: _element(TYPE, kind.encode()),
        **{tag: _copied(tag, dataset) for tag in KEYS[kind]},
    }
    if CHARSET in dataset:
        record[CHARSET] = _copied(CHARSET, dataset)
    if kind == "PRESENTATION" and _REFERENCED_SERIES in dataset:
        record[_REFERENCED_SERIES] = _copied(_REFERENCED_SERIES, dataset)
    if kind in ("SR DOCUMENT", "KEY OBJECT DOC") and _CONTENT in dataset:
        content = _copied(_CONTENT, dataset)
        content.items = [i for i in content.items or () if _value(_RELATIONSHIP, i).rstrip() == b"HAS CONCEPT MOD"]
        if content.items:
            record[_CONTENT] = content
    return record


def _copied(tag: int, source: Elements) -> Element:
    """Return an element as another data set has it, empty where it has none."""
    found = source.get(tag)
    if _vr(tag) != "SQ":
        return _element(tag, _value(tag, source))
    items = () if found is None else found.items or ()
    kept = [{one: _copied(one, item) for one in item if _vr(one) in _UNORDERED_VRS} for item in items]
    return Element(tag, "SQ", items=kept)


def _value(tag: int, source: Elements) -> bytes:
    return bytes(source[tag].value) if tag in source else b""


def _element(tag: int, value: bytes = b"") -> Element:
    return Element(tag, _vr(tag), value)


def _offset(tag: int, offset: int = 0) -> Element:
    return _element(tag, struct.pack("<L", offset))


@cache
def _vr(tag: int) -> str:
    return dictionary_entry(tag)


def _encoded(elements: Elements) -> bytes:
    out: list[Chunk] = []
    Writer(is_explicit=True).elements(elements, out)
    return b"".join(out)


def _in_order(level: dict[bytes, _Node]) -> Iterator[_Node]:
    """Yield the records as they will follow each other in the file: each before those below it."""
    for node in level.values():
        yield node
        yield from _in_order(node.below)


def _link(level: dict[bytes, _Node]) -> None:
    """Write into each record where the next one of its level lies, and the first one below it."""
    nodes = list(level.values())
    for node, following in pairwise(nodes):
        node.record[NEXT] = _offset(NEXT, following.offset)
    for node in nodes:
        for first in list(node.below.values())[:1]:
            node.record[LOWER] = _offset(LOWER, first.offset)
        _link(node.below)


def _file_set_uid(nodes: Iterable[_Node]) -> str:
    """Return a UID that tells nothing but what the records do: the same for the same, another for others."""
    digest = hashlib.sha256()
    for node in nodes:
        digest.update(_encoded(node.record))
    return f"2.25.{int.from_bytes(digest.digest()[:UID_BYTES], 'big')}"
