# SPDX-License-Identifier: Apache-2.0
"""Codes of public schemes: what everybody writes the same identifies nobody, whatever a patient is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from SlicerDeidLib.headers.search.strangers import is_unknown_word
from SlicerDeidLib.model.element import Elements

CODED = frozenset({0x00080100, 0x00080102, 0x00080119})
"""Code Value, Coding Scheme Designator, Long Code Value: what stays in a cleaned item of a public scheme only."""

VALUES = frozenset({0x00080100, 0x00080119})
"""Code Value and Long Code Value."""

CODE_PARTS = frozenset({0x00080100, 0x00080102, 0x00080104, 0x00080119})
"""Code Value, Coding Scheme Designator, Code Meaning, Long Code Value: what ``is_public_code`` speaks of."""

_VALUE, _LONG_VALUE, _SCHEME, _MEANING = 0x00080100, 0x00080119, 0x00080102, 0x00080104
_CODING_SCHEME_UID, _CONTEXT_UID = 0x0008010C, 0x00080117
_CONTEXT_GROUP = re.compile(r"1\.2\.840\.10008\.6\.1\.[1-9]\d{0,3}")  # PS3.6 Table A-3 numbers them from 1

# PS3.16 Table 8-1: designator and UID of the coding schemes outside DICOM's own root (those are in PS3.6 Table A-1)
SCHEME_UIDS = {
    "99SDM": "2.16.840.1.113883.6.53",
    "ACR": "2.16.840.1.113883.6.76",
    "ASTM-sigpurpose": "1.2.840.10065.1.12",
    "C4": "2.16.840.1.113883.6.12",
    "C5": "2.16.840.1.113883.6.82",
    "CD2": "2.16.840.1.113883.6.13",
    "CTV3": "2.16.840.1.113883.6.6",
    "FMA": "2.16.840.1.113883.6.119",
    "HPC": "2.16.840.1.113883.6.14",
    "I10": "2.16.840.1.113883.6.3",
    "I10C": "2.16.840.1.113883.6.90",
    "I10P": "2.16.840.1.113883.6.4",
    "I9": "2.16.840.1.113883.6.42",
    "I9C": "2.16.840.1.113883.6.2",
    "ICDO3": "2.16.840.1.113883.6.43.1",
    "ISO3166_1": "2.16.1",
    "ISO639_1": "2.16.840.1.113883.6.99",
    "ISO639_2": "2.16.840.1.113883.6.100",
    "LN": "2.16.840.1.113883.6.1",
    "MDC": "2.16.840.1.113883.6.24",
    "MSH": "2.16.840.1.113883.6.177",
    "NBD": "2.16.840.1.113883.15.2",
    "NBG": "2.16.840.1.113883.15.3",
    "NCIt": "2.16.840.1.113883.3.26.1.1",
    "NDC": "2.16.840.1.113883.6.69",
    "NEU": "2.16.840.1.113883.6.210",
    "NICIP": "2.16.840.1.113883.2.1.3.2.4.21",
    "PATHLEX": "1.3.6.1.4.1.19376.1.8.2.1",
    "POS": "2.16.840.1.113883.6.50",
    "RADLEX": "2.16.840.1.113883.6.256",
    "RFC3066": "2.16.840.1.113883.6.121",
    "RFC5646": "2.16.840.1.113883.6.316",
    "RXNORM": "2.16.840.1.113883.6.88",
    "SCT": "2.16.840.1.113883.6.96",
    "SNM3": "2.16.840.1.113883.6.51",
    "UCUM": "2.16.840.1.113883.6.8",
    "UMLS": "2.16.840.1.113883.6.86",
    "UPC": "2.16.840.1.113883.6.55",
    "caDSR": "2.16.840.1.113883.3.26.2",
}

_PUBLIC_SCHEMES = frozenset({"DCM", "SRT"}) | SCHEME_UIDS.keys()  # DICOM's own and SNOMED's old one, PS3.16 8
_OLD_SNOMED = frozenset({"SRT", "SNM3", "99SDM"})  # designators of its old values
_NUMBERED_SCHEMES = frozenset(  # 10200004, T-D1213, RID170, C0023884, 24627-2, S06.5X0A
    {"SCT", "SRT", "SNM3", "99SDM", "LN", "RADLEX", "FMA", "UMLS", "I10", "I10C", "I9", "I9C", "ICDO3", "MSH", "RXNORM"}
)
_OTHER_SCHEMES = frozenset(  # of PS3.16 Table 8-1, whose codes images seldom have
    {
        "BARI",
        "DCMUID",
        "GTIN",
        "IBSI",
        "MAYOASRG",
        "MDNS",
        "NCDR",
        "NYUMCCG",
        "PANTONE",
        "RADELEMENT",
        "SCPECG",
        "UBERON",
    }
)
_SHORTEST_WORD = 4  # letters
_PUBLIC_SCHEME_UIDS = frozenset(SCHEME_UIDS.values())

PUBLIC_UIDS: dict[int, Callable[[str], bool]] = {
    _CODING_SCHEME_UID: lambda uid: uid in _PUBLIC_SCHEME_UIDS,
    _CONTEXT_UID: lambda uid: _CONTEXT_GROUP.fullmatch(uid) is not None,
}
"""Attributes that name public schemes and context groups -> whether a UID is one; elsewhere such a UID is mapped."""


def is_public_code(item: Elements) -> bool:
    """Say whether a code item holds a code of a public scheme, with the meaning that the scheme gives it.

    Parameters
    ----------
    item : Elements
        An item of a code sequence (PS3.3 Table 8.8-1).

    Notes
    -----
    The codes are those that PS3.16 uses, as pydicom has them; they are read when the first code is in doubt.
    """
    scheme, value = _text(item, _SCHEME), _text(item, _VALUE) or _text(item, _LONG_VALUE)
    if not scheme or not value:
        return False
    meaning = _plain(_text(item, _MEANING))
    return any(_plain(one) == meaning for one in _meanings(scheme).get(value, ()))


def is_no_code(item: Elements) -> bool:
    """Say whether a code item holds a word where all codes of the scheme that it names have digits."""
    value = _text(item, _VALUE) or _text(item, _LONG_VALUE)
    is_word = len(value) >= _SHORTEST_WORD and not any(character.isdigit() for character in value)
    return is_word and _text(item, _SCHEME) in _NUMBERED_SCHEMES


def is_no_scheme(item: Elements) -> bool:
    """Say whether a code item names as its scheme an unknown word: PS3.16 8 lets private designators begin with 99."""
    scheme = _text(item, _SCHEME)
    is_word = len(scheme) >= _SHORTEST_WORD and scheme.isalpha()
    return is_word and scheme not in _PUBLIC_SCHEMES | _OTHER_SCHEMES and is_unknown_word(scheme)


def is_of_public_scheme(item: Elements) -> bool:
    """Say whether a code item names a public scheme: the value of a private one may be anything, a patient's ID too."""
    return _text(item, _SCHEME) in _PUBLIC_SCHEMES


def _text(item: Elements, tag: int) -> str:
    return item[tag].text() if tag in item and item[tag].items is None else ""


def _plain(meaning: str) -> str:
    return " ".join(meaning.casefold().split())


@lru_cache(maxsize=1 << 8)  # schemes; files may bring any word as one
def _meanings(scheme: str) -> dict[str, list[str]]:
    """Return code -> meanings of a scheme; SNOMED codes by their old designators and values (SRT) too."""
    from pydicom.sr._concepts_dict import concepts
    from pydicom.sr._snomed_dict import mapping

    schemes: Any = concepts  # designator -> keyword -> code -> (meaning, numbers of context groups)
    found: dict[str, list[str]] = {}
    for codes in schemes.get(scheme, {}).values():
        for code, (meaning, _) in codes.items():
            found.setdefault(str(code), []).append(meaning)
    if scheme in _OLD_SNOMED:
        new = _meanings("SCT")
        found |= {old: new[one] for old, one in mapping["SRT"].items() if one in new}
    return found
