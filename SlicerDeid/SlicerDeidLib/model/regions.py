# SPDX-License-Identifier: Apache-2.0
"""RegionRule: rectangles of the images that one device makes, and the condition by which such an image is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Rectangle = tuple[int, int, int, int]
"""Row, column, height, width, pixels."""

Values = Callable[[str], "str | None"]
"""Keyword, or "gggg,eeee" -> the attribute's text; None where the image does not have it."""

SERIES = "SeriesInstanceUID"
"""What a rule asks for that is of one series alone."""

IMAGE = "SOPInstanceUID"
"""What a rule asks for that is of single images alone."""

TESTS = ("equals", "contains", "starts", "ends", "matches", "less", "greater", "present")


@dataclass(frozen=True, slots=True)
class Question:
    """One question about one attribute.

    Attributes
    ----------
    attribute : str
        Keyword of PS3.6, or "gggg,eeee".
    test : str
        One of ``TESTS``; ``"contains"`` looks for a regular expression when ``is_pattern``.
    """

    attribute: str
    test: str
    value: str = ""
    is_case_ignored: bool = True
    is_pattern: bool = False

    def holds(self, values: Values) -> bool:
        """Tell whether an image answers with yes; one without the attribute does not."""
        found = values(self.attribute)
        if found is None or self.test == "present":
            return found is not None
        wanted = self.value
        if self.is_case_ignored and not (self.is_pattern or self.test == "matches"):
            found, wanted = found.lower(), wanted.lower()
        return self._compare(found, wanted)

    def _compare(self, found: str, wanted: str) -> bool:
        flags = re.IGNORECASE if self.is_case_ignored else 0
        if self.test == "contains":
            return bool(re.search(wanted, found, flags)) if self.is_pattern else wanted in found
        if self.test == "matches":
            return bool(re.fullmatch(wanted, found, flags))
        if self.test in ("less", "greater"):
            try:
                difference = float(found) - float(wanted)
            except ValueError:
                return False
            return difference < 0 if self.test == "less" else difference > 0
        return {"equals": found == wanted, "starts": found.startswith(wanted), "ends": found.endswith(wanted)}[
            self.test
        ]


@dataclass(frozen=True, slots=True)
class All:
    """All of several conditions; with none, every image."""

    parts: tuple[Condition, ...] = ()

    def holds(self, values: Values) -> bool:
        """Tell whether each holds."""
        return all(part.holds(values) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several conditions."""

    parts: tuple[Condition, ...]

    def holds(self, values: Values) -> bool:
        """Tell whether one holds."""
        return any(part.holds(values) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a condition."""

    part: Condition

    def holds(self, values: Values) -> bool:
        """Tell whether it does not hold."""
        return not self.part.holds(values)


Condition = Question | All | AnyOf | Not


@dataclass(frozen=True, slots=True)
class RegionRule:
    """What is filled on the images of a device, whatever is written there.

    Attributes
    ----------
    fill : tuple of Rectangle
        What is filled.
    keep : tuple of Rectangle
        What stays: all else is filled. Empty where the rule only fills.
    keeps_declared : bool
        Whether the regions that the image itself declares stay, as ``keep``.
    is_whole : bool
        Whether everything is filled that is not kept.
    source : str
        File and line.
    """

    condition: Condition
    source: str
    fill: tuple[Rectangle, ...] = ()
    keep: tuple[Rectangle, ...] = ()
    keeps_declared: bool = False
    is_whole: bool = False

    @property
    def series(self) -> str:
        """The Series Instance UID that an image must have, among other things; empty where it may be of any series."""
        asked = (part for part in self._parts() if isinstance(part, Question) and part.attribute == SERIES)
        return next((one.value for one in asked if one.test == "equals"), "")

    @property
    def images(self) -> frozenset[str]:
        """The SOP Instance UIDs of which an image must have one, in lower case; empty where it may have any."""
        asked = (one for part in self._parts() for one in (part.parts if isinstance(part, AnyOf) else (part,)))
        questions = [one for one in asked if isinstance(one, Question) and one.attribute == IMAGE]
        return frozenset(one.value.lower() for one in questions if one.test == "equals")

    def _parts(self) -> tuple[Condition, ...]:
        """Return all that an image must have."""
        return self.condition.parts if isinstance(self.condition, All) else (self.condition,)


def rules_of(rules: Iterable[RegionRule], series_instance_uid: str) -> tuple[RegionRule, ...]:
    """Return the rules without those that are of another series alone."""
    return tuple(rule for rule in rules if rule.series.lower() in ("", series_instance_uid.lower()))
