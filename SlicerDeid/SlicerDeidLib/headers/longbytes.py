# SPDX-License-Identifier: Apache-2.0
"""Long bytes: what is searched for in binary values so long that an expression takes seconds to go through them.

An expression is tried only where its letters and digits stand in the value at all, whatever stands between them: the
value without all other bytes is searched for the key, which takes a thousandth of the time. Dates are tried around the
two last digits of their year, which every spelling has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

_BEGINNING = 7  # letters of a longer name, which counts when it is cut, too
_AROUND = 128  # bytes before and behind the year of a date
_FOLDED = {  # of Latin-1; "th" and "ss" are of two letters, so h is left out and s is one
    **dict.fromkeys("àáâãäåæª", "a"), "ç": "c", **dict.fromkeys("èéêë", "e"), **dict.fromkeys("ìíîï", "i"), "ð": "d",
    "ñ": "n", **dict.fromkeys("òóôõöøº", "o"), **dict.fromkeys("ùúûü", "u"), **dict.fromkeys("ýÿ", "y"), "þ": "t",
    "ß": "s", "¹": "1", "²": "2", "³": "3",
}  # fmt: skip
_OF_ASCII = {code: chr(code).lower() for code in range(128) if chr(code).isalnum() and chr(code) not in "hH"}
_OF_LATIN_1 = {code: _FOLDED[chr(code).lower()] for code in range(128, 256) if chr(code).lower() in _FOLDED} | _OF_ASCII
_DOUBLED = ((b"aa", b"a"), (b"ae", b"a"), (b"oe", b"o"), (b"ue", b"u"), (b"ss", b"s"))


def _table(letters: dict[int, str]) -> tuple[bytes, bytes]:
    """Return a table for ``bytes.translate``, and what is left out."""
    return bytes(ord(letters.get(code, "\0")) for code in range(256)), bytes(set(range(256)) - letters.keys())


_TABLES = (_table(_OF_ASCII), _table(_OF_LATIN_1))


@dataclass(frozen=True, slots=True)
class LongBytes:
    """Expressions, each with a key that stands wherever it matches.

    Attributes
    ----------
    keyed : tuple of (bytes, Pattern)
        Of names and numbers.
    dated : tuple of (bytes, Pattern)
        Of dates, by the last two digits of the year.
    """

    keyed: tuple[tuple[bytes, re.Pattern[str]], ...] = field(repr=False)
    dated: tuple[tuple[bytes, re.Pattern[str]], ...] = field(repr=False)

    def stands_in(self, value: bytes, texts_of: Callable[[bytes], Iterable[str]]) -> bool:
        """Say whether one of them is found in what a value reads as."""
        letters = [_squeezed(value, *table) for table in _TABLES]
        found = [pattern for key, pattern in self.keyed if any(key in one for one in letters)]
        if found and any(pattern.search(text) for text in texts_of(value) for pattern in found):
            return True
        return any(
            pattern.search(text)
            for one in dict.fromkeys((value, value.replace(b"\0", b"")))
            for year, pattern in self.dated
            for piece in _around(year, one)
            for text in texts_of(piece)
        )


def key_of(words: tuple[str, ...]) -> bytes | None:
    """Return what stands, without other bytes, wherever folded words stand; None for those of other letters.

    >>> key_of(("grunewald",)), key_of(("mrn", "8837261")), key_of(("山田",))
    (b'grunewa', b'mrn8837261', None)
    """
    joined = "".join(words)
    if not joined.isascii():
        return None
    is_name = len(words) == 1 and joined.isalpha()
    squeezed = _squeezed((joined[:_BEGINNING] if is_name else joined).encode("ascii"), *_TABLES[0])
    return squeezed.lstrip(b"e")  # an e behind another vowel is left out


def _squeezed(value: bytes, table: bytes, others: bytes) -> bytes:
    """Return letters and digits alone, folded, with one letter for each digraph."""
    letters = value.translate(table, others)
    size = -1
    while len(letters) != size:
        size = len(letters)
        for two, one in _DOUBLED:
            letters = letters.replace(two, one)
    return letters


def _around(digits: bytes, value: bytes) -> Iterator[bytes]:
    """Yield the pieces of a value around some digits."""
    at = value.find(digits)
    while at >= 0:
        yield value[max(at - _AROUND, 0) : at + _AROUND]
        at = value.find(digits, at + _AROUND // 2)
