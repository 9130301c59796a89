# SPDX-License-Identifier: Apache-2.0
"""Whether the content items of a release are judged by the table and by their words."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from SlicerDeidLib.verification.content import aligned, check_content
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.reading import Found, walk

CLAIMED = frozenset({"113100", "113104", "113105", "113107"})


def item(kind: str, code: str, scheme: str = "DCM", **values: object) -> Dataset:
    made, name = Dataset(), Dataset()
    name.CodeValue, name.CodingSchemeDesignator, name.CodeMeaning = code, scheme, "Finding"
    made.ValueType, made.ConceptNameCodeSequence = kind, Sequence([name])
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def elements(*items: Dataset) -> list[Found]:
    ds = Dataset()
    ds.ContentSequence = Sequence(items)
    return list(walk(ds))


def messages(*items: Dataset, codes: frozenset[str] = CLAIMED) -> list[str]:
    findings = Findings()
    check_content(elements(*items), codes, "file", findings)
    return [finding.message for finding in findings.all()]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (item("TEXT", "121022", TextValue="DEIDENTIFIED"), "which|that Table E.3.4-1 removes"),
        (item("PNAME", "121008", PersonName="Quavexthul^A"), "a person's name"),
        (item("TEXT", "121071", TextValue="seen by Quavexthul"), "not in the clinical vocabulary"),
        (item("TEXT", "999", TextValue="call 0201 5557788"), "a long number|not in the"),
        (item("TEXT", "121193", TextValue="SCANNER 7"), "takes out"),
        (item("DATETIME", "DF-0070B", "SNM3", DateTime="20240301"), ""),
    ],
)
def test_what_an_item_must_not_hold_is_found(bad: Dataset, words: str) -> None:
    found = messages(item("TEXT", "121071", TextValue="acute infarct"), bad)
    assert bool(found) == bool(words)
    assert all(any(part in one for part in words.split("|")) for one in found)


def test_a_clean_item_and_a_file_without_the_claim_are_not_judged_wrong() -> None:
    fine = item(
        "TEXT",
        "121071",
        TextValue="acute infarct",
        ContentSequence=Sequence([item("PNAME", "1", PersonName="DEIDENTIFIED")]),
    )
    assert not messages(fine)
    assert not messages(item("TEXT", "121071", TextValue="Quavexthul"), codes=frozenset())


def test_what_a_claimed_option_keeps_may_stay() -> None:
    device = item("TEXT", "121013", TextValue="Vexomat 9")
    assert messages(device)
    assert not messages(device, codes=CLAIMED | {"113109"})


def test_an_original_is_aligned_with_a_release_that_lacks_items() -> None:
    gone = item("TEXT", "121022", TextValue="A1")
    inner = [gone, item("UIDREF", "112040", UID="1.2.3")]
    box = item("CONTAINER", "121070", ContentSequence=Sequence(inner))
    old = {f.place: f for f in elements(gone, item("DATE", "111060", Date="20240301"), gone, box)}
    slim = item("CONTAINER", "121070", ContentSequence=Sequence([item("UIDREF", "112040", UID="2.25.1")]))
    new = {f.place: f for f in elements(item("DATE", "111060", Date="20230301"), slim)}
    made = aligned(old, new)
    assert made.keys() == new.keys()
    sequence = 0x0040A730
    assert made[((sequence, 0),), 0x0040A121].ascii() == "20240301"
    assert made[((sequence, 1), (sequence, 0)), 0x0040A124].ascii() == "1.2.3"


@pytest.mark.parametrize(
    ("units", "value", "is_found"),
    [("a", "97", True), ("a", "90", False), ("mo", "1164", True), ("d", "35000", True), ("mm", "97", False)],
)
def test_a_number_of_more_than_90_years_is_found_whatever_it_is_called(units: str, value: str, is_found: bool) -> None:
    measured, unit = Dataset(), Dataset()
    unit.CodeValue, unit.CodingSchemeDesignator, unit.CodeMeaning = units, "UCUM", "unit"
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = value, Sequence([unit])
    found = messages(item("NUM", "112031", MeasuredValueSequence=Sequence([measured])))
    assert any("more than 90 years" in one for one in found) == is_found
