# SPDX-License-Identifier: Apache-2.0
"""How a policy file names attributes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.policies.selectors import covering, is_pattern, keyword_of, name_of, selector_of, vr_of

BY = {s: s for s in ("00100010", "60xx3000", "60xxxxxx", "xxxx0000", "private", "unknown", "vr:DA", "standard")}


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        ("PatientName", "00100010"),
        ("(0010,0010)", "00100010"),
        ("(300A,00b0)", "300a00b0"),
        ("(60xx,3000)", "60xx3000"),
        ("(50XX,XXXX)", "50xxxxxx"),
        ("OverlayData", "60xx3000"),
        ("CurveData", "50xxxxxx"),
        ("PersonNamesToUseSequence", "00100011"),
        ("private", "private"),
        ("vr:UT", "vr:UT"),
    ],
)
def test_a_key_means_its_selector(text: str, selector: str) -> None:
    assert selector_of(text) == selector


@pytest.mark.parametrize(
    "text",
    ["", "PatientsName", "patientname", "0010,0010", "(0010,001)", "(00100010)", "Private", "vr:", "vr:XX", "vr:da"],
)
def test_a_key_that_is_nearly_right_means_nothing(text: str) -> None:
    assert selector_of(text) is None


def test_names_and_vrs_are_known_for_old_and_new_attributes() -> None:
    assert (keyword_of("00100010"), name_of("00100010"), vr_of("00100010")) == ("PatientName", "Patient's Name", "PN")
    assert (keyword_of("00100012"), vr_of("00100012")) == ("NameToUse", "")
    assert (keyword_of("00080000"), name_of("60xx3000"), vr_of("vr:TM")) == ("", "Overlay Data", "TM")
    assert (keyword_of("00291010"), name_of("standard"), vr_of("private")) == ("", "", "")


@pytest.mark.parametrize(
    ("selector", "decides"),
    [
        ("00100010", "00100010"),
        ("60023000", "60xx3000"),
        ("60020010", "60xxxxxx"),
        ("60020000", "xxxx0000"),
        ("00180000", "xxxx0000"),
        ("00291010", "private"),
        ("00990099", "private"),
        ("00120099", "unknown"),
        ("00141020", "vr:DA"),
        ("00180060", "standard"),
    ],
)
def test_the_narrowest_selector_decides_for_a_tag(selector: str, decides: str) -> None:
    assert list(covering(selector, BY)) == [decides]


def test_a_repeating_group_may_be_decided_by_every_class() -> None:
    assert set(covering("0018xxxx", BY)) == set(BY) - {"00100010"}


def test_a_vr_without_a_rule_of_its_own_falls_to_the_rest() -> None:
    assert list(covering("vr:UT", BY)) == ["standard"]


def test_the_class_standard_is_no_pattern_although_it_has_eight_letters() -> None:
    assert not is_pattern("standard")
    assert list(covering("standard", BY)) == ["standard"]


@given(st.text(max_size=30))
@settings(deadline=None)
def test_any_text_means_a_selector_or_nothing(text: str) -> None:
    selector = selector_of(text)
    assert selector is None or selector_of(selector) in (selector, None)


@given(st.integers(0, 0xFFFFFFFF))
@settings(deadline=None)
def test_every_tag_is_decided_by_exactly_one_selector(tag: int) -> None:
    selector = selector_of(f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
    assert selector == f"{tag:08x}"
    assert len(list(covering(selector, BY))) == 1
