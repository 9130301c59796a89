# SPDX-License-Identifier: Apache-2.0
"""Values: a dummy for every VR, and what a kept value must look like so that it carries no free text."""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from itertools import pairwise

from pydicom.datadict import dictionary_has_tag, dictionary_VM, repeater_has_tag

from SlicerDeidLib.model.binarynumbers import NUMBER_FORMATS

DATE_VRS = frozenset({"DA", "TM", "DT"})
TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "AE"})  # may hold words
FREE_VRS = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})  # where people write what they like
PROSE_VRS = frozenset({"LT", "ST", "UC", "UT"})  # of them, those for sentences
BULK_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})  # may hold anything, words included

DOCUMENT = 0x00420011
"""Encapsulated Document: where it stays, it stays whole, and the last look refuses one that names its patient."""
PIXEL_DATA = 0x7FE00010
FLOAT_PIXELS = frozenset({0x7FE00008, 0x7FE00009})  # Float and Double Float Pixel Data, PS3.3 C.7.6.24
OFFSET_TABLES = frozenset({0x7FE00001, 0x7FE00002, 0x7FE00003})  # where frames begin, how long they and all are
_OFFSETS = 0x7FE00001
PIXEL_TAGS = OFFSET_TABLES | FLOAT_PIXELS | {PIXEL_DATA}

_WORD = b"DEIDENTIFIED"
_DUMMIES = {
    **dict.fromkeys(("LO", "LT", "PN", "SH", "ST", "UC", "UT", "AE", "CS"), _WORD),
    "UR": b"about:blank",
    "AS": b"000Y",
    "DA": b"19000101",  # the first day that no reader refuses
    "TM": b"000000",
    "DT": b"19000101000000",
    "DS": b"0",
    "IS": b"0",
}
_WIDTHS = {  # bytes of one number, PS3.5 6.2
    **dict.fromkeys(("US", "SS", "OW"), 2),
    **dict.fromkeys(("UL", "SL", "FL", "AT", "OF", "OL"), 4),
    **dict.fromkeys(("FD", "SV", "UV", "OD", "OV"), 8),
}
_NUMBERS = frozenset(NUMBER_FORMATS)
BINARY_VRS = BULK_VRS | frozenset(_WIDTHS)


def dummy(vr: str, value: bytes | memoryview) -> bytes:
    """Return a value of ``vr`` that says nothing; numbers keep their count, since the IOD may ask for it."""
    text = _DUMMIES.get(vr)
    if text is not None:
        return text
    width = _WIDTHS.get(vr, 2)
    count = len(value) // width if vr in _NUMBERS else 1
    return bytes(width * max(count, 1))


def width_of(vr: str) -> int:
    """Return how many bytes one binary number has."""
    return _WIDTHS[vr]


def holds_number(vr: str, value: bytes | memoryview, packed: frozenset[bytes], alone: frozenset[bytes]) -> bool:
    """Say whether one of the binary numbers in ``value`` is in ``packed``, or its only one in ``alone``."""
    width = _WIDTHS[vr]
    if len(value) == width:
        return bytes(value) in alone
    return any(bytes(value[at : at + width]) in packed for at in range(0, len(value), width))


def numbers_of(vr: str, value: bytes | memoryview) -> tuple[float, ...]:
    """Return binary numbers, read in either byte order; none where ``value`` is none."""
    count, rest = divmod(len(value), _WIDTHS[vr])
    form = f"{count}{NUMBER_FORMATS[vr]}"
    return () if rest else (*struct.unpack(f"<{form}", value), *struct.unpack(f">{form}", value))


def _listed(one: bytes) -> re.Pattern[bytes]:
    """Compile a pattern for values separated by a backslash, padding allowed."""
    return re.compile(rb"(?:" + one + rb")?(?:\\(?:" + one + rb")?)*[\x00 ]*")


