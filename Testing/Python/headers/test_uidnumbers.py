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
