# SPDX-License-Identifier: Apache-2.0
"""UIDs that stay although somebody wrote the patient's numbers into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.uidnumbers import UidNumbers
from SlicerDeidLib.policies.load import read_policy

KNOWN = frozenset({"MRN8837261", "ACC-778 8991", "19500203"})
OWN = [
    "1.2.840.113619.2.8837261.5",
    "1.2.840.113619.2.19500203.5",
    "1.2.840.113619.2.903021950.5",
    "1.2.3.99908837261.7",
    "1.2.3.7788991",
]
OTHER = [
    "1.2.3.4",
    "1.2.840.113619.2.404.3.1762583153.215519.978957063.78",
    "2.25.329800735698586629295641978511506172918",
]


@pytest.mark.parametrize("uid", OWN)
def test_a_uid_with_the_patients_number_refuses_the_series_that_keeps_its_uids(
    ct: Dataset, through: Callable[..., Any], uid: str
) -> None:
    ct.FrameOfReferenceUID = uid
    with pytest.raises(SeriesRefused, match="FrameOfReferenceUID would stay as it is") as refusal:
        through(ct, read_policy("research", options=["retain-uids"]), identifiers=KNOWN)
    assert uid not in str(refusal.value)


def test_one_that_a_reference_names_refuses_it_too(ct: Dataset, through: Callable[..., Any]) -> None:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ct.SOPClassUID, OWN[0]
    ct.SourceImageSequence = [item]
    with pytest.raises(SeriesRefused, match="ReferencedSOPInstanceUID"):
        through(ct, read_policy("basic", options=["retain-uids"]), identifiers=KNOWN)


@pytest.mark.parametrize("uid", OTHER)
def test_other_uids_stay(ct: Dataset, through: Callable[..., Any], uid: str) -> None:
    ct.FrameOfReferenceUID = uid
    kept = through(ct, read_policy("research", options=["retain-uids"]), identifiers=KNOWN).dataset
    assert kept.FrameOfReferenceUID == uid


def test_what_is_mapped_may_hold_anything(ct: Dataset, through: Callable[..., Any]) -> None:
    ct.FrameOfReferenceUID = OWN[0]
    assert "8837261" not in through(ct, "research", identifiers=KNOWN).dataset.FrameOfReferenceUID


def test_six_digits_amid_a_uuid_are_there_by_chance() -> None:
    numbers = UidNumbers(["123456"])
    assert not numbers.stand_in("2.25.329800123456586629295641978511506172918")
    assert numbers.stand_in("1.2.3.99123456")


@pytest.mark.parametrize(
    ("number", "uid"),
    [
        ("113619", "1.2.840.113619.2.55.3.2831868886"),
        ("3680043", "1.2.826.0.1.3680043.8.498.7"),
        ("1107", "1.3.12.2.1107.5.2.32"),
    ],
)
def test_an_id_that_is_a_makers_registered_number_refuses_none_of_its_uids(number: str, uid: str) -> None:
    assert not UidNumbers([number]).stand_in(uid)


def test_the_same_number_behind_the_root_does() -> None:
    assert UidNumbers(["113619"]).stand_in("1.2.840.113619.2.113619.3")
    assert UidNumbers(["8837261"]).stand_in("1.2.840.8837261.5")


STAMPED = "1.3.12.2.1107.5.2.32.35131.2019031410121344444"


@pytest.mark.parametrize("number", ["20190314", "190314", "90314"])
def test_an_accession_number_that_is_the_day_of_a_time_stamp_refuses_nothing(number: str) -> None:
    assert not UidNumbers([number], ids=[number]).stand_in(STAMPED)


def test_one_that_reaches_into_the_time_does() -> None:
    assert UidNumbers(["20190314101"], ids=["20190314101"]).stand_in(STAMPED)
    assert UidNumbers(["1012134"], ids=["1012134"]).stand_in(STAMPED)


def test_a_date_of_birth_refuses_a_time_stamp_of_that_day_too() -> None:
    assert UidNumbers(["20190314"]).stand_in(STAMPED)


def test_what_other_headers_name_as_a_number_is_known_to_be_no_date_of_birth(
    ct: Dataset, through: Callable[..., Any]
) -> None:
    ct.FrameOfReferenceUID = STAMPED
    policy = read_policy("research", options=["retain-uids"])
    own = frozenset({"20190314"})
    assert through(ct, policy, identifiers=own, named=frozenset({(0x00080050, "20190314")})).dataset
    with pytest.raises(SeriesRefused):
        through(ct, policy, identifiers=own)
