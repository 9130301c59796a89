# SPDX-License-Identifier: Apache-2.0
"""Private attributes: which stay, by creator and VR, and what becomes of their values."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.policies.importers.deid_recipe import read_recipe
from SlicerDeidLib.policies.importers.site_toml import read_site_toml
from SlicerDeidLib.policies.load import read_policy

PHILIPS, SECOND, GE, SC2000 = (
    "Philips Imaging DD 001",
    "Philips Imaging DD 002",
    "GEMS_PARM_01",
    "SIEMENS Ultrasound SC2000",
)
SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian]
OFFSET_DAYS = 40


@cache
def kept(private: str = "keep", *options: str) -> Policy:
    return read_policy("research", options, private=private)


def block(ds: Dataset, group: int, creator: str, at: int, *elements: tuple[int, str, object]) -> None:
    ds.add_new(group << 16 | at, "LO", creator)
    for element, vr, value in elements:
        ds.add_new(group << 16 | at << 8 | element, vr, value)


def private_of(ds: Dataset) -> dict[str, object]:
    return {f"{element.tag:08X}": element.value for element in ds if element.tag.is_private}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("at", [0x10, 0x11, 0xFE])
def test_safe_attributes_stay_with_their_creator_in_any_block(
    ct: Dataset, through: Callable, at: int, syntax: str
) -> None:
    block(ct, 0x2001, PHILIPS, at, (0x03, "FL", 1000.0), (0x99, "UL", 7))
    ct.add_new(0x20010000 | at + 1, "LO", "Zormox private")
    ct.add_new(0x20010003 | at + 1 << 8, "FL", 5.0)
    result = through(ct, syntax=syntax)
    held = private_of(result.dataset)
    assert held.keys() <= {f"2001{at:04X}", f"2001{at:02X}03", f"2001{at:02X}99"}
    assert f"2001{at:02X}03" in held
    assert result.dataset[0x20010000 | at].value == PHILIPS
    assert b"Zormox" not in result.data


def test_an_element_of_another_creator_or_without_one_goes(ct: Dataset, through: Callable) -> None:
    block(ct, 0x2001, "Somebody else", 0x10, (0x03, "FL", 1000.0))
    ct.add_new(0x20011203, "FL", 1.0)
    assert not private_of(through(ct).dataset)


def test_the_basic_profile_and_the_word_remove_take_all(ct: Dataset, through: Callable) -> None:
    block(ct, 0x2001, PHILIPS, 0x10, (0x03, "FL", 1000.0))
    assert not private_of(through(ct, "basic").dataset)
    assert not private_of(through(ct, kept("remove")).dataset)
    assert private_of(through(ct, read_policy("basic", private="safe")).dataset)


@pytest.mark.parametrize("vr", ["LO", "DS", "OB", "UN"])
def test_a_value_that_is_not_of_the_listed_vr_goes(ct: Dataset, through: Callable, vr: str) -> None:
    value = {"LO": "5", "DS": "5", "OB": b"CANARY", "UN": b"CANARY!"}[vr]
    block(ct, 0x2001, PHILIPS, 0x10, (0x03, vr, value), (0x04, "CS", "HEAD"))
    result = through(ct)
    assert 0x20011003 not in result.dataset
    assert result.actions("(2001,1003)") == {"removed" if vr != "UN" else "removed: a date as a number, or no number"}


def test_bytes_are_never_copied(ct: Dataset, through: Callable) -> None:
    block(ct, 0x0119, SC2000, 0x10, (0x01, "OB", b"CANARY"), (0x11, "US", 4))
    block(ct, 0x2001, PHILIPS, 0x10, (0x7D, "OW", b"CANARY"), (0xFF, "OB", b"CANARY"))
    block(ct, 0x0025, "Philips ST80i", 0x10, (0x01, "OW", b"CANARY"))
    assert not private_of(through(ct).dataset)


def test_private_uids_are_mapped_as_all_others(ct: Dataset, through: Callable) -> None:
    block(ct, 0x0129, SC2000, 0x10, (0x02, "UI", ct.SOPInstanceUID))
    result = through(ct)
    assert result.dataset[0x01291002].value == result.dataset.SOPInstanceUID
    assert through(ct, read_policy("research", ["retain-uids"])).dataset[0x01291002].value == ct.SOPInstanceUID


def test_a_private_sequence_is_entered_and_its_items_have_creators_of_their_own(ct: Dataset, through: Callable) -> None:
    item = Dataset()
    item.PatientName, item.StudyDescription = "Canary^B", "CT head of Quavexthul"
    block(item, 0x2001, PHILIPS, 0x12, (0x03, "FL", 3.0), (0xEE, "LO", "CANARY"))
    block(item, 0x2005, "Unknown creator", 0x10, (0x03, "LO", "CANARY"))
    block(ct, 0x2001, PHILIPS, 0x10, (0x5F, "SQ", Sequence([item])))
    (left,) = through(ct).dataset[0x2001105F].value
    assert private_of(left) == {"20010012": PHILIPS, "20011203": 3.0}
    assert left.StudyDescription == "CT head of"
    assert not left.get("PatientName") or left.PatientName == "STROKE-001"


def test_texts_are_cleaned_and_searched_for_the_subject(ct: Dataset, through: Callable) -> None:
    ct.PatientName, ct.PatientID = "Canary^Bird", "CANARY-4711"
    block(ct, 0x2001, PHILIPS, 0x10, (0x5A, "ST", "head scan Quavexthul"), (0x04, "CS", "CANARY"))
    block(ct, 0x0043, GE, 0x10, (0x27, "SH", "/CANARY:1"))
    block(ct, 0x0025, "GEMS_SERS_01", 0x10, (0x07, "SL", 4711))
    result = through(ct)
    assert result.dataset[0x2001105A].value == "head scan"
    assert 0x00430010 not in result.dataset
    assert 0x20011004 not in result.dataset
    assert not result.leaks


def seconds(when: str) -> int:
    return int(datetime.strptime(when, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp())


def test_a_strangers_name_in_a_short_safe_text_or_code_goes(ct: Dataset, through: Callable) -> None:
    block(ct, 0x2001, PHILIPS, 0x10, (0x04, "CS", "VRONZEK"))
    block(ct, 0x0043, GE, 0x10, (0x27, "SH", "/1.0:1 Vronzek"))
    result = through(ct)
    assert b"ronzek" not in result.data.lower()


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_dates_in_numbers_move_with_the_subject(ct: Dataset, through: Callable, syntax: str) -> None:
    ct.StudyDate, ct.StudyTime = "20240301", "120000"
    block(ct, 0x0025, "GEMS_SERS_01", 0x10, (0x07, "SL", seconds("20240301123000")))
    block(ct, 0x0043, GE, 0x10, (0x39, "IS", "20240301"), (0x6F, "DS", "45352.25"))
    result = through(ct, syntax=syntax).dataset
    moved = datetime.strptime(result.StudyDate + result.StudyTime, "%Y%m%d%H%M%S")
    then = result[0x00251007].value
    then = then if isinstance(then, int) else struct.unpack("<i", then)[0]
    assert then == seconds(moved.strftime("%Y%m%d%H%M%S")) + 1800
    assert int(result[0x00431039].value) in (int(result.StudyDate), int(result.StudyDate) - 1)
    assert float(result[0x0043106F].value) < 45352


def test_without_dates_a_number_that_is_one_goes(ct: Dataset, through: Callable) -> None:
    ct.StudyDate, ct.PatientBirthDate = "20240301", "19610505"
    block(ct, 0x0043, GE, 0x10, (0x39, "IS", "20240301"), (0x6F, "DS", "12.5"))
    assert private_of(through(ct, read_policy("basic", private="safe")).dataset).keys() == {"00430010", "0043106F"}
    block(ct, 0x0043, GE, 0x10, (0x39, "IS", "19610505"), (0x6F, "DS", "12.5"))
    assert 0x00431039 not in through(ct).dataset
    block(ct, 0x0043, GE, 0x10, (0x39, "IS", "20240301"), (0x6F, "DS", "12.5"))
    full = read_policy("research", ["retain-full-dates"])
    assert through(ct, full).dataset[0x00431039].value == 20240301


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_kept_private_attributes_are_searched_mapped_and_shifted(ct: Dataset, through: Callable, syntax: str) -> None:
    ct.PatientName, ct.StudyDate = "Canary^Bird", "20240301"
    texts = [(0x01, "DS", "7.5"), (0x02, "LO", "head of Quavexthul"), (0x03, "PN", "Canary^X"), (0x08, "SH", "Canary")]
    block(ct, 0x0029, "ZORWERKE 1", 0x10, *texts)
    others = [(0x04, "UI", ct.SOPInstanceUID), (0x05, "DA", "20240301"), (0x06, "SL", -7)]
    block(ct, 0x0029, "ZORWERKE 1", 0x10, *others)
    result = through(ct, kept(), syntax=syntax)
    held = private_of(result.dataset)
    assert b"anary" not in result.data
    assert ct.SOPInstanceUID.encode() not in result.data
    assert not result.leaks
    if syntax == ImplicitVRLittleEndian:  # where the file says no VR, what is unknown is bytes
        assert not held
    else:
        assert held["00290010"] == "ZORWERKE 1"
        assert held["00291001"] == 7.5
        assert held["00291002"] == "head of"
        assert held["00291004"] == result.dataset.SOPInstanceUID
        assert held["00291005"] == result.dataset.StudyDate
        assert held["00291006"] == -7


@pytest.mark.parametrize("vr", ["OB", "OW", "OF", "OL", "UN"])
def test_bytes_stay_only_where_a_rule_names_the_attribute_and_it_holds_nothing_of_the_subject(
    ct: Dataset, through: Callable, vr: str
) -> None:
    ct.PatientName = "Canary^Bird"
    block(ct, 0x0029, "ZORWERKE 1", 0x10, (0x06, vr, b"xx Canary xx"), (0x07, vr, bytes(range(1, 9))))
    assert not private_of(through(ct, kept()).dataset)
    rules = read_site_toml('[rules]\n"(0029,1006)" = "K"\n"(0029,xx07)" = "K"', "site.toml")
    held = private_of(through(ct, read_policy("research", rules=rules, private="keep")).dataset)
    assert held == {"00290010": "ZORWERKE 1", "00291007": bytes(range(1, 9))}


@pytest.mark.parametrize("rule", ['"(0029,xxxx)" = "K"', '"(0029,10xx)" = "K"'])
@pytest.mark.parametrize("vr", ["OB", "OW", "UN"])
def test_a_rule_for_a_group_names_no_attribute_whose_bytes_could_stay(
    ct: Dataset, through: Callable, rule: str, vr: str
) -> None:
    block(ct, 0x0029, "ZORWERKE 1", 0x10, (0x07, vr, bytes(range(1, 9))), (0x08, "FD", 7.5))
    policy = read_policy("research", private="keep", rules=read_site_toml(f"[rules]\n{rule}", "site.toml"))
    held = private_of(through(ct, policy).dataset)
    assert held == {"00290010": "ZORWERKE 1", "00291008": 7.5}


def test_the_vr_of_a_known_private_attribute_is_found_in_implicit_files(ct: Dataset, through: Callable) -> None:
    block(ct, 0x0021, "SIEMENS CM VA0  CMS", 0x10, (0x80, "LO", "head of Quavexthul"))
    result = through(ct, kept(), syntax=ImplicitVRLittleEndian)
    assert b"Quavexthul" not in result.data


def test_an_age_over_89_in_a_kept_private_attribute_is_bounded_as_patients_age_is(
    ct: Dataset, through: Callable
) -> None:
    block(ct, 0x0029, "ZORWERKE 1", 0x10, (0x01, "AS", "095Y"), (0x02, "AS", "061Y"))
    held = private_of(through(ct, kept()).dataset)
    assert (held["00291001"], held["00291002"]) == ("090Y", "061Y")


def test_a_creator_that_names_the_subject_goes_with_what_it_made(ct: Dataset, through: Callable) -> None:
    ct.PatientName = "Canary^Bird"
    block(ct, 0x0029, "CANARY SOFT", 0x10, (0x01, "DS", "7.5"))
    assert not private_of(through(ct, kept()).dataset)


def test_keeping_private_attributes_loses_the_profile_and_the_safe_ones_do_not() -> None:
    assert "113100" not in kept().codes
    assert "113111" not in kept().codes
    assert kept().weaker_than_basic == ("private",)
    assert {"113100", "113111"} <= set(kept("safe").codes)
    assert {"113100", "113111"} <= set(read_policy("research").codes)
    assert "113111" not in kept("remove").codes


def test_a_rule_on_a_private_attribute_keeps_its_creator(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    def plant(elements: Elements) -> None:
        elements[0x00090010] = Element(0x00090010, "LO", b"ZORWERKE")
        elements[0x00091001] = Element(0x00091001, "DS", b"7 ")
        elements[0x00091002] = Element(0x00091002, "DS", b"8 ")

    result = through(ct, policy_of(("00091001", "K")), plant=plant)
    assert private_of(result.dataset).keys() == {"00090010", "00091001"}


def test_a_rule_for_one_private_tag_decides_about_no_other_block(ct: Dataset, through: Callable) -> None:
    ct.add_new(0x00190010, "LO", "ACME A")
    ct.add_new(0x00191008, "LO", "axial")
    ct.add_new(0x00190011, "LO", "ACME B")
    ct.add_new(0x00191108, "LO", "axial")
    policy = read_policy("research", rules=[read_site_toml('[rules]\n"(0019,1008)" = "K"\n', "site.toml")])
    result = through(ct, policy).dataset
    assert (0x0019, 0x1008) in result
    assert (0x0019, 0x1108) not in result


@pytest.mark.parametrize("at", [0x10, 0x2A])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_rule_on_one_attribute_of_a_creator_finds_it_in_any_block(
    ct: Dataset, through: Callable, at: int, syntax: str
) -> None:
    block(ct, 0x2001, PHILIPS, at, (0x03, "FL", 1000.0), (0x10, "CS", "NO"))
    block(ct, 0x0019, "ACME", at, (0x08, "FL", 2.0), (0x09, "FL", 3.0))
    lines = f'REMOVE (2001,"{PHILIPS}",03)\nKEEP (0019,"ACME",08)\n'
    rules = read_recipe(f"FORMAT dicom\n%header\n{lines}", "site.dicom")
    policy = read_policy("research", rules=rules)
    held = private_of(through(ct, policy, syntax=syntax).dataset)
    assert held.keys() == {f"{0x2001:04X}{at:04X}", f"2001{at:02X}10", f"0019{at:04X}", f"0019{at:02X}08"}
    assert policy.weaker_than_basic == ("0019xx08 ACME",)


def test_a_rule_on_one_attribute_is_narrower_than_one_on_its_group(ct: Dataset, through: Callable) -> None:
    block(ct, 0x0019, "ACME", 0x10, (0x08, "FL", 2.0), (0x09, "FL", 3.0))
    text = 'FORMAT dicom\n%header\nREMOVE contains:0019\nKEEP (0019,"ACME",08)\n'
    held = private_of(through(ct, read_policy("basic", rules=read_recipe(text, "site.dicom"))).dataset)
    assert held.keys() == {"00190010", "00191008"}
