# SPDX-License-Identifier: Apache-2.0
"""Every row of PS3.15 Table E.1-1, one by one: what is planted in its attribute does not come out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from SlicerDeidLib.formats.dicom.file import read, write
from SlicerDeidLib.headers.engine import HeaderContext, deidentify, leaks
from SlicerDeidLib.headers.select import vrs_of
from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.policies.load import read_policy
from SlicerDeidLib.standard.tables import ConfidentialityRow, confidentiality_rows

CANARY_UID = b"1.2.826.0.1.3680043.8.498.42424242.77\0"
PLANTED = {
    "DA": b"19470413",
    "TM": b"041347.4711 ",
    "DT": b"19470413041347.4711 ",
    "AS": b"047Y",
    "UI": CANARY_UID,
    "DS": b"4711.4713 ",
    "IS": b"47114713",
    "US": b"\x67\x12",
    "SS": b"\x67\x12",
}
NUMBERS = {"UL", "SL", "FL", "FD", "SV", "UV", "OD", "OF", "OL"}
CANARY_NUMBER = b"\x67\x12\x69\x12\x67\x12\x69\x12"
KEPT_BY_RESEARCH = {"PatientSex", "PatientAge"}
REFERENCES = {"ReferencedImageSequence", "SourceImageSequence"}  # kept with mapped UIDs where the IOD needs them


def tag_of(row: ConfidentialityRow) -> int:
    return 0x00091001 if row.selector == "private" else int(row.selector.replace("x", "0"), 16)


def plant(row: ConfidentialityRow) -> tuple[int, Element, bytes]:
    """Make the element of a row and the bytes that must not come out."""
    tag = tag_of(row)
    vr = (vrs_of(tag) or (row.vr or "LO",))[0]
    if vr == "SQ":
        if row.keyword in REFERENCES:
            inner = Element(0x00081155, "UI", CANARY_UID)
        else:
            inner = Element(0x00080104, "LO", b"CANARYMEANING ")
        deeper: Elements = {0x00400555: Element(0x00400555, "SQ", items=[{inner.tag: inner}])}
        return tag, Element(tag, vr, items=[{inner.tag: inner}, deeper]), bytes(inner.value).strip(b" \0")
    value = PLANTED.get(vr, CANARY_NUMBER if vr in NUMBERS else b"CANARYVALUE ")
    return tag, Element(tag, vr, value), value.strip(b" \0")


ROWS = [pytest.param(row, id=row.keyword or row.selector) for row in confidentiality_rows()]


CASES = [
    pytest.param(row, policy, id=f"{policy}-{row.keyword or row.selector}")
    for policy in ("basic", "research")
    for row in confidentiality_rows()
    if policy == "basic" or row.keyword not in KEPT_BY_RESEARCH
]


@pytest.fixture(scope="module")
def written(bare: bytes, context_of: Callable[[str], HeaderContext]) -> Callable[[str, Element], bytes]:
    """Return a function: de-identify a small CT with one more element, and write it."""
    contexts = {policy: context_of(policy) for policy in ("basic", "research")}

    def go(policy: str, element: Element) -> bytes:
        file = read(bare)
        file.dataset[element.tag] = element
        assert deidentify(file.meta, file.dataset, contexts[policy])
        assert leaks(file.meta, file.dataset, contexts[policy]) == []
        return b"".join(bytes(chunk) for chunk in write(file))

    return go


@pytest.mark.parametrize(("row", "policy"), CASES)
def test_nothing_of_a_row_comes_out(row: ConfidentialityRow, policy: str, written: Callable) -> None:
    _, element, needle = plant(row)
    assert needle not in written(policy, element)


@pytest.mark.parametrize("row", ROWS)
def test_nothing_of_a_row_comes_out_of_a_nested_item(row: ConfidentialityRow, written: Callable) -> None:
    tag, element, needle = plant(row)
    # a sequence that no row names, inside one: its items are walked
    inner = {0x0008114A: Element(0x0008114A, "SQ", items=[{tag: element}])}
    assert needle not in written("basic", Element(0x00081199, "SQ", items=[inner]))


def test_the_policies_of_these_tests_are_those_that_ship() -> None:
    assert len(read_policy("basic").rules) > len(confidentiality_rows()) - 10
