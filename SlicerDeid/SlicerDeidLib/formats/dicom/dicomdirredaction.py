# SPDX-License-Identifier: Apache-2.0
"""DICOMDIR at equal length: every value of every record is blanked, and filled with what the released files say.

All bytes stay where they are, so that the offsets by which records refer to each other stay valid.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.dicomdir import (
    ACTIVE,
    CHARSET,
    FILE_CLASS,
    FILE_ID,
    FILE_INSTANCE,
    FILE_SYNTAX,
    FIRST,
    IN_USE,
    KEYS,
    LAST,
    LEVELS,
    LOWER,
    MEDIA_STORAGE_DIRECTORY,
    NEXT,
    RECORDS,
    SOP_CLASS,
    SOP_INSTANCE,
    TYPE,
    UID_BYTES,
)
from SlicerDeidLib.formats.dicom.file import DicomFile, read_head
from SlicerDeidLib.formats.dicom.spans import ItemPath, Leaf, leaves_of
from SlicerDeidLib.formats.dicom.syntax import EXPLICIT_BIG, EXPLICIT_LITTLE
from SlicerDeidLib.model.element import Elements

_META_LENGTH, _META_VERSION, _META_CLASS, _META_UID = 0x00020000, 0x00020001, 0x00020002, 0x00020003
_META_SYNTAX, _META_PROGRAM, _META_PROGRAM_NAME = 0x00020010, 0x00020012, 0x00020013
_PREAMBLE_BYTES, _HEAD_BYTES = 128, 132  # PS3.10 7.1
_OFFSETS = {FIRST: 0, LAST: 0, NEXT: 1, LOWER: 1}  # at the top, in a record: depth of the path
_NUL_PADDED = frozenset({"UI"})
_TEXT_VRS = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UR", "UT"})
_SHORTEST_UID = 20  # characters, of them 15 digits: no two File-sets of a project will meet


@dataclass(slots=True, eq=False)
class _Record:
    """One directory record: where it begins, the values in it by place, and the records above it, the top first."""

    offset: int
    leaves: dict[tuple[ItemPath, int], Leaf] = field(default_factory=dict)
    above: tuple[_Record, ...] = ()
    said: bytes | None = None
    is_used: bool = False


def blanked(data: bytes) -> tuple[bytes, dict[int, str]]:
    """Blank a DICOMDIR: no record is in use, and nothing but their order and types can be read in it.

    Returns
    -------
    bytes, dict of int to str
        As long as ``data``; and where each record that names a file begins -> its File ID (POSIX).

    Raises
    ------
    FormatError
        If not every byte of it has a known place, or a reader would not come to all records, or not to the same.
    """
    if data[_PREAMBLE_BYTES:_HEAD_BYTES] != b"DICM":
        raise FormatError("it does not begin as PS3.10 says")
    blank = bytearray(data)
    blank[:_PREAMBLE_BYTES] = bytes(_PREAMBLE_BYTES)
    leaves, starts = leaves_of(data, _HEAD_BYTES, RECORDS)
    _check_meta(data, leaves)
    for leaf in leaves:
        blank[leaf.start : leaf.end] = _blank(leaf, data)
    names = {}
    for record in _linked(data, leaves, starts):
        place = record.leaves.get(((), FILE_ID))
        if place is not None and (name := data[place.start : place.end].strip(b" \0")):
            names[record.offset] = name.decode("latin_1").replace("\\", "/")
    return bytes(blank), names


def redacted(blank: bytes, files: Mapping[int, tuple[str, Path]], implementation: tuple[str, str]) -> bytes:
    """Fill a blanked DICOMDIR with what files say; their records, and those above them, come into use.

    The offsets lead to records in use only, for not every reader looks at the flag.

    A value that is longer than its place stays blank, except what a reader goes by: then there is no such DICOMDIR.

    Parameters
    ----------
    files : dict of int to (str, Path)
        Where a record begins -> path below the DICOMDIR's own folder (POSIX), and where the file is read.
    implementation : (str, str)
        Implementation Class UID and Version Name.

    Raises
    ------
    FormatError
        If a File ID, UID or Patient ID is longer than its place, or one record would have to tell of several.
    OSError
        If a file cannot be read.
    """
    filled = bytearray(blank)
    leaves, starts = leaves_of(blank, _HEAD_BYTES, RECORDS)
    records = list(_linked(blank, leaves, starts))
    for record in records:
        if record.offset in files:
            name, path = files[record.offset]
            _fill(filled, record, name, read_head(path))
    _link(filled, records, {leaf.tag: leaf for leaf in leaves if leaf.tag in (FIRST, LAST)})
    uid = int.from_bytes(hashlib.sha256(filled).digest()[:UID_BYTES], "big")
    for leaf in leaves:
        if leaf.tag == _META_UID:
            if leaf.end - leaf.start < _SHORTEST_UID:
                raise FormatError("the UID of the File-set is shorter than a new one can be")
            _put(filled, leaf, f"2.25.{uid}".encode()[: leaf.end - leaf.start])
        elif leaf.tag in (_META_PROGRAM, _META_PROGRAM_NAME):
            _put(filled, leaf, implementation[leaf.tag == _META_PROGRAM_NAME].encode()[: leaf.end - leaf.start])
    return bytes(filled)


def _check_meta(data: bytes, leaves: list[Leaf]) -> None:
    """Refuse file meta information that is not whole, or says a wrong length: it stays, and could say anything."""
    meta = {leaf.tag: leaf for leaf in leaves if leaf.tag >> 16 == 0x0002 and not leaf.path}
    length = meta.get(_META_LENGTH)
    is_right = length is not None and length.end - length.start == 4 and meta.keys() >= {_META_CLASS, _META_SYNTAX}
    if length is None or not is_right or _uint(data, length) != max(leaf.end for leaf in meta.values()) - length.end:
        raise FormatError("its file meta information is not whole")


def _uint(data: bytes, leaf: Leaf) -> int:
    return int.from_bytes(data[leaf.start : leaf.end], "little")


def _blank(leaf: Leaf, data: bytes) -> bytes:
    """Return what stands in the place of a value in a blanked DICOMDIR."""
    value, size = data[leaf.start : leaf.end], leaf.end - leaf.start
    text = value.rstrip(b" \0").decode("latin_1")
    if leaf.tag & 0xFFFF == 0 and leaf.tag != _META_LENGTH:
        raise FormatError("it holds lengths of groups, which PS3.5 7.2 has retired")
    if leaf.tag in _OFFSETS and size != 4:
        raise FormatError("an offset in it is not of four bytes")
    if _OFFSETS.get(leaf.tag, len(leaf.path)) != len(leaf.path):
        raise FormatError("an offset in it stands where none belongs")
    wrong = {_META_CLASS: MEDIA_STORAGE_DIRECTORY, _META_SYNTAX: EXPLICIT_LITTLE}.get(leaf.tag, text) != text
    if wrong or (leaf.tag == TYPE and text not in KEYS):
        raise FormatError("it, or a record in it, is of a kind that is not redacted")
    if leaf.tag == _META_VERSION and size == 2:
        return b"\0\1"
    if leaf.tag in _OFFSETS or leaf.tag == _META_LENGTH:
        return value
    if leaf.tag in (_META_CLASS, _META_SYNTAX, TYPE):
        return _padded(leaf, text.encode())
    return _padded(leaf, b"")


def _padded(leaf: Leaf, value: bytes) -> bytes:
    """Return a value at the length of its place."""
    return value.ljust(leaf.end - leaf.start, b" " if leaf.vr in _TEXT_VRS else b"\0")


def _linked(data: bytes, leaves: list[Leaf], starts: list[int]) -> Iterator[_Record]:
    """Yield the records as their offsets lead to them, each once, from the top down."""
    records = [_Record(start) for start in starts]
    for leaf in leaves:
        if leaf.path and leaf.path[0][0] == RECORDS:
            records[leaf.path[0][1]].leaves[leaf.path[1:], leaf.tag] = leaf
    tops = {leaf.tag: _uint(data, leaf) for leaf in leaves if leaf.tag in (FIRST, LAST)}
    left = {record.offset: record for record in records}
    waiting: list[tuple[int, tuple[_Record, ...]]] = [(tops.get(FIRST, 0), ())]
    last = 0
    while waiting:
        offset, above = waiting.pop()
        record = left.pop(offset, None)
        if record is None:
            raise FormatError("its offsets lead astray")
        record.above = above
        last = last if above else offset
        _check_level(record, data)
        yield record
        for tag, level in ((NEXT, above), (LOWER, (*above, record))):
            following = _number(record, tag, data)
            waiting += [(following, level)] if following else []
    if left or last != tops.get(LAST):
        raise FormatError("its offsets do not lead to all of its records")


def _check_level(record: _Record, data: bytes) -> None:
    """Refuse a record that does not stand where its type belongs: patient, study, series, instance."""
    leaf, depth = record.leaves.get(((), TYPE)), len(record.above)
    kind = data[leaf.start : leaf.end].decode("latin_1").strip() if leaf is not None else ""
    kinds = [*LEVELS, kind]
    if depth >= len(kinds) or kind != kinds[depth] or (depth == len(LEVELS)) != (kind not in LEVELS):
        raise FormatError("its records do not stand below each other as patients, studies, series and instances")


def _number(record: _Record, tag: int, data: bytes) -> int:
    leaf = record.leaves.get(((), tag))
    return _uint(data, leaf) if leaf is not None else 0


def _fill(filled: bytearray, record: _Record, name: str, file: DicomFile) -> None:
    """Let a record and those above it say what a file says."""
    for one, (kind, tag) in zip(record.above, LEVELS.items(), strict=True):
        key = _said((), tag, "", file.dataset)
        if one.said is None:
            _use(filled, one, file)
            _must(filled, one, tag, key)
            one.said = key
        elif one.said != key:
            raise FormatError(f"one {kind} record of it stands above images that are now of several")
    _use(filled, record, file)
    _must(filled, record, FILE_ID, name.replace("/", "\\").encode("ascii"))
    _must(filled, record, FILE_CLASS, _said((), SOP_CLASS, "UI", file.dataset))
    _must(filled, record, FILE_INSTANCE, _said((), SOP_INSTANCE, "UI", file.dataset))
    _must(filled, record, FILE_SYNTAX, file.transfer_syntax_uid.encode())


def _link(filled: bytearray, records: list[_Record], tops: Mapping[int, Leaf]) -> None:
    """Let the offsets lead to the records in use, in the order that they had, and those of the others nowhere."""
    levels: dict[int, list[_Record]] = {}
    for record in records:
        levels.setdefault(record.above[-1].offset if record.above else 0, []).extend([record] * record.is_used)
    following = {one.offset: [other] for level in levels.values() for one, other in pairwise(level)}
    for record in records:
        for tag, targets in ((NEXT, following.get(record.offset, [])), (LOWER, levels.get(record.offset, [])[:1])):
            if ((), tag) in record.leaves:
                _put(filled, record.leaves[(), tag], _offset(targets))
    _put(filled, tops[FIRST], _offset(levels[0][:1]))
    _put(filled, tops[LAST], _offset(levels[0][-1:]))


def _offset(targets: list[_Record]) -> bytes:
    return struct.pack("<L", targets[0].offset if targets else 0)


def _use(filled: bytearray, record: _Record, file: DicomFile) -> None:
    """Bring a record into use, with the values of a file that fit."""
    record.is_used = True
    flag = record.leaves.get(((), IN_USE))
    if flag is None or flag.end - flag.start != 2:
        raise FormatError("a record has no flag that says whether it is in use")
    _put(filled, flag, struct.pack("<H", ACTIVE))
    charset, place = _said((), CHARSET, "CS", file.dataset), record.leaves.get(((), CHARSET))
    is_plain = not charset.strip(b" ") or (place is not None and len(charset.rstrip(b" ")) <= place.end - place.start)
    for (path, tag), leaf in record.leaves.items():
        if tag >> 16 == 0x0004 and not path:
            continue
        value = _said(path, tag, leaf.vr, file.dataset)
        is_text = leaf.vr in _TEXT_VRS | _NUL_PADDED
        size = leaf.end - leaf.start
        if is_text:
            fits = len(value) <= size and (is_plain or value.isascii())
        else:
            fits = len(value) == size and file.transfer_syntax_uid != EXPLICIT_BIG
        if fits:
            _put(filled, leaf, value)


def _must(filled: bytearray, record: _Record, tag: int, value: bytes) -> None:
    """Write what a reader goes by."""
    leaf = record.leaves.get(((), tag))
    space = leaf.end - leaf.start if leaf is not None else 0
    if leaf is None or len(value) > space:
        what = "a File ID" if tag == FILE_ID else f"the value of ({tag >> 16:04X},{tag & 0xFFFF:04X}) in a record"
        raise FormatError(f"{what} needs {len(value)} characters, and there is space for {space}")
    _put(filled, leaf, value)


def _put(filled: bytearray, leaf: Leaf, value: bytes) -> None:
    filled[leaf.start : leaf.end] = _padded(leaf, value)


def _said(path: ItemPath, tag: int, vr: str, dataset: Elements) -> bytes:
    """Return what a data set says at a place, without padding; nothing where it says it in another VR."""
    for sequence, number in path:
        element = dataset.get(sequence)
        items = element.items if element is not None else None
        if not items or number >= len(items):
            return b""
        dataset = items[number]
    element = dataset.get(tag)
    if element is None or element.items is not None or (vr and element.vr != vr):
        return b""
    value = bytes(element.value)
    return value.rstrip(b" \0") if element.vr in _TEXT_VRS | _NUL_PADDED else value
