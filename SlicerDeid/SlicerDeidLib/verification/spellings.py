# SPDX-License-Identifier: Apache-2.0
"""Spellings: the patients' names, numbers and birth dates, found in texts that write them in another way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from SlicerDeidLib.verification.dates import dates_in_text, short_dates
from SlicerDeidLib.verification.folded import folded_words, grouped_numbers, solid_numbers
from SlicerDeidLib.verification.vocabulary import is_vocabulary, tokens

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
        self._births: set[tuple[int, int, int]] = set()
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
        """Judge an IS or DS: IDs and birth dates are whole numbers there."""
        for part in (part.strip(" +-\0") for part in text.split("\\")):
            if len(part) < SHORTEST_GROUPED or not part.isdecimal():
                continue
            if part in self._numbers:
                yield f"This is a number of {self._numbers[part]} of the original."
            if self._births & (short_dates(part) | {_short(day) for day in dates_in_text(part)}):
                yield "This holds a date of birth of the original."

    def _judge_words(self, text: str) -> Iterator[str]:
        """Judge a text: names with other letters or spaces, numbers in other groups, birth dates with short years."""
        words = folded_words(text)
        joined = "".join(words)
        for name, attribute in self._names.items():
            if name in words or (len(name) >= SHORTEST_JOINED and name in joined):
                yield f"This text holds {attribute} of the original, perhaps in another spelling."
        for number in grouped_numbers(text):
            for known, attribute in self._numbers.items():
                if number == known or (len(known) >= SHORTEST_INSIDE and known in number):
                    yield f"This text holds a number of {attribute} of the original, perhaps grouped otherwise."
        if self._births & short_dates(text):
            yield "This holds a date of birth of the original."


def _short(day: date) -> tuple[int, int, int]:
    """Return year of the century, month and day."""
    return day.year % 100, day.month, day.day
