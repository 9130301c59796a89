# SPDX-License-Identifier: Apache-2.0
"""Recipes of pydicom/deid: every action, expander and section, and what is refused with file and line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import Action, ActionCode
from SlicerDeidLib.policies.importers.deid_recipe import read_recipe
from SlicerDeidLib.policies.importers.rulefile import SiteRules, keywords
from SlicerDeidLib.policies.selectors import selector_of, vr_of

HEAD = "FORMAT dicom\n%header\n"


def read(lines: str) -> SiteRules:
    return read_recipe(HEAD + lines, "site.dicom")


def action(rules: SiteRules, name: str) -> Action:
    selector = selector_of(name)
    return next(rule.action for rule in rules.rules if rule.selector == selector)


def refusal(text: str) -> str:
    try:
        (fault,) = read_recipe(text, "site.dicom").faults
    except PolicyError as error:
        return error.reason
    return fault


def test_the_example_of_the_pseudonymisation_plan_is_read_as_it_stands() -> None:
    rules = read(
        "PSEUDO ClinicalTrialSiteID ID_NUMERICAL\nPSEUDO ClinicalTrialSiteName HEALTH_INSTITUTION\n"
        "PSEUDO ConsultingPhysicianName FULL_NAME\nPSEUDO StudyDate DATE\n"
    )
    assert {rule.selector: rule.action.argument for rule in rules.rules} == {
        "00120030": "ID_NUMERICAL",
        "00120031": "HEALTH_INSTITUTION_CA",
        "0008009c": "FULL_NAME",
        "00080020": "DATE",
    }
    assert {rule.action.code for rule in rules.rules} == {ActionCode.PSEUDO}
    assert [rule.source for rule in rules.rules] == [f"site.dicom:{line}" for line in (3, 4, 5, 6)]


def test_every_action_of_the_header_section_has_its_meaning() -> None:
    rules = read(
        """ADD PatientIdentityRemoved Yes
