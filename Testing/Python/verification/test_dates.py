# SPDX-License-Identifier: Apache-2.0
"""Dates are read as DICOM and people write them."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from SlicerDeidLib.verification.dates import dates_in_text, parse_date, parse_time, partner_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20190312", date(2019, 3, 12)),
        ("2019.03.12", date(2019, 3, 12)),
        ("20190312140509.5+0100", date(2019, 3, 12)),
        ("20190230", None),
        ("2019", None),
        ("2019031", None),
        ("", None),
        ("20190312-20190401", None),
    ],
)
def test_da_and_dt_are_read(text, expected):
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("140509", (time(14, 5, 9), timedelta(seconds=1))),
        ("14:05:09", (time(14, 5, 9), timedelta(seconds=1))),
        ("1405", (time(14, 5), timedelta(minutes=1))),
        ("14", (time(14), timedelta(hours=1))),
        ("140509.125", (time(14, 5, 9, 125000), timedelta(milliseconds=1))),
        ("250000", None),
        ("140560", None),
        ("1", None),
    ],
)
def test_tm_is_read_with_its_exactness(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "CT 2019-03-12",
        "12.03.2019",
        "12/3/2019 CT",
        "03/12/2019",
        "seen 12 Mar 2019",
        "March 12, 2019",
        "x20190312x",
        "March 12th 2019",
        "12th March 2019",
    ],
)
def test_usual_spellings_are_found(text):
    assert date(2019, 3, 12) in dates_in_text(text)


@pytest.mark.parametrize("text", ["", "CT HEAD", "120190312", "2.25.20190312345", "12.13.14", "99 Foo 2019"])
def test_numbers_that_are_no_dates_are_not_found(text):
    assert dates_in_text(text) == frozenset()


@hypothesis_settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["%Y%m%d", "%d.%m.%Y", "%Y-%m-%d", "%d %b %Y"]))
def test_every_date_is_found_in_every_spelling(day, spelling):
    assert day in dates_in_text(f"on {day.strftime(spelling)} he came")


@pytest.mark.parametrize(
    ("tag", "partner"),
    [
        (0x00080020, 0x00080030),  # StudyDate, StudyTime
        (0x00181200, 0x00181201),  # DateOfLastCalibration, TimeOfLastCalibration
        (0x00400244, 0x00400245),  # PerformedProcedureStepStartDate, ...Time
        (0x00080030, 0x00080020),
        (0x0008002A, None),  # AcquisitionDateTime
        (0x001021D0, None),  # LastMenstrualDate
    ],
)
def test_the_time_of_a_date_is_known_by_its_keyword(tag, partner):
    assert partner_of(tag) == partner
