# SPDX-License-Identifier: Apache-2.0
"""Dates in parts: as neighbours in a list of numbers, or in some bits each of one number.

Year, month and day in a usual order, with or without a time; days and a time of day; a moment in two halves of 32 bits,
or of 16 as DOS packs it; year, month and day in bits of one number. What is of a date of the file so is not moved: its
attribute goes. Small numbers stand anywhere, so years of two digits, days and times of DOS count in lists of up to 12
numbers only, and a time of day beside a count of days, or as the lesser half, not in its first minutes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

from SlicerDeidLib.standard.epochs import DAYS_AND_TIMES, FILE_TIMES, Epoch

if TYPE_CHECKING:
    from SlicerDeidLib.headers.numberdates import Days

_WORD_BITS, _HALF_BITS = 32, 16
_WORD, _HALF = (1 << _WORD_BITS) - 1, (1 << _HALF_BITS) - 1
_LEAST_DOS, _DOS_YEAR = 1 << 21, 1980  # smaller packed dates have no month; where its years begin
_DOS_HOUR = 1 << 11  # earlier than one o'clock, times of DOS are small numbers
_LEAST_TIME = 86  # parts of a day, of which the first has smaller numbers than a pair counts with: 17 minutes
_LEAST_DAYS = 1_000  # smaller counts of days are anything
_LEAST_LOWER = 1 << 24  # of a half: in milliseconds of Unix five hours of fifty days
_MONTHS, _CENTURY = 12, 100
_LONGEST_MOMENT = 12  # numbers of a date with its time: struct tm of C has 9, SYSTEMTIME of Windows 8
_REMEMBERED = 64  # sets of dates: a series has few


def holds_parts(numbers: Sequence[float], vr: str, days: Days) -> bool:
    """Say whether neighbours in a list of numbers are the parts of a date of the file.

    Parameters
    ----------
    vr : str
        Halves are of numbers of 32 or 16 bits each.
    """
    if _holds_split_date(numbers, days):
        return True
    is_short = len(numbers) <= _LONGEST_MOMENT
    if vr in ("SL", "UL") and _holds_halves(numbers, days):
        return True
    return is_short and (_holds_day_and_time(numbers, days) or (vr in ("SS", "US") and _holds_dos(numbers, days)))


def spans_of(epoch: Epoch, days: Days) -> Iterator[tuple[float, float]]:
    """Yield from where to where an epoch counts the days of a file, and those before and after them.

    Parameters
    ----------
    epoch : Epoch
        From what, and in which unit.
    """
    base, per_day = epoch.base, epoch.per_day
    for count in ((day - epoch.origin.date()).days for day in days.events | days.births):
        yield base + (count - 1) * per_day - 1, base + (count + 2) * per_day + 1


@lru_cache(maxsize=_REMEMBERED)
def in_bits(days: Days) -> frozenset[int]:
    """Return the dates of a file in bits: as DOS packs them into 16, and as others do into more.

    Year, month and day in bytes, in either order; ``struct date`` of Borland's C (month, day, year); DATE of MySQL,
    whose fields have 9 and 5 bits, and its DATETIME, whose years have 13 months.
    """
    every = days.events | days.births
    found = {_of_dos(day) for day in every}
    for day in every:
        y, m, d = day.year, day.month, day.day
        found |= {y << 16 | m << 8 | d, d << 24 | m << 16 | y, m << 24 | d << 16 | y}
        found |= {y << 9 | m << 5 | d, (y * (_MONTHS + 1) + m) << 5 | d}
    return frozenset(found)


def is_in_bits(number: int, days: Days) -> bool:
    """Say whether a number is a date of the file in bits, or date and time of DOS, in either order."""
    if not _LEAST_DOS <= number < 1 << _WORD_BITS:
        return number > _HALF and number in in_bits(days)
    upper, lower = number >> _HALF_BITS, number & _HALF
    known = _dos_dates(days)
    return number in in_bits(days) or upper in known or (lower in known and _is_dos_time(upper))


def _of_dos(day: date) -> int:
    return day.year - _DOS_YEAR << 9 | day.month << 5 | day.day


@lru_cache(maxsize=_REMEMBERED)
def _dos_dates(days: Days) -> frozenset[int]:
    return frozenset(_of_dos(day) for day in days.events | days.births if day.year >= _DOS_YEAR)


def _is_dos_time(number: float) -> bool:
    """Say whether a number is a time of day from one o'clock on, in hours, minutes and pairs of seconds."""
    if not _DOS_HOUR <= number <= _HALF or number != int(number):
        return False
    packed = int(number)
    return packed >> 11 < 24 and packed >> 5 & 63 < 60 and packed & 31 < 30


