# SPDX-License-Identifier: Apache-2.0
"""Which Patient IDs are somebody's."""

from __future__ import annotations

import pytest
from SlicerDeidLib.standard.placeholders import stands_for_nobody

OF_NOBODY = [
    *("", "?", "---", "N/A", "n.a.", "0", "000-000", "0000001", "1234", "0123456789", "87654321", "9999", "999-999"),
    *("X", "xxx", "UNKNOWN", "Unknown Patient", "PatientID", "patient id", "No ID", "De-identified", "ANONYMIZED"),
    *(
        "anon1",
        "anon001",
        "Anon-07",
        "TEST123",
        "phantom 2",
        "QA",
        "default",
        "temp",
        "dummy",
        "UNKNOWN0000",
        "Unbekannt",
    ),
]
OF_SOMEBODY = [
    *("1", "7", "77", "123", "111", "0001", "00001", "007", "2345", "20190314", "8837261", "1112", "0123"),
    *(
        "Patient 7",
        "PAT0012",
        "P1",
        "SUB01",
        "X1",
        "A",
        "unknown 48213",
        "TEMP000482",
        "anon48213",
        "KOWALCZYK",
        "Anonka",
    ),
]


@pytest.mark.parametrize("patient_id", OF_NOBODY)
def test_an_id_that_is_typed_or_left_in_place_of_one_stands_for_nobody(patient_id: str) -> None:
    assert stands_for_nobody(patient_id)


@pytest.mark.parametrize("patient_id", OF_SOMEBODY)
def test_a_number_of_a_study_or_a_hospital_is_somebody_s(patient_id: str) -> None:
    assert not stands_for_nobody(patient_id)
