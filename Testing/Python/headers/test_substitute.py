# SPDX-License-Identifier: Apache-2.0
"""Pseudonyms, hashes, bins, bounds and own values in whole headers."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from SlicerDeidLib.headers.engine import HeaderContext
from SlicerDeidLib.headers.substitute import _bounded_number
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.plan import Subject
from SlicerDeidLib.model.policy import PSEUDONYM_VRS, Action, ActionCode, Policy, Rule
from SlicerDeidLib.policies.selectors import selector_of

SUBJECT = Subject("CANARYFOLDER", 1, "STROKE-001", "STROKE-001", "CANARYGROUP", "key")
PLACES = {
    "GIVEN_NAME": "PersonName",
    "SURNAME": "ReferringPhysicianName",
    "FULL_NAME": "ConsultingPhysicianName",
    "LOCATION_CA": "InstitutionAddress",
    "LOCATION_BC": "CurrentPatientLocation",
    "HEALTH_INSTITUTION_CA": "InstitutionName",
    "DATE": "StudyDate",
    "TIME": "StudyTime",
    "DATETIME": "AcquisitionDateTime",
    "ID_NUMERICAL": "StudyID",
    "ID_ALPHANUMERICAL": "OtherPatientIDs",
    "UID": "FrameOfReferenceUID",
}
ORIGINALS = {
    "GIVEN_NAME": "CANARYA^B",
    "SURNAME": "CANARYSMITH^JOHN",
    "FULL_NAME": "CANARYSMITH^JOHN",
    "LOCATION_CA": "12 CANARY Street, Vancouver BC",
    "LOCATION_BC": "CANARY Ward, BC",
    "HEALTH_INSTITUTION_CA": "CANARY General Hospital",
    "DATE": "20240229",
    "TIME": "101530",
    "DATETIME": "20240229101530",
    "ID_NUMERICAL": "CANARY774",
    "ID_ALPHANUMERICAL": "CANARY8841",
    "UID": "1.2.826.0.1.3680043.8.498.42424242.7",
}


def rule(keyword: str, code: ActionCode, argument: str = "") -> Rule:
    selector = selector_of(keyword)
    assert selector is not None
    return Rule(selector, Action(code, ActionCode.X, argument), "test")


def pseudo(keyword: str, kind: str) -> Rule:
    return rule(keyword, ActionCode.PSEUDO, kind)


@pytest.fixture
def all_classes(policy_of: Callable) -> Policy:
    return policy_of(*(pseudo(keyword, kind) for kind, keyword in PLACES.items()))


def test_every_class_replaces_its_value_and_leaves_nothing_of_it(
    ct: Dataset, through: Callable, all_classes: Policy
) -> None:
    for kind, keyword in PLACES.items():
        setattr(ct, keyword, ORIGINALS[kind])
    result = through(ct, all_classes)
    assert result.leaks == []
    assert b"CANARY" not in result.data
    for keyword in PLACES.values():
        made = str(result.dataset[keyword].value)
        assert made
        assert made not in ORIGINALS.values()
        assert "pseudonym" in {change.action for change in result.changes if change.keyword == keyword}


def test_an_empty_value_gets_a_pseudonym_that_is_the_same_for_the_patient(
    ct: Dataset, through: Callable, all_classes: Policy
) -> None:
    for keyword in PLACES.values():
        setattr(ct, keyword, "")
    first, second = through(ct, all_classes).dataset, through(ct, all_classes).dataset
    other = through(ct, all_classes, group="CANARYOTHERGROUP").dataset
    for keyword in PLACES.values():
        assert str(first[keyword].value)
        assert first[keyword].value == second[keyword].value
    assert [first[k].value for k in PLACES.values()] != [other[k].value for k in PLACES.values()]


def test_no_part_of_a_pseudonym_is_a_part_of_the_patients_own_values(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    policy = policy_of(pseudo("InstitutionName", "HEALTH_INSTITUTION_CA"), pseudo("InstitutionAddress", "LOCATION_BC"))
    ct.InstitutionName = "Sanatorium and Infirmary of CANARY"
    ct.InstitutionAddress = "Clinic Road, Victoria BC"
    made = through(ct, policy).dataset
    assert made.InstitutionName.endswith(" Hospital")
    assert made.InstitutionAddress.isalpha()


WORDS = st.lists(
    st.sampled_from(["Hospital", "Clinic", "Infirmary", "Sanatorium", "BC", "ON", "101010", "Ficto", "Anna", "Québec"])
    | st.from_regex(r"[A-Za-z]{2,9}", fullmatch=True)
    | st.from_regex(r"[0-9]{2,9}", fullmatch=True),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=WORDS, place=WORDS, kind=st.sampled_from(sorted(set(PLACES) - {"UID"})))
def test_whatever_the_patient_is_called_no_part_of_it_is_in_a_pseudonym(
    ct: Dataset, through: Callable, policy_of: Callable, name: list[str], place: list[str], kind: str
) -> None:
    assume(not any(part.casefold().startswith("fict") for part in (*name, *place)))  # as all pseudonyms do: refused
    ct = copy.deepcopy(ct)
    ct.SpecificCharacterSet = "ISO_IR 192"
    ct.PatientName, ct.InstitutionAddress = "^".join(name), " ".join(place)
    ct.PatientID = name[0]
    if kind in ("DATE", "TIME", "DATETIME"):
        setattr(ct, PLACES[kind], ORIGINALS[kind])
    elif PLACES[kind] != "InstitutionAddress":
        setattr(ct, PLACES[kind], " ".join(place)[:16])
    policy = policy_of(("00100010", "X"), ("00100020", "X"), ("00080081", "X"), pseudo(PLACES[kind], kind))
    result = through(ct, policy)
    made = re.findall(r"[^\W_]{2,}", str(result.dataset[PLACES[kind]].value).casefold())
    assert made
    assert not {part.casefold() for part in (*name, *place)} & set(made)


def test_equal_originals_become_equal_wherever_they_stand(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    policy = policy_of(pseudo("ReferringPhysicianName", "FULL_NAME"), pseudo("OperatorsName", "FULL_NAME"))
    item = Dataset()
    item.ReferringPhysicianName = "Canary^Anna"
    ct.ReferringPhysicianName, ct.OperatorsName = "CANARY^ANNA^^", "Other^One\\Canary^Anna"
    ct.RequestAttributesSequence = Sequence([item])
    made = through(ct, policy).dataset
    assert made.ReferringPhysicianName == made.OperatorsName[1]
    assert made.ReferringPhysicianName == made.RequestAttributesSequence[0].ReferringPhysicianName
    assert made.OperatorsName[0] != made.OperatorsName[1]


def test_names_of_other_scripts_get_pseudonyms_of_seven_bits(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    ct.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    ct.ReferringPhysicianName = "Yamada^Tarou=山田^太郎"
    result = through(ct, policy_of(pseudo("ReferringPhysicianName", "FULL_NAME")))
    assert str(result.dataset.ReferringPhysicianName).startswith("Ficto")
    assert "=" not in str(result.dataset.ReferringPhysicianName)


def test_a_class_that_does_not_fit_the_vr_in_the_file_leaves_nothing(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    ct.StudyDate = "20240229"
    assert through(ct, policy_of(pseudo("StudyDate", "FULL_NAME"))).dataset.StudyDate == ""  # Type 2


def test_a_hash_is_keyed_and_as_long_as_asked(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.PatientID, ct.OtherPatientIDs, ct.StudyID = "CANARY774", ["CANARY774", "CANARY9"], ""
    policy = policy_of(
        rule("PatientID", ActionCode.HASH, "16"),
        rule("OtherPatientIDs", ActionCode.HASH, "16"),
        rule("StudyID", ActionCode.HASH, "16"),
    )
    result = through(ct, policy)
    made = result.dataset
    assert len(made.PatientID) == 16
    assert int(made.PatientID.removeprefix("H"), 16)
    assert made.OtherPatientIDs[0] == made.PatientID
    assert made.StudyID == ""
    other = HeaderContext(policy, KeyedPseudonyms(bytes(32)), SUBJECT)
    assert through(ct, policy, context=other).dataset.PatientID != made.PatientID


@pytest.mark.parametrize(
    ("keyword", "argument", "original", "expected"),
    [
        ("PatientAge", "5", "063Y", "060Y"),
        ("PatientAge", "5", "065Y", "065Y"),
        ("PatientAge", "5", "089Y", "085Y"),
        ("PatientAge", "5", "091Y", "090Y"),
        ("PatientAge", "5 79", "080Y", "080Y"),
        ("PatientAge", "5 79", "099Y", "080Y"),
        ("PatientAge", "6", "011M", "006M"),
        ("PatientAge", "5", "999M", "995M"),
        ("PatientWeight", "5", "72.6", "70"),
        ("PatientWeight", "5 150", "183", "150"),
        ("PatientWeight", "2.5", "72.6", "72.5"),
        ("PatientSize", "0.05", "1.83", "1.8"),
        ("HeartRate", "10", "71", "70"),
        ("PatientAge", "5", "", ""),
    ],
)
def test_a_bin_rounds_down_to_its_edge(
    ct: Dataset, through: Callable, policy_of: Callable, keyword: str, argument: str, original: str, expected: str
) -> None:
    setattr(ct, keyword, original)
    made = through(ct, policy_of(rule(keyword, ActionCode.BIN, argument))).dataset
    assert str("" if made[keyword].value is None else made[keyword].value) == expected


@pytest.mark.parametrize("text", ["old", "1Y2", "63"])
def test_what_is_no_age_is_not_binned_but_removed(
    ct: Dataset, through: Callable, policy_of: Callable, text: str
) -> None:
    ct[0x00101010] = DataElement(0x00101010, "LO", text)
    assert "PatientAge" not in through(ct, policy_of(rule("PatientAge", ActionCode.BIN, "5"))).dataset


def test_a_subject_who_is_over_89_in_any_study_is_so_in_all(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    ct.PatientAge = "064Y"
    policy = policy_of(rule("PatientAge", ActionCode.BIN, "5"))
    assert through(ct, policy, is_over_89=True).dataset.PatientAge == "090Y"


def test_a_highest_value_stands_for_all_above_it(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.PatientAge, ct.PatientWeight = "070Y", "99.5"
    policy = policy_of(rule("PatientAge", ActionCode.TOP, "64"), rule("PatientWeight", ActionCode.TOP, "99"))
    made = through(ct, policy).dataset
    assert made.PatientAge == "065Y"
    assert str(made.PatientWeight) == "99"


@given(st.decimals(-99999, 99999, places=3), st.sampled_from(["1", "5", "2.5", "0.05"]))
@settings(deadline=None, max_examples=60)
def test_a_binned_number_is_a_multiple_of_the_width_and_less_than_one_below(number: object, width: str) -> None:
    made = _bounded_number(str(number), width=width, top="", longest=16, mode=ROUND_FLOOR)
    assert made is not None
    assert Decimal(made) % Decimal(width) == 0
    assert 0 <= Decimal(str(number)) - Decimal(made) < Decimal(width)


def test_own_values_replace_and_are_added_where_the_policy_says_so(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    ct.ClinicalTrialProtocolName = "CANARY"
    policy = policy_of(
        rule("ClinicalTrialProtocolName", ActionCode.SET, "Our Trial"),
        rule("ClinicalTrialSiteName", ActionCode.SET, "Site"),
        rule("ClinicalTrialSponsorName", ActionCode.ADD, "Our Sponsor"),
    )
    result = through(ct, policy)
    assert result.dataset.ClinicalTrialProtocolName == "Our Trial"
    assert "ClinicalTrialSiteName" not in result.dataset
    assert result.dataset.ClinicalTrialSponsorName == "Our Sponsor"
    assert result.actions("(0012,0010)") == {"set"}


def test_every_class_has_a_place_in_these_tests() -> None:
    assert set(PLACES) == set(PSEUDONYM_VRS)
