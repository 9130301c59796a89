# SPDX-License-Identifier: Apache-2.0
"""Whose identifiers a new ID shows, and what identifies nobody."""

from __future__ import annotations

import time

import pytest
from SlicerDeidLib.identity.originals import Originals

PLAIN = frozenset({"ct", "head", "patient", "scan"})


def originals(*values: str, ids: tuple[str, ...] = ()) -> Originals:
    made = Originals(PLAIN, ids)
    for owner, value in enumerate(values, start=1):
        made.add(owner, value)
    return made


@pytest.mark.parametrize(
    ("value", "new"),
    [
        *(("ACC22", "ACC22"), ("ACC22", "acc-22"), ("ACC22", "HEAD-ACC22"), ("ACC22", "X_ACC22-1"), ("4711", "4711")),
        *(("PID0774189", "H-774189"), ("0012345", "HEAD-12345-2"), ("001-23-4567", "H-1234567"), ("A1B", "a1b")),
        *(("Smith", "HEAD-Smith-1"), ("Smith", "smith01"), ("Smith", "HEADSMITH"), ("Müller", "X-MUELLER")),
        *(("HEAD-001", "HEAD-001"), ("P001", "H-P001"), ("Lee", "H-Lee"), ("19510817", "B-19510817")),
    ],
)
def test_an_identifier_that_is_a_new_id_or_stands_in_it_is_found(value: str, new: str) -> None:
    assert originals("Nobody", value).owners(new) == {2}


@pytest.mark.parametrize(
    ("value", "new"),
    [
        *(
            ("1", "1"),
            ("1", "HEAD-1"),
            ("CT", "CT"),
            ("CT", "CT-001"),
            ("patient", "patient"),
            ("patient", "PATIENT-7"),
        ),
        *(("patient1", "X-patient1"), ("HEAD 001", "S-HEAD-001"), ("123", "123"), ("0007", "H-0007"), ("A1", "A1")),
        *(("Lee", "SLEEP-1"), ("Smith", "Smithson"), ("12345", "H-1234567"), ("김철수", "HEAD-1"), ("", "HEAD-1")),
    ],
)
def test_short_and_plain_words_and_parts_of_words_are_no_identifiers(value: str, new: str) -> None:
    assert originals(value).owners(new) == set()


def test_two_names_of_one_patient_are_found_in_one_word() -> None:
    made = originals("Doe", "Roe")
    made.add(1, "John")
    assert made.owners("H-JOHNDOE") == {1}
    assert made.owners("H-JOHNROE") == set()


def test_a_word_that_most_new_ids_hold_is_no_name() -> None:
    ids = tuple(f"ROSE-{number}" for number in range(1, 9))
    assert originals("Rose", ids=ids).owners("ROSE-1") == set()
    assert originals("Rose", ids=("ROSE-1", "HEAD-2")).owners("ROSE-1") == {1}


def test_a_word_of_a_folder_is_found_unless_many_folders_have_it() -> None:
    made = originals()
    for owner in range(1, 31):
        made.add_label(owner, f"MUC_{owner}_CT")
    made.add_label(31, "Smith_John_CT")
    assert made.owners("Smith-01") == {31}
    assert made.owners("MUC-77") == set()
    assert made.owners("CT-77") == set()


def test_thousands_of_ids_are_looked_up_in_no_time() -> None:
    ids = tuple(f"HEAD-{number:06d}" for number in range(4000))
    made = Originals(PLAIN, ids)
    begin = time.monotonic()
    for owner in range(4000):
        for value in (f"ACC{owner:07d}", f"P{owner:08d}", f"NAME{owner:05d}", f"{19200000 + owner}"):
            made.add(owner, value)
    assert not any(made.owners(new) for new in ids)
    assert time.monotonic() - begin < 5
