# SPDX-License-Identifier: Apache-2.0
"""Profile: what Table E.1-1 says of an attribute, and how much its value would say about a person."""

from __future__ import annotations

from enum import Enum
from functools import cache

from pydicom import datadict

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.standard.tables import OPTION_CODES, ConfidentialityRow, confidentiality_rows
from SlicerDeidLib.verification.reading import Found, ItemPath

OPTION_OF_CODE = {code: option for option, code in OPTION_CODES.items()}
META_IDENTITY = frozenset(
    {0x00020016, 0x00020017, 0x00020018, 0x00020026, 0x00020027, 0x00020028, 0x00020100, 0x00020102}
)
"""File meta elements that name sender, receiver or private information (PS3.10 7.1)."""

DIRECT = frozenset(
    {
        0x00080050,  # AccessionNumber
        0x00100020,  # PatientID
        0x00100021,  # IssuerOfPatientID
        0x00101000,  # OtherPatientIDs
        0x00101040,  # PatientAddress
        0x00101090,  # MedicalRecordLocator
        0x00102154,  # PatientTelephoneNumbers
        0x00102155,  # PatientTelecomInformation
        0x00380010,  # AdmissionID
    }
)
"""Attributes that name the patient by themselves, besides every person name."""

TEXT_VRS = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
DATE_VRS = frozenset({"DA", "DT", "TM"})
BYTE_VRS = frozenset({"OB", "OW", "UN"})
GRAPHIC_GROUPS = (0x50, 0x60)
"""High bytes of the curve and overlay groups: their labels and descriptions are listed with their data."""


CLEANED_ITEMS = frozenset({"clean-structured-content", "clean-graphics"})
"""Options that clean what is inside sequences."""
CODE_PARTS = frozenset({0x00080100, 0x00080102, 0x00080103, 0x00080119})
"""Code Value, Coding Scheme Designator and Version, Long Code Value."""


class Kind(Enum):
    """How much the value of a source element says about a person.

    Attributes
    ----------
    DIRECT : person names, patient IDs, accession numbers, addresses, folder names
    LISTED : other text that Table E.1-1 names, private and unknown text
    DESCRIPTOR : text that Clean Descriptors keeps when it is clinical vocabulary
    UID : unique identifiers that the table replaces
    NONE : nothing
    """

    DIRECT = "direct"
    LISTED = "listed"
    DESCRIPTOR = "descriptor"
    UID = "uid"
    NONE = "none"


@cache
def _rows() -> tuple[dict[int, ConfidentialityRow], dict[tuple[int, int], ConfidentialityRow]]:
    """Return the rows of single tags, and those of repeating groups by (mask, tag)."""
    exact: dict[int, ConfidentialityRow] = {}
    masked: dict[tuple[int, int], ConfidentialityRow] = {}
    for row in confidentiality_rows():
        selector = row.selector.lower()
        if selector == "private":
            continue
        if "x" not in selector:
            exact[int(selector, 16)] = row
        else:
            mask = int("".join("0" if digit == "x" else "f" for digit in selector), 16)
            masked[(mask, int(selector.replace("x", "0"), 16))] = row
    return exact, masked


@cache
def row_of(tag: int) -> ConfidentialityRow | None:
    """Return the row of Table E.1-1 that names a tag."""
    exact, masked = _rows()
    if tag in exact:
        return exact[tag]
    return next((row for (mask, value), row in masked.items() if tag & mask == value), None)


@cache
def is_known(tag: int) -> bool:
    """Whether PS3.6 defines a tag, repeating groups included."""
    try:
        datadict.get_entry(tag)
    except KeyError:
        return False
    return True


def is_private(tag: int) -> bool:
    """Whether a tag lies in an odd group."""
    return bool(tag >> 16 & 1)


def is_retained(row: ConfidentialityRow, codes: frozenset[str]) -> bool:
    """Whether an option that the file claims keeps or cleans this attribute."""
    return any(OPTION_CODES[option] in codes for option in row.options)


def kind_of(found: Found) -> Kind:
    """Say how much an element's value tells about a person, by its VR and its row in Table E.1-1."""
    if found.vr in DATE_VRS or found.vr == "SQ":
        return Kind.NONE
    inside_private = any(is_private(tag) for tag, _ in found.path)
    if inside_private or is_private(found.tag) or not is_known(found.tag):
        return _private_kind(found)
    if found.tag >> 16 == 0x0002:
        return Kind.LISTED if found.tag in META_IDENTITY else Kind.NONE
    if found.vr == "PN" or found.tag in DIRECT:
        return Kind.DIRECT
    return _listed_kind(found)


def _private_kind(found: Found) -> Kind:
    """Judge an element that the standard does not know: text names, bytes may hold text."""
    if found.vr == "PN":
        return Kind.DIRECT
    return Kind.LISTED if found.vr in TEXT_VRS | BYTE_VRS | {"UI", "CS"} else Kind.NONE


def _listed_kind(found: Found) -> Kind:
    """Judge an element of PS3.6 by its own row, else by the rows of the sequences it lies in."""
    row = row_of(found.tag)
    if found.vr == "UI":
        return Kind.UID if row is not None else Kind.NONE
    if row is None:
        outer = [row_of(tag) for tag, _ in found.path]
        inside = next((r for r in reversed(outer) if r is not None), None)
        return _inside_kind(found, inside)
    if found.vr in BYTE_VRS:
        return Kind.LISTED
    if found.vr not in TEXT_VRS:
        return Kind.NONE
    return Kind.DESCRIPTOR if "clean-descriptors" in row.options else Kind.LISTED


def _inside_kind(found: Found, row: ConfidentialityRow | None) -> Kind:
    """Judge an unlisted element: of a graphic, or inside a sequence whose text must not turn up elsewhere."""
    if found.tag >> 24 in GRAPHIC_GROUPS and found.vr in TEXT_VRS | BYTE_VRS:
        return Kind.LISTED
    if row is None or found.vr not in TEXT_VRS | BYTE_VRS:
        return Kind.NONE
    is_reference = "U" in row.basic  # whose items stay where the IOD needs them, with mapped UIDs
    if is_reference or CLEANED_ITEMS.intersection(row.options):  # with cleaned texts and the codes of concepts
        return Kind.NONE if found.tag in CODE_PARTS else Kind.DESCRIPTOR if found.vr in TEXT_VRS else Kind.LISTED
    return Kind.DESCRIPTOR if "clean-descriptors" in row.options and found.vr in TEXT_VRS else Kind.LISTED


def place_text(path: ItemPath, tag: int) -> str:
    """Write where an element stands, items not numbered: ``"(0040,0275)>(0040,0007)"``."""
    return ">".join(tag_text(t) for t in (*(sequence for sequence, _ in path), tag))


def keyword(tag: int) -> str:
    """Return the keyword of a tag, or its number where it has none."""
    return datadict.keyword_for_tag(tag) or tag_text(tag)
