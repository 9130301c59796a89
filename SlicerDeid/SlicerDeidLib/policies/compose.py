# SPDX-License-Identifier: Apache-2.0
"""One rule per selector out of profile, options and own rules; what the rules may claim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.actions import basic_code
from SlicerDeidLib.policies.fixed import keeping, read_with
from SlicerDeidLib.policies.ps315 import DATE_OPTIONS, DATE_VRS, OPTION_TITLES, ProfileRow, profile, table_rows
from SlicerDeidLib.policies.selectors import covering, vr_of
from SlicerDeidLib.standard.tables import OPTION_CODES

BASIC_PROFILE_CODE = "113100"  # CID 7050
_PATIENT_AGE = "00101010"

_SURVIVES = {
    ActionCode.X: 0,
    ActionCode.Z: 1,
    ActionCode.D: 1,
    ActionCode.NEW_ID: 1,
    ActionCode.SET: 1,
    ActionCode.ADD: 1,
    ActionCode.PSEUDO: 1,
    ActionCode.HASH: 1,
    ActionCode.U: 2,
    ActionCode.SHIFT: 3,
    ActionCode.AGE: 3,
    ActionCode.BIN: 3,
    ActionCode.ROUND: 3,
    ActionCode.TOP: 3,
    ActionCode.C: 3,
    ActionCode.K: 4,
}
"""How much of an attribute survives: nothing; that it was there (empty, a dummy, the new ID and what only the key could
make again are all a Z of PS3.15 Table E.1-1a, none tells the value); a UID's references; a part of the value; the
value."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the layers of a policy chose, later over earlier.

    Attributes
    ----------
    options : tuple of str
        Options taken whole.
    partial : dict of str to frozenset of str
        Option -> the selectors for which alone it is taken.
    rules : dict of str to Rule
        Own rules by selector.
    """

    options: tuple[str, ...] = ()
    partial: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def takes(self, option: str, selector: str) -> bool:
        """Return whether an option was taken for a selector."""
        return option in self.options or selector in self.partial.get(option, ())


def compose(choices: Choices) -> tuple[Rule, ...]:
    """Return one rule per selector: profile, then options, then own rules; later wins.

    Of several options that speak of one selector the one that lets more survive wins: to take an option is to ask for
    what it keeps. A real date that another option keeps, such as that of a calibration, would tell beside shifted ones
    by how much they moved: it moves with them. No rule keeps an age over 89 (45 CFR 164.514(b)(2)(i)(C)).
    """
    rules: dict[str, Rule] = {}
    for selector, row in profile().items():
        offered = [row.rule(), *(rule for option in _speaking(row, choices) if (rule := _taken(row, option, choices)))]
        rules[selector] = max(offered, key=lambda rule: survives(rule.action.code))
    rules.update(choices.rules)
    rules.update(_fixed(rules))
    if are_moved(rules.values()):
        rules.update({selector: _moved(rules[selector]) for selector in _kept_besides(rules.values())})
    age = rules[_PATIENT_AGE]
    if age.action.code is ActionCode.K:
        rules[_PATIENT_AGE] = replace(age, action=Action(ActionCode.AGE, basic_code(_PATIENT_AGE)))
    return tuple(rules[selector] for selector in sorted(rules))


def _fixed(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """Return rules that keep what an image is read with where a rule on more than it would not."""
    deciding = {selector: next(iter(covering(selector, rules))) for selector in read_with()}
    return {
        selector: Rule(selector, Action(keeping(selector)), f"{rule.source}; the image cannot be read without it")
        for selector, rule in deciding.items()
        if rule.action.code not in (ActionCode.K, keeping(selector))
    }


def weaker_than_basic(rules: Iterable[Rule], choices: Choices) -> tuple[str, ...]:
    """Return the selectors whose rule is weaker than the Basic Profile and what the taken options permit."""
    return tuple(
        rule.selector
        for rule in rules
        if any(
            all(is_weaker(rule.action.code, code) for code in _permitted(row, choices))
            for row in _baseline(rule.selector)
        )
    )


def earned_codes(rules: Iterable[Rule], choices: Choices, weaker: tuple[str, ...]) -> tuple[str, ...]:
    """Return the CID 7050 codes that the rules earn.

    An option's only where it changed what is done, and where no attribute that it speaks of is left more than the taken
    options permit: who keeps a description as it is has not cleaned the descriptors. Dates that are one for all are not
    modified so that what lies between them stays.
    """
    rules = tuple(rules)
    by_selector = {rule.selector: rule for rule in rules}
    earned: set[str] = set() if weaker else {BASIC_PROFILE_CODE}
    broken: set[str] = set()
    for selector, row in profile().items():
        code = by_selector[selector].action.code
        if not is_weaker(code, row.basic):
            continue
        taken = {o: permitted for o, permitted in row.options.items() if choices.takes(o, selector)}
        fitting = [option for option, permitted in taken.items() if not is_weaker(code, permitted)]
        (earned if fitting else broken).update(OPTION_CODES[option] for option in fitting or taken)
    if dates_of(rules) != "MODIFIED":
        broken.add(OPTION_CODES["retain-modified-dates"])
    return tuple(sorted(earned - broken))


def dates_of(rules: Iterable[Rule]) -> str:
    """Return the value of (0028,0303): UNMODIFIED as soon as one date or time of PS3.6 is kept as it is.

    What an option keeps that is not about dates does not count: when a device was made or calibrated is no longitudinal
    information about a patient, and the option's own code says that it was retained.
    """
    dates = [rule for rule in rules if vr_of(rule.selector) in DATE_VRS]
    besides = set(_kept_besides(dates))
    if any(rule.action.code is ActionCode.K and rule.selector not in besides for rule in dates):
        return "UNMODIFIED"
    return "MODIFIED" if are_moved(dates) else "REMOVED"


def keeps_dates_besides(rules: Iterable[Rule]) -> bool:
    """Return whether an option that is not about dates keeps real ones, such as those of calibrations."""
    return any(True for _ in _kept_besides(rules))


def moved_times(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Return rules for times that are kept beside dates that move: all move by whole days, so that they stay."""
    dates = [rule for rule in rules if vr_of(rule.selector) in DATE_VRS]
    if not are_moved(dates):
        return {}
    kept = [rule for rule in dates if rule.action.code is ActionCode.K and vr_of(rule.selector) == "TM"]
    return {rule.selector: _moved(rule) for rule in kept}


