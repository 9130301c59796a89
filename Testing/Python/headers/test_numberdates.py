# SPDX-License-Identifier: Apache-2.0
"""Dates that are written as numbers."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.headers.numberdates import Days, moved_number, moved_value

DAY = date(2024, 3, 1)
DAYS = Days(frozenset({DAY}), frozenset({date(1961, 5, 5)}))
OFFSET = timedelta(days=-41, seconds=3600)
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def ticks(when: datetime) -> int:
    return round((when.replace(tzinfo=None) - datetime(1, 1, 1)).total_seconds()) * 10_000_000


@pytest.mark.parametrize(
    ("number", "moved"),
    [
        (20240301, 20240120),
        (20240301120000, 20240120130000),
        (19990229, 19990229),  # no day
        (int(NOON.timestamp()), int((NOON + OFFSET).timestamp())),
        (NOON.timestamp() * 1000, (NOON + OFFSET).timestamp() * 1000),
        (NOON.timestamp() + 0.25, (NOON + OFFSET).timestamp() + 0.25),
        (45352, 45311),  # spreadsheet
        (60370, 60329),  # modified Julian date
        (2460370.5, 2460370.5 - 41 + 1 / 24),  # Julian date
        (19783, 19742),  # days of Unix
        (ticks(NOON), ticks(NOON + OFFSET)),
        (1000, 1000),
        (512, 512),
        (0.625, 0.625),
        (-5, -5),
        (1_500_000_000, 1_500_000_000),  # seconds of another year
    ],
)
def test_a_number_that_counts_to_a_date_of_the_file_moves(number: float, moved: float) -> None:
    found = moved_number(number, DAYS, OFFSET)
    if number == 19990229:
        assert found is None
    else:
        assert found == pytest.approx(moved, rel=1e-12)
        assert isinstance(found, int) or found != int(found) or not isinstance(number, int)


COUNTED = {  # 2024-03-01 12:00 as others count it; what they count from is in their own documents
    "Cocoa": (730987200, NOON - datetime(2001, 1, 1, tzinfo=UTC)),
    "since 2000": (762609600, NOON - datetime(2000, 1, 1, tzinfo=UTC)),
    "SAS": (2024913600, NOON - datetime(1960, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize(("number", "apart"), COUNTED.values(), ids=COUNTED)
def test_seconds_since_the_origin_of_other_programs_move(number: int, apart: timedelta) -> None:
    assert apart.total_seconds() == number
    assert moved_number(number, DAYS, OFFSET) == number + OFFSET.total_seconds()


@pytest.mark.parametrize(
    ("number", "day"),
    [
        (148138, date(1988, 5, 16)),  # Lilian, as IBM's CEEDAYS explains it
        (date(1988, 5, 16).toordinal(), date(1988, 5, 16)),
        ((date(1988, 5, 16) - date(1600, 12, 31)).days, date(1988, 5, 16)),  # ANSI date: day 1 is 1601-01-01
    ],
)
def test_day_numbers_of_other_calendars_move(number: int, day: date) -> None:
    assert moved_number(number, Days(frozenset({day})), OFFSET) == number - 41


def test_ticks_of_vms_move() -> None:
    unix = 35067168 * 10**9  # 1970-01-01, a constant of every program that reads them
    number = unix + int(NOON.timestamp()) * 10**7
    assert moved_number(number, DAYS, OFFSET) == number + OFFSET.total_seconds() * 10**7


@pytest.mark.parametrize("is_swapped", [False, True])
@pytest.mark.parametrize("unix", [116444736 * 10**9, 35067168 * 10**9], ids=["Windows", "VMS"])
def test_a_moment_in_two_halves_goes(unix: int, is_swapped: bool) -> None:
    number = unix + int(NOON.timestamp()) * 10**7
    halves = [number & 0xFFFFFFFF, number >> 32][:: -1 if is_swapped else 1]
    value = struct.pack("<4I", 512, *halves, 512)
    assert moved_value("UL", value, DAYS, OFFSET, "<") is None
    other = struct.pack("<4I", 512, halves[0] ^ 1 << 31, 30_000_000, 512)
    assert moved_value("UL", other, DAYS, OFFSET, "<") == other


@pytest.mark.parametrize("number", [-20240301, -19610505, -1709294400.0, -45352.5])
def test_a_date_with_another_sign_goes(number: float) -> None:
    assert moved_number(number, DAYS, OFFSET) is None


@pytest.mark.parametrize("number", [-20230315, -1_600_000_000, -512.25, -45000])
def test_other_negative_numbers_stay(number: float) -> None:
    assert moved_number(number, DAYS, OFFSET) == number


def test_few_seconds_since_2000_are_no_date_of_a_study_of_that_year() -> None:
    days = Days(frozenset({date(2000, 1, 3)}))
    assert [moved_number(number, days, OFFSET) for number in (150_000, 200_000, 259_000)] == [150_000, 200_000, 259_000]


@pytest.mark.parametrize(
    "day", [date(1900, 1, 1), date(1970, 1, 1), date(1980, 1, 6), date(2000, 1, 1), date(2001, 1, 1)]
)
@pytest.mark.parametrize("number", [10_000, 44_100, 67_239_936])
def test_any_number_is_near_the_day_from_which_programs_count_and_no_date(day: date, number: int) -> None:
    assert moved_number(number, Days(births=frozenset({day})), OFFSET) == number
    assert moved_number(number, Days(frozenset({day})), OFFSET) == number


def test_a_date_of_birth_goes_and_so_does_any_date_without_an_offset() -> None:
    assert moved_number(19610505, DAYS, OFFSET) is None
    assert moved_number(-273_000_000 - 1, Days(births=frozenset({date(1961, 5, 8)})), OFFSET) is None
    assert moved_number(NOON.timestamp(), DAYS, None) is None
    assert moved_number(512, DAYS, None) == 512


def test_no_number_is_no_date() -> None:
    assert moved_number(float("inf"), DAYS, OFFSET) == float("inf")


@pytest.mark.parametrize(
    ("vr", "value", "moved"),
    [
        ("IS", b"20240301\\7 ", b"20240120\\7"),
        ("DS", b"45352.25", b"45311.291667"),
        ("DS", b"1.5\\2.5 ", b"1.5\\2.5 "),
        ("DS", b"2.024e3\\3\\1 ", None),
        ("DS", b"2024E0\\3E0\\1E0", None),
        ("DS", b"-2024.0\\3.0\\1", b"-2024.0\\3.0\\1"),  # places have a minus, dates none
        ("DS", b"-24.0\\3.0\\1.0 ", b"-24.0\\3.0\\1.0 "),
        ("DS", b"2024.0\\3.0\\1.0", None),
        ("DS", b"2024.5\\3.0\\1.0", b"2024.5\\3.0\\1.0"),
        ("DS", b"nonsense", None),
        ("DS", b" ", b" "),
        ("UL", struct.pack("<2L", 3, 20240301), struct.pack("<2L", 3, 20240120)),
        ("SL", b"\0\0\0", None),
        ("FL", struct.pack("<f", 45352.0), None),
        ("FL", struct.pack("<f", 1.5), struct.pack("<f", 1.5)),
        ("FD", struct.pack("<d", 45352.25), struct.pack("<d", 45352.25 - 41 + 1 / 24)),
        ("US", b"\1\2", b"\1\2"),
    ],
)
def test_values_are_moved_where_they_can_be(vr: str, value: bytes, moved: bytes | None) -> None:
    assert moved_value(vr, value, DAYS, OFFSET, "<") == moved


@pytest.mark.parametrize("number", [190817, 17082019, 26_000_000, 1_250_000_000, 737_000, 43_694.5, 2019229, 12_345])
def test_a_large_number_of_an_attribute_that_is_merely_called_safe_goes(number: float) -> None:
    assert moved_number(number, Days(), OFFSET) == number
    assert moved_number(number, Days(), OFFSET, is_strict=True) is None


def test_a_small_number_and_a_known_date_stay_also_there() -> None:
    assert moved_number(9_999, DAYS, OFFSET, is_strict=True) == 9_999
    assert moved_number(45352, DAYS, OFFSET, is_strict=True) == 45311


def test_big_endian_numbers_are_read_as_such() -> None:
    assert moved_value("UL", struct.pack(">L", 20240301), DAYS, OFFSET, ">") == struct.pack(">L", 20240120)


@given(
    st.dates(date(1997, 6, 1), date(2090, 1, 1)), st.integers(0, 86399), st.integers(-3000, -1), st.integers(0, 86399)
)
def test_intervals_between_seconds_stay(day: date, clock: int, days: int, seconds: int) -> None:
    when = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + clock
    known, offset = Days(frozenset({day})), timedelta(days=days, seconds=seconds)
    moved = [moved_number(number, known, offset) for number in (when, when + 60)]
    assert moved == [when + offset.total_seconds(), when + 60 + offset.total_seconds()]


@pytest.mark.parametrize("day", [date(2000, 1, 1), date(2001, 1, 1), date(2000, 1, 10), date(2010, 10, 10)])
@pytest.mark.parametrize("values", [(0, 1, 0), (1, 0, 0), (0, 0, 1), (1, 1, 0), (0, 10, 0), (1, 1, 1), (10, 10, 10)])
def test_directions_and_sizes_stay_whatever_day_a_study_or_birth_has(day: date, values: tuple[int, ...]) -> None:
    for days in (Days(events=frozenset({day})), Days(births=frozenset({day}))):
        for vr, form in (("FD", "<3d"), ("US", "<3H"), ("SL", "<3i")):
            value = struct.pack(form, *values)
            assert moved_value(vr, value, days, OFFSET, "<") == value
        assert moved_value("FD", struct.pack("<d", 0.0001), days, OFFSET, "<") == struct.pack("<d", 0.0001)


@pytest.mark.parametrize("day", [date(1964, 1, 1), date(2032, 1, 1)])
def test_a_size_is_no_year_whose_day_is_not_known(day: date) -> None:
    size, known = (day.year % 100, 1, 1), (day.year, 1, 1)
    for days in (Days(events=frozenset({day})), Days(births=frozenset({day}))):
        assert moved_value("US", struct.pack("<3H", *size), days, OFFSET, "<") == struct.pack("<3H", *size)
        assert moved_value("US", struct.pack("<3H", *known), days, OFFSET, "<") is None


@given(st.binary(max_size=40), st.sampled_from(["SL", "UL", "SV", "UV", "FD", "FL", "DS", "IS", "US", "AT"]))
def test_any_bytes_are_answered(value: bytes, vr: str) -> None:
    found = moved_value(vr, value, DAYS, OFFSET, "<")
    assert found is None or isinstance(found, bytes)


@pytest.mark.parametrize(("vr", "form", "number"), [("US", "<H", 44941), ("US", "<H", 59959), ("SS", "<h", 19372)])
def test_day_numbers_of_two_bytes_move_too(vr: str, form: str, number: int) -> None:
    days = Days(events=frozenset({date(2023, 1, 15)}))
    moved = moved_value(vr, struct.pack(form, number), days, timedelta(days=-100), "<")
    assert moved == struct.pack(form, number - 100)


def test_a_day_of_birth_of_two_bytes_goes() -> None:
    days = Days(births=frozenset({date(1951, 2, 14)}))
    assert moved_value("US", struct.pack("<H", 18673), days, timedelta(days=-100), "<") is None


@pytest.mark.parametrize(
    ("number", "moved"),
    [
        (20230115.5, 20221007.5),
        (202301151015, 202210071015),
        (20230115101500, 20221007101500),
        (230115, None),
        (150123, None),
    ],
)
def test_written_dates_move_with_their_times_or_go(number: float, moved: float | None) -> None:
    days = Days(events=frozenset({date(2023, 1, 15)}))
    assert moved_number(number, days, timedelta(days=-100)) == moved


UNITS = {  # what a second has of them, and when the count begins
    "tenths of Unix": (10, datetime(1970, 1, 1, tzinfo=UTC)),
    "hundredths of Unix": (100, datetime(1970, 1, 1, tzinfo=UTC)),
    "ticks of Unix": (10**7, datetime(1970, 1, 1, tzinfo=UTC)),
    "Chromium": (10**6, datetime(1601, 1, 1, tzinfo=UTC)),
    "milliseconds since 1601": (1000, datetime(1601, 1, 1, tzinfo=UTC)),
    "seconds since 1601": (1, datetime(1601, 1, 1, tzinfo=UTC)),
    "seconds of MUMPS": (1, datetime(1840, 12, 31, tzinfo=UTC)),
    "UUID": (10**7, datetime(1582, 10, 15, tzinfo=UTC)),
    "seconds of the common era": (1, datetime(1, 1, 1, tzinfo=UTC)),
    "NTP": (2**32, datetime(1900, 1, 1, tzinfo=UTC)),
}


@pytest.mark.parametrize(("per_second", "origin"), UNITS.values(), ids=UNITS)
def test_finer_and_older_counts_move_and_those_of_another_year_stay(per_second: int, origin: datetime) -> None:
    def counted(when: datetime) -> int:
        return round((when - origin).total_seconds()) * per_second

    assert moved_number(counted(NOON), DAYS, OFFSET) == counted(NOON + OFFSET)
    other = counted(NOON.replace(year=2021, month=8, day=19))
    assert moved_number(other, DAYS, OFFSET) == other


def test_a_number_of_32_bits_counts_no_parts_of_a_second_to_a_birth_of_the_seventies() -> None:
    births = Days(births=frozenset({date(1971, 3, 1)}))
    tenths = (date(1971, 3, 1) - date(1970, 1, 1)).days * 864_000
    assert moved_number(tenths, births, OFFSET) == tenths


MUMPS_DAY = (DAY - date(1840, 12, 31)).days
CDS_DAY = (DAY - date(1958, 1, 1)).days
DOS_DAY, DOS_NOON = (DAY.year - 1980) << 9 | DAY.month << 5 | DAY.day, 12 << 11
PARTS = {
    "days and seconds": ("UL", [7, MUMPS_DAY, 43_200], [7, MUMPS_DAY - 70, 43_200]),
    "days and milliseconds": ("UL", [CDS_DAY, 43_200_000, 0], [CDS_DAY, 43_200, 0]),
    "days and milliseconds, written": ("IS", [CDS_DAY, 43_200_000], [CDS_DAY, 86_400_000]),
    "words of DOS": ("US", [DOS_NOON, DOS_DAY], [DOS_NOON, DOS_DAY + 40]),
    "words of DOS in the other order": ("SS", [DOS_DAY, DOS_NOON], [DOS_DAY, 12]),
    "DOS, its halves swapped": ("UL", [DOS_NOON << 16 | DOS_DAY], [DOS_NOON << 16 | DOS_DAY + 40]),
    "bytes": ("UL", [2024 << 16 | 3 << 8 | 1], [2021 << 16 | 3 << 8 | 1]),
    "bytes in the other order": ("UL", [1 << 24 | 3 << 16 | 2024], [2 << 24 | 3 << 16 | 2024]),
    "Borland": ("SL", [3 << 24 | 1 << 16 | 2024], [3 << 24 | 2 << 16 | 2024]),
    "MySQL": ("UL", [2024 << 9 | 3 << 5 | 1], [2024 << 9 | 3 << 5 | 4]),
    "MySQL with a time": ("UL", [(2024 * 13 + 3) << 5 | 1], [(2024 * 13 + 3) << 5 | 4]),
}


@pytest.mark.parametrize(("vr", "numbers", "others"), PARTS.values(), ids=PARTS)
def test_a_date_in_parts_goes_and_its_likes_stay(vr: str, numbers: list[int], others: list[int]) -> None:
    forms = {"UL": "I", "SL": "i", "US": "H", "SS": "h"}

    def value(parts: list[int]) -> bytes:
        return struct.pack(f"<{len(parts)}{forms[vr]}", *parts) if vr in forms else "\\".join(map(str, parts)).encode()

    for days in (DAYS, Days(births=frozenset({DAY}))):
        assert moved_value(vr, value(numbers), days, OFFSET, "<") is None
        assert moved_value(vr, value(others), days, OFFSET, "<") == value(others)
    if vr == "US":  # a curve or a table of many small numbers has any two of them
        curve = value([5] * 12 + numbers)
        assert moved_value(vr, curve, DAYS, OFFSET, "<") == curve


@pytest.mark.parametrize("per_second", [10**3, 10**6])
@pytest.mark.parametrize("vr", ["UL", "SL"])
@pytest.mark.parametrize("hour", [1, 12, 23])
@pytest.mark.parametrize("is_swapped", [False, True])
def test_a_moment_of_unix_in_two_halves_goes(per_second: int, vr: str, hour: int, is_swapped: bool) -> None:
    moment = int(NOON.replace(hour=hour).timestamp()) * per_second
    upper, lower = (part - (1 << 32) * (vr == "SL" and part >= 1 << 31) for part in divmod(moment, 1 << 32))
    pair = (lower, upper) if is_swapped else (upper, lower)
    form = "<2i" if vr == "SL" else "<2I"
    assert moved_value(vr, struct.pack(form, *pair), DAYS, OFFSET, "<") is None
    small = struct.pack(form, upper, 5)
    assert moved_value(vr, small, DAYS, OFFSET, "<") == small
