# SPDX-License-Identifier: Apache-2.0
"""The narrowest rule wins, and the IOD's Type says what it comes to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.headers.select import Choice, RuleBook, keyword_of, resolve, vrs_of
from SlicerDeidLib.model.policy import Action, ActionCode, Policy, Rule

X, Z, D, K, U = ActionCode.X, ActionCode.Z, ActionCode.D, ActionCode.K, ActionCode.U


def rule(selector: str, code: str, fallback: ActionCode | None = None) -> Rule:
    return Rule(selector, Action(ActionCode(code), fallback), f"rule {selector}")


def policy(*rules: Rule) -> Policy:
    return Policy("test", "", "", "2026a", rules, (), "MODIFIED", {})


ALL = policy(
    rule("00100010", "new-id"),
    rule("60xx3000", "X"),
    rule("50xxxxxx", "X"),
    rule("501xxxxx", "K"),
    rule("private", "X"),
    rule("unknown", "Z"),
    rule("vr:UN", "K"),
    rule("vr:UI", "U"),
    rule("standard", "K"),
)


@pytest.mark.parametrize(
    ("tag", "vr", "source"),
    [
        (0x00100010, "PN", "rule 00100010"),
        (0x60023000, "OW", "rule 60xx3000"),
        (0x50001234, "UN", "rule 50xxxxxx"),
        (0x50101234, "UN", "rule 501xxxxx"),
        (0x00091001, "UI", "rule private"),
        (0x00090010, "LO", "rule private"),
        (0x00080099, "UN", "rule unknown"),
        (0x00081155, "UI", "rule vr:UI"),
        (0x00080060, "CS", "rule standard"),
    ],
)
def test_the_narrowest_rule_fits(tag: int, vr: str, source: str) -> None:
    assert RuleBook(ALL, CTImageStorage).choice((), tag, vr).source == source


def test_what_no_rule_names_is_removed() -> None:
    choice = RuleBook(policy(), CTImageStorage).choice((), 0x00180050, "DS")
    assert choice == Choice(X, X, "no rule of the policy names it")


@pytest.mark.parametrize("tag", [0x00000002, 0x00020010, 0x00041220, 0x00080000, 0x00280000, 0xFFFCFFFC, 0x00030010])
def test_what_has_no_place_in_a_data_set_goes_whatever_the_policy_says(tag: int) -> None:
    keep = policy(rule(f"{tag:08x}", "K"), rule("private", "K"), rule("unknown", "K"), rule("standard", "K"))
    assert RuleBook(keep, CTImageStorage).choice((), tag, "OB").code is X


def test_a_name_stays_only_when_a_rule_names_it() -> None:
    book = RuleBook(policy(rule("standard", "K"), rule("00081040", "K")), CTImageStorage)
    assert book.choice((), 0x00081048, "PN").code is X
    named = RuleBook(policy(rule("standard", "K"), rule("vr:PN", "K")), CTImageStorage)
    assert named.choice((), 0x00081048, "PN").code is K


@pytest.mark.parametrize("part", [0x0010, 0x0011, 0x0050, 0x0102, 0x1500])
def test_the_parts_of_an_overlay_go_with_its_data(part: int) -> None:
    assert RuleBook(ALL, CTImageStorage).choice((), 0x60020000 | part, "US").code is X


def test_the_parts_of_an_overlay_stay_where_its_data_stays() -> None:
    book = RuleBook(policy(rule("60xx3000", "K"), rule("standard", "K")), CTImageStorage)
    assert book.choice((), 0x60020010, "US").code is K


@pytest.mark.parametrize(
    ("code", "by_type"),
    [
        ("X", {"1": D, "1C": D, "2": Z, "2C": Z, "3": X, None: X}),
        ("X/Z", {"1": D, "1C": D, "2": Z, "2C": Z, "3": X, None: X}),
        ("X/D", {"1": D, "1C": D, "2": Z, "2C": Z, "3": X, None: X}),
        ("Z/D", {"1": D, "1C": D, "2": Z, "2C": Z, "3": X, None: X}),
        ("X/Z/D", {"1": D, "1C": D, "2": Z, "2C": Z, "3": X, None: X}),
        ("X/Z/U*", {"1": U, "1C": U, "2": Z, "2C": Z, "3": X, None: X}),
        ("Z", {"1": D, "1C": D, "2": Z, "2C": Z, "3": Z, None: Z}),
        ("D", dict.fromkeys(("1", "1C", "2", "2C", "3", None), D)),
        ("U", dict.fromkeys(("1", "1C", "2", "2C", "3", None), U)),
        ("K", dict.fromkeys(("1", "1C", "2", "2C", "3", None), K)),
    ],
)
def test_codes_are_resolved_by_type(code: str, by_type: dict[str | None, ActionCode]) -> None:
    for attribute_type, resolved in by_type.items():
        assert resolve(ActionCode(code), attribute_type) is resolved


@pytest.mark.parametrize(
    ("sop_class", "tag", "code", "resolved"),
    [
        (CTImageStorage, 0x00080020, "X", Z),  # Study Date, Type 2
        (CTImageStorage, 0x00080021, "X/D", X),  # Series Date, Type 3
        (CTImageStorage, 0x00181000, "X/Z/D", X),  # Device Serial Number: Type 3 in CT
        (EnhancedCTImageStorage, 0x00181000, "X/Z/D", D),  # and Type 1 in Enhanced CT
        (CTImageStorage, 0x00080018, "X", D),
        (CTImageStorage, 0x04000500, "X", X),  # Encrypted Attributes: their condition goes with them
        ("1.2.3", 0x00080020, "X", X),
    ],
)
def test_the_iod_decides(sop_class: str, tag: int, code: str, resolved: ActionCode) -> None:
    book = RuleBook(policy(rule(f"{tag:08x}", code)), sop_class)
    assert book.choice((), tag, "LO").code is resolved


def test_the_type_is_that_of_the_place() -> None:
    seen: list[tuple[str, tuple[int, ...], int]] = []

    def type_of(sop_class: str, path: tuple[int, ...], tag: int) -> str | None:
        seen.append((sop_class, path, tag))
        return "1" if path else "3"

    book = RuleBook(policy(rule("00080104", "X")), CTImageStorage, type_of)
    assert book.choice((), 0x00080104, "LO").code is X
    assert book.choice((0x00082218,), 0x00080104, "LO").code is D
    assert seen[-1] == (CTImageStorage, (0x00082218,), 0x00080104)


def test_a_group_rule_removes_its_attributes_whatever_their_type() -> None:
    book = RuleBook(policy(rule("0400xxxx", "X"), rule("60xxxxxx", "X")), CTImageStorage, lambda *place: "1")
    assert book.choice((), 0x04000561, "SQ").code is X
    assert book.choice((), 0x60003000, "OW").code is X


def test_a_fallback_is_resolved_too(policy_of: Callable) -> None:
    book = RuleBook(policy(rule("00080020", "shift", ActionCode.X_OR_D), rule("00080021", "shift")), CTImageStorage)
    assert book.choice((), 0x00080020, "DA") == Choice(ActionCode.SHIFT, Z, "rule 00080020")
    assert book.choice((), 0x00080021, "DA") == Choice(ActionCode.SHIFT, X, "rule 00080021")


@pytest.mark.parametrize("selector", ["PatientName", "0010001", "(0010,0010)", "zz100010", ""])
def test_a_selector_that_is_no_tag_is_refused(selector: str) -> None:
    with pytest.raises(PolicyError, match="selector that is no tag"):
        RuleBook(policy(rule(selector, "X")), CTImageStorage)


def test_value_representations_and_keywords_are_those_of_the_dictionary() -> None:
    assert vrs_of(0x00280106) == ("US", "SS")
    assert vrs_of(0x60023000) == ("OB", "OW")
    assert vrs_of(0x00091001) == vrs_of(0x00080099) == ()
    assert keyword_of(0x00100010) == "PatientName"
    assert keyword_of(0x60023000) == "OverlayData"
    assert keyword_of(0x00091001) == keyword_of(0x00080099) == ""


def test_the_frames_of_a_segmentation_keep_their_mapped_references(ct: Dataset, through: Callable) -> None:
    source, derivation, frame = Dataset(), Dataset(), Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = ct.SOPClassUID, "1.2.826.0.1.3680043.8.498.77.1"
    derivation.SourceImageSequence = Sequence([source])
    frame.DerivationImageSequence = Sequence([derivation])
    ct.PerFrameFunctionalGroupsSequence = Sequence([frame])
    ct.SOPClassUID = "1.2.840.10008.5.1.4.1.1.66.4"
    left = through(ct).dataset.PerFrameFunctionalGroupsSequence[0].DerivationImageSequence[0].SourceImageSequence
    assert left[0].ReferencedSOPInstanceUID.startswith("2.25.")
