# SPDX-License-Identifier: Apache-2.0
"""The DICOM standard as tables: Tables E.1-1, E.3.4-1 and E.3.10-1, the Type of every attribute, CID 7050.

The tables are package data made by ``Testing/build_standard_tables.py``; each file names its edition, source and
licence and carries a checksum of its data. They are read at first use, without pydicom.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

OPTIONS = (
    "retain-safe-private",
    "retain-uids",
    "retain-device-identity",
    "retain-institution-identity",
    "retain-patient-characteristics",
    "retain-full-dates",
    "retain-modified-dates",
    "clean-descriptors",
    "clean-structured-content",
    "clean-graphics",
)
"""Our names of the option columns of Table E.1-1, in its order. Clean Pixel Data and Clean Recognizable Visual
Features have no column: they act on pixels."""

OPTION_CODES = {
    "retain-safe-private": "113111",
    "retain-uids": "113110",
    "retain-device-identity": "113109",
    "retain-institution-identity": "113112",
    "retain-patient-characteristics": "113108",
    "retain-full-dates": "113106",
    "retain-modified-dates": "113107",
    "clean-descriptors": "113105",
    "clean-structured-content": "113104",
    "clean-graphics": "113103",
}
"""Option -> its code value in CID 7050, scheme DCM."""

CONTENT_SEQUENCE = 0x0040A730

STRICTNESS = ("1", "1C", "2", "2C", "3")
"""Types, strictest first. A value (1, 1C) asks for more than presence (2, 2C), presence more than nothing (3)."""

_TAG = re.compile("[0-9A-Fa-f]{8}")
_Level = dict[int, tuple[str, int | None]]


@dataclass(frozen=True, slots=True)
class ConfidentialityRow:
    """One row of PS3.15 Table E.1-1.

    Attributes
    ----------
    selector : str
        ``"00100010"``, a repeating group as ``"50xxxxxx"`` or ``"60xx4000"``, or ``"private"``.
    keyword, name, vr : str
        As in PS3.6; ``vr`` is empty for patterns, and for a few attributes newer than the dictionary it was made with.
    basic : str
        Action of the Basic Profile: ``"X"``, ``"Z"``, ``"D"``, ``"U"`` or a compound code.
    options : dict of str to str
        Option -> ``"K"`` or ``"C"``; only the columns that say something.
    since : str
        Edition of the source that has the row first.
    """

    selector: str
    keyword: str
    name: str
    vr: str
    basic: str
    options: dict[str, str] = field(default_factory=dict)
    since: str = ""


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One row of PS3.15 Table E.3.4-1: a content item, by its concept name and value type.

    Attributes
    ----------
    scheme, code, meaning : str
        The concept name.
    value_type : str
        ``"TEXT"``, ``"PNAME"``, ``"IMAGE"`` and so on.
    srt_code : str
        What SNOMED called the concept before 2018 (schemes SRT, SNM3, 99SDM); mostly empty.
    basic, options
        As in ``ConfidentialityRow``.
    """

    scheme: str
    code: str
    meaning: str
    value_type: str
    srt_code: str
    basic: str
    options: dict[str, str] = field(default_factory=dict)


def edition() -> str:
    """Return the edition of Table E.1-1, as ``"2026a"``."""
    return str(_read("confidentiality.json")["edition"])


@cache
def confidentiality_rows() -> tuple[ConfidentialityRow, ...]:
    """Return Table E.1-1, by selector."""
    table = _read("confidentiality.json")
    named, options_from = table["columns"], len(table["columns"]) - 1 - len(OPTIONS)
    rows = []
    for cells in table["rows"]:
        selector, keyword, name, vr, basic = cells[:options_from]
        columns = zip(named[options_from:-1], cells[options_from:-1], strict=True)
        options = {option: cell for option, cell in columns if cell}
        rows.append(ConfidentialityRow(selector, keyword, name, vr, basic, options, cells[-1]))
    return tuple(rows)


@cache
def listed_tags() -> frozenset[int]:
    """Return the tags that Table E.1-1 names one by one; its repeating groups hold no text."""
    selectors = (row.selector for row in confidentiality_rows())
    return frozenset(int(selector, 16) for selector in selectors if _TAG.fullmatch(selector))


@cache
def content_rows() -> tuple[ContentRow, ...]:
    """Return Table E.3.4-1, by concept name."""
    table = _read("structured_content.json")
    options_from = table["columns"].index("basic") + 1
    named = table["columns"][options_from:]
    rows = []
    for cells in table["rows"]:
        options = {option: cell for option, cell in zip(named, cells[options_from:], strict=True) if cell}
        scheme, code, meaning, value_type, srt_code, basic = cells[:options_from]
        rows.append(ContentRow(scheme, code, meaning, value_type, srt_code, basic, options))
    return tuple(rows)


