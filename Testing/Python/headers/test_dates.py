# SPDX-License-Identifier: Apache-2.0
"""Dates move, intervals stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from SlicerDeidLib.headers.dates import Shifter, parse_zone, time_of_date
from SlicerDeidLib.model.element import Element
from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.load import read_policy

MOMENTS = st.datetimes(datetime(1981, 1, 1), datetime(2090, 1, 1))
OFFSETS = st.builds(lambda d, s: timedelta(days=-d, seconds=-s), st.integers(1, 3652), st.integers(0, 86399))
DATES = [(tag, Action(ActionCode.SHIFT, ActionCode.X_OR_D), "test") for tag in ("vr:DA", "vr:TM", "vr:DT")]


def shifted_pair(moment: datetime, offset: timedelta) -> datetime:
    shifter = Shifter(offset)
    day, clock = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S.%f")
    moved = shifter.date(day, clock) + shifter.time(clock)
    return datetime.strptime(moved, "%Y%m%d%H%M%S.%f")


@settings(deadline=None)
@given(MOMENTS, OFFSETS)
def test_a_pair_moves_by_exactly_the_offset(moment: datetime, offset: timedelta) -> None:
    assume(moment.time() != time())  # a midnight tells no time
    assert shifted_pair(moment, offset) - moment == offset


@settings(deadline=None)
@given(MOMENTS, MOMENTS, OFFSETS)
def test_the_interval_between_a_pair_and_a_date_time_stays(first: datetime, second: datetime, by: timedelta) -> None:
    assume(time() not in (first.time(), second.time()))
    moved = Shifter(by).date_time(second.strftime("%Y%m%d%H%M%S.%f"))
    assert datetime.strptime(moved, "%Y%m%d%H%M%S.%f") - shifted_pair(first, by) == second - first


@settings(deadline=None)
@given(MOMENTS, OFFSETS)
def test_a_lone_time_becomes_what_it_becomes_in_a_pair(moment: datetime, offset: timedelta) -> None:
    assume(moment.replace(microsecond=0).time() != time())
    assert Shifter(offset).time(moment.strftime("%H%M%S")) == shifted_pair(moment, offset).strftime("%H%M%S")


@settings(deadline=None)
@given(st.dates(datetime(1981, 1, 1).date()), st.dates(datetime(1981, 1, 1).date()), OFFSETS)
def test_the_days_between_two_lone_dates_stay(first: Any, second: Any, offset: timedelta) -> None:
    shifter = Shifter(offset)
    moved = [datetime.strptime(shifter.date(f"{day:%Y%m%d}"), "%Y%m%d").date() for day in (first, second)]
    assert moved[1] - moved[0] == second - first
    assert abs((moved[0] - first) - offset) < timedelta(days=1)


@settings(deadline=None)
@given(st.text(max_size=20), OFFSETS)
def test_any_text_gives_a_valid_value_or_none(text: str, offset: timedelta) -> None:
    shifter = Shifter(offset)
    for moved in (shifter.date(text, text), shifter.time(text), shifter.date_time(text)):
        assert moved is None or set(moved) <= set("0123456789.\\")


BY = timedelta(days=-10, seconds=-3600)  # ten days and an hour back


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("120000", "110000"),
        ("1200", "110000"),
        ("12", "110000"),
        ("12:30", "113000"),
        ("12:30:15", "113015"),
        ("12:30:15.25", "113015.25"),
        ("003000.000001", "233000.000001"),
        ("120000\\130000", "110000\\120000"),
        (" 120000 ", "110000"),
        ("235960", "230000"),
        ("", ""),
        ("000000", None),  # a clock that was never set: shifted it would be the offset
        ("0000", None),
        ("00", None),
        ("00:00:00.000", None),
        ("120000\\000000", None),
        ("000000.000001", "230000.000001"),
        ("240000", None),
        ("1260", None),
        ("120000-130000", None),
        ("CANARY", None),
        ("120000\\CANARY", None),
    ],
)
def test_times_in_every_precision(text: str, moved: str | None) -> None:
    assert Shifter(BY).time(text) == moved


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("20240301120000", "20240220110000"),
        ("20240301120000.123456", "20240220110000.123456"),
        ("20240301120000.5+0100", "20240220110000.5"),
        ("20240301003000-0500", "20240219233000"),
        ("202403011200", "20240220110000"),
        ("2024030112", "20240220110000"),
        ("20240301", "20240219"),
        ("202403", "202403"),
        ("2024", "2024"),
        ("2024+0100", "2024"),
        ("20240301120000\\20240302", "20240220110000\\20240220"),
        ("20241301", None),
        ("20240230120000", None),
        ("20240301250000", None),
        ("20240301120000+9900", None),
        ("20240301120000Z", None),
        ("20240301000000", "20240219"),  # midnight: as precise as a date
        ("2024030100", "20240219"),
        ("20240301000000.000+0100", "20240219"),
        ("19700101010000", None),
        ("19000101", None),
        ("1970", None),
        ("0001", None),
        ("00010105000000", None),
        ("CANARY", None),
    ],
)
def test_date_times_in_every_precision(text: str, moved: str | None) -> None:
    assert Shifter(BY).date_time(text) == moved


def test_a_date_time_of_another_zone_is_brought_to_the_zone_of_the_data_set() -> None:
    assert Shifter(BY).date_time("20240301120000+0300", parse_zone("+0100")) == "20240220090000"


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("20240301", "20240219"),
        ("2024.03.01", "20240219"),
        ("2024-03-01", "20240219"),
        ("20240301\\20240302", "20240219\\20240220"),
        ("20240301\\", "20240219\\"),
        ("00010101", None),
        ("19000101", None),
        ("1970.01.01", None),
        ("20240301\\19000101", None),
        ("99991231", None),
        ("99991230", "99991219"),
        ("20230229", None),
        ("2024031", None),
        ("20240301-20240401", None),
        ("00000000", None),
        ("20240301 CANARY", None),
    ],
)
def test_dates_as_written_by_old_and_by_careless_devices(text: str, moved: str | None) -> None:
    assert Shifter(BY).date(text) == moved


def test_whole_days_keep_the_time_and_its_precision() -> None:
    shifter = Shifter(timedelta(days=-10))
    assert shifter.time("12:30") == "1230"
    assert shifter.date_time("202403011200+0100") == "202402201200"
    assert shifter.date("20240301", "235960") == "20240220"


@pytest.mark.parametrize("zone", ["+0100", "-1200", "+1400", "+0530 "])
def test_zones_of_the_world_are_read(zone: str) -> None:
    assert parse_zone(zone) is not None


@pytest.mark.parametrize("zone", ["", "0100", "+1500", "-1300", "+0160", "CANARY"])
def test_what_is_no_zone_is_none(zone: str) -> None:
    assert parse_zone(zone) is None


@pytest.mark.parametrize(
    ("date", "time"),
    [
        (0x00080020, 0x00080030),
        (0x00080023, 0x00080033),
        (0x00080012, 0x00080013),
        (0x00181200, 0x00181201),
        (0x00400002, 0x00400003),
        (0x00400004, 0x00400005),
        (0x0040A121, 0x0040A122),
        (0x0040A110, 0x0040A112),
        (0x300A0006, 0x300A0007),
        (0x00102000, None),
        (0x30080054, None),
        (0x00080008, None),
        (0x00091010, None),
    ],
)
def test_a_date_knows_its_time_by_keyword(date: int, time: int | None) -> None:
    assert time_of_date(date) == time


def test_pairs_move_together_at_every_level(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.StudyDate, ct.StudyTime = "20240301", "000500"
    ct.ContentDate, ct.ContentTime = "20240301", "003000.25"
    item = Dataset()
    item.ScheduledProcedureStepStartDate, item.ScheduledProcedureStepStartTime = "20240301", "000100"
    item.ScheduledProcedureStepEndDate = "20240301"
    ct.RequestAttributesSequence = [item]
    result = through(ct, policy_of(*(Rule(*rule) for rule in DATES)))
    ds, inner = result.dataset, result.dataset.RequestAttributesSequence[0]
    study = datetime.strptime(ds.StudyDate + ds.StudyTime, "%Y%m%d%H%M%S")
    content = datetime.strptime(ds.ContentDate + ds.ContentTime, "%Y%m%d%H%M%S.%f")
    step = datetime.strptime(
        inner.ScheduledProcedureStepStartDate + inner.ScheduledProcedureStepStartTime, "%Y%m%d%H%M%S"
    )
    assert content - study == timedelta(minutes=25, milliseconds=250)
    assert study - step == timedelta(minutes=4)
    assert datetime(2024, 3, 1, 0, 5) - study > timedelta(days=1)


def test_a_date_that_cannot_be_read_goes_by_its_type(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    def plant(elements: dict[int, Element]) -> None:
        for tag, vr in ((0x00080020, "DA"), (0x00080021, "DA"), (0x00080030, "TM"), (0x0008002A, "DT")):
            elements[tag] = Element(tag, vr, b"CANARY DATE ")

    result = through(ct, policy_of(*(Rule(*rule) for rule in DATES)), plant=plant)
    assert result.dataset.StudyDate == ""
    assert result.dataset.StudyTime == ""
    assert "SeriesDate" not in result.dataset
    assert "AcquisitionDateTime" not in result.dataset
    assert result.actions("(0008,0020)") == {"removed: not valid for its VR"}
    assert b"CANARY" not in result.data


def test_a_date_at_midnight_moves_like_a_date_without_a_time(ct: Dataset, through: Callable) -> None:
    ct.StudyDate, ct.StudyTime, ct.SeriesDate, ct.ContentTime = "20240301", "000000", "20240301", "000000.0000"
    result = through(ct, "research").dataset
    assert result.StudyDate == result.SeriesDate != "20240301"
    assert result.StudyTime == ""  # Type 2
    assert result.ContentTime == ""


@pytest.mark.parametrize("value", ["19000101", "00010101", "19700101", "00000000"])
def test_a_date_that_no_clock_was_set_to_is_not_shifted(value: str, ct: Dataset, through: Callable) -> None:
    result = through(
        ct,
        "research",
        plant=lambda elements: elements.update({0x00080021: Element(0x00080021, "DA", value.encode())}),
    )
    assert "SeriesDate" not in result.dataset
    assert result.actions("(0008,0021)") == {"removed: says no date or time"}


def test_whole_days_leave_midnight_as_it_is() -> None:
    assert Shifter(timedelta(days=-10)).time("000000") == "000000"
    assert Shifter(timedelta(days=-10)).date_time("20240301000000") == "20240220000000"


@pytest.mark.parametrize("keyword", ["ContextGroupVersion", "ContextGroupLocalVersion"])
def test_a_version_that_everybody_knows_does_not_tell_the_offset(keyword: str, ct: Dataset, through: Callable) -> None:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "69536005", "SCT", "Head"
    item.ContextIdentifier, item.MappingResource = "4031", "DCMR"
    setattr(item, keyword, "20170914")
    ct.AnatomicRegionSequence = [item]
    for offset in ("GROUP1", "GROUP2"):
        result = through(ct, "research", group=offset)
        assert result.dataset.AnatomicRegionSequence[0][keyword].value == "19000101000000"


@pytest.mark.parametrize(
    ("keyword", "value", "is_kept"),
    [
        ("DateOfManufacture", "20151203", True),
        ("DateOfLastCalibration", "20190312", False),
        ("DateTimeOfLastCalibration", "20151203070000", True),
        ("DateTimeOfLastCalibration", "20190312070000", False),
        ("DateOfManufacture", "2015.12.03", True),
        ("DateOfManufacture", "2019.03.12", False),
        ("DateOfManufacture", "2019-03-12", False),
        ("DateOfLastCalibration", ["20151203", "2019.03.12"], False),
        ("DateTimeOfLastCalibration", ["20151203070000", "20190312070000"], False),
    ],
)
def test_a_date_of_the_device_stays_with_its_identity_unless_it_is_the_day_of_the_study(
    ct: Dataset, through: Callable, keyword: str, value: str, is_kept: bool
) -> None:
    ct.StudyDate = "20190312"
    tag = tag_for_keyword(keyword) or 0
    ct[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE)
    released = through(ct, read_policy("basic", options=["retain-device-identity"])).dataset
    assert (released.get(keyword) == value) is is_kept
    assert released.StudyDate != "20190312"


def test_a_date_of_the_device_moves_with_the_dates_of_the_study(ct: Dataset, through: Callable) -> None:
    ct.StudyDate, ct.StudyTime, ct.DateOfManufacture = "20190312", "", "20190301"
    released = through(ct, read_policy("research", options=["retain-device-identity"])).dataset
    assert released.DateOfManufacture != "20190301"
    apart = datetime.strptime(released.StudyDate, "%Y%m%d") - datetime.strptime(released.DateOfManufacture, "%Y%m%d")
    assert apart == timedelta(days=11)
