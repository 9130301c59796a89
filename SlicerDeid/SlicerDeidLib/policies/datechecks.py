# SPDX-License-Identifier: Apache-2.0
"""Date checks: dates that rules keep, or make the same for all, beside others that move."""

from __future__ import annotations

from collections.abc import Iterable

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import ActionCode, Rule
from SlicerDeidLib.policies.compose import are_moved
from SlicerDeidLib.policies.ps315 import DATE_VRS, DAY_VRS, profile
from SlicerDeidLib.policies.selectors import keyword_of, vr_of

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
    if telling := _telling_date(rules):
        raise PolicyError(
            f"{_said(telling)} is kept beside dates that are shifted, and tells by how much; let it move, or "
            "keep all with --option retain-full-dates."
        )
    if constant := _constant_date(rules):
        raise PolicyError(
            f"{_said(constant)} is the same for all beside dates that are shifted, so that what lies between them "
            "would be made up; let it move (shift), or remove it."
        )


def is_event(selector: str) -> bool:
    """Return whether a selector is a date or time that moves with the others."""
    row = profile().get(selector)
    return row is not None and vr_of(selector) in DATE_VRS and "retain-modified-dates" in row.options


def _telling_date(rules: Iterable[Rule]) -> Rule | None:
    """Return a rule that keeps a date of PS3.6 beside others that move, if there is one: it tells by how much."""
    dates = [rule for rule in rules if vr_of(rule.selector) in DAY_VRS]
    if not any(rule.action.code is ActionCode.SHIFT for rule in dates):
        return None
    return next((rule for rule in dates if rule.action.code is ActionCode.K), None)


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
