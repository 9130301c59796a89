# SPDX-License-Identifier: Apache-2.0
"""Date checks: dates that rules keep, or make the same for all, beside others that move."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import ActionCode, Policy, Rule
from SlicerDeidLib.policies.compose import are_moved
from SlicerDeidLib.policies.describe import selector_text
from SlicerDeidLib.policies.importers.rulefile import keywords
from SlicerDeidLib.policies.ps315 import DATE_VRS, DAY_VRS, profile
from SlicerDeidLib.policies.selectors import covering, is_pattern, keyword_of, vr_of

_BIRTH_DATE = "00100030"
WRITTEN = frozenset({ActionCode.SET, ActionCode.ADD})
"""Actions that write one value for all."""


def check_dates(rules: Iterable[Rule]) -> None:
    """Refuse a date that does not move with the others.

    Raises
    ------
    PolicyError
        If there is one; the sentence names file and line.
    """
    rules = tuple(rules)
    if kept := _kept_dates(rules):
        alike = [rule for rule in kept if rule.source == kept[0].source]
        raise PolicyError(f"{_said(kept[0])} {_several(len(alike)) if len(alike) > 1 else _alone(kept[0])}")
    if constant := _constant_date(rules):
        raise PolicyError(
            f"{_said(constant)} is the same for all beside dates that are shifted, so that what lies between them "
            "would be made up; let it move (shift), or remove it."
        )


def pattern_notes(policy: Policy) -> tuple[str, ...]:
    """Return a sentence for each own rule that keeps a group and by which dates and times of it do not stay.

    A rule on an attribute is narrower than one on its group, and what no rule names moves where dates move.
    """
    rules = {rule.selector: rule for rule in policy.rules}
    keeping = [rule for rule in policy.rules if is_pattern(rule.selector) and rule.action.code is ActionCode.K]
    found = []
    for rule in keeping:
        fits = re.compile(rule.selector.replace("x", "[0-9a-f]")).fullmatch
        dates = [one for one in keywords().values() if fits(one) and vr_of(one) in DATE_VRS]
        gone = [one for one in dates if not _stays(one, rules, are_kept=policy.dates == "UNMODIFIED")]
        if gone:
            more = f" and {len(gone) - 1} other dates and times" if len(gone) > 1 else ""
            found.append(
                f"{', line '.join(rule.source.rsplit(':', 1))}: {selector_text(rule.selector)} does not keep "
                f"{keyword_of(gone[0])}{more}, about which narrower rules decide{_way(policy, gone)}."
            )
    return tuple(found)


def _way(policy: Policy, gone: Sequence[str]) -> str:
    """Say what lets dates and times stay that a rule on their group does not keep, if anything does."""
    ways = [] if are_moved(policy.rules) else ["write a rule for each that is to stay"]
    if policy.dates != "UNMODIFIED" and any(is_event(one) for one in gone):
        ways.append("keep all dates with --option retain-full-dates")
    return f"; {', or '.join(ways)}" if ways else ""


def _stays(selector: str, rules: Mapping[str, Rule], *, are_kept: bool) -> bool:
    """Return whether a date or time stays as it is; by a rule on a group only where no dates move or go."""
    rule = next(iter(covering(selector, rules)))
    is_narrow = rule.selector == selector or vr_of(selector) not in DAY_VRS
    return rule.action.code is ActionCode.K and (are_kept or is_narrow)


def is_event(selector: str) -> bool:
    """Return whether a selector is a date or time that moves with the others."""
    row = profile().get(selector)
    return row is not None and vr_of(selector) in DATE_VRS and "retain-modified-dates" in row.options


def telling(selector: str) -> str:
    """Say what a date that is kept beside others that are shifted gives away."""
    if selector == _BIRTH_DATE:
        return "is kept as it is, and beside an age tells to the year by how much the other dates are shifted"
    return "is kept beside dates that are shifted, and tells by how much"


def _alone(rule: Rule) -> str:
    """Say of one date what is wrong with it, and what to do."""
    way = "remove or empty it, write one for all, " if rule.selector == _BIRTH_DATE else "let it move, "
    return f"{telling(rule.selector)}; {way}or keep all dates with --option retain-full-dates."


def _several(count: int) -> str:
    """Say the same of a line that keeps several dates: there are always others, that no list names, which move."""
    return (
        f"and {count - 1} other dates are kept by this line beside dates that no rule names and that are shifted; they "
        "tell by how much. Keep all dates with --option retain-full-dates, or name the attributes that are to stay."
    )


def _kept_dates(rules: Iterable[Rule]) -> list[Rule]:
    """Return the rules that keep a date of PS3.6 beside others that move: it tells by how much."""
    dates = [rule for rule in rules if vr_of(rule.selector) in DAY_VRS]
    if not any(rule.action.code is ActionCode.SHIFT for rule in dates):
        return []
    return [rule for rule in dates if rule.action.code is ActionCode.K]


def _constant_date(rules: Iterable[Rule]) -> Rule | None:
    """Return a rule that writes one date or time for all beside others that move, if there is one.

    What lies between the two would be made up, though the file says that its dates keep their intervals. Dates that the
    option does not speak of, as that of birth, are no events.
    """
    if not are_moved(rules):
        return None
    return next((rule for rule in rules if rule.action.code in WRITTEN and is_event(rule.selector)), None)


def _said(rule: Rule) -> str:
    """Return where a rule stands, and the attribute that it is about."""
    return f"{', line '.join(rule.source.rsplit(':', 1))}: {keyword_of(rule.selector) or rule.selector}"
