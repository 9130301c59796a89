# SPDX-License-Identifier: Apache-2.0
"""The Basic Profile and its options as rules."""

from __future__ import annotations

import pytest
from pydicom.datadict import tag_for_keyword
from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.policies import compose, ps315
from SlicerDeidLib.policies.selectors import covering, vr_of
from SlicerDeidLib.standard.tables import OPTION_CODES, OPTIONS, confidentiality_rows

C, X, Z, D, U, K, SHIFT = (ActionCode[c] for c in ("C", "X", "Z", "D", "U", "K", "SHIFT"))


def code(keyword: str, *options: str) -> ActionCode:
    """The action of an attribute under Basic and options."""
    rules = {r.selector: r for r in compose.compose(compose.Choices(options=options))}
    return rules[f"{tag_for_keyword(keyword):08x}"].action.code


def test_every_row_of_the_table_is_a_rule_with_the_table_as_its_source() -> None:
    assert len(ps315.table_rows()) == 655
    for row in confidentiality_rows():
        rule = ps315.table_rows()[row.selector].rule()
        assert (rule.action.code.value, rule.source) == (row.basic, "PS3.15 2026a Table E.1-1")


def test_the_supplement_is_nowhere_weaker_than_the_table() -> None:
    for selector, row in ps315.table_rows().items():
        assert not compose.is_weaker(ps315.profile()[selector].basic, row.basic), selector


def test_every_row_says_who_says_so() -> None:
    assert all(r.source.startswith(("PS3.15 2026a Table", "supplement: ")) for r in ps315.profile().values())


@pytest.mark.parametrize(
    "selector",
    ["60xxxxxx", "50xxxxxx", "0400xxxx", "4ffexxxx", "fffaxxxx", "fffcxxxx", "xxxx0000", "0000xxxx", "0004xxxx",
     "private", "unknown", "00080001", "00880200", "04000561", "fffcfffc", "fffafffa", "00100033", "00401006"],
)  # fmt: skip
def test_what_may_hide_a_copy_of_an_identifier_is_removed(selector: str) -> None:
    assert ps315.profile()[selector].basic is X


def test_names_of_persons_and_addresses_on_a_network_never_stay_for_want_of_a_row() -> None:
    assert ps315.profile()["vr:PN"].basic is ActionCode.X_OR_Z_OR_D
    assert ps315.profile()["vr:UR"].basic is ActionCode.X_OR_Z_OR_D
    assert ps315.profile()["vr:UI"].basic is U


def test_name_id_and_accession_number_become_the_new_id() -> None:
    for keyword in ("PatientName", "PatientID", "AccessionNumber"):
        assert code(keyword) is ActionCode.NEW_ID


def test_dates_follow_the_basic_profile_without_an_option() -> None:
    assert code("StudyDate") is Z
    assert code("SeriesDate") is ActionCode.X_OR_D
    assert code("PatientBirthDate") is Z
    assert ps315.profile()["vr:DA"].basic is ActionCode.X_OR_Z_OR_D


def test_modified_dates_are_shifted_and_fall_back_to_the_basic_action() -> None:
    rules = {r.selector: r for r in compose.compose(compose.Choices(options=("retain-modified-dates",)))}
    assert rules["00080020"].action.code is SHIFT
    assert rules["00080020"].action.fallback is Z
    assert rules["00080021"].action.fallback is ActionCode.X_OR_D
    assert rules["vr:DT"].action.fallback is ActionCode.X_OR_Z_OR_D
    assert rules["00080020"].source.endswith("Table E.1-1, " + ps315.OPTION_TITLES["retain-modified-dates"])


def test_every_shifted_attribute_holds_a_date_or_a_time_and_every_listed_one_is_shifted() -> None:
    rules = compose.compose(compose.Choices(options=("retain-modified-dates",)))
    assert {vr_of(r.selector) for r in rules if r.action.code is SHIFT} == {"DA", "DT", "TM"}
    kept_back = {
        r.selector for r in rules if r.action.code is not SHIFT and "retain-modified-dates" in _row(r.selector)
    }
    versions = {"00080106", "00080107", "0040db06", "0040db07"}  # public constants: shifted they tell the offset
    assert kept_back == {"00080201", "04000310", "00340007"} | versions  # time zone and two binary time stamps


def test_birth_date_and_birth_time_are_never_retained_by_a_dates_option() -> None:
    for option in ("retain-modified-dates", "retain-full-dates"):
        assert code("PatientBirthDate", option) is Z
        assert code("PatientBirthTime", option) is X


def test_the_time_zone_goes_with_shifted_dates_and_stays_with_real_ones() -> None:
    assert code("TimezoneOffsetFromUTC", "retain-modified-dates") is X
    assert code("TimezoneOffsetFromUTC", "retain-full-dates") is K


def test_texts_and_sequences_of_descriptors_are_cleaned_and_nothing_else() -> None:
    assert code("StudyDescription", "clean-descriptors") is C
    assert code("PatientComments", "clean-descriptors") is C
    assert code("RequestAttributesSequence", "clean-descriptors") is C
    assert code("DeviceSettingDescription", "clean-descriptors") is X  # bytes
    assert code("ReasonForTheAttributeModification", "clean-descriptors") is ActionCode.D  # a code
    assert ps315.profile()["00100016"].options == {"clean-descriptors": C}  # newer than the dictionary


def test_cleaning_that_is_not_built_leaves_the_basic_action() -> None:
    assert code("Allergies", "retain-patient-characteristics") is X
    assert code("StationAETitle", "retain-device-identity") is X
    assert code("PatientWeight", "retain-patient-characteristics") is K
    assert code("StationName", "retain-device-identity") is K
    assert code("InstitutionName", "retain-institution-identity") is K


def test_uids_and_sequences_of_references_stay_with_retain_uids() -> None:
    assert code("StudyInstanceUID", "retain-uids") is K
    assert code("ReferencedImageSequence", "retain-uids") is K
    assert code("ReferencedImageSequence") is ActionCode.X_OR_Z_OR_U


def test_options_have_titles_and_codes() -> None:
    assert set(ps315.OPTION_TITLES) == set(OPTIONS) == set(OPTION_CODES)
    assert {option for row in ps315.profile().values() for option in row.options} == set(OPTIONS)


def _row(selector: str) -> dict[str, str]:
    return next((row.options for row in confidentiality_rows() if row.selector == selector), {})


@pytest.mark.parametrize(
    "keyword",
    [
        "ConcatenationUID",
        "SOPInstanceUIDOfConcatenationSource",
        "DimensionOrganizationUID",
        "FrameOfReferenceUID",
        "TargetFrameOfReferenceUID",
    ],
)
def test_uids_are_mapped_whether_the_table_names_them_or_not(keyword: str) -> None:
    selector = f"{tag_for_keyword(keyword):08x}"
    assert [row.basic for row in covering(selector, ps315.profile())] == [U]
