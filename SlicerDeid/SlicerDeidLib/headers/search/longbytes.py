# SPDX-License-Identifier: Apache-2.0
"""Long bytes: needles in binary values so long that reading them as texts takes longer than anything else.

The value's letters and digits, without what keys leave out, are searched for the keys first, which takes a thousandth
of the time. Dates are looked for around the last digits of their year, which every spelling has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from SlicerDeidLib.headers.search.needles import Needles

_AROUND = 128  # bytes before and behind the year of a date
_FOLDED = {  # of Latin-1; "þ" is "th", so that h is left out, as a, e and s are in keys
    "ç": "c", **dict.fromkeys("ìíîï", "i"), "ð": "d", "ñ": "n", **dict.fromkeys("òóôõöøº", "o"),
    **dict.fromkeys("ùúûü", "u"), **dict.fromkeys("ýÿ", "y"), "þ": "t", "¹": "1", "²": "2", "³": "3",
}  # fmt: skip
_LEFT_OUT = frozenset("aehs")
_OF_ASCII = {
    code: chr(code).lower() for code in range(128) if chr(code).isalnum() and chr(code).lower() not in _LEFT_OUT
}
_OF_LATIN_1 = _OF_ASCII | {code: _FOLDED[chr(code).lower()] for code in range(128, 256) if chr(code).lower() in _FOLDED}


def _table(letters: dict[int, str]) -> tuple[bytes, bytes]:
    """Return a table for ``bytes.translate``, and what is left out."""
    return bytes(ord(letters.get(code, "\0")) for code in range(256)), bytes(set(range(256)) - letters.keys())


_TABLES = (_table(_OF_ASCII), _table(_OF_LATIN_1))


def stands_in_long(needles: Needles, value: bytes, texts_of: Callable[[bytes], Iterable[str]]) -> bool:
    """Say whether one of them is found in what a long value reads as.

    Parameters
    ----------
    texts_of : callable
        What bytes read as.
    """
    letters = [value.translate(*table) for table in _TABLES]
    named = [needle for needle in needles.needles if not needle.other and needle.key.isascii()]
    found = [one.compiled() for one in named if any(_left_of(one.key) in held for held in letters)]
    if found and any(pattern.search(text) for text in texts_of(value) for pattern in found):
        return True
    return any(
        dated.compiled().search(text)
        for one in dict.fromkeys((value, value.replace(b"\0", b"")))
        for dated in needles.needles
        if dated.other
        for piece in _around(dated.key.encode("ascii"), one)
        for text in texts_of(piece)
    )


def _left_of(key: str) -> bytes:
    return key.replace("h", "").encode("ascii")


def _around(digits: bytes, value: bytes) -> Iterator[bytes]:
    """Yield the pieces of a value around some digits."""
    at = value.find(digits)
    while at >= 0:
        yield value[max(at - _AROUND, 0) : at + _AROUND]
        at = value.find(digits, at + _AROUND // 2)
