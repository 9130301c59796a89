# SPDX-License-Identifier: Apache-2.0
"""Pseudonyms are equal for equal originals under one key, and tell nothing to who has no key."""

from __future__ import annotations

import pickle
import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.uid import UID, UID_dictionary
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms

KEY = bytes(range(32))
ORIGINAL = "1.3.12.2.1107.5.1.4.50000.30000017081907"


@settings(deadline=None)
@given(st.text(max_size=80))
def test_every_mapped_uid_is_a_valid_uid_of_the_uuid_root(original: str) -> None:
    mapped = KeyedPseudonyms(KEY).uid(original)
    assert mapped.startswith("2.25.") or original.startswith("1.2.840.10008.")
    assert UID(mapped, validation_mode=0).is_valid
    assert len(mapped) <= 44


def test_the_integer_of_a_uid_never_begins_with_zero_and_has_128_bits() -> None:
    pseudonyms = KeyedPseudonyms(KEY)
    numbers = [pseudonyms.uid(str(i)).removeprefix("2.25.") for i in range(3000)]
    assert all(re.fullmatch("0|[1-9][0-9]*", number) and int(number) < 2**128 for number in numbers)
    assert len(set(numbers)) == 3000
    assert sum(int(number) >> 127 for number in numbers) > 1300  # the highest bit is used too


def test_a_uid_depends_on_key_and_release_and_nothing_else() -> None:
    first = KeyedPseudonyms(KEY).uid(ORIGINAL)
    assert first == KeyedPseudonyms(KEY, keep_time_of_day=True).uid(ORIGINAL)
    others = {KeyedPseudonyms(KEY, "second").uid(ORIGINAL), KeyedPseudonyms(KEY[::-1]).uid(ORIGINAL)}
    assert first not in others
    assert len(others) == 2


def test_every_uid_that_the_standard_registers_comes_back_as_it_is() -> None:
    pseudonyms = KeyedPseudonyms(KEY)
    assert all(pseudonyms.uid(uid) == uid for uid in UID_dictionary if uid.startswith("1.2.840.10008."))


@pytest.mark.parametrize(
    "uid",
    [
        "1.2.840.10008.2019.3.4.10.11",
        "1.2.840.10008.5.1.4.1.1.2.1951.817.77.4189",
        "1.2.840.10008.6.1.308",
        "1.2.840.10008",
        "1.2.840.100080.1",
        "1.2.840.10008.5.20190812.3",
        "1.2.840.10008.1x",
        "1.2.840.10008.01",
    ],
)
def test_what_only_looks_registered_is_mapped(uid: str) -> None:
    assert KeyedPseudonyms(KEY).uid(uid).startswith("2.25.")


def test_an_offset_is_one_day_to_ten_years_back_with_seconds_within_a_day() -> None:
    offsets = [KeyedPseudonyms(KEY).offset(str(i)) for i in range(2000)]
    assert all(timedelta(days=-3652) <= offset <= timedelta(days=-1) for offset in offsets)
    assert len(set(offsets)) > 1990
    assert min(offsets) < timedelta(days=-3600)
    assert max(offsets) > timedelta(days=-60)
    assert any(offset.seconds for offset in offsets)
    assert not any(offset.microseconds for offset in offsets)


def test_an_offset_keeps_the_time_of_day_when_asked() -> None:
    offsets = [KeyedPseudonyms(KEY, keep_time_of_day=True).offset(str(i)) for i in range(500)]
    assert all(offset.seconds == 0 for offset in offsets)


def test_an_offset_is_the_same_for_a_group_and_another_for_another_release() -> None:
    assert KeyedPseudonyms(KEY).offset("a") == KeyedPseudonyms(KEY).offset("a")
    assert len({KeyedPseudonyms(KEY, release).offset("a") for release in ("", "1", "2")}) == 3


@settings(deadline=None)
@given(st.text(max_size=40), st.integers(1, 40))
def test_a_short_name_has_the_length_and_the_letters_that_dicom_takes(text: str, length: int) -> None:
    short = KeyedPseudonyms(KEY).short(text, length)
    assert re.fullmatch(f"[A-Z][A-Z0-9]{{{length - 1}}}", short)
    assert short == KeyedPseudonyms(KEY).short(text, length)


def test_digests_of_two_labels_have_nothing_in_common() -> None:
    pseudonyms = KeyedPseudonyms(KEY)
    assert pseudonyms.digest("a", "x") != pseudonyms.digest("b", "x")
    assert re.fullmatch("[0-9a-f]{64}", pseudonyms.digest("a", "x"))


def test_the_key_shows_in_no_repr_and_is_not_pickled() -> None:
    pseudonyms = KeyedPseudonyms(KEY)
    assert repr(pseudonyms) == "KeyedPseudonyms()"
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(pseudonyms)
