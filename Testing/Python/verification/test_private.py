# SPDX-License-Identifier: Apache-2.0
"""Whether the private elements of a release are judged by what it claims."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.identifiers import UidMap, compare_values
from SlicerDeidLib.verification.private import check_private, compare_private
from SlicerDeidLib.verification.reading import Found, Reading, walk

PHILIPS = "Philips Imaging DD 001"
SAFE, NONE = frozenset({"113100", "113107", "113111"}), frozenset()


def made(*elements: tuple[int, str, object], creator: str = PHILIPS) -> Dataset:
    ds = Dataset()
    ds.StudyDate = "20240301"
    ds.add_new(elements[0][0] & 0xFFFF0000 | 0x10, "LO", creator)
    for tag, vr, value in elements:
        ds.add_new(tag, vr, value)
    return ds


def judged(ds: Dataset, codes: frozenset[str]) -> list[tuple[str, str]]:
    findings = Findings()
    check_private(list(walk(ds)), codes, "file", findings)
    return [(finding.severity, finding.message) for finding in findings.all()]


@pytest.mark.parametrize(
    ("ds", "words"),
    [
        (made((0x20011003, "FL", 1.0)), ""),
        (made((0x2001105A, "ST", "head scan")), ""),
        (made((0x01291002, "UI", "2.25.7"), creator="SIEMENS Ultrasound SC2000"), ""),
        (made((0x200110E7, "FL", 1.0)), "does not list"),
        (made((0x20011003, "FL", 1.0), creator="Zormox"), "does not list"),
        (made((0x20011003, "LO", "1.0")), "no value of the VR"),
        (made((0x2001107D, "OW", b"\1\2")), "no value of the VR"),
        (made((0x2001105A, "ST", "seen by Quavexthul")), "clinical vocabulary"),
        (made((0x01291002, "UI", "1.2.3.4"), creator="SIEMENS Ultrasound SC2000"), "keyed UID"),
    ],
)
def test_what_the_table_does_not_list_is_found(ds: Dataset, words: str) -> None:
    found = judged(ds, SAFE)
    assert len(found) == bool(words)
    assert all(severity == "error" and words in message for severity, message in found)


def test_without_the_claim_any_private_element_is_wrong_and_without_a_profile_a_warning() -> None:
    ds = made((0x20011003, "FL", 1.0))
    assert {severity for severity, _ in judged(ds, frozenset({"113100"}))} == {"error"}
    assert {severity for severity, _ in judged(ds, NONE)} == {"warning"}


def test_a_creator_without_elements_is_said() -> None:
    ds = Dataset()
    ds.add_new(0x20010010, "LO", PHILIPS)
    assert [severity for severity, _ in judged(ds, SAFE)] == ["warning"]
    assert [severity for severity, _ in judged(ds, frozenset({"113100"}))] == ["error"]


def places(ds: Dataset, is_implicit: bool = False) -> dict[tuple[object, int], Found]:
    out = BytesIO()
    ds.save_as(out, implicit_vr=is_implicit, little_endian=True)
    out.seek(0)
    return {found.place: found for found in walk(dcmread(out, force=True))}


def reading() -> Reading:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return Reading(Path("x"), b"", FileDataset(None, {}, file_meta=meta), (), 0)


@pytest.mark.parametrize("is_implicit", [False, True])
@pytest.mark.parametrize("value", [20240301, 1709294400, 45352, 60370])
def test_a_number_that_stayed_and_is_a_date_of_the_original_is_found(value: int, is_implicit: bool) -> None:
    ds = made((0x00251007, "SL", value), creator="GEMS_SERS_01")
    findings = Findings()
    same = places(ds, is_implicit)
    compare_private(reading(), same, same, SAFE, "file", findings)
    assert [finding.check for finding in findings.all()] == ["private"]
    compare_private(reading(), places(ds), places(made((0x00251007, "SL", 700))), SAFE, "file", findings)
    compare_private(reading(), places(ds), places(ds), SAFE | {"113106"}, "file", findings)
    assert len(findings.all()) == 1


def test_a_private_value_may_be_as_it_was_and_a_private_uid_may_not() -> None:
    ds = made((0x01291002, "UI", "1.2.3.4.5"), (0x01291000, "LO", "text"), creator="SIEMENS Ultrasound SC2000")
    findings = Findings()
    compare_values(places(ds), places(ds), SAFE, "file", findings)
    UidMap().compare(places(ds), places(ds), SAFE, "file", findings)
    assert [(f.check, f.tag) for f in findings.all() if f.tag.startswith("(0129")] == [
        ("uids", "(0129,1002)"),
        ("values", "(0129,1002)"),
    ]
