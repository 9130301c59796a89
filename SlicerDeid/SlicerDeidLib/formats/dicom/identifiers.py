# SPDX-License-Identifier: Apache-2.0
"""Identifiers: the patient's names, birth date and other IDs in the head of a file, each by itself.

Source of the character sets: PS3.3 C.12.1.1.2 (defined terms), PS3.5 6.1 and Annexes H to K (code extensions).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from SlicerDeidLib.formats.dicom.values import bytes_value, code_value, lenient_text, text_value
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.standard.identifying import NAMING_TAGS

_OTHER_NAMES = (0x00101001, 0x00101005, 0x00101060)  # Other Patient Names, Patient's and mother's Birth Name
_STUDY_ID = 0x00200010
_STUDY_DATES = (0x00080020, 0x00080021, 0x00080022, 0x00080023)  # Study, Series, Acquisition, Content Date
IDENTIFIER_TAGS = frozenset(
    {0x00080005, 0x00100010, 0x00100020, 0x00100030, 0x00101000, 0x00101002, *_OTHER_NAMES, _STUDY_ID, *_STUDY_DATES}
)
"""What ``identifiers_of`` and ``study_numbers_of`` read."""

NAMING_SEQUENCES = frozenset(
    {0x00080096, 0x0008009D, 0x00081049, 0x00081052, 0x00081062, 0x00081072, 0x00321031, 0x00400275}
)
"""Identification sequences of physicians and operators (PS3.3 10.1), and Request Attributes: what is in them counts."""

_CHARACTER_SET, _NAME, _ID, _BIRTH_DATE = 0x00080005, 0x00100010, 0x00100020, 0x00100030
_OTHER_IDS, _OTHER_IDS_SEQUENCE = 0x00101000, 0x00101002
_PARTS = re.compile(r"[\\^=]")  # between values, component groups and components of a PN, PS3.5 6.2.1
_DATE = re.compile(r"([0-9]{4})[.]?([0-9]{2})[.]?([0-9]{2})")  # DA, and ACR-NEMA's form with points
_CODECS = {  # the last words of the defined terms -> Python's codec
    "100": "latin_1",
    "101": "iso8859_2",
    "109": "iso8859_3",
    "110": "iso8859_4",
    "144": "iso8859_5",
    "127": "iso8859_6",
    "126": "iso8859_7",
    "138": "iso8859_8",
    "148": "iso8859_9",
    "203": "iso8859_15",
    "166": "iso8859_11",
    "13": "shift_jis",
    "192": "utf_8",
    "GB18030": "gb18030",
    "GBK": "gbk",
    "87": "iso2022_jp_2",
    "159": "iso2022_jp_2",
    "149": "euc_kr",
    "58": "gb2312",
}
_ESCAPES = re.compile(rb"\x1b\$?[()\-]?[0-9A-Z@]")  # of 94- and 96-sets into G0 or G1
_REMEMBERED = 1 << 12  # patients: the slices of a series repeat each other


def identifiers_of(dataset: Elements) -> frozenset[str]:
    """Return what names the patient besides Patient ID: parts of the names, birth date (YYYYMMDD), other IDs.

    Texts are decoded by Specific Character Set, and also as UTF-8 or Latin-1 where that reads otherwise: files often
    name the wrong set.
    """
    return _identifiers(
        code_value(dataset, _CHARACTER_SET).upper(),
        tuple(bytes_value(dataset, tag) for tag in (_NAME, *_OTHER_NAMES)),
        code_value(dataset, _BIRTH_DATE),
        (bytes_value(dataset, _OTHER_IDS), *_nested_ids(dataset)),
    )


def study_numbers_of(dataset: Elements) -> frozenset[str]:
    """Return Study ID and the dates of study, series, acquisition and content (YYYYMMDD)."""
    return _study_numbers(text_value(dataset, _STUDY_ID), tuple(code_value(dataset, tag) for tag in _STUDY_DATES))


def named_in(dataset: Elements) -> frozenset[tuple[int, str]]:
    """Return the people, numbers and places that a header names: each value with the tag that it stands in."""
    return _named(code_value(dataset, _CHARACTER_SET).upper(), tuple(_naming_values(dataset)))


def _naming_values(elements: Elements) -> Iterator[tuple[int, bytes]]:
    """Yield tags and values, of the items of sequences too."""
    for tag in sorted((NAMING_TAGS | NAMING_SEQUENCES) & elements.keys()):
        element = elements[tag]
        if element.items is None and tag in NAMING_TAGS and len(element.value):
            yield tag, bytes(element.value)
        for item in element.items or ():
            yield from _naming_values(item)


@lru_cache(maxsize=_REMEMBERED)
def _named(character_set: str, values: tuple[tuple[int, bytes], ...]) -> frozenset[tuple[int, str]]:
    """Decode the values in every likely reading; one object for all slices of a series."""
    codecs = _codecs(character_set)
    found = {(tag, text.strip(" \0")) for tag, value in values for text in texts(value, codecs)}
    return frozenset((tag, text) for tag, text in found if text)


@lru_cache(maxsize=_REMEMBERED)
def _study_numbers(study_id: str, dates: tuple[str, ...]) -> frozenset[str]:
    """Make them one object for all slices of a series."""
    return frozenset({study_id, *map(_compact_date, dates)} - {""})


def _compact_date(text: str) -> str:
    """Return a date as YYYYMMDD where it is one."""
    parts = _DATE.fullmatch(text)
    return "".join(parts.groups()) if parts else text


def _nested_ids(dataset: Elements) -> Iterator[bytes]:
    """Yield the IDs of Other Patient IDs Sequence."""
    sequence = dataset.get(_OTHER_IDS_SEQUENCE)
    for item in (sequence.items if sequence is not None else None) or ():
        yield bytes_value(item, _ID)


@lru_cache(maxsize=_REMEMBERED)
def _identifiers(
    character_set: str, names: tuple[bytes, ...], birth_date: str, other_ids: tuple[bytes, ...]
) -> frozenset[str]:
    """Take the values apart."""
    codecs = _codecs(character_set)
    found = {part.strip(" \0") for name in names for text in texts(name, codecs) for part in _PARTS.split(text)}
    for value in other_ids:
        found.update(part.strip(" \0") for text in texts(value, codecs) for part in text.split("\\"))
    found.add(_compact_date(birth_date))
    return frozenset(found - {""})


def codecs_of(dataset: Elements) -> tuple[str, ...]:
    """Return Python's codecs for what Specific Character Set names."""
    return _codecs(code_value(dataset, _CHARACTER_SET).upper())


def _codecs(character_set: str) -> tuple[str, ...]:
    return tuple(filter(None, map(_codec, character_set.split("\\"))))


def _codec(term: str) -> str | None:
    """Return Python's codec for a defined term of Specific Character Set."""
    return _CODECS.get(re.split("[ _]", term.strip(" "))[-1])


def texts(value: bytes, codecs: tuple[str, ...]) -> Iterator[str]:
    """Yield the texts that a value may mean, most likely first."""
    for codec in codecs:
        plain = value if codec.startswith("iso2022") else _ESCAPES.sub(b"", value)
        try:
            yield plain.decode(codec)
        except UnicodeDecodeError:
            continue
    yield lenient_text(_ESCAPES.sub(b"", value))