# Real scanners write DS of more than 16 characters, CS in lower case and IS with a point: these tell nothing and pass.
# What could carry words does not, nor the address of any but those who keep the coding schemes of PS3.16 8. PS3.5
# Table 6.2-1 otherwise.
_PATTERNS = {
    "CS": _listed(rb"[A-Za-z0-9_ .+/\-]{1,16}|[A-Z0-9_]{17,32}"),
    "DS": _listed(
        rb" *[+\-]?(?:\d{1,20}[.,]?\d{0,20}|[.,]\d{1,20})(?:[eE][+\-]?\d{1,3})? *|[+\-]?(?:[nN][aA][nN]|[iI][nN][fF]) *"
    ),
    "IS": _listed(rb" *[+\-]?\d{1,12}(?:\.0{0,6})? *"),
    "AS": _listed(rb"\d{1,3}[DWMYdwmy]"),
    "DA": _listed(rb"\d{8}|\d{4}[.\-/]\d\d[.\-/]\d\d"),
    "TM": _listed(rb"\d{2}(?::?\d\d(?::?\d\d(?:\.\d{1,6})?)?)? *"),
    "DT": _listed(rb"\d{4,14}(?:\.\d{1,6})?(?:[+\-]\d{4})? *"),
    "UI": _listed(rb"[0-9.]{1,64}"),
    "UR": re.compile(
        rb"(?:https?://(?:[a-z]{1,12}\.)?(?:snomed\.info|loinc\.org|unitsofmeasure\.org|nema\.org|radlex\.org|hl7\.org)"
        rb"(?:/(?:sct|id|medical|dicom|current|fhir|CodeSystem|ValueSet|ucum|RID\d{1,6}|\d{1,18}(?:-\d)?)?)*)? *",
        re.ASCII,
    ),
}
_ENUMERATED = {0x00100040: re.compile(rb"[MFO]? *")}  # Patient's Sex, PS3.3 C.7.1.1: anything else is said in words


def pattern_of(tag: int, vr: str) -> re.Pattern[bytes] | None:
    """Return what a kept value must look like, so that no free text hides in a number, date or code; None: anything."""
    return _ENUMERATED.get(tag) or _PATTERNS.get(vr)


def is_number(vr: str) -> bool:
    """Say whether a VR holds binary numbers of one width."""
    return vr in _NUMBERS


@lru_cache(maxsize=1 << 12)
def _multiplicity(tag: int) -> tuple[int, int, int]:
    """Return least, most and step of the number of values that PS3.6 has for ``tag``; most 0 is any number.

    >>> _multiplicity(0x00280010), _multiplicity(0x00281101), _multiplicity(0x00283006)
    ((1, 1, 1), (3, 3, 1), (1, 0, 1))
    """
    if not (dictionary_has_tag(tag) or repeater_has_tag(tag)):
        return 0, 0, 1
    least, _, most = dictionary_VM(tag).partition("-")
    if not most:
        return int(least), int(least), 1
    step = int(most.removesuffix("n") or 1) if most.endswith("n") else 1
    return int(least), 0 if most.endswith("n") else int(most), step


@lru_cache(maxsize=1 << 14)
def is_sound(tag: int, vr: str, length: int) -> bool:
    """Say whether ``length`` bytes are whole binary numbers, as many as PS3.6 lets ``tag`` have, or none."""
    count, rest = divmod(length, _WIDTHS[vr])
    least, most, step = _multiplicity(tag)
    is_as_many = count >= least and (not most or count <= most) and count % step == 0
    return not rest and (not count or is_as_many)


def can_be_many(tag: int, vr: str) -> bool:
    """Say whether ``tag`` may hold any count of binary numbers, so that a text could stand there."""
    return vr in _NUMBERS and not _multiplicity(tag)[1]


def are_offsets(tag: int, value: bytes | memoryview, pixels: bytes | memoryview) -> bool:
    """Say whether an offset table (PS3.3 C.7.6.3, little endian) holds nothing but places in ``pixels``."""
    if not value or len(value) % 8:
        return False
    numbers = struct.unpack(f"<{len(value) // 8}Q", value)
    is_rising = tag != _OFFSETS or all(a < b for a, b in pairwise(numbers))
    return is_rising and max(numbers) <= len(pixels)
