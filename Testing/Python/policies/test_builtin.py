# SPDX-License-Identifier: Apache-2.0
"""The policies that come with the program: what each says, claims, keeps and asks for."""

from __future__ import annotations

import build_keep_list
import pytest
from pydicom.datadict import tag_for_keyword
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import Action, ActionCode, Policy
from SlicerDeidLib.policies.load import policy_names, read_policy

X_OR_Z_OR_D = ActionCode.X_OR_Z_OR_D
C, K, U, X, AGE, BIN, SHIFT = (ActionCode[c] for c in ("C", "K", "U", "X", "AGE", "BIN", "SHIFT"))


def action(policy: Policy, keyword: str) -> Action:
    tag = tag_for_keyword(keyword)
    rules = {rule.selector: rule for rule in policy.rules}
    return rules[keyword if tag is None else f"{tag:08x}"].action


def code(policy: Policy, keyword: str) -> ActionCode:
    return action(policy, keyword).code


@pytest.mark.parametrize("name", policy_names())
def test_every_policy_earns_the_profile_and_has_title_and_statement(name: str) -> None:
    policy = read_policy(name)
    assert policy.name == name
    assert "113100" in policy.codes
    assert not policy.weaker_than_basic
    assert policy.title
    assert policy.statement.endswith(".")


@pytest.mark.parametrize(
    ("name", "dates", "codes"),
    [
        ("research", "MODIFIED", "113105 113107 113108 113111"),
        ("basic", "REMOVED", ""),
        ("safe-harbor", "REMOVED", "113105 113108"),
        ("low", "MODIFIED", "113103 113104 113105 113107 113108 113109 113111"),
        ("high", "MODIFIED", "113107 113108"),
        ("open-science", "MODIFIED", "113103 113104 113105 113107 113108"),
        ("keep-list", "MODIFIED", "113105 113107 113108"),
    ],
)
def test_every_policy_claims_what_it_does(name: str, dates: str, codes: str) -> None:
    policy = read_policy(name)
    assert (policy.dates, policy.codes) == (dates, ("113100", *codes.split()))


@pytest.mark.parametrize("name", ["safe-harbor", "open-science"])
@pytest.mark.parametrize("part", ["deface", "text"])
def test_a_policy_that_is_for_others_to_see_wants_faces_and_text_gone(name: str, part: str) -> None:
    from dataclasses import replace

    policy = read_policy(name)
    assert policy.deface.is_required
    assert policy.text.is_required
    if part == "deface":
        for method in ("none", "surface", "face"):
            with pytest.raises(PolicyError, match="recognisable head"):
                replace(policy.deface, method=method)
        for method in ("auto", "surface+face", "skullstrip"):
            assert replace(policy.deface, method=method).is_required
    else:
        for mode in ("off", "report", "morph"):
            with pytest.raises(PolicyError, match="text in pictures"):
                replace(policy.text, mode=mode)
        assert replace(policy.text, mode="drop").is_required


def test_safe_harbor_tells_no_date_place_or_device_but_intervals() -> None:
    policy = read_policy("safe-harbor")
    assert policy.intervals
    assert not [r for r in policy.rules if r.action.code is SHIFT]
    for keyword in ("StudyDate", "InstitutionName", "StationName", "DeviceSerialNumber", "PatientSize"):
        assert code(policy, keyword) not in (K, C, SHIFT)
    assert code(policy, "PatientAge") is AGE
    assert code(policy, "private") is X


def test_low_is_for_internal_use_and_says_that_it_does_not_deface() -> None:
    policy = read_policy("low")
    assert policy.deface.method == "none"
    assert "not defaced" in policy.statement
    assert "internal use" in policy.title
    for keyword in ("DeviceSerialNumber", "PatientSize", "PatientWeight", "PatientSex"):
        assert code(policy, keyword) is K
    assert code(policy, "PatientAge") is AGE
    assert code(policy, "StudyDescription") is C
    assert code(policy, "FillerOrderNumberImagingServiceRequest") is ActionCode.HASH
    for keyword in ("PatientBirthDate", "PatientAddress", "InstitutionName", "ReferringPhysicianName"):
        assert code(policy, keyword) not in (K, C, SHIFT)


