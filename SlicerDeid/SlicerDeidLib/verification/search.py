# SPDX-License-Identifier: Apache-2.0
"""Search: many byte strings in many files at once, ignoring case, every offset, exactly."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

SHORT = 4  # bytes: the shortest string that can be looked for
LONG = 8  # bytes: strings from here on are recognised by their last eight bytes

Label = TypeVar("Label", bound=Hashable)


class Needles(Generic[Label]):
    """Byte strings to look for, each with a label.

    Notes
    -----
    After Karp and Rabin 1987, with the last 4 or 8 bytes of a string as its fingerprint and a comparison behind it:
    one vectorised pass over a file whatever the number of strings.
    """

    def __init__(self) -> None:
        self._labels: dict[bytes, Label] = {}
        self._index: dict[int, tuple[NDArray[np.uint64], dict[int, list[bytes]]]] | None = None

    def __len__(self) -> int:
        """Return how many strings are looked for."""
        return len(self._labels)

    def add(self, needle: bytes, label: Label) -> None:
        """Look for ``needle``; the last label of a string stays. Strings under four bytes are not taken."""
        if len(needle) >= SHORT:
            self._labels[needle.lower()] = label
            self._index = None

    def known(self, needle: bytes) -> Label | None:
        """Return the label of a string that is looked for already."""
        return self._labels.get(needle.lower())

    def label(self, needle: bytes) -> Label:
        """Return the label of a string that was found."""
        return self._labels[needle]

    def find(self, data: bytes, *, shortest: int = SHORT) -> Iterator[tuple[int, bytes]]:
        """Yield (offset, needle) of every place where a string of at least ``shortest`` bytes stands."""
        lowered = data.lower()
        for width, (fingerprints, needles) in self._indexed().items():
            windows = _windows(lowered, width)
            for place in np.flatnonzero(np.isin(windows, fingerprints)):
                for needle in needles[int(windows[place])]:
                    start = int(place) + width - len(needle)
                    if len(needle) >= shortest and start >= 0 and lowered.startswith(needle, start):
                        yield start, needle

    def _indexed(self) -> dict[int, tuple[NDArray[np.uint64], dict[int, list[bytes]]]]:
        """Return per fingerprint width the sorted fingerprints and the strings behind each."""
        if self._index is None:
            tables: dict[int, dict[int, list[bytes]]] = {SHORT: {}, LONG: {}}
            for needle in self._labels:
                width = LONG if len(needle) >= LONG else SHORT
                tables[width].setdefault(int.from_bytes(needle[-width:], "little"), []).append(needle)
            self._index = {
                width: (np.array(sorted(table), np.uint64), table) for width, table in tables.items() if table
            }
        return self._index


def _windows(data: bytes, width: int) -> NDArray[np.uint64]:
    """Return the little-endian number of every ``width`` bytes that follow one another."""
    count = len(data) - width + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    single = np.frombuffer(data, np.uint8)
    windows = np.zeros(count, np.uint64)
    for place in range(width):
        windows |= single[place : place + count].astype(np.uint64) << np.uint64(8 * place)
    return windows
