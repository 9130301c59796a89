# SPDX-License-Identifier: Apache-2.0
"""Own words: what of a subject is looked for in a text that is cleaned, beyond what ``identifiers`` searches for.

In a text that stays as it is, a short name or a pair of digits would be found by chance everywhere. In a text that is
cleaned it costs one word: names of two letters, initials, names with one letter wrong, day and month of a date.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import permutations

from SlicerDeidLib.headers.datespellings import date_digits
from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS
from SlicerDeidLib.headers.search.identifiers import folded
from SlicerDeidLib.headers.search.needles import Needles
from SlicerDeidLib.headers.search.remembered import NOTHING_REMEMBERED, Remembered

_WORD = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"[0-9]+")
_SHORTEST_NAME = 2  # letters
_SHORTEST_PLACE = 3  # letters
_SHORTEST_MISSPELLED = 5  # letters: of shorter names half the dictionary is one letter away
_SHORTEST_NUMBER = 3  # digits of an ID
_MODALITIES = frozenset({"ct", "mr", "us", "cr", "dx", "nm", "pt", "rf", "mg", "xa", "pet"})
"""Initials that Modality says anyway, so that they say nothing of the subject."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """Words and numbers of one subject and of the people and places its files name.

    Attributes
    ----------
    identifiers : Needles
        What finds identifiers in folded text, as ``identifiers.Words.text``.
    names : frozenset of str
        Every word of a name, folded.
    initials : frozenset of str
        Initials of two to four letters, folded.
    numbers : frozenset of str
        IDs and their parts, days and months of dates, as digits.
    remembered : Remembered
        What files of earlier runs named.
    """

    identifiers: Needles = field(default=Needles(), repr=False)
    names: frozenset[str] = field(default=frozenset(), repr=False)
    initials: frozenset[str] = field(default=frozenset(), repr=False)
    numbers: frozenset[str] = field(default=frozenset(), repr=False)
    remembered: Remembered = field(default=NOTHING_REMEMBERED, repr=False)

    def is_name(self, word: str) -> bool:
        """Say whether a folded word is a name or initials, or a longer name with one letter wrong."""
        if word in self.names or word in self.initials or self.remembered.is_name(word):
            return True
        if len(word) > _SHORTEST_PLACE and word[-1] == "s" and word[:-1] in self.names:  # his family: "the Heads"
            return True
        if len(word) < _SHORTEST_MISSPELLED - 1:
            return False
        by_ends = _by_ends(self.names)
        return any(is_misspelled(word, name) for end in _ends(word) for name in by_ends.get(end, ()))


def own_words(
    shown: Iterable[tuple[str, str]], identifiers: Needles, remembered: Remembered = NOTHING_REMEMBERED
) -> OwnWords:
    """Return the own words of a subject.

    Parameters
    ----------
    shown : iterable of (str, str)
        Kind and decoded value, as ``identifiers.words_of`` takes them.
    identifiers : Needles
        What ``identifiers.words_of`` made of them for free text.
    remembered : Remembered
        What files of earlier runs named.
    """
    names: set[str] = set()
    initials: set[str] = set()
    numbers: set[str] = set()
    for kind, value in shown:
        if kind == "name" or "^" in value:
            for group in re.split(r"[=\\]", unicodedata.normalize("NFC", value)):
                names.update(word for word in _WORD.findall(folded(group)) if len(word) >= _SHORTEST_NAME)
                initials.update(_initials(group))
        elif kind in ("place", "label"):
            words = _WORD.findall(folded(value))
            names.update(word for word in words if len(word) >= _SHORTEST_PLACE and word not in COMMON_WORDS)
        if kind in ("number", "label"):
            numbers.update(_parts_of_number(value))
        if kind in ("birth", "date", "label"):
            for digits in date_digits(value):
                numbers.update(_parts_of_date(digits))
    return OwnWords(identifiers, frozenset(names), frozenset(initials) - _MODALITIES, frozenset(numbers), remembered)


def is_misspelled(word: str, name: str) -> bool:
    """Say whether ``word`` is ``name`` with one letter left out, added or replaced.

    >>> is_misspelled("grunwald", "grunewald"), is_misspelled("brain", "brian")
    (True, False)
    """
    if abs(len(word) - len(name)) > 1 or word == name:
        return False
    start = next((at for at, pair in enumerate(zip(word, name, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return True
    rest, other = word[start:], name[start:]
    return rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


@lru_cache(maxsize=1 << 6)  # sets of names: some of the subjects that are worked on
def _by_ends(names: frozenset[str]) -> dict[tuple[str, str], list[str]]:
    """Return the names that may be misspelled, by each of their ends: one wrong letter leaves the other end alone."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in names:
        if len(name) >= _SHORTEST_MISSPELLED:
            for end in _ends(name):
                found.setdefault(end, []).append(name)
    return found


def _ends(word: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return the first two letters of a word and the last two."""
    return (word[:2], ""), ("", word[-2:])


def _initials(name: str) -> Iterator[str]:
    """Yield the first letters of a name's words, family name first and last."""
    components = [[word[0] for word in _WORD.findall(folded(part))] for part in name.split("^")[:3]]
    for order in permutations([letters for letters in components if letters]):
        together = "".join(letter for letters in order for letter in letters)
        if 2 <= len(together) <= 4:
            yield together
    firsts = [letters[0] for letters in components if letters]
    for pair in permutations(firsts, 2):
        yield "".join(pair)


def _parts_of_number(value: str) -> Iterator[str]:
    """Yield the digits of an ID: together, and each run."""
    runs = _DIGITS.findall(value)
    for digits in (*runs, "".join(runs)):
        if len(digits) >= _SHORTEST_NUMBER:
            yield digits
            yield digits.lstrip("0") or digits


def _parts_of_date(date: str) -> Iterator[str]:
    """Yield year, and day and month in both orders, of a date written as YYYYMMDD."""
    year, month, day = date[:4], date[4:6], date[6:]
    yield from (year, year[2:])
    for first, second in ((day, month), (month, day)):
        yield first + second
        yield (first.lstrip("0") or first) + (second.lstrip("0") or second)
        yield first + (second.lstrip("0") or second)
        yield (first.lstrip("0") or first) + second
