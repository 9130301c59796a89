# SPDX-License-Identifier: Apache-2.0
"""What the audit says of single texts that are claimed to be cleaned."""

from __future__ import annotations

import pytest
from SlicerDeidLib.verification.descriptors import CLEAN_CODE, check_descriptors, judge
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.reading import Found

RIGHT = [
    "Schädel nativ",
    "Tête sans contraste",
    "Ménière disease",
    "HEAD WW 2000 WL 95",
    "HEAD FOV 95",
    "CTDIvol 95 mGy",
    "CT C SPINE W/O",
    "MR L SPINE",
]
WRONG = ["Schädel Müller", "seen in 1995", "age 94", "call 0761-4412 x 3", "M 95 y"]


@pytest.mark.parametrize("text", [*RIGHT, "Head 1.0 Hr95", "III", "TR 2000 TE 95"])
def test_what_the_cleaner_keeps_of_a_protocol_is_right(text: str) -> None:
    assert judge(text) == ()


@pytest.mark.parametrize("text", WRONG)
def test_names_years_ages_and_long_numbers_are_found(text: str) -> None:
    assert judge(text) != ()


@pytest.mark.parametrize(
    ("scheme", "code", "is_right"), [("SCT", b"621566751000087104", True), ("99X", b"621566", False)]
)
def test_a_long_code_of_snomed_is_no_number_of_a_patient(scheme: str, code: bytes, is_right: bool) -> None:
    path = ((0x0040A043, 0),)
    item = [
        Found(path, 0x00080102, "SH", scheme.encode(), ("ascii",)),
        Found(path, 0x00080119, "UC", code, ("ascii",)),
    ]
    findings = Findings()
    check_descriptors(item, frozenset({CLEAN_CODE}), "one.dcm", findings)
    assert (not findings.all()) == is_right
