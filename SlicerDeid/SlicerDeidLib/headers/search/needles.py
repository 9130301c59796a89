# SPDX-License-Identifier: Apache-2.0
"""Needles: expressions of one subject, compiled only when a text holds the letters that they must find.

Compiling takes a hundred times as long as searching, and every new subject brings some fifty names and numbers that
stand in none of its texts. So each has a key: the letters that any spelling of it holds in this order. All marks, and
the letters that spellings add or leave out ("Müller", "Mueller", "M U L L E R"), are taken from key and text alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

_LOOSE = re.compile(r"[\W_aes]+")  # the second letters of digraphs, doubled ones, and all that may stand between


@dataclass(frozen=True, slots=True)
class Needle:
    """One thing to search for.

    Attributes
    ----------
    key, other : str
        ``key_of`` parts of it; a text without one of them does not hold it.
    compiled : callable
        Returns its expression, for folded text.
    """

    key: str = field(repr=False)
    compiled: Callable[[], re.Pattern[str]] = field(repr=False)
    other: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Needles:
    """Needles that are searched for together."""

    needles: tuple[Needle, ...] = field(default=(), repr=False)

    def stands_in(self, text: str) -> bool:
        """Say whether one of them is found."""
        return any(pattern.search(text) is not None for pattern in self._likely(text))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where they are found, in no order; spans may overlap."""
        for pattern in self._likely(text):
            for match in pattern.finditer(text):
                yield match.span()

    def _likely(self, text: str) -> Iterator[re.Pattern[str]]:
        """Yield the expressions of those whose keys a text holds."""
        letters = key_of(text)
        for needle in self.needles:
            if needle.key in letters and needle.other in letters:
                yield needle.compiled()


@dataclass(frozen=True, slots=True)
class Late:
    """An expression for bytes that is compiled at its first use; most subjects have no value that asks for it."""

    expression: bytes = field(repr=False)

    def search(self, value: bytes | memoryview) -> re.Match[bytes] | None:
        """Search as a compiled expression does."""
        return _compiled(self.expression).search(value)


@lru_cache(maxsize=1 << 8)  # some of the subjects that are worked on
def _compiled(expression: bytes) -> re.Pattern[bytes]:
    return re.compile(expression)


def key_of(text: str) -> str:
    """Return what of a folded text every spelling has.

    >>> key_of("mueller"), key_of("m u l l e r"), key_of("muller")
    ('mullr', 'mullr', 'mullr')
    """
    return _LOOSE.sub("", text)
