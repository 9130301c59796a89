# SPDX-License-Identifier: Apache-2.0
"""Classes of pseudonyms: how a keyed number becomes a value that is valid, never blank, and recognisably invented.

What is invented says so: every name begins with "Fict", a number with 9900, an ID with FICT, a date lies in years in
which nothing was imaged and nobody lived who is a patient now, and a time ends in a fraction that no clock writes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

IsOwn = Callable[[str], bool]

_CONSONANTS = "bdfgklmnprstvz"
_VOWELS = "aeiou"
_BASE32 = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without I, O, 0 and 1, which people confuse
_SHORT_VRS = frozenset({"AE", "CS", "SH"})  # at most 16 characters, PS3.5 Table 6.2-1
_FIRST_DAY, _DAYS = date(1810, 1, 1), 18262  # 50 years; X-rays were found in 1895, and shifted dates reach 1890
_TIME_MARKS = ("101010", "010101")  # fractions of a second; the other where one is the subject's own number
_PROVINCES = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")  # of Canada Post
_HOUSES = ("Infirmary", "Sanatorium", "Hospital", "Clinic")


class _Number:
    """A large number from which one choice after another is taken."""

    def __init__(self, number: int) -> None:
        self._number = number

    def take(self, count: int) -> int:
        """Return a number below ``count``."""
        self._number, chosen = divmod(self._number, count)
        return chosen

    def word(self, kind: str, syllables: int) -> str:
        """Return an invented word; ``kind`` keeps given names, surnames, places and houses apart."""
        made = ["Fict", kind]
        for _ in range(syllables):
            made += [_CONSONANTS[self.take(len(_CONSONANTS))], _VOWELS[self.take(len(_VOWELS))]]
        return "".join(made)


def value_of(kind: str, vr: str, number: int, is_own: IsOwn) -> str:
    """Return the value of a class that a number stands for, in 7 bits and within the length of the VR.

    Parameters
    ----------
    kind : str
        A key of ``policy.PSEUDONYM_VRS``, but not ``UID``.
    number : int
        256 bits.
    is_own : callable
        Whether a part is the subject's own; a province or a kind of house that is gives way to another, or to none.
    """
    return _MAKERS[kind](_Number(number), vr, is_own)


def _given_name(number: _Number, _vr: str, _is_own: IsOwn) -> str:
    return number.word("a", 3)


def _surname(number: _Number, _vr: str, _is_own: IsOwn) -> str:
    return number.word("o", 4)


def _full_name(number: _Number, vr: str, is_own: IsOwn) -> str:
    """Return family name and given name as the VR has them; in 16 characters there is room for the first only."""
    family, given = _surname(number, vr, is_own), _given_name(number, vr, is_own)
    if vr == "PN":
        return f"{family}^{given}"
    return family if vr in _SHORT_VRS else f"{given} {family}"


def _place_in(provinces: tuple[str, ...]) -> Callable[[_Number, str, IsOwn], str]:
    """Return a maker of invented places in one of these provinces."""

    def place(number: _Number, _vr: str, is_own: IsOwn) -> str:
        name, start = number.word("e", 3), number.take(len(provinces))
        turned = provinces[start:] + provinces[:start]
        province = next((one for one in turned if not is_own(one)), "")
        return f"{name}, {province}" if province else name

    return place


def _house(number: _Number, vr: str, is_own: IsOwn) -> str:
    name, start = number.word("i", 3), number.take(len(_HOUSES))
    turned = _HOUSES[start:] + _HOUSES[:start]
    house = next((one for one in turned if not is_own(one)), "")
    return f"{name} {house}" if house and vr not in _SHORT_VRS else name


def _date(number: _Number, _vr: str, _is_own: IsOwn) -> str:
    return (_FIRST_DAY + timedelta(days=number.take(_DAYS))).strftime("%Y%m%d")


def _time(number: _Number, _vr: str, is_own: IsOwn) -> str:
    mark = next((one for one in _TIME_MARKS if not is_own(one)), _TIME_MARKS[0])
    return f"{number.take(24):02d}{number.take(60):02d}{number.take(60):02d}.{mark}"


def _date_time(number: _Number, vr: str, is_own: IsOwn) -> str:
    return _date(number, vr, is_own) + _time(number, vr, is_own)


def _numerical(number: _Number, vr: str, _is_own: IsOwn) -> str:
    """Return 16 digits; ten where the number must be a signed one of 32 bits (IS)."""
    return f"19{number.take(10**8):08d}" if vr == "IS" else f"9900{number.take(10**12):012d}"


def _alphanumerical(number: _Number, _vr: str, _is_own: IsOwn) -> str:
    return "FICT" + "".join(_BASE32[number.take(len(_BASE32))] for _ in range(12))


_MAKERS: dict[str, Callable[[_Number, str, IsOwn], str]] = {
    "GIVEN_NAME": _given_name,
    "SURNAME": _surname,
    "FULL_NAME": _full_name,
    "LOCATION_CA": _place_in(_PROVINCES),
    "LOCATION_BC": _place_in(("BC",)),
    "HEALTH_INSTITUTION_CA": _house,
    "DATE": _date,
    "TIME": _time,
    "DATETIME": _date_time,
    "ID_NUMERICAL": _numerical,
    "ID_ALPHANUMERICAL": _alphanumerical,
}
