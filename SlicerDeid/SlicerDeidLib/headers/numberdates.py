# SPDX-License-Identifier: Apache-2.0
"""Dates written as numbers: seconds of Unix, day numbers, YYYYMMDD in a numeric private attribute.

A number that is the day before, of or after a date that the file has elsewhere is taken for one. By chance that is true
of about one in 10,000 seconds and one in 20,000 day numbers; a moved number costs less than a real date. Of attributes
that the standard merely calls safe, larger numbers that are none of these go: they may count from an origin, or in a
unit, that nobody thought of, or to a date that the file does not show. Dates in digits of another order than YYYYMMDD,
of four bits (BCD), and in parts (``dateparts``), are not moved: an attribute that has them of a date of the file goes,
and so does one with a count of another sign.
"""

from __future__ import annotations

import math
import re
import struct
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache

from SlicerDeidLib.headers.dateparts import holds_parts, in_bits, is_in_bits, spans_of
from SlicerDeidLib.standard.epochs import EPOCHS, Epoch

_DAY_SECONDS = 86_400
_YEAR_DAYS = 365.25
_LEAST = 10_000  # smaller numbers are no dates since 1997 in any of the forms
_WRITTEN = re.compile(
    r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])((?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d(?:\d{3}){0,2})?)?"
)
_SECONDS_END = 14  # digits to the second
_FORMS = {"SS": "h", "US": "H", "SL": "i", "UL": "I", "SV": "q", "UV": "Q", "FD": "d", "FL": "f"}
_DIGITS = ("%Y%m%d", "%d%m%Y", "%m%d%Y", "%Y%j", "%Y%m", "%y%m%d", "%d%m%y", "%m%d%y", "%y%j")
"""Dates in digits: of few, which stand too close to be moved safely, or in an order that is not told from others."""
_TIME = re.compile(r"(?:[01]\d|2[0-3])(?:[0-5]\d(?:[0-5]\d(?:\d{3}){0,2})?)?")
_TIMES = (0, 2, 4, 6, 9, 12)  # digits of a time of day, to the hour, minute, second, thousandth or millionth of one
_FIRST_DATE, _LAST_DATE = 19000101, 21000101  # that are moved as YYYYMMDD, and the first that are not
_REMEMBERED = 64  # sets of dates: a series has few
_MOST_CHARACTERS = {"DS": 16, "IS": 12}  # PS3.5 6.2


@dataclass(frozen=True, slots=True)
class Days:
    """The dates that a file has.

    Attributes
    ----------
    events : frozenset of date
        Of studies, series, acquisitions and so on.
    births : frozenset of date
        Of birth: a number that tells one goes.
    """

    events: frozenset[date] = field(default=frozenset(), repr=False)
    births: frozenset[date] = field(default=frozenset(), repr=False)


def moved_number(number: float, days: Days, offset: timedelta | None, *, is_strict: bool = False) -> float | None:
    """Return a number, moved where it is a date; None where it is one that cannot be moved.

    Parameters
    ----------
    offset : timedelta or None
        The subject's; None where dates go.
    is_strict : bool
        Whether a number that is large enough for a date, but none that is known, goes.
    """
    if not math.isfinite(number):
        return number
    if number != int(number) and _is_fraction(number, days):
        return None
    if abs(number) < _LEAST:
        return number
    if _is_negated(number, days):
        return None
    whole = int(number)
    if _is_far(whole, days):
        return None if is_strict else number
    if match := _WRITTEN.fullmatch(str(whole)):
        moved = _moved_written(match, days, offset)
        return moved if moved is None or number == whole else moved + (number - whole)
    if is_in_bits(whole, days) or any(_is_spelled(digits, days) for digits in (str(whole), f"{whole:x}")):
        return None
    for epoch in EPOCHS:
        day = _day(number, epoch)
        if day is None:
            continue
        if _is_near(day, days.births) or (offset is None and _is_near(day, days.events)):
            return None
        if _is_near(day, days.events) and offset is not None:
            return _by(number, offset, epoch.per_day)
    return None if is_strict else number


def _is_negated(number: float, days: Days) -> bool:
    """Say whether a negative number is a date of the file, written or counted, with another sign."""
    whole = int(-number)
    if whole < _LEAST or _is_far(whole, days):
        return False
    counted = (_day(-number, epoch) for epoch in EPOCHS)
    return _is_spelled(str(whole), days) or any(day and _is_near(day, days.events | days.births) for day in counted)


def _is_fraction(number: float, days: Days) -> bool:
    """Say whether a number is a date of the file with a point between its digits, or years with a fraction of one."""
    if number >= 1.0 and repr(number).replace(".", "") in _spelled(days):  # 0.0001 is a step, not a day of 2000
        return True
    return any(
        abs(number - day.year - (day.timetuple().tm_yday - 0.5) / _YEAR_DAYS) * _YEAR_DAYS < 1.5
        for day in days.events | days.births
    )


def _is_far(number: int, days: Days) -> bool:
    """Say whether a number is no date in any of the ways; most are not, and lists are long."""
    ends, tails = _near(days)
    if (
        bisect_right(ends, number) % 2
        or f"{number:x}".isdecimal()
        or not in_bits(days).isdisjoint((number, number >> 16, number & 0xFFFF))
    ):
        return False
    return not any(number % base in known for base, known in tails)


