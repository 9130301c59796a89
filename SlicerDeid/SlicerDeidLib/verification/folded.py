# SPDX-License-Identifier: Apache-2.0
"""Folded: names and numbers in the forms that people write them in, brought to one that can be compared.

Sources: ICAO Doc 9303 Part 3, Section 6 (how letters of national alphabets become A to Z, German and Nordic ones in
two ways); digits are grouped by whatever is usual where an ID or a telephone number comes from.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

REMEMBERED = 1 << 14  # texts: the slices of a series repeat each other
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "ı": "i", "đ": "d", "ð": "d", "þ": "th", "æ": "a", "œ": "o", "ß": "s", "ŧ": "t", "ħ": "h"}
)
DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"), ("ss", "s"))
WORD = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"\d(?:[ .,/()_+\-]{0,2}\d)*")
DIGITS = re.compile(r"\d+")
SEPARATORS = re.compile(r"[ .,/()_+\-]")


@lru_cache(maxsize=REMEMBERED)
def folded_words(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower-case letters without accents, ä and ae both as a."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(LETTERS)
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    while any(double in plain for double, _ in DIGRAPHS):  # "aaa" too
        for double, single in DIGRAPHS:
            plain = plain.replace(double, single)
    return tuple(WORD.findall(plain))


@lru_cache(maxsize=REMEMBERED)
def solid_numbers(text: str) -> tuple[str, ...]:
    """Return the runs of digits of an ID or telephone number when spaces and punctuation are left out."""
    return tuple(DIGITS.findall(SEPARATORS.sub("", text)))


@lru_cache(maxsize=REMEMBERED)
def grouped_numbers(text: str) -> tuple[str, ...]:
    """Return the digits of every run of grouped digits in a text, and of every run without grouping."""
    grouped = ("".join(DIGITS.findall(match)) for match in NUMBER.findall(text))
    return tuple(dict.fromkeys((*grouped, *DIGITS.findall(text))))
