# SPDX-License-Identifier: Apache-2.0
"""AnyOf: expressions that are searched for together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Expressions of which any may stand in a text.

    Each is compiled once, whatever sets it stands in: the files of a patient, and those of a hospital, have most of
    their names in common, and compiling takes a hundred times as long as searching.
    """

    patterns: tuple[re.Pattern[str], ...] = field(default=(), repr=False)

    def stands_in(self, text: str) -> bool:
        """Say whether one of them is found."""
        return any(pattern.search(text) for pattern in self.patterns)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where they are found, in no order; spans may overlap."""
        for pattern in self.patterns:
            for match in pattern.finditer(text):
                yield match.span()
