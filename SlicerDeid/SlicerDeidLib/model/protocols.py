# SPDX-License-Identifier: Apache-2.0
"""The doors: what a pseudonym maker, a head finder, a text finder and an executor look like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .policy import DefacePolicy
from .staying import NOTHING, Staying
from .volume import HeadMask, TextBox, Volume

T = TypeVar("T")
R = TypeVar("R")


class Pseudonyms(Protocol):
    """Who invents values: the same for the same original under one key, different under another."""

    def uid(self, original: str) -> str:
        """Return ``2.25.`` and 128 bits of a keyed hash; registered UIDs come back as they are."""
        ...

    def offset(self, group: str) -> timedelta:
        """Return the date offset of a subject: negative days and seconds."""
        ...

    def digest(self, label: str, text: str) -> str:
        """Return the keyed SHA-256 of ``text``, 64 hexadecimal digits, in the name space of ``label``."""
        ...

    def mark(self, form: str) -> bytes:
        """Return a short keyed digest of a normal form of a name, number or place."""
        ...

    def invent(self, kind: str, original: str, vr: str, is_own: Callable[[str], bool]) -> str:
        """Return an invented value of a class that holds no part that ``is_own`` knows as the subject's own."""
        ...


class HeadFinder(Protocol):
    """Finds what stays of a head."""

    def __call__(self, volume: Volume, policy: DefacePolicy, known: dict[str, object] | None = None) -> HeadMask:
        """Return the mask, or raise PixelError when it would not be plausible.

        ``known`` is what earlier calls found of this very volume; the finder adds to it.
        """
        ...


class TextFinder(Protocol):
    """Finds burned-in text."""

    def __call__(
        self,
        volume: Volume,
        keep: NDArray[np.bool_] | None = None,
        *,
        staying: Staying = NOTHING,
        is_thorough: bool = False,
    ) -> Iterator[tuple[TextBox, ...]]:
        """Yield boxes of some frames after the others; ``keep`` (k, j, i) says what defacing left, if it came first."""
        ...


Executor = Callable[[Callable[[T], R], Iterable[T]], Iterator[R]]
"""A function of the shape of ``map``."""
