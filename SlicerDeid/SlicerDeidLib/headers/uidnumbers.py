# SPDX-License-Identifier: Apache-2.0
"""UID numbers: IDs and dates of birth that whoever made a UID wrote into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydicom.uid import UID_dictionary

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.datespellings import date_digits
from SlicerDeidLib.headers.select import keyword_of
from SlicerDeidLib.standard.uidroots import behind_root

_DIGITS = re.compile(r"[0-9]+")
_SHORTEST_COMPONENT = 5  # digits: serial numbers and counters of four are equal to an ID by chance
_SHORTEST_PART = 6  # digits
_SHORTEST_AMID_MANY = 8  # digits, inside a component that is longer than any that somebody composed of numbers
_LONGEST_COMPOSED = 20  # digits; UIDs made of a UUID have 39, in which 6 given ones stand once in 30,000
_STAMP = re.compile(  # a component that a clock made; the first files of ACR-NEMA are of 1985
    r"(?P<day>(?:19(?:8[5-9]|9[0-9])|20[0-9]{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01]))"
    r"(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9][0-9]{0,12}"
)


class UidNumbers:
    """The numbers of a subject that no UID may hold.

    Parameters
    ----------
    identifiers : iterable of str
        Its IDs, accession numbers and dates of birth (YYYYMMDD).
    ids : iterable of str
        Those of them that are known to be no dates of birth.
    """

    def __init__(self, identifiers: Iterable[str], ids: Iterable[str] = ()) -> None:
        values = frozenset(identifiers)
        self._numbers = frozenset(number for value in values for number in _numbers_of(value))
        self._births = frozenset(day for value in values.difference(ids) for day in _days_of(value))

    def stand_in(self, uid: str) -> bool:
        """Say whether a component of a UID is one of the numbers, or holds one.

        What was registered for a maker stands in the UIDs of all its devices, and the day in a time stamp in those of
        all patients of that day: they tell nothing of an ID that is equal to them. A date of birth is never excused.

        Examples
        --------
        >>> numbers = UidNumbers(["MRN8837261", "19500203"])
        >>> [numbers.stand_in(uid) for uid in ("1.2.840.113619.2.8837261.5", "1.2.3.4", "1.2.03021950001")]
        [True, False, True]
        """
        return any(self._is_in(component) for component in behind_root(uid).split("."))

    def refuse(self, uids: str, tag: int) -> None:
        """Refuse a value of VR UI that holds one of the numbers; what the standard registers identifies nobody.

        Raises
        ------
        SeriesRefused
            If it does: it can neither stay, nor become another one than whoever keeps UIDs will look for.
        """
        if any(uid not in UID_dictionary and self.stand_in(uid) for uid in uids.split("\\")):
            raise SeriesRefused(
                f"{keyword_of(tag) or 'a private attribute'} would stay as it is, but holds the patient's ID, "
                "accession number or date of birth; let UIDs be mapped (without retain-uids), or leave this series out"
            )

    def _is_in(self, component: str) -> bool:
        shortest = _SHORTEST_PART if len(component) <= _LONGEST_COMPOSED else _SHORTEST_AMID_MANY
        if any(day in component for day in self._births):
            return True
        stamp = _STAMP.fullmatch(component)
        told = 0 if stamp is None else stamp.end("day")
        return any(
            component == number or (len(number) >= shortest and component.rfind(number) + len(number) > told)
            for number in self._numbers
            if number in component
        )


def _numbers_of(value: str) -> Iterator[str]:
    """Yield the numbers of an ID, without zeros in front."""
    runs = _DIGITS.findall(value)
    for digits in (*runs, "".join(runs)):
        number = digits.lstrip("0")
        if len(number) >= _SHORTEST_COMPONENT:
            yield number


def _days_of(value: str) -> Iterator[str]:
    """Yield a date in the usual orders."""
    for day in date_digits(value):
        year, month, of_month = day[:4], day[4:6], day[6:]
        yield from (day, of_month + month + year, month + of_month + year)
