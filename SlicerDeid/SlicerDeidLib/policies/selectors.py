# SPDX-License-Identifier: Apache-2.0
"""Selectors: how a policy file names attributes, and which rule is the narrowest for an attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import TypeVar

from pydicom.datadict import (
    dictionary_description,
    dictionary_has_tag,
    dictionary_VR,
    keyword_for_tag,
    tag_for_keyword,
)

from SlicerDeidLib.standard.tables import ConfidentialityRow, confidentiality_rows

T = TypeVar("T")

_ASKED = 2**14  # selectors that are remembered: more than the tables and a run have
CLASSES = ("private", "unknown", "standard")
_VRS = re.compile("AE|AS|AT|CS|DA|DS|DT|FD|FL|IS|LO|LT|O[BDFLVW]|PN|S[HLQSTV]|TM|U[CILNRSTV]")  # PS3.5 6.2
_HEX = re.compile("[0-9a-fx]{8}")
_TAG = re.compile(r"\(([0-9a-fx]{4}),([0-9a-fx]{4})\)", re.IGNORECASE)


def selector_of(text: str) -> str | None:
    """Return the selector that a policy file's key means, or None when it means nothing.

    Parameters
    ----------
    text : str
        A keyword of PS3.6, ``"(gggg,eeee)"`` where x stands for any hex digit, ``"private"``, ``"unknown"``,
        ``"standard"`` or ``"vr:XX"``.

    Examples
    --------
    >>> selector_of("PatientName"), selector_of("(60xx,3000)"), selector_of("vr:DA"), selector_of("PatientsName")
    ('00100010', '60xx3000', 'vr:DA', None)
    """
    if text in CLASSES or (text.startswith("vr:") and _VRS.fullmatch(text, 3)):
        return text
    if match := _TAG.fullmatch(text):
        return (match[1] + match[2]).lower()
    tag = tag_for_keyword(text) if text else None  # PS3.6 has retired attributes whose keyword is empty
    return _table_keywords().get(text) if tag is None else f"{tag:08x}"


def keyword_of(selector: str) -> str:
    """Return the keyword of a selector's attribute, or ``""``."""
    if _is_tag(selector) and dictionary_has_tag(int(selector, 16)):
        return keyword_for_tag(int(selector, 16))
    return _table()[selector].keyword if selector in _table() else ""


def name_of(selector: str) -> str:
    """Return the name of a selector's attribute as in PS3.6, or ``""``."""
    if selector in _table():
        return _table()[selector].name
    is_known = _is_tag(selector) and dictionary_has_tag(int(selector, 16))
    return dictionary_description(int(selector, 16)) if is_known else ""


@lru_cache(maxsize=_ASKED)
def vr_of(selector: str) -> str:
    """Return the VR of a selector's attribute, or ``""`` where it is not one attribute or not known."""
    if selector.startswith("vr:"):
        return selector[3:]
    if _is_tag(selector) and dictionary_has_tag(int(selector, 16)):
        return dictionary_VR(int(selector, 16))
    return _table()[selector].vr if selector in _table() else ""


def of_creator(group: str, creator: str, element: str = "xx") -> str:
    """Return the selector of a creator's private attributes: of one, or of all that it has in a group.

    >>> of_creator("0019", "ACME", "08")
    '0019xx08 ACME'
    """
    return f"{group.lower()}xx{element.lower()} {creator}"


def is_of_creator(selector: str) -> bool:
    """Return whether a selector names private attributes by their creator."""
    return bool(_HEX.fullmatch(selector[:8])) and selector[8:9] == " "


@lru_cache(maxsize=_ASKED)
def is_pattern(selector: str) -> bool:
    """Return whether a selector is a repeating group."""
    return bool(_HEX.fullmatch(selector)) and "x" in selector


def covering(selector: str, by: Mapping[str, T]) -> Iterator[T]:
    """Give what ``by`` says of the attributes of a selector, narrowest first; nothing after the first certain answer.

    A repeating group that is not in ``by`` may hold known, unknown and private attributes: everything that could
    decide for one of them is given.
    """
    if selector in by:
        yield by[selector]
    elif is_pattern(selector):
        yield from (value for other, value in by.items() if not _is_tag(other))
    elif _is_tag(selector):
        yield by[_narrowest(selector, by)]
    elif is_of_creator(selector):
        yield by["private"]
    else:
        yield by["standard"]


def _narrowest(tag: str, by: Mapping[str, T]) -> str:
    """Return the key of ``by`` that decides for a tag that is not a key itself."""
    patterns = [p for p in by if "x" in p and is_pattern(p) and all(a in ("x", b) for a, b in zip(p, tag, strict=True))]
    if patterns:
        return min(patterns, key=lambda p: p.count("x"))
    if int(tag[3], 16) % 2:
        return "private"
    if not dictionary_has_tag(int(tag, 16)):
        return "unknown"
    return f"vr:{vr_of(tag)}" if f"vr:{vr_of(tag)}" in by else "standard"


def _is_tag(selector: str) -> bool:
    """Return whether a selector is a single tag."""
    return bool(_HEX.fullmatch(selector)) and "x" not in selector


@cache
def _table() -> dict[str, ConfidentialityRow]:
    """Return Table E.1-1 by selector: it names a few attributes that are newer than pydicom's dictionary."""
    return {row.selector: row for row in confidentiality_rows()}


@cache
def _table_keywords() -> dict[str, str]:
    """Return keyword -> selector of Table E.1-1."""
    return {row.keyword: row.selector for row in confidentiality_rows() if row.keyword}
