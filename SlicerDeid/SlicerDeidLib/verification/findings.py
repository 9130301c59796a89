# SPDX-License-Identifier: Apache-2.0
"""Findings: what the checks found, gathered without growing with the size of the output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from SlicerDeidLib.model.record import Finding

KEPT_PER_KIND = 25  # findings of one kind that are listed one by one; the rest is counted
SEVERITIES = ("error", "warning", "note")
Kind = tuple[str, str, str, str]  # severity, check, tag, message


@dataclass(frozen=True, slots=True)
class FindingKind:
    """Findings that say the same of several places.

    Attributes
    ----------
    first : Finding
        That of the first place.
    places : int
        How many there are.
    """

    first: Finding
    places: int


def kinds(findings: Iterable[Finding]) -> list[FindingKind]:
    """Put the findings of one kind together, worst first: those about the whole output, then by check and places."""
    groups: dict[Kind, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_kind(finding), []).append(finding)
    found = [FindingKind(group[0], sum(1 + f.more for f in group)) for group in groups.values()]
    return sorted(found, key=_worst_first)


def _worst_first(kind: FindingKind) -> tuple[int, bool, str, int]:
    finding = kind.first
    return SEVERITIES.index(finding.severity), bool(finding.path), finding.check, -kind.places


def _kind(finding: Finding) -> Kind:
    return finding.severity, finding.check, finding.tag, finding.message


_OF_ATTRIBUTES = frozenset({"dates", "tags", "uids", "values"})  # checks that speak of one attribute


class Findings:
    """Gathers findings; of every kind (severity, check, tag, message) the first ones with their files."""

    def __init__(self) -> None:
        self.chosen: tuple[str, ...] = ()
        self._kept: list[Finding] = []
        self._counts: Counter[Kind] = Counter()
        self.measures: dict[str, float] = {}

    def add(self, severity: str, check: str, path: str, tag: str, message: str) -> None:
        """Note one finding; of an attribute that the policy keeps by a rule of its own it is a warning."""
        if severity == "error" and check in _OF_ATTRIBUTES and self._is_chosen(tag.rpartition(">")[2]):
            severity = "warning"
        finding = Finding(severity, check, path, tag, message)
        self._counts[_kind(finding)] += 1
        if self._counts[_kind(finding)] <= KEPT_PER_KIND:
            self._kept.append(finding)

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
        """Return the findings, worst first; of kinds that were cut, the last one says how many more there are."""
        found = sorted(self._kept, key=lambda f: (SEVERITIES.index(f.severity), f.check, f.tag, f.path))
        last = {_kind(finding): place for place, finding in enumerate(found)}
        for kind, place in last.items():
            if self._counts[kind] > KEPT_PER_KIND:
                found[place] = replace(found[place], more=self._counts[kind] - KEPT_PER_KIND)
        return tuple(found)
