# SPDX-License-Identifier: Apache-2.0
"""Findings: what the checks found, gathered without growing with the size of the output."""

from __future__ import annotations

from collections import Counter

from SlicerDeidLib.model.record import Finding

KEPT_PER_KIND = 25  # findings of one kind that are listed one by one; the rest is counted
SEVERITIES = ("error", "warning", "note")


_OF_ATTRIBUTES = frozenset({"dates", "tags", "uids", "values"})  # checks that speak of one attribute


class Findings:
    """Gathers findings; of every kind (severity, check, tag, message) the first ones with their files."""

    def __init__(self) -> None:
        self.chosen: tuple[str, ...] = ()
        self._kept: list[Finding] = []
        self._counts: Counter[tuple[str, str, str, str]] = Counter()
        self.measures: dict[str, float] = {}

    def add(self, severity: str, check: str, path: str, tag: str, message: str) -> None:
        """Note one finding; of an attribute that the policy keeps by a rule of its own it is a warning."""
        if severity == "error" and check in _OF_ATTRIBUTES and self._is_chosen(tag.rpartition(">")[2]):
            severity = "warning"
        kind = (severity, check, tag, message)
        self._counts[kind] += 1
        if self._counts[kind] <= KEPT_PER_KIND:
            self._kept.append(Finding(severity, check, path, tag, message))

    def _is_chosen(self, tag: str) -> bool:
        """Whether the run's report says that its policy keeps more of an attribute than the profile."""
        digits = tag.strip("()").replace(",", "").lower()
        return any(
            len(one) == len(digits) == 8 and all(a in ("x", b) for a, b in zip(one, digits, strict=True))
            for one in self.chosen
        )

    def count(self, measure: str, by: float = 1) -> None:
        """Add to a measure."""
        self.measures[measure] = self.measures.get(measure, 0) + by

    def all(self) -> tuple[Finding, ...]:
        """Return the findings, worst first; of kinds that were cut, one finding says how many more there are."""
        more = [
            Finding(severity, check, "", tag, f"{message} The same in {count - KEPT_PER_KIND} more places.")
            for (severity, check, tag, message), count in self._counts.items()
            if count > KEPT_PER_KIND
        ]
        return tuple(sorted([*self._kept, *more], key=lambda f: (SEVERITIES.index(f.severity), f.check, f.tag, f.path)))
