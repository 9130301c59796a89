# SPDX-License-Identifier: Apache-2.0
"""Ages in content items: numbers of years in every unit and form, of which none over 89 may stay."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress

from SlicerDeidLib.headers.content import CODE_VALUE, MEASURED_VALUES, NUMERIC_VALUE, text_of
from SlicerDeidLib.model.element import Elements

TOP_AGE_YEARS = 90  # HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(C): all ages over 89 are one
_UNITS = 0x004008EA  # Measurement Units Code Sequence
_PRECISER_VALUES = (0x0040A161, 0x0040A162, 0x0040A163)
"""Floating Point Value and Rational Numerator and Denominator Value, which say Numeric Value again (PS3.3 C.18.1)."""

_DAYS = 365.25  # of a year
_YEARS = {
    **dict.fromkeys(("a", "a_j", "a_g", "a_t", "ann", "y", "yr", "yrs", "year", "years", "258707000"), 1.0),
    **dict.fromkeys(("mo", "mo_j", "mo_g", "month", "months", "258706009"), 1 / 12),
    **dict.fromkeys(("wk", "week", "weeks", "258705008"), 7 / _DAYS),
    **dict.fromkeys(("d", "day", "days", "258703001"), 1 / _DAYS),
    "h": 1 / 24 / _DAYS,
    "min": 1 / 1440 / _DAYS,
    "s": 1 / 86400 / _DAYS,
}
"""Units in which an age may be written -> years: of UCUM, of SNOMED CT, and as people write them, without braces."""


def bound(item: Elements, *, is_over_89: bool) -> bool:
    """Let an age in years of 90 and more be 90, in place.

    Parameters
    ----------
    is_over_89 : bool
        Whether the subject was so in any study: then all its ages are 90.

    Returns
    -------
    bool
        Whether the item says an age in years (UCUM a); what says another must go as a whole. What says the same number
        once more goes.
    """
    measured = _measured(item) or [item]
    if len(measured) != 1 or NUMERIC_VALUE not in measured[0] or _unit(measured[0]) != "a":
        return False
    number = measured[0][NUMERIC_VALUE]
    try:
        years = float(number.text())
    except ValueError:
        return False
    for elements in (item, measured[0]):
        for tag in (NUMERIC_VALUE, *_PRECISER_VALUES):
            elements.pop(tag, None)
    if is_over_89 or years >= TOP_AGE_YEARS:
        number.replace(str(TOP_AGE_YEARS).encode("ascii"))
    measured[0][NUMERIC_VALUE] = number
    return True


def most_years(item: Elements, *, is_big_endian: bool) -> float:
    """Return the largest number of years that an item says, in whatever unit of time and form; 0 where it says none."""
    numbers = (
        number * _YEARS.get((_unit(one) or _unit(item)).strip("{}").lower(), 0.0)
        for one in (item, *_measured(item))
        for number in _numbers(one, ">" if is_big_endian else "<")
    )
    return max(numbers, default=0.0)


def _measured(item: Elements) -> list[Elements]:
    return (item[MEASURED_VALUES].items or []) if MEASURED_VALUES in item else []


def _unit(elements: Elements) -> str:
    """Return the code of the unit of a measured value; empty where it says none."""
    units = elements[_UNITS].items if _UNITS in elements else None
    return text_of(units[0], CODE_VALUE).strip() if units else ""


def _numbers(elements: Elements, order: str) -> Iterator[float]:
    """Yield what Numeric Value, Floating Point Value and the rational values say; what is no number says nothing."""
    for one in text_of(elements, NUMERIC_VALUE).split("\\"):
        with suppress(ValueError):
            yield float(one)
    floating, above, below = (
        _packed(elements, tag, order, code) for tag, code in zip(_PRECISER_VALUES, "dlL", strict=True)
    )
    yield from floating
    yield from (a / b for a, b in zip(above, below, strict=False) if b)


def _packed(elements: Elements, tag: int, order: str, code: str) -> list[float]:
    """Return the numbers of a binary value; none where its length is not a multiple of theirs."""
    value = bytes(elements[tag].value) if tag in elements else b""
    width = struct.calcsize(f"<{code}")
    return [] if len(value) % width else [float(one) for (one,) in struct.iter_unpack(f"{order}{code}", value)]
