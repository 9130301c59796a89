# SPDX-License-Identifier: Apache-2.0
"""Shifting dates and times: all of a subject by one offset, so that every interval stays as it was.

* A date moves together with its time (``StudyDate`` with ``StudyTime``), over midnight where it must.
* A date without a time moves by whole days; a time without a date moves within 24 hours. Both by the same offset, so
  that the time of a pair and the same time alone stay equal.
* A date-time moves as a whole; its fraction stays, its zone goes (converted first to the zone of the data set when
  that is known). One of less than a day's precision keeps its precision.
* A value that every clock shows that was never set (1900-01-01, 1970-01-01, exactly midnight) says nothing, and shifted
  it would tell the offset: None. A date with such a time moves as one without; so does a date-time at midnight, which
  becomes a date.
* A value that is no date or time, or would leave the years 1 to 9999, is not shifted: None, and the caller removes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

from pydicom.datadict import dictionary_has_tag, dictionary_keyword, dictionary_VR, tag_for_keyword

_DAY = timedelta(days=1)
_PAIRS_OF_UNLIKE_NAME = {0x0040A110: 0x0040A112}  # DateOfDocument..., TimeOfDocumentCreation... (PS3.6)
_REMEMBERED = 1 << 14  # values; a study has a few per instance

# PS3.5 6.2; the forms with points and colons are those of ACR-NEMA 2.0, which readers must still accept
_DA = re.compile(r"(\d{4})(?:(\d\d)(\d\d)|([.\-/])(\d\d)\4(\d\d))")
_TM = re.compile(r"(\d\d)(?:(\d\d)(?:(\d\d)(\.\d{1,6})?)?|:(\d\d)(?::(\d\d)(\.\d{1,6})?)?)?")
_DT = re.compile(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\.\d{1,6})?)?)?)?)?)?([+\-]\d{4})?")
_ZONE = re.compile(r"([+\-])(\d\d)([0-5]\d)")
# What software writes for "no date": the first days of its calendars (PS3.5 asks for none), and the last of all
_UNSET = frozenset(
    {
        date(1, 1, 1),  # .NET, Python
        date(1601, 1, 1),  # Windows file times
        date(1753, 1, 1),  # SQL Server
        date(1858, 11, 17),  # VMS, modified Julian date
        date(1899, 12, 30),  # OLE
        date(1899, 12, 31),
        date(1900, 1, 1),
        date(1904, 1, 1),  # Mac OS
        date(1970, 1, 1),  # Unix
        date(1980, 1, 1),  # DOS
        date(9999, 12, 31),
    }
)
_UNSET_YEARS = frozenset({1, 1601, 1753, 1900, 1904, 1970, 9999})
_DIGITS_OF_DAY = 8
_MARKS = b".-/"  # between year, month and day
_MIDDLE_OF_MONTH, _MIDDLE_OF_YEAR = 15, 7  # stand for an unknown day and month, so that rounding errs least


@lru_cache(maxsize=256)
def time_of_date(tag: int) -> int | None:
    """Return the tag of the time that belongs to the date ``tag``, or None.

    >>> hex(time_of_date(0x00080020))
    '0x80030'
    """
    if tag in _PAIRS_OF_UNLIKE_NAME:
        return _PAIRS_OF_UNLIKE_NAME[tag]
    if not dictionary_has_tag(tag) or dictionary_VR(tag) != "DA":
        return None
    partner = tag_for_keyword(dictionary_keyword(tag).replace("Date", "Time"))
    return partner if partner is not None and dictionary_VR(partner) == "TM" else None


def parse_zone(text: str) -> timedelta | None:
    """Read a time zone (``+0100``) as in (0008,0201) or behind a DT; None when it is none (PS3.5: -1200 to +1400)."""
    match = _ZONE.fullmatch(text.strip())
    if match is None:
        return None
    zone = timedelta(hours=int(match[2]), minutes=int(match[3]))
    zone = -zone if match[1] == "-" else zone
    return zone if timedelta(hours=-12) <= zone <= timedelta(hours=14) else None


def _parse_date(text: str) -> date | None:
    match = _DA.fullmatch(text)
    if match is None:
        return None
    return _date(int(match[1]), int(match[2] or match[5]), int(match[3] or match[6]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parse_time(text: str) -> tuple[timedelta, str] | None:
    """Return the time since midnight in whole seconds, and its fraction as it is written."""
    match = _TM.fullmatch(text)
    if match is None:
        return None
    minute, second = match[2] or match[5] or "0", match[3] or match[6] or "0"
    return _clock(match[1], minute, second, match[4] or match[7] or "")


def _clock(hour: str, minute: str, second: str, fraction: str) -> tuple[timedelta, str] | None:
    if int(hour) > 23 or int(minute) > 59 or int(second) > 60:  # 60 is a leap second
        return None
    return timedelta(hours=int(hour), minutes=int(minute), seconds=int(second)), fraction


def days_in(text: str) -> Iterator[date]:
    """Yield the days that the values of a DA or DT name, without those that no clock was set for."""
    for one in text.split("\\"):
        day = _parse_date(one.strip()[:10] if "." in one.strip()[:8] else one.strip()[:8])
        if day is not None and day not in _UNSET:
            yield day


def bare_days(value: bytes) -> bytes:
    """Return the days of dates and date-times as digits; ACR-NEMA parted them: 2019.03.14, and others do otherwise.

    >>> bare_days(b"2019.03.14")
    b'20190314'
    """
    return b"\\".join(one.translate(None, _MARKS)[:_DIGITS_OF_DAY] for one in value.split(b"\\"))


def is_unset(text: str) -> bool:
    """Say whether one of the values of a DA, TM or DT is what a clock shows that was never set.

    >>> is_unset("19000101"), is_unset("000000.00"), is_unset("00000000"), is_unset("20240229")
    (True, True, True, False)
    """
    return any(
        (one != "" and not one.strip("0:.-/ ")) or _parse_date(one[:10] if "." in one[:8] else one[:8]) in _UNSET
        for one in (value.strip() for value in text.split("\\"))
    )


def _moved(day: date, by: timedelta) -> date | None:
    try:
        return day + by
    except OverflowError:
        return None


def _write_date(day: date) -> str:
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def _write_time(clock: timedelta) -> str:
    minutes, second = divmod(clock.seconds, 60)
    return f"{minutes // 60:02d}{minutes % 60:02d}{second:02d}"


class Shifter:
    """Moves dates and times of one subject.

    Parameters
    ----------
    offset : timedelta
        By how much; whole seconds.
    """

    def __init__(self, offset: timedelta) -> None:
        self.offset = offset
        self._clock = timedelta(seconds=offset.seconds)  # what it does to the time of day
        self.date = lru_cache(_REMEMBERED)(self._shift_dates)
        self.time = lru_cache(_REMEMBERED)(self._shift_times)
        self.date_time = lru_cache(_REMEMBERED)(self._shift_date_times)

    def _shift_dates(self, text: str, times: str = "") -> str | None:
        """Move the value of a DA; ``times`` is the value of the TM that belongs to it, as it was before."""
        days, clocks = text.split("\\"), times.split("\\")
        if len(days) != len(clocks):
            clocks = [""] * len(days)
        return _joined([self._shift_date(day.strip(), clock.strip()) for day, clock in zip(days, clocks, strict=True)])

    def _shift_date(self, text: str, time: str) -> str | None:
        if not text:
            return ""
        day, clock = _parse_date(text), _parse_time(time)
        if day is None or day in _UNSET:
            return None
        crossed = (clock[0] + self._clock) // _DAY if clock is not None and self._clock else 0
        moved = _moved(day, timedelta(days=self.offset.days + crossed))
        return _write_date(moved) if moved is not None else None

    def _shift_times(self, text: str) -> str | None:
        """Move the value of a TM within 24 hours."""
        return _joined([self._shift_time(time.strip()) for time in text.split("\\")])

    def _shift_time(self, text: str) -> str | None:
        if not text:
            return ""
        clock = _parse_time(text)
        if clock is None:
            return None
        if not self._clock:  # as precise as it was
            return text.replace(":", "")
        if not clock[0] and not clock[1].strip(".0"):
            return None
        return _write_time((clock[0] + self._clock) % _DAY) + clock[1]

    def _shift_date_times(self, text: str, zone: timedelta | None = None) -> str | None:
        """Move the value of a DT; ``zone`` is that of the data set, when it is known."""
        return _joined([self._shift_date_time(one.strip(), zone) for one in text.split("\\")])

    def _shift_date_time(self, text: str, zone: timedelta | None) -> str | None:
        if not text:
            return ""
        match = _DT.fullmatch(text)
        if match is None:
            return None
        year, month, day, hour, minute, second, fraction, suffix = match.groups()
        first = _date(int(year), int(month or _MIDDLE_OF_YEAR), int(day or _MIDDLE_OF_MONTH))
        if first in _UNSET or (day is None and int(month or 1) == 1 and int(year) in _UNSET_YEARS):
            return None
        clock = _clock(hour or "0", minute or "0", second or "0", fraction or "")
        own_zone = parse_zone(suffix) if suffix else None
        if first is None or clock is None or (suffix and own_zone is None):
            return None
        is_midnight = bool(self._clock) and not clock[0] and not clock[1].strip(".0")
        if hour is None or is_midnight:
            moved = _moved(first, timedelta(days=self.offset.days))
            return _write_date(moved)[: len(text.removesuffix(suffix or ""))] if moved is not None else None
        to_zone = zone - own_zone if zone is not None and own_zone is not None else timedelta()
        try:
            at = datetime(first.year, first.month, first.day) + clock[0] + to_zone + self.offset
        except OverflowError:
            return None
        written = f"{_write_date(at)}{at.hour:02d}{at.minute:02d}{at.second:02d}"
        is_exact = bool(self._clock or to_zone or second)
        return written + clock[1] if is_exact else written[: len(text.removesuffix(suffix or ""))]


def _joined(values: list[str | None]) -> str | None:
    """Join shifted values again; None when one of them could not be shifted."""
    kept = [value for value in values if value is not None]
    return "\\".join(kept) if len(kept) == len(values) else None
