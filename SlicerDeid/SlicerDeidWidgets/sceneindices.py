# SPDX-License-Identifier: Apache-2.0
"""Indices of a sequence that tell of persons: they become others, and what is in the sequence keeps its order.

Numeric indices are measured: times, angles, depths of any size. Of these only what is known of a patient tells, and
dates. What takes their place lies where they lay: Slicer sorts a sequence by its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, count
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from SlicerDeidWidgets.scenedata import MEASURED, Said
from SlicerDeidWidgets.scenetrace import bound

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")  # as programs write one: no zero before it
_BEGINNING = re.compile(r"\s*[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")  # by which Slicer sorts a text
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{4}|\d{6})?(?:\.\d+)?")
_LONG = 10_000_000  # 8 digits: the shortest date
_SECONDS = (1e9, 2.1e9)  # of Unix, from 2001 to 2036
_PARTS = (1, 1e3, 1e6, 1e9)  # of a second
_TRIED = 100  # distances of new numbers from those that stay
_DIGITS = 15  # that a double holds whatever it is


def indices(node: object, texts: FreeText) -> Iterator[Said]:
    """Yield the values of a sequence's index that tell of somebody."""
    values = _valuesOf(node)
    if node.GetIndexType() == node.NumericIndex:
        said = _numbersThatTell(values, texts)
        names = _between(values, said, texts)
    else:
        unused = (number for number in map(str, count(1)) if number not in values)
        said = [value for value in values if not MEASURED.fullmatch(value) and texts.cleaned(value) != value]
        names = {value: next(unused) for value in said}
    for old, new in names.items():
        remove, restore = bound(_renumber, node, old, new), bound(_renumber, node, new, old)
        yield Said(_("value of the index"), old, new, remove, restore)


def _numbersThatTell(values: list[str], texts: FreeText) -> list[str]:
    """Return what is known of a patient, what is no number and no clinical word, and dates.

    Dates are so many of the long numbers as are no chance: in a long series of microseconds some look like one.
    """
    numbers = [value for value in values if _NUMBER.fullmatch(value)]
    dates = [value for value in numbers if _DATE.fullmatch(value)]
    if 2 * len(dates) < sum(abs(float(value)) >= _LONG for value in numbers):
        dates = []
    nonzero = [value for value in numbers if float(value)]
    if any(all(_SECONDS[0] <= float(value) / part <= _SECONDS[1] for value in nonzero) for part in _PARTS):
        dates += nonzero
    told = {*dates, *(value for value in values if texts.tells(value))}
    told |= {value for value in values if value not in numbers and texts.cleaned(value) != value}
    return [value for value in values if value in told]


def _between(values: list[str], told: list[str], texts: FreeText) -> dict[str, str]:
    """Return numbers instead of some indices of a sequence, each between those that stay before and after it.

    Where no number lies between these, such as between two texts, they go behind all others: none may stay.
    """
    taken = {_sortedBy(value) for value in values}
    names: dict[str, str] = {}
    for run in _runs(values, told):
        first = values.index(run[0])
        before, after = values[:first][-1:], values[first + len(run) :][:1]
        ends = [_sortedBy(value) for value in before], [_sortedBy(value) for value in after]
        new = next(chain(_unused(*ends, len(run), taken, texts), _unused([max(taken)], [], len(run), taken, texts)))
        taken.update(map(float, new))
        names |= dict(zip(run, new, strict=True))
    return names


def _unused(
    before: list[float], after: list[float], size: int, taken: set[float], texts: FreeText
) -> Iterator[list[str]]:
    """Yield numbers between two that are none of those ``taken``, differ, and tell of nobody."""
    for tried in range(1, _TRIED):
        new = [f"{number:.{_DIGITS}g}" for number in _spread(before, after, size, tried)]
        numbers = set(map(float, new))
        if len(numbers) == size and taken.isdisjoint(numbers) and not any(map(texts.tells, new)):
            yield new


def _runs(values: list[str], told: list[str]) -> Iterator[list[str]]:
    """Yield those of the values that tell, parted where others stand between them."""
    run: list[str] = []
    for value in values:
        if value in told:
            run.append(value)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _spread(before: list[float], after: list[float], size: int, tried: int) -> list[float]:
    """Return increasing numbers between two, either of which may be missing; others each time they are tried."""
    steps = range(1, size + 1)
    if before and after:
        return [before[0] + (after[0] - before[0]) * step / (size + tried) for step in steps]
    if after:
        return [after[0] - tried * step for step in reversed(steps)]
    return [(before[0] if before else 0.0) + tried * step for step in steps]


def _sortedBy(value: str) -> float:
    """Return the number that a text begins with; zero where it begins with none."""
    found = _BEGINNING.match(value)
    return float(found.group()) if found else 0.0


def _valuesOf(node: object) -> list[str]:
    return [node.GetNthIndexValue(n) for n in range(node.GetNumberOfDataNodes())]


def _renumber(node: object, old: str, new: str) -> bool:
    """Give what stands at one index another."""
    values = _valuesOf(node)
    if node.GetScene() is None or old not in values or new in values:
        return False
    kind = node.GetIndexType()
    node.SetIndexType(node.TextIndex)  # by a number Slicer finds another one that is as large: all texts are zero
    node.UpdateIndexValue(old, new)
    node.SetIndexType(kind)
    return True