@lru_cache(maxsize=_REMEMBERED)
def _near(days: Days) -> tuple[list[float], list[tuple[int, frozenset[int]]]]:
    """Return where numbers may be dates: beginning and end of spans in turn, and last digits."""
    spans = [(_FIRST_DATE * 10**more, _LAST_DATE * 10**more) for more in _TIMES]
    spans += [span for epoch in EPOCHS for span in spans_of(epoch, days)]
    spelled = _spelled(days)
    spans += [(int(text) * 10**more, (int(text) + 1) * 10**more) for text in spelled for more in _TIMES]
    ends: list[float] = []
    for begin, end in sorted(spans):
        if ends and begin <= ends[-1]:
            ends[-1] = max(end, ends[-1])
        else:
            ends += (begin, end)
    sizes = {len(text) for text in spelled}
    tails = [(10**size, frozenset(int(text) for text in spelled if len(text) == size)) for size in sizes]
    return ends, tails


def _is_spelled(digits: str, days: Days) -> bool:
    """Say whether digits, decimal or of four bits each, are a date of the file, alone or before or behind a time."""
    known = _spelled(days)
    for length in _TIMES:
        size = len(digits) - length
        for dated in (size, size + 1) if size > 0 else ():  # a zero at the beginning is lost in a number
            text = digits.zfill(dated + length)
            if text[:dated] in known and (not length or _TIME.fullmatch(text, dated)):
                return True
            if length and text[length:] in known and _TIME.fullmatch(text, 0, length):
                return True
    return False


@lru_cache(maxsize=_REMEMBERED)
def _spelled(days: Days) -> frozenset[str]:
    return frozenset(day.strftime(form) for day in days.events | days.births for form in _DIGITS)


def _by(number: float, offset: timedelta, per_day: int) -> float:
    """Move a number of units; whole numbers stay whole, since they may be larger than a float can say exactly."""
    units = (offset.days * _DAY_SECONDS + offset.seconds) * per_day
    if number == int(number):
        return int(number) + units // _DAY_SECONDS
    return number + units / _DAY_SECONDS


def _moved_written(match: re.Match[str], days: Days, offset: timedelta | None) -> float | None:
    """Move YYYYMMDD, YYYYMMDDhhmm or YYYYMMDDhhmmss, whatever other dates the file has."""
    size = len(match[0])
    form = "%Y%m%d%H%M%S%f" if size > _SECONDS_END else "%Y%m%d%H%M%S"[: size - 2]
    try:
        when = datetime.strptime(match[0], form)
        then = when + (offset or timedelta()) if match[4] else when + timedelta(days=offset.days if offset else 0)
    except (ValueError, OverflowError):
        return None
    return None if offset is None or when.date() in days.births else int(then.strftime(form)[:size])


def _day(number: float, epoch: Epoch) -> date | None:
    days = (number - epoch.base) / epoch.per_day
    if abs(days) * _DAY_SECONDS < epoch.least_s:
        return None
    try:
        return (epoch.origin + timedelta(days=days)).date()
    except OverflowError:
        return None


def _is_near(day: date, days: Iterable[date]) -> bool:
    return any(abs((day - one).days) <= 1 for one in days)  # a day off: time zones


def moved_value(
    vr: str, value: bytes, days: Days, offset: timedelta | None, order: str, *, is_strict: bool = False
) -> bytes | None:
    """Return the value of a numeric VR with its dates moved; None where it holds one that must go.

    Parameters
    ----------
    order : str
        ``"<"`` or ``">"``, of binary numbers.
    is_strict : bool
        As in ``moved_number``.
    """
    try:
        if vr in _MOST_CHARACTERS:
            return _moved_text(vr, value, days, offset, is_strict=is_strict)
        if vr not in _FORMS:
            return value
        form = f"{order}{len(value) // struct.calcsize(_FORMS[vr])}{_FORMS[vr]}"
        numbers = struct.unpack(form, value)
        if holds_parts(numbers, vr, days):
            return None
        each = {number: moved_number(number, days, offset, is_strict=is_strict) for number in set(numbers)}
        moved = [each[number] for number in numbers]
        if None in moved or (vr == "FL" and moved != list(numbers)):  # too few digits for a date that is moved
            return None
        return value if moved == list(numbers) else struct.pack(form, *moved)
    except (struct.error, ValueError, OverflowError):
        return None


def _whole(part: str) -> int:
    """Return a whole number, however it is written: 2019.0, 2.019e3; -1 for others, and for what has a minus."""
    try:
        number = float(part)
    except ValueError:
        return -1
    return int(number) if number.is_integer() and number >= 0 else -1


def _moved_text(vr: str, value: bytes, days: Days, offset: timedelta | None, *, is_strict: bool) -> bytes | None:
    """Move the dates among the values of a DS or IS."""
    parts = value.decode("ascii").rstrip(" \0").split("\\")
    if holds_parts(list(map(_whole, parts)), vr, days):
        return None
    for at, part in enumerate(parts):
        text = part.strip()
        if not text:
            continue
        number = int(text) if re.fullmatch(r"[+\-]?\d+", text) else float(text.replace(",", "."))
        moved = moved_number(number, days, offset, is_strict=is_strict)
        if moved is None:
            return None
        if moved != number:
            parts[at] = f"{moved:.0f}" if moved == int(moved) else repr(round(moved, 6))
            if len(parts[at]) > _MOST_CHARACTERS[vr]:
                return None
    joined = "\\".join(parts).encode("ascii")
    return value if joined == value.rstrip(b" \0") else joined
