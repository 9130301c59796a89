# SPDX-License-Identifier: Apache-2.0
"""File-sets: whether a DICOMDIR tells of all that lies below it, of nothing else, and of that the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydicom.dataset import Dataset

from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.headers import check_outside
from SlicerDeidLib.verification.profile import META_IDENTITY, keyword, place_text
from SlicerDeidLib.verification.reading import READ_ERRORS, Found, ItemPath, Reading, read_header, walk
from SlicerDeidLib.verification.structure import Place

CHECK = "file-set"
MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"  # PS3.6 Table A-1
SOP_CLASS, SOP_INSTANCE, SYNTAX = 0x00080016, 0x00080018, 0x00020010
FIRST, LAST, RECORDS = 0x00041200, 0x00041202, 0x00041220
NEXT, IN_USE, LOWER, TYPE = 0x00041400, 0x00041410, 0x00041420, 0x00041430
FILE_ID, ACTIVE = 0x00041500, 0xFFFF
NAMED = {0x00041510: SOP_CLASS, 0x00041511: SOP_INSTANCE, 0x00041512: SYNTAX}
"""What a record says of its file, and where the file says it itself."""
OF_THE_SET = frozenset({FIRST, LAST, 0x00041212, RECORDS})
LINKS = frozenset({NEXT, IN_USE, LOWER, TYPE})
OF_A_RECORD = LINKS | {FILE_ID, *NAMED}
LEVELS = ("PATIENT", "STUDY", "SERIES")  # and one below them

Values = dict[tuple[ItemPath, int], bytes]


@dataclass(slots=True)
class _Record:
    """One record as a reader comes to it: what it says that no file below it has said yet."""

    dataset: Dataset = field(repr=False)
    above: tuple[_Record, ...]
    unsaid: Values = field(default_factory=dict, repr=False)


def check_file_set(place: Place, reading: Reading, places: Sequence[Place], findings: Findings) -> None:
    """Follow the records of a DICOMDIR as a reader does, and compare them with the files.

    Parameters
    ----------
    place, reading : Place, Reading
        The DICOMDIR.
    places : sequence of Place
        The images of the output.
    """
    try:
        _Check(place, reading.dataset, findings).go(reading, places)
    except READ_ERRORS as error:
        findings.add("error", CHECK, place.name, "", f"This DICOMDIR is damaged ({type(error).__name__}).")


class _Check:
    """One DICOMDIR while it is looked at."""

    def __init__(self, place: Place, dataset: Dataset, findings: Findings) -> None:
        self._name = place.name
        self._root, self._archive = PurePosixPath(place.name).parent, place.archive
        self._dataset = dataset
        self._findings = findings

    def go(self, reading: Reading, places: Sequence[Place]) -> None:
        """Run all checks."""
        check_outside(reading, self._name, self._findings)
        self._check_set(reading)
        below = (p for p in places if self._root in PurePosixPath(p.name).parents)
        files = {p.name: p.path for p in below if p.archive == self._archive}
        seen: set[str] = set()
        records = list(self._followed())
        for record in records:
            if FILE_ID in record.dataset:
                self._check_file(record, files, seen)
        for record in records:
            for path, tag in record.unsaid:
                self._say("A record says what no file below it says.", place_text(path, tag))
        for _ in files.keys() - seen:
            self._say("A file that lies below this DICOMDIR is missing in it.")

    def _say(self, message: str, tag: str = "") -> None:
        self._findings.add("error", CHECK, self._name, tag, message)

    def _check_set(self, reading: Reading) -> None:
        """Look at what stands outside the records."""
        if str(self._dataset.file_meta.get("MediaStorageSOPClassUID", "")) != MEDIA_STORAGE_DIRECTORY:
            self._say("This file is named as a DICOMDIR and is none.")
        for found in walk(self._dataset.file_meta):
            if found.tag in META_IDENTITY and found.raw.strip(b" \0"):
                self._say(f"The file meta information holds {keyword(found.tag)}.", place_text((), found.tag))
        for tag in sorted(span.tag for span in reading.spans):
            if tag not in OF_THE_SET and _filled(self._dataset, tag):
                self._say("This DICOMDIR says something beside its records.", place_text((), tag))

    def _followed(self) -> Iterator[_Record]:
        """Yield the records in the order in which their offsets lead to them; say where they lead astray."""
        records = {int(item.seq_item_tell): item for item in self._dataset.DirectoryRecordSequence}
        left = dict(records)
        waiting: list[tuple[int, tuple[_Record, ...]]] = [(int(self._dataset[FIRST].value), ())]
        last = 0
        while waiting:
            offset, above = waiting.pop()
            dataset = left.pop(offset, None)
            if dataset is None:
                known = "twice" if offset in records else "where no record is"
                self._say(f"The offsets of this DICOMDIR lead {known}.")
                continue
            record = _Record(dataset, above, _values(dataset))
            yield record
            last = last if above else offset
            self._check_record(record)
            if _number(dataset, NEXT):
                waiting.append((_number(dataset, NEXT), above))
            if _number(dataset, LOWER):
                waiting.append((_number(dataset, LOWER), (*above, record)))
        for dataset in left.values():
            self._check_unused(dataset)
        if last != _number(self._dataset, LAST):
            self._say("The offset of the last record at the top is wrong.")

    def _check_record(self, record: _Record) -> None:
        """Look at a record by itself: its level, and elements that no record of ours has."""
        depth, kind = len(record.above), str(record.dataset.get(TYPE, Dataset()).value)
        is_leaf = FILE_ID in record.dataset
        if is_leaf != (depth == len(LEVELS)) or (not is_leaf and LEVELS[depth] != kind):
            self._say("A record does not stand at the level of its type.")
        if _number(record.dataset, IN_USE) != ACTIVE:
            self._say("A record is not in use.")
        for tag in record.dataset.keys():  # noqa: SIM118 - iterating a Dataset converts its values
            if int(tag) >> 16 == 0x0004 and int(tag) not in OF_A_RECORD and _filled(record.dataset, int(tag)):
                self._say("A record holds an element that no record of ours has.", place_text((), int(tag)))

    def _check_unused(self, dataset: Dataset) -> None:
        """Look at a record to which no offset leads: it is out of use, and says nothing but its type."""
        if any(_number(dataset, tag) for tag in (IN_USE, NEXT, LOWER)):
            self._say("No offset of this DICOMDIR leads to some of its records.")
        for found in walk(dataset):
            if (found.path or found.tag not in LINKS) and found.raw.strip(b" \0"):
                self._say("A record that is not in use says something.", place_text(found.path, found.tag))

    def _check_file(self, record: _Record, files: Mapping[str, Path], seen: set[str]) -> None:
        """Compare a record, and those above it, with its file."""
        file_id = _text(record.dataset, FILE_ID)
        name = (self._root / file_id.replace("\\", "/")).as_posix()
        if name not in files:
            self._say("A record points to a file that is not there.", place_text((), FILE_ID))
            return
        if name in seen:
            self._say("Two records point to one file.", place_text((), FILE_ID))
        seen.add(name)
        header = read_header(files[name])
        if header is None:
            return  # said when the file was read by itself
        said = _values(header)
        for one in (*record.above, record):
            one.unsaid = {where: value for where, value in one.unsaid.items() if said.get(where, b"") != value}
            self._check_level(one, header)
        for tag, own in NAMED.items():
            if _text(record.dataset, tag) != _text(header.file_meta if own == SYNTAX else header, own):
                self._say(f"{keyword(tag)} is not that of the file.", place_text((), tag))

    def _check_level(self, record: _Record, header: Dataset) -> None:
        """Compare what makes files one patient's, one study's, one series'."""
        for tag in (0x00100020, 0x0020000D, 0x0020000E):
            if tag in record.dataset and _text(record.dataset, tag) != _text(header, tag):
                self._say(f"{keyword(tag)} is not that of a file below it.", place_text((), tag))


def _values(dataset: Dataset) -> Values:
    """Return what a data set says beside group 0004; empty values say nothing."""
    found: list[Found] = [f for f in walk(dataset) if (f.path[0][0] if f.path else f.tag) >> 16 != 0x0004]
    return {f.place: value for f in found if (value := f.raw.rstrip(b" \0"))}


def _filled(dataset: Dataset, tag: int) -> bool:
    return any(f.raw.strip(b" \0") or f.vr == "SQ" for f in walk(dataset) if f.tag == tag and not f.path)


def _text(dataset: Dataset, tag: int) -> str:
    """Return the text of an element as it stands in the file."""
    found = next((f for f in walk(dataset) if f.tag == tag and not f.path), None)
    return "" if found is None else found.ascii()


def _number(dataset: Dataset, tag: int) -> int:
    return int(dataset[tag].value) if tag in dataset else 0