def test_high_tells_quasi_identifiers_in_bins_and_no_descriptions() -> None:
    policy = read_policy("high")
    for keyword in ("PatientAge", "PatientSize", "PatientWeight", "HeartRate", "BodyPartThickness"):
        assert code(policy, keyword) is BIN
    assert code(policy, "ViewName") is X
    assert code(policy, "PatientSex") is K
    assert code(policy, "StudyInstanceUID") is U
    for keyword in ("StudyDescription", "SeriesDescription", "DeviceSerialNumber", "private"):
        assert code(policy, keyword) not in (K, C)


def test_the_keep_list_is_what_the_tables_give_and_names_nothing_that_the_profile_names() -> None:
    assert build_keep_list.TARGET.read_text("utf-8") == build_keep_list.text()
    assert len(build_keep_list.keywords()) > 500


def test_of_the_keep_list_what_is_not_named_goes() -> None:
    policy = read_policy("keep-list")
    assert code(policy, "standard") is X_OR_Z_OR_D  # where the IOD needs it, empty or a dummy
    assert code(policy, "vr:UI") is X_OR_Z_OR_D
    for keyword in ("Rows", "PixelSpacing", "KVP", "Manufacturer", "CodeValue", "PatientSex"):
        assert code(policy, keyword) is K
    assert code(policy, "PatientWeight") not in (K, C)
    assert code(policy, "StudyDate") is SHIFT


def test_a_uid_of_a_keep_list_is_mapped_unless_uids_are_retained() -> None:
    policy = read_policy("keep-list")
    assert code(policy, "SOPClassUID") is U  # of which the registered ones stay
    assert code(policy, "StudyInstanceUID") is U
    assert code(read_policy("keep-list", ["retain-uids"]), "SOPClassUID") is K


def test_kept_dates_follow_the_option_that_speaks_of_dates(tmp_path) -> None:
    file = tmp_path / "site.toml"
    file.write_text('extends = "basic"\nkeep = ["StudyDate", "PatientBirthDate", "Rows"]\n', "utf-8")
    assert code(read_policy(file), "StudyDate") is ActionCode.Z
    assert code(read_policy(file, ["retain-modified-dates"]), "StudyDate") is SHIFT
    assert code(read_policy(file, ["retain-full-dates"]), "StudyDate") is K
    assert code(read_policy(file), "Rows") is K


def test_a_patients_name_and_numbers_in_a_keep_list_become_the_new_id(tmp_path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('extends = "keep-list"\nkeep = ["PatientID", "AccessionNumber", "Rows"]\n', "utf-8")
    policy = read_policy(file)
    assert {code(policy, keyword) for keyword in ("PatientID", "AccessionNumber")} == {ActionCode.NEW_ID}
    assert not policy.weaker_than_basic


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('keep = ["PatientsName"]', "is no attribute"),
        ('keep = ["standard"]', "is no attribute"),
        ('keep = ["Rows", "Rows"]', "named twice"),
        ('keep = "Rows"', "must be a list"),
        ("intervals = 1", "true or false"),
        ("[deface]\nrequired = 1", "true or false"),
        ('[deface]\nrequired = true\nmethod = "none"', "recognisable head"),
    ],
)
def test_what_cannot_be_kept_or_required_is_refused(tmp_path, text: str, words: str) -> None:
    file = tmp_path / "site.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(PolicyError, match=words):
        read_policy(file)


def test_a_policy_says_that_an_option_lets_more_stay_than_its_own_words_say() -> None:
    policy = read_policy("safe-harbor", options=["retain-device-identity", "clean-graphics"])
    assert policy.statement.endswith("lets more stay than these words say: retain-device-identity.")
    assert "lets more stay" not in read_policy("safe-harbor", options=["clean-graphics"]).statement
