# SPDX-License-Identifier: Apache-2.0
"""Days since the first study, where dates are not told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_study_says_how_many_days_it_is_after_the_first(ct: Dataset, through: Callable, syntax: str) -> None:
    ct.StudyDate, ct.SeriesDate, ct.PatientAge = "20240301", "20240301", "091Y"
    result = through(ct, "safe-harbor", first_study=date(2023, 12, 31), syntax=syntax)
    assert result.dataset.LongitudinalTemporalOffsetFromEvent == 61
    assert result.dataset.LongitudinalTemporalEventType == "BASELINE"
    assert result.dataset.PatientAge == "090Y"
    assert b"2024" not in result.data
    assert result.actions("(0012,0052)") == {"added"}


@pytest.mark.parametrize(("day", "first"), [("", date(2024, 1, 1)), ("19000101", date(2024, 1, 1)), ("20240301", None)])
def test_without_a_date_there_is_no_interval(ct: Dataset, through: Callable, day: str, first: date | None) -> None:
    ct.StudyDate = day
    assert "LongitudinalTemporalOffsetFromEvent" not in through(ct, "safe-harbor", first_study=first).dataset


def test_policies_that_shift_dates_write_none(ct: Dataset, through: Callable) -> None:
    ct.StudyDate = "20240301"
    assert "LongitudinalTemporalOffsetFromEvent" not in through(ct, first_study=date(2024, 1, 1)).dataset
