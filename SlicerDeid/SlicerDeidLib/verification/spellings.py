# SPDX-License-Identifier: Apache-2.0
"""Spellings: the patients' names, numbers and birth dates, found in texts that write them in another way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from SlicerDeidLib.verification.dates import dates_in_text, short_dates
from SlicerDeidLib.verification.folded import folded_words, grouped_numbers, solid_numbers
from SlicerDeidLib.verification.vocabulary import is_vocabulary, tokens

SHORTEST_ALONE = 5  # digits of an ID that is looked for where they are all that a text says
SHORTEST_GROUPED = 6  # digits of an ID or telephone number that is looked for in any grouping
SHORTEST_INSIDE = 7  # digits of one that is looked for inside longer numbers too
SHORTEST_NAME = 4  # folded letters of a name that is looked for as a word
SHORTEST_JOINED = 6  # and of one that is looked for across spaces and inside words
TELEPHONES = frozenset({0x00080094, 0x00102154, 0x00102155, 0x00401103, 0x00401104})
"""Telephone numbers and telecommunication addresses of patients and staff."""
REMEMBERED = 1 << 15  # texts: the slices of a series repeat each other


class Spellings:
    """Names, numbers and birth dates of an original, each with the attribute it comes from."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._short_numbers: dict[str, str] = {}
        self._births: set[tuple[int, int, int]] = set()
        self.days: set[date] = set()
        self._judged: dict[tuple[str, str], tuple[str, ...]] = {}

    def add(self, text: str, tag: int, attribute: str, *, is_name: bool) -> None:
        """Take an ID's digits whatever groups them, and a name's letters however they are written.

        Parameters
        ----------
        attribute : str
            What the text is called in messages.
        is_name : bool
            Whether its words name a person.
        """
        for number in self.numbers_of(text, tag):
            self._numbers.setdefault(number, attribute)
            if len(_bare(number)) >= SHORTEST_GROUPED:
                self._numbers.setdefault(_bare(number), attribute)
        if tag not in TELEPHONES:
            for digits in solid_numbers(text):
                if len(_bare(digits)) == SHORTEST_ALONE:
                    self._short_numbers.setdefault(_bare(digits), attribute)
        for token in tokens(text) if is_name else ():
            if token.isalpha() and not is_vocabulary(token):
                name = "".join(folded_words(token))
                if len(name) >= SHORTEST_NAME and not is_vocabulary(name):
                    self._names.setdefault(name, attribute)

    def add_births(self, days: Iterable[date]) -> None:
        """Take birth dates."""
        self._births |= {_short(day) for day in days}

    @staticmethod
    def numbers_of(text: str, tag: int) -> Iterator[str]:
        """Yield the numbers of an ID or a telephone number; of the latter without trunk or country prefix of zeros."""
        for digits in solid_numbers(text):
            number = digits.lstrip("0") if tag in TELEPHONES else digits
            if len(number) >= SHORTEST_GROUPED and not dates_in_text(number):
                yield number

    def judge(self, text: str, vr: str) -> tuple[str, ...]:
        """Return what a text of the output holds of the patients in another spelling, as sentences."""
        key = (vr, text)
        if key not in self._judged:
            if len(self._judged) >= REMEMBERED:
                self._judged.clear()
            is_number = vr in ("IS", "DS")
            self._judged[key] = tuple(self._judge_number(text) if is_number else self._judge_words(text))
        return self._judged[key]

    def _judge_number(self, text: str) -> Iterator[str]:
        """Judge an IS or DS: IDs and dates are whole numbers there, however they are written."""
        for number in dict.fromkeys(_whole_number(part.strip(" +-\0")) for part in text.split("\\")):
            if len(number) < SHORTEST_GROUPED:
                continue
            known = self._numbers.get(number) or self._numbers.get(_bare(number))
            if known:
                yield f"This is a number of {known} of the original."
            days = dates_in_text(number)
            if self._births & (short_dates(number) | {_short(day) for day in days}):
                yield "This holds a date of birth of the original."
            elif days & self.days:
                yield "This holds a date of the original."

    def _judge_words(self, text: str) -> Iterator[str]:
        """Judge a text: names with other letters or spaces, numbers in other groups, birth dates with short years."""
        words = folded_words(text)
        joined = "".join(words)
        for name, attribute in self._names.items():
            if name in words or (len(name) >= SHORTEST_JOINED and name in joined):
                yield f"This text holds {attribute} of the original, perhaps in another spelling."
        alone = _bare(text.strip()) if text.strip().isdecimal() else ""
        if alone in self._short_numbers:
            yield f"This text is a number of {self._short_numbers[alone]} of the original."
        for number in grouped_numbers(text):
            for known, attribute in self._numbers.items():
                if known in (number, _bare(number)) or (len(known) >= SHORTEST_INSIDE and known in number):
                    yield f"This text holds a number of {attribute} of the original, perhaps grouped otherwise."
        if self._births & short_dates(text):
            yield "This holds a date of birth of the original."


def _short(day: date) -> tuple[int, int, int]:
    """Return year of the century, month and day."""
    return day.year % 100, day.month, day.day


def _bare(number: str) -> str:
    """Return digits without the zeros before them: some systems fill IDs up with zeros, others take them away."""
    return number.lstrip("0")


def _whole_number(text: str) -> str:
    """Return the digits of a whole number, also of one written with a point or an exponent; empty for another."""
    if text.isdecimal():
        return text
    try:
        number = float(text)
    except ValueError:
        return ""
    return f"{number:.0f}" if number.is_integer() else ""
