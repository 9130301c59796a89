# SPDX-License-Identifier: Apache-2.0
"""Substituting: values made in place of the original: pseudonyms, hashes, bins, bounds and a site's own values."""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING

from SlicerDeidLib.headers.act import AGE, SHORTEST_ID, Act, Place, Run, refuse, show
from SlicerDeidLib.headers.ages import TOP_AGE_YEARS
from SlicerDeidLib.headers.charset import codecs_of, likely_readings
from SlicerDeidLib.headers.search.identifiers import folded
from SlicerDeidLib.headers.search.sweep import FREE, Family
from SlicerDeidLib.model.element import Element
from SlicerDeidLib.model.policy import PSEUDONYM_VRS, ActionCode

if TYPE_CHECKING:
    from SlicerDeidLib.headers.step import Step

_SINGLE = frozenset({"LT", "ST", "UR", "UT"})  # in which a backslash is a character (PS3.5 6.2)
_SPELLED_ALIKE = frozenset(
    {"GIVEN_NAME", "SURNAME", "FULL_NAME", "LOCATION_CA", "LOCATION_BC", "HEALTH_INSTITUTION_CA"}
)
"""Classes of words: SMITH^ANNA^^ and Smith^Anna are one person. Of IDs, each letter counts."""
_PART = re.compile(r"[^\W_]+")
_LONGEST_NUMBER = {"DS": 16, "IS": 12}  # characters, PS3.5 Table 6.2-1
_MOST_OF_AGE = 999  # VR AS has three digits
_PER_YEAR = {"D": 365, "W": 52, "M": 12, "Y": 1}
_WRITTEN_NUMBERS = frozenset({"AS", "DS", "IS"})
_HASHED = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_WRITTEN = _HASHED | _WRITTEN_NUMBERS | frozenset({"DA", "DT", "TM", "UI", "UR"})


def function_of(code: ActionCode, vr: str) -> Act | None:
    """Return what does a code to a VR; None where it has no meaning for it."""
    act, vrs = _FUNCTIONS.get(code, (None, frozenset()))
    return act if vr in vrs else None


def wait_for_pseudonym(step: Step, element: Element, place: Place) -> bool:
    """Put a value aside until everything is known that its pseudonym must not hold."""
    if step.vr not in PSEUDONYM_VRS[step.argument]:
        return refuse(step, element, place)
    show(step, element, place)
    place.run.waiting.append((step, element, place))
    return False


def invent(run: Run, family: Family) -> None:
    """Give the values that wait their pseudonyms."""
    for step, element, place in run.waiting:
        originals = _originals(step, element, place)
        element.vr = step.vr
        element.replace("\\".join(_pseudonym(step, one, run, family) for one in originals).encode("ascii"))
        run.changes.append(step.change("pseudonym"))


def _originals(step: Step, element: Element, place: Place) -> list[str]:
    """Return the values of an element as text; one empty value where there is none."""
    text = likely_readings(bytes(element.value), codecs_of(place.charset))[0]
    return [one.strip(" \0") for one in (text.split("\\") if step.vr not in _SINGLE else [text])]


def _pseudonym(step: Step, original: str, run: Run, family: Family) -> str:
    """Return the pseudonym of one value; where there was none, one that is the same for the subject."""
    kind = step.argument
    own = set(map(folded, _PART.findall(original)))

    def is_own(part: str) -> bool:
        word = folded(part)
        return word in own or word in family.parts or family.holds(part.encode("ascii"), b"", FREE)

    if kind in _SPELLED_ALIKE:
        original = " ".join(original.casefold().rstrip("^= ").split())
    if not original:
        original = f"\0{run.subject.group}\0{step.tag:08x}"
    return run.pseudonyms.invent(kind, original, step.vr, is_own)