def _holds_dos(numbers: Sequence[float], days: Days) -> bool:
    """Say whether neighbours are date and time of DOS, in either order."""
    known = _dos_dates(days)
    return any(
        one in known and _is_dos_time(other)
        for pair in pairwise(number % (_HALF + 1) for number in numbers)
        for one, other in (pair, pair[::-1])
    )


@lru_cache(maxsize=_REMEMBERED)
def _day_counts(days: Days) -> tuple[tuple[frozenset[int], int], ...]:
    """Return for each way to count days and times the counts of a file's days, and the units of a day."""
    every = days.events | days.births
    return tuple(
        (frozenset(n for day in every if (n := (day - one.origin.date()).days) >= _LEAST_DAYS), one.per_day)
        for one in DAYS_AND_TIMES
    )


def _holds_day_and_time(numbers: Sequence[float], days: Days) -> bool:
    """Say whether neighbours are a count of days to a date of the file, and a time of day."""
    return any(
        first in known and per_day // _LEAST_TIME <= second < per_day and second == int(second)
        for first, second in pairwise(numbers)
        for known, per_day in _day_counts(days)
    )


@lru_cache(maxsize=_REMEMBERED)
def _split(days: Days, *, is_short: bool) -> frozenset[tuple[float, ...]]:
    """Return the lists of two to four numbers that are a date of the file in a usual order.

    Years of two digits stand in a long list by chance, and in a short one where a day and they could be a direction
    (0, 1, 0) or a size: so they count with month and day only, one of the three above twelve and none zero. The first
    of January, which stands where the day is not known, does not: 64, 1, 1 is a size.
    """
    found: set[tuple[float, ...]] = set()
    for day in days.events | days.births:
        month_day, day_month = day.month * 100 + day.day, day.day * 100 + day.month
        century, in_century = divmod(day.year, 100)
        since, first = day.year - 1900, day.month - 1  # struct tm of C
        is_new_year = day.month == day.day == 1
        for year in (day.year, since):
            if year >= _CENTURY or not is_new_year:
                found.update(permutations((year, day.month, day.day)))
            found.update(pair for rest in (month_day, day_month) for pair in ((year, rest), (rest, year)))
        of_year = day.timetuple().tm_yday
        found.update(((day.year, of_year), (of_year, day.year)))
        if is_short and in_century and not is_new_year and max(in_century, day.day) > _MONTHS:
            found.update(permutations((in_century, day.month, day.day)))
        found.update(((since, first, day.day), (day.day, first, since)))
        if is_short:
            found.update(((century, in_century, day.month, day.day), (day.day, day.month, century, in_century)))
    return frozenset(found)


def _holds_split_date(numbers: Sequence[float], days: Days) -> bool:
    """Say whether neighbours in a list of numbers are year, month and day of a date of the file, in a usual order.

    SYSTEMTIME of Windows has the day of the week before the day. Each number may be of digits of four bits.
    """
    known = _split(days, is_short=len(numbers) <= _LONGEST_MOMENT)
    if not known:
        return False
    four_bits = {number: _of_four_bits(number) for number in set(numbers)}
    return any(
        not known.isdisjoint(zip(*(one[at:] for at in places), strict=False))
        for one in (numbers, [four_bits[number] for number in numbers])
        for places in ((0, 1), (0, 1, 2), (0, 1, 3), (0, 1, 2, 3))
    )


def _holds_halves(numbers: Sequence[float], days: Days) -> bool:
    """Say whether neighbours in a list of 32 bits each are the halves of a moment of the file, in either order."""
    known = _halves(days)
    for pair in pairwise(int(number) & _WORD for number in numbers):
        for upper, lower in (pair, pair[::-1]):
            if upper in known and any(max(begin, _LEAST_LOWER) < lower < end for begin, end in known[upper]):
                return True
    return False


@lru_cache(maxsize=_REMEMBERED)
def _halves(days: Days) -> dict[int, list[tuple[float, float]]]:
    """Return the upper halves of what tells a day of the file, and from where to where the lower ones do."""
    found: dict[int, list[tuple[float, float]]] = {}
    for begin, end in (span for epoch in FILE_TIMES for span in spans_of(epoch, days)):
        for upper in range(int(begin) >> _WORD_BITS, (int(end) >> _WORD_BITS) + 1):
            least = upper << _WORD_BITS
            found.setdefault(upper & _WORD, []).append((begin - least, end - least))
    return found


def _of_four_bits(number: float) -> float:
    """Return a number whose hexadecimal digits are decimal ones as these; else -1."""
    digits = f"{int(number):x}" if math.isfinite(number) else ""
    return int(digits) if digits.isdecimal() else -1.0