ADD ClinicalTrialSponsorName Our Sponsor
BLANK StudyID
KEEP Manufacturer
REPLACE InstitutionName ''
REPLACE StationName Scanner A   # a comment
REPLACE PatientID var:entity_id
REPLACE SOPInstanceUID func:new_UID
REMOVE (0010,1040)
REMOVE 00101060
JITTER StudyDate var:jitter
JITTER PatientBirthDate -31
"""
    )
    assert not [rule for rule in rules.rules if rule.selector == "00120062"]  # which the program writes itself
    assert action(rules, "ClinicalTrialSponsorName") == Action(ActionCode.ADD, None, "Our Sponsor")
    assert action(rules, "StudyID") == Action(ActionCode.Z)
    assert action(rules, "Manufacturer") == Action(ActionCode.K)
    assert action(rules, "InstitutionName") == Action(ActionCode.Z)
    assert action(rules, "StationName") == Action(ActionCode.SET, None, "Scanner A")
    assert action(rules, "PatientID") == Action(ActionCode.NEW_ID)
    assert action(rules, "SOPInstanceUID") == Action(ActionCode.U)
    assert action(rules, "PatientAddress") == action(rules, "PatientMotherBirthName") == Action(ActionCode.X)
    assert action(rules, "StudyDate").code is action(rules, "PatientBirthDate").code is ActionCode.SHIFT


def test_no_constant_makes_patients_or_images_one() -> None:
    rules = read("REPLACE PatientID cookiemonster\nADD AccessionNumber 1\nREPLACE endswith:InstanceUID 1.2.3\n")
    assert action(rules, "PatientID") == action(rules, "AccessionNumber") == Action(ActionCode.NEW_ID)
    assert action(rules, "SOPInstanceUID") == action(rules, "StudyInstanceUID") == Action(ActionCode.U)
    assert len(rules.notes) == 2


def test_of_several_lines_on_one_field_the_action_that_deid_prefers_wins_in_any_order() -> None:
    lines = ["REMOVE ALL", "BLANK StudyID", "KEEP Rows", "KEEP StudyID", "PSEUDO StationName ID_NUMERICAL"]
    for order in (lines, lines[::-1]):
        rules = read("\n".join(order))
        assert action(rules, "Rows").code is ActionCode.K
        assert action(rules, "StudyID").code is ActionCode.K
        assert action(rules, "StationName").code is ActionCode.PSEUDO
        assert action(rules, "InstitutionName").code is ActionCode.X
        assert action(rules, "private").code is ActionCode.X
        assert not [rule for rule in rules.rules if rule.selector == "7fe00010"]  # protected in deid too


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("endswith:Date", "StudyDate", "StudyTime"),
        ("startswith:patient", "PatientName", "OtherPatientIDs"),
        ("contains:Name", "NameOfPhysiciansReadingStudy", "StudyID"),
        ("except:StudyID|Rows", "StationName", "StudyID"),
        ("select:VR:PN", "PatientName", "StudyID"),
        ("fields:mine", "StudyID", "PatientName"),
    ],
)
def test_expanders_mean_every_attribute_that_fits(field: str, inside: str, outside: str) -> None:
    text = f"FORMAT dicom\n%fields mine\nFIELD StudyID\nFIELD contains:Accession\n%header\nREMOVE {field}\n"
    found = {rule.selector for rule in read_recipe(text, "site.dicom").rules}
    assert selector_of(inside) in found
    assert selector_of(outside) not in found


def test_only_of_what_is_written_in_place_of_an_unknown_value_a_note_speaks() -> None:
    assert not read("REPLACE StudyDate func:shift\nREPLACE PatientID func:new_id\n").notes
    assert "only the secret can make again" in read("REPLACE StationName func:site\n").notes[0]


def test_an_expander_leaves_what_an_image_is_read_with_and_says_so() -> None:
    rules = read("REMOVE select:VR:US\nREMOVE select:VR:CS\n")
    named = {rule.selector for rule in rules.rules}
    assert "00280010" not in named
    assert "00080060" not in named
    assert "00185100" in named
    assert "line 3: what an image is read with stays as it is" in rules.notes[0]
    assert "line 4: what was done to a file the program says itself" in rules.notes[1]


def test_a_line_that_names_what_an_image_is_read_with_is_refused() -> None:
    assert refusal(HEAD + "REMOVE Rows").startswith("site.dicom, line 3: 'Rows': the image cannot be read without it")


def test_a_patient_id_that_is_emptied_becomes_the_new_id_and_a_note_says_so() -> None:
    rules = read("BLANK PatientID\nBLANK PatientName\n")
    assert action(rules, "PatientID") == Action(ActionCode.NEW_ID)
    assert action(rules, "PatientName") == Action(ActionCode.Z)
    assert "would make them one" in rules.notes[0]


def test_fields_that_name_themselves_are_refused_with_their_line() -> None:
    for sections in ("%fields a\nFIELD fields:a\n", "%fields a\nFIELD fields:b\n%fields b\nFIELD fields:a\n"):
        assert "or it names itself." in refusal(f"FORMAT dicom\n{sections}%header\nREMOVE fields:a\n")
    chain = "".join(f"%fields f{number}\nFIELD fields:f{number + 1}\n" for number in range(3000))
    assert "sections of fields" in refusal(f"FORMAT dicom\n{chain}%header\nREMOVE fields:f0\n")


def test_private_groups_are_named_by_their_number() -> None:
    assert "0019xxxx" in {rule.selector for rule in read("REMOVE contains:0019").rules}
    assert [rule.selector for rule in read("REMOVE select:group:0010").rules] == ["0010xxxx"]


def test_private_attributes_are_named_by_their_creator() -> None:
    rules = read('REMOVE (0009,"GEMS_IDEN_01",01)\nKEEP (0033,"MITRA OBJECT UTF8 ATTRIBUTES 1.0",1E)\n')
    assert {rule.selector: rule.action.code.value for rule in rules.rules} == {
        "0009xx01 GEMS_IDEN_01": "X",
        "0033xx1e MITRA OBJECT UTF8 ATTRIBUTES 1.0": "K",
    }
    group = read_recipe('FORMAT dicom\n%fields own\nFIELD (0009,"A B",01)\n%header\nREMOVE fields:own\n', "x.dicom")
    assert [rule.selector for rule in group.rules] == ["0009xx01 A B"]


def test_filters_are_read_and_said_not_to_be_applied() -> None:
    text = (
        "FORMAT dicom\n%filter graylist\nLABEL Dose # (who)\n  contains Modality CT\n"
        "  + missing Manufacturer || empty Manufacturer\n  coordinates 0,0,512,200\n%header\nREMOVE StudyID\n"
    )
    rules = read_recipe(text, "site.dicom")
    assert len(rules.rules) == 1
    assert "site.dicom, line 2: filters are not applied" in rules.notes[0]


def test_the_names_that_older_programs_use_are_known() -> None:
    assert read("REMOVE PatientsName\nREMOVE jitter").rules[0].selector == "00100010"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("FORMAT nifti\n%header\nREMOVE StudyID", 1, "only FORMAT dicom"),
        ("FORMAT dicom\n%heads\n", 2, "is no section"),
        ("FORMAT dicom\nREMOVE StudyID", 2, "write %header"),
        (HEAD + "DELETE StudyID", 3, "'DELETE' is no action"),
        (HEAD + "REMOVE", 3, "needs a field"),
        (HEAD + "REMOVE select:VR:ZZ", 3, "a VR of PS3.5"),
        (HEAD + "REPLACE StudyID", 3, "REPLACE needs a value"),
        (HEAD + "ADD StudyID", 3, "ADD needs a value"),
        (HEAD + "\n\nREMOVE PatientNmae", 5, "'PatientNmae' is no attribute"),
        (HEAD + "PSEUDO StudyID NICKNAME", 3, "class of pseudonyms"),
        (HEAD + "PSEUDO StudyDate FULL_NAME", 3, "this attribute's are not"),
        (HEAD + "PSEUDO StudyID", 3, "class of pseudonyms"),
        (HEAD + "JITTER StudyID 3", 3, "no date"),
        (HEAD + "JITTER StudyDate soon", 3, "number of days"),
        (HEAD + "REPLACE StudyDate yesterday", 3, "not one of VR DA"),
        (HEAD + "REMOVE ALL func:is_name", 3, "conditions cannot be read"),
        (HEAD + "REMOVE beginswith:Patient", 3, "is not known"),
        (HEAD + "REMOVE contains:(", 3, "no regular expression"),
        (HEAD + "REMOVE contains:Qwxz", 3, "fits no attribute"),
        (HEAD + "REMOVE fields:theirs", 3, "no section"),
        (HEAD + "REMOVE values:theirs", 3, "cannot be read"),
        (HEAD + "REPLACE ALL here", 3, "one value for all"),
        ("FORMAT dicom\n%filter x\nLABEL y\n looks Modality CT\n", 4, "no criterion"),
    ],
)
def test_what_nobody_knows_is_refused_with_file_and_line(text: str, line: int, words: str) -> None:
    reason = refusal(text)
    assert reason.startswith(f"site.dicom, line {line}: ")
    assert words in reason


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["KEEP", "BLANK", "REMOVE"]), st.sampled_from(sorted(keywords()))), max_size=20)
)
def test_a_written_recipe_is_read_back(lines: list[tuple[str, str]]) -> None:
    lines = [(verb, keyword) for verb, keyword in lines if keywords()[keyword][:4] not in ("0000", "0002", "fffe")]
    rules = {rule.selector: rule.action.code for rule in read("\n".join(map(" ".join, lines))).rules}
    for verb, keyword in lines:
        said = {v for v, k in lines if k == keyword}
        expected = "KEEP" if "KEEP" in said else "REMOVE" if "REMOVE" in said else verb
        if keywords()[keyword] in rules:
            code = {"KEEP": ActionCode.K, "BLANK": ActionCode.Z, "REMOVE": ActionCode.X}[expected]
            assert rules[keywords()[keyword]] is code


WORDS = st.sampled_from(
    ["FORMAT", "dicom", "%header", "%filter", "%fields x", "KEEP", "REMOVE", "ADD", "PSEUDO", "JITTER", "REPLACE", "#",
     "ALL", "StudyDate", "PatientName", "var:x", "func:y", "DATE", "-3", "contains:Name", "fields:x", "FIELD", "''"]
)  # fmt: skip
TEXTS = st.lists(st.lists(WORDS | st.text(max_size=8), max_size=4).map(" ".join), max_size=12).map("\n".join)


@settings(deadline=None)
@given(TEXTS)
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    try:
        rules = read_recipe(text, "site.dicom")
    except PolicyError as error:
        reason = error.reason
    else:
        reason = "site.dicom, line "
        assert all(rule.source.startswith("site.dicom:") for rule in rules.rules)
        assert all(
            rule.action.code is not ActionCode.SHIFT or vr_of(rule.selector) in ("DA", "DT", "TM")
            for rule in rules.rules
        )
    assert reason.startswith("site.dicom, line ")


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ("LABEL One\ncontains NoSuchAttribute us", "recipe.dicom, line 4: .*'NoSuchAttribute' is no attribute"),
        (
            "LABEL One\ncontains Modality us\ncoordinates a,b",
            "recipe.dicom, line 5: .*coordinates are four whole numbers",
        ),
    ],
)
def test_a_filter_that_could_not_be_used_is_noted_with_its_line(filters: str, said: str) -> None:
    notes = read_recipe(f"FORMAT dicom\n%filter graylist\n{filters}\n%header\nREMOVE StudyID\n", "recipe.dicom").notes
    assert any(re.match(said, note) for note in notes)