def hash_value(step: Step, element: Element, place: Place) -> bool:
    """Put an H and the first digits of a keyed hash in place of each value; the H says what it is."""
    show(step, element, place)
    digest, length = place.run.pseudonyms.digest, int(step.argument)
    hashed = [f"H{digest('hash', one).upper()}"[:length] if one else "" for one in _originals(step, element, place)]
    return _write(step, element, place, "\\".join(hashed), "hashed")


def bound(step: Step, element: Element, place: Place) -> bool:
    """Round ages and numbers, down to the edge of their bin or to the nearest one, and tell none above the highest."""
    text = element.text().strip()
    if not text:
        return False
    width, _, top = ("", "", step.argument) if step.code is ActionCode.TOP else step.argument.partition(" ")
    mode = ROUND_HALF_EVEN if step.code is ActionCode.ROUND else ROUND_FLOOR
    if step.vr == "AS":
        is_old = place.run.subject.is_over_89
        one_of = partial(_bounded_age, width=width, top=int(top or TOP_AGE_YEARS - 1), is_old=is_old, mode=mode)
    else:
        one_of = partial(_bounded_number, width=width, top=top, longest=_LONGEST_NUMBER[step.vr], mode=mode)
    made = [one_of(one.strip()) if one.strip() else "" for one in text.split("\\")]
    kept = [one for one in made if one is not None]
    if len(kept) != len(made):
        return refuse(step, element, place)
    _write(step, element, place, "\\".join(kept), "bounded")
    if len(element.value) >= SHORTEST_ID:
        place.run.numbers.append((step, element, place))
    return False


def _bounded_age(text: str, *, width: str, top: int, is_old: bool, mode: str) -> str | None:
    """Return an age; the first above the highest stands for all that are."""
    match = AGE.fullmatch(text)
    if match is None:
        return None
    number, unit = int(match[1]), match[2].upper()
    if is_old or number >= (top + 1) * _PER_YEAR[unit]:
        return f"{top + 1:03d}Y"
    return f"{min(int(_rounded(Decimal(number), width, mode)), _MOST_OF_AGE):03d}{unit}"


def _bounded_number(text: str, *, width: str, top: str, longest: int, mode: str) -> str | None:
    """Return a number; the highest stands for all that are above it."""
    try:
        number = Decimal(text)
        if not number.is_finite():
            return None
        if top and number > Decimal(top):
            number = Decimal(top)
        number = _rounded(number, width, mode)
    except InvalidOperation:
        return None
    written = format(number.normalize() + 0, "f")
    return written if len(written) <= longest else None


def _rounded(number: Decimal, width: str, mode: str) -> Decimal:
    """Return the multiple of a width that stands for a number: the edge below it, or the nearest."""
    return (number / Decimal(width)).to_integral_value(mode) * Decimal(width) if width else number


def set_value(step: Step, element: Element, place: Place) -> bool:
    """Write the value that the rule says."""
    show(step, element, place)
    return _write(step, element, place, step.argument, "set")


def _write(step: Step, element: Element, place: Place, text: str, action: str) -> bool:
    """Write a value of 7 bits, and record it when it is another."""
    if text.encode("ascii") != bytes(element.value).rstrip(b" \0") or element.vr != step.vr:
        element.vr = step.vr
        element.replace(text.encode("ascii"))
        place.run.changes.append(step.change(action))
    return False


_FUNCTIONS: dict[ActionCode, tuple[Act, frozenset[str]]] = {
    ActionCode.PSEUDO: (wait_for_pseudonym, frozenset().union(*PSEUDONYM_VRS.values())),
    ActionCode.HASH: (hash_value, _HASHED),
    ActionCode.BIN: (bound, _WRITTEN_NUMBERS),
    ActionCode.ROUND: (bound, _WRITTEN_NUMBERS),
    ActionCode.TOP: (bound, _WRITTEN_NUMBERS),
    ActionCode.SET: (set_value, _WRITTEN),
    ActionCode.ADD: (set_value, _WRITTEN),
}
