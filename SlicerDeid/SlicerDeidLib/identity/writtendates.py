# SPDX-License-Identifier: Apache-2.0
"""Dates as people write them: in the names of folders, in IDs, in values of VR DA."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from SlicerDeidLib.standard.months import MONTHS

Day = tuple[int, int, int]
"""Year (0 to 99 where only two digits are written), month, day."""

_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?!\d)")  # PS3.5 6.2: VR DA
_COMPACT_DAY_FIRST = re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{4})(?!\d)")
_SEPARATED = re.compile(r"(?=(?<!\d)(\d{1,4})[\W_]{1,3}(\d{1,2})[\W_]{1,3}(\d{1,4})(?!\d))")  # also where two overlap
_MONTHS = {word: number for number, words in enumerate(MONTHS, start=1) for word in words.split()}
_MONTH = f"({'|'.join(sorted(_MONTHS, key=len, reverse=True))})[a-z]*"
_ORDINAL = r"(?:st|nd|rd|th)?"
_NAMED = rf"(?<!\d)(\d{{1,4}}){_ORDINAL}[\W_]*{_MONTH}[\W_]*(\d{{1,4}})(?!\d)"
_NAMED_FIRST = rf"{_MONTH}[\W_]*(\d{{1,2}}){_ORDINAL}[\W_]+(\d{{2}}|\d{{4}})(?!\d)"
_TWO_NUMBERS = re.compile(r"\d[^\d]+\d")
_DIGITS = re.compile(r"\d+")
_NO_WORD = re.compile(r"[\W_]+")


def read_days(text: str) -> frozenset[Day]:
    """Return every day that a text may mean, in any order of year, month and day.

    Parameters
    ----------
    text : str
        In lower case, without accents.

    >>> sorted(read_days("smith 19510817")), sorted(read_days("17-aug-51"))
    ([(1951, 8, 17)], [(51, 8, 17)])
    """
    return frozenset(
        (int(year), month, day)
        for year, month, day in _readings(text)
        if len(year) in (2, 4) and 1 <= month <= 12 and 1 <= day <= 31
    )


def _readings(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield (year, month, day), whether or not there is such a day."""
    for year, month, day in _COMPACT.findall(text):
        yield year, int(month), int(day)
    for first, second, year in _COMPACT_DAY_FIRST.findall(text):
        yield year, int(second), int(first)
        yield year, int(first), int(second)
    for first, second, third in _SEPARATED.findall(text):
        yield first, int(second), int(third)
        yield third, int(second), int(first)
        yield third, int(first), int(second)
    if _TWO_NUMBERS.search(text) is None:
        return
    for first, month, last in _compiled(_NAMED).findall(text):
        yield last, _MONTHS[month], int(first)
        yield first, _MONTHS[month], int(last)
    for month, day, year in _compiled(_NAMED_FIRST).findall(text):
        yield year, _MONTHS[month], int(day)


@cache
def _compiled(expression: str) -> re.Pattern[str]:
    """Compile an expression with all months at its first use: it takes as long as a patient's header."""
    return re.compile(expression)


def holds_day(text: str, days: frozenset[Day]) -> bool:
    """Tell whether a text contains one of some days, written with or without separators, zeros and century.

    Parameters
    ----------
    text : str
        In lower case, without accents.
    days : frozenset of Day
        Those with two digits for the year are passed over: too much can be read so.

    >>> holds_day("h-17aug1951", frozenset({(1951, 8, 17)})), holds_day("h-170851", frozenset({(1951, 8, 17)}))
    (True, True)
    """
    whole = {day for day in days if day[0] > 99}
    if not whole:
        return False
    runs = _DIGITS.findall(_NO_WORD.sub("", text))
    if any(digits in run for day in whole for digits in _spelled(day) for run in runs):
        return True
    return not read_days(text).isdisjoint(whole | {(year % 100, month, day) for year, month, day in whole})


def _spelled(day: Day) -> Iterator[str]:
    """Yield the digits of a day in the usual orders; single ones for month and day only beside a whole year."""
    year, month, date = f"{day[0]:04d}", f"{day[1]:02d}", f"{day[2]:02d}"
    for written in (year, year[2:]):
        yield from (written + month + date, date + month + written, month + date + written)
    month, date = str(day[1]), str(day[2])
    yield from (year + month + date, date + month + year, month + date + year)