@cache
def safe_private() -> dict[tuple[str, int, int], str]:
    """Return Table E.3.10-1: (private creator, group, last two hex digits of the element) -> VR.

    Notes
    -----
    The VR is empty where the source has none, and ``"OW/OB"`` in two rows.
    """
    rows = _read("safe_private.json")["rows"]
    return {(creator, int(group, 16), int(element, 16)): vr for creator, group, element, vr in rows}


@lru_cache(maxsize=1 << 16)  # damaged or hostile files may bring any tag and path
def attribute_type(sop_class_uid: str, path: tuple[int, ...], tag: int) -> str | None:
    """Return the Type of an attribute at a place in the IOD of a SOP class.

    Parameters
    ----------
    sop_class_uid : str
        The class; a class the tables do not know has no attributes.
    path : tuple of int
        Tags of the enclosing sequences, outermost first; ``()`` for the top level.
    tag : int
        ``group << 16 | element``. All overlay groups (60xx) are looked up as 6000.

    Returns
    -------
    str or None
        ``"1"``, ``"1C"``, ``"2"``, ``"2C"`` or ``"3"``; None when the IOD has no such attribute at that place.

    Notes
    -----
    An attribute that stands in several modules has the strictest of its Types, whether a module is mandatory,
    conditional or optional. That never costs privacy, because what a compound code does under a stricter Type (empty,
    a dummy, mapped references) holds no original value either; taking the laxer Type could break a module that is
    present. Attributes of services (print, worklist) are not in the tables. Content items hold content items of the
    same kind to any depth (PS3.3 C.17.3): all have the Types of the outermost.
    """
    if path.count(CONTENT_SEQUENCE) > 1:
        path = path[len(path) - 1 - path[::-1].index(CONTENT_SEQUENCE) :]
    elif tag == CONTENT_SEQUENCE and path == (CONTENT_SEQUENCE,):
        path = ()
    found = [entry[0] for level in _levels_at(sop_class_uid, path) if (entry := level.get(_plain(tag)))]
    return min(found, key=STRICTNESS.index) if found else None


@cache
def item_types(sop_class_uid: str) -> dict[int, frozenset[str]]:
    """Return the Types that attributes have in items of sequences, at any depth, in the IOD of a SOP class."""
    found: dict[int, set[str]] = {}
    data = _read("attribute_types.json")["data"]
    tops = [_level(data["modules"][module]) for module in data["iods"].get(data["sop_classes"].get(sop_class_uid), ())]
    waiting = [number for level in tops for _, number in level.values() if number is not None]
    seen: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        for tag, (kind, inner) in _level(number).items():
            found.setdefault(tag, set()).add(kind)
            waiting += [inner] if inner is not None else []
    return {tag: frozenset(types) for tag, types in found.items()}


@cache
def is_known_class(sop_class_uid: str) -> bool:
    """Return whether the tables know the IOD of a SOP class."""
    return sop_class_uid in _read("attribute_types.json")["data"]["sop_classes"]


@cache
def deidentification_codes() -> dict[str, str]:
    """Return CID 7050: code value -> meaning (scheme DCM)."""
    return dict(_read("deidentification_codes.json")["codes"])


def checksum_of(data: Any) -> str:
    """Return the SHA-256 that a table's file must carry for its data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


@lru_cache(maxsize=1 << 12)
def _levels_at(sop_class_uid: str, path: tuple[int, ...]) -> tuple[_Level, ...]:
    """Return what each module of the IOD holds inside ``path``."""
    data = _read("attribute_types.json")["data"]
    if not path:
        modules = data["iods"].get(data["sop_classes"].get(sop_class_uid), ())
        return tuple(_level(data["modules"][module]) for module in modules)
    outer = (level.get(_plain(path[-1])) for level in _levels_at(sop_class_uid, path[:-1]))
    return tuple(_level(entry[1]) for entry in outer if entry and entry[1] is not None)


@cache
def _level(number: int) -> _Level:
    """Return one level: tag -> (Type, number of the level of its items)."""
    table = _read("attribute_types.json")
    types, text = table["types"], table["data"]["nodes"][number]
    return {int(e[:8], 16): (types[e[8]], int(e[9:]) if len(e) > 9 else None) for e in text.split()}


def _plain(tag: int) -> int:
    """Return the tag under which the tables hold an attribute."""
    return tag & 0xFF00FFFF if tag >> 24 == 0x60 else tag  # PS3.5 7.6: 60xx is one repeating group


@cache
def _read(name: str) -> dict[str, Any]:
    """Read one table."""
    table: dict[str, Any] = json.loads(resources.files(__package__).joinpath("data", name).read_text(encoding="utf-8"))
    return table