def are_moved(rules: Iterable[Rule]) -> bool:
    """Return whether a date or time of PS3.6 moves."""
    return any(rule.action.code is ActionCode.SHIFT and vr_of(rule.selector) in DATE_VRS for rule in rules)


def _moved(rule: Rule) -> Rule:
    """Return a rule for a date or time that is kept: it moves as all others."""
    return Rule(rule.selector, Action(ActionCode.SHIFT, basic_code(rule.selector)), rule.source)


def _kept_besides(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the dates and times that an option keeps that is not about dates."""
    besides = tuple(title for option, title in OPTION_TITLES.items() if option not in DATE_OPTIONS)
    for rule in rules:
        is_date = rule.action.code is ActionCode.K and vr_of(rule.selector) in DATE_VRS
        if is_date and rule.source.endswith(besides):
            yield rule.selector


@cache
def survives(code: ActionCode) -> int:
    """Return how much of an attribute survives an action, under the Type that lets most survive."""
    return max(_SURVIVES[_at_type(code, attribute_type)] for attribute_type in "123")


@cache
def is_weaker(code: ActionCode, than: ActionCode) -> bool:
    """Return whether ``code`` lets more survive than ``than`` under any Type of the attribute."""
    return any(_SURVIVES[_at_type(code, t)] > _SURVIVES[_at_type(than, t)] for t in "123")


@cache
def _at_type(code: ActionCode, attribute_type: str) -> ActionCode:
    """Return what a compound code comes to for an attribute of Type 1, 2 or 3 (PS3.15 Table E.1-1a)."""
    if "/" not in code.value:
        return code
    parts = code.value.rstrip("*").split("/")
    last = "Z" if attribute_type == "2" and "Z" in parts else parts[-1]
    return ActionCode(parts[0] if attribute_type == "3" else last)


def _speaking(row: ProfileRow, choices: Choices) -> tuple[str, ...]:
    """Return the options that decide about a row: for dates and times those about dates alone, if one is taken."""
    about_dates = tuple(o for o in row.options if o in DATE_OPTIONS and choices.takes(o, row.selector))
    return about_dates if about_dates and vr_of(row.selector) in DATE_VRS else tuple(row.options)


def _taken(row: ProfileRow, option: str, choices: Choices) -> Rule | None:
    """Return an option's rule when the option was taken for this row."""
    return row.option_rule(option) if choices.takes(option, row.selector) else None


def _permitted(row: ProfileRow, choices: Choices) -> list[ActionCode]:
    """Return the basic action and those of the options that were taken."""
    return [row.basic, *(code for option, code in row.options.items() if choices.takes(option, row.selector))]


def _baseline(selector: str) -> Iterable[ProfileRow]:
    """Return the rows of the Basic Profile that would decide for a selector; Table E.1-1's own where it has one."""
    if own := table_rows().get(selector):
        return (own,)
    return covering(selector, profile())
