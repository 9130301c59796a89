# SPDX-License-Identifier: Apache-2.0
"""Recipes of pydicom/deid: the coordinates of ``%filter`` labels; what the other sections say is of headers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.regions import All, AnyOf, Condition, Not, Rectangle, RegionRule
from SlicerDeidLib.policies.importers.questions import question, rectangle
from SlicerDeidLib.policies.tomlfile import words

_COORDINATES = re.compile(r"(?P<ctp>ctp)?(?P<keep>keep)?coordinates\s+(?P<what>.+)", re.IGNORECASE)
_CHAIN = re.compile(r"(\+|\|\|)")
_DECLARED = "from:SequenceOfUltrasoundRegions"
_TESTS = {
    "contains": "contains",
    "equals": "equals",
    "present": "present",
    "empty": "equals",
    "missing": "present",
}
"""Test of a recipe -> that of a question; "not" before it says the contrary, as "missing" does."""

_WORDS = ("contains", "notcontains", "equals", "notequals", "missing", "present", "empty", "notempty")


@dataclass(slots=True)
class _Label:
    """One LABEL while it is read: alternatives of conditions that all must hold."""

    line: int
    alternatives: list[list[Condition]] = field(default_factory=lambda: [[]])
    fill: list[Rectangle] = field(default_factory=list)
    keep: list[Rectangle] = field(default_factory=list)
    keeps_declared: bool = False
    is_whole: bool = False

    def rule(self, label: str) -> RegionRule | None:
        """Return the rule; None for a label without coordinates, which only sorts images."""
        if not (self.fill or self.keep or self.keeps_declared or self.is_whole):
            return None
        ways = [All(tuple(parts)) for parts in self.alternatives]
        condition: Condition = ways[0] if len(ways) == 1 else AnyOf(tuple(ways))
        places = tuple(self.fill), tuple(self.keep)
        return RegionRule(condition, f"{label}:{self.line}", *places, self.keeps_declared, self.is_whole)


def read_coordinates(text: str, label: str) -> tuple[RegionRule, ...]:
    """Read the coordinates of a recipe.

    Parameters
    ----------
    label : str
        The file's name, for messages and sources.

    Raises
    ------
    PolicyError
        When a filter, condition or coordinate cannot be read; with the line.
    """
    labels: list[_Label] = []
    is_filter = False
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("#", 1)[0].strip()
        if line.startswith("%"):
            is_filter = line.lower().startswith("%filter")
        elif is_filter and line.upper().startswith("LABEL"):
            labels.append(_Label(number))
        elif is_filter and line and labels:
            _read_line(line, labels[-1], f"{label}, line {number}")
    return tuple(rule for each in labels if (rule := each.rule(label)) is not None)


def _read_line(line: str, into: _Label, place: str) -> None:
    """Read coordinates, or conditions joined by ``+`` (and) and ``||`` (or)."""
    match = _COORDINATES.fullmatch(line)
    if match is not None:
        _add_coordinates(match, into, place)
        return
    joiner = "+"
    for part in _CHAIN.split(line):
        part = part.strip()
        if part in ("+", "||"):
            joiner = part
        elif part:
            if joiner == "||" and into.alternatives[-1]:
                into.alternatives.append([])
            into.alternatives[-1].append(_condition(part, place))


def _condition(said: str, place: str) -> Condition:
    """Read one condition: ``contains Modality us|ct``."""
    test, _, rest = said.partition(" ")
    attribute, _, value = rest.strip().partition(" ")
    word = test.lower().removeprefix("not")
    if test.lower() not in _WORDS or not attribute:
        raise PolicyError(f"{place}: a condition is one of {words(_WORDS)}, with an attribute.")
    value = value.strip() if word in ("contains", "equals") else ""
    asked = question(place, attribute, _TESTS[word], value, is_pattern=word == "contains")
    return Not(asked) if word == "missing" or word != test.lower() else asked


def _add_coordinates(match: re.Match[str], into: _Label, place: str) -> None:
    """Add one rectangle, the regions that the image declares, or the whole image."""
    what = match["what"].strip()
    if what.lower() == "all" and not match["keep"]:
        into.is_whole = True
    elif what == _DECLARED and match["keep"]:
        into.keeps_declared = True
    else:
        numbers = [part.strip() for part in what.split(",")]
        if len(numbers) != 4 or not all(number.isdecimal() and len(number) < 10 for number in numbers):
            raise PolicyError(f"{place}: coordinates are four whole numbers with commas between them, or 'all'.")
        left, top, right, bottom = map(int, numbers)
        if match["ctp"]:
            right, bottom = left + right, top + bottom
        area = rectangle(place, left, top, right - left, bottom - top)
        (into.keep if match["keep"] else into.fill).append(area)
