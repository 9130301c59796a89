# SPDX-License-Identifier: Apache-2.0
"""A policy in words: every rule for ``policy show``, and a short table for people who decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from SlicerDeidLib.model.policy import Action, ActionCode, Policy, Rule
from SlicerDeidLib.policies.content import content_names
from SlicerDeidLib.policies.ps315 import DATE_VRS
from SlicerDeidLib.policies.selectors import is_of_creator, is_pattern, keyword_of, name_of, vr_of
from SlicerDeidLib.standard.tables import deidentification_codes

_WORDS = {
    ActionCode.X: "removed",
    ActionCode.Z: "emptied",
    ActionCode.D: "replaced by a dummy",
    ActionCode.K: "kept",
    ActionCode.C: "cleaned: clinical words, quantities and short numbers stay",
    ActionCode.U: "UIDs mapped",
    ActionCode.X_OR_Z: "removed, or emptied where the IOD asks for it",
    ActionCode.X_OR_D: "removed, or replaced by a dummy where the IOD asks for it",
    ActionCode.Z_OR_D: "emptied, or replaced by a dummy where the IOD asks for it",
    ActionCode.X_OR_Z_OR_D: "removed, or emptied or replaced by a dummy where the IOD asks for it",
    ActionCode.X_OR_Z_OR_U: "removed, or emptied or its UIDs mapped where the IOD asks for it",
    ActionCode.SHIFT: "shifted by the subject's date offset",
    ActionCode.NEW_ID: "replaced by the new ID",
    ActionCode.AGE: "kept; 90 years and more become 090Y",
    ActionCode.PSEUDO: "replaced by an invented value of the class {}, the same for the same original",
    ActionCode.HASH: "replaced by a keyed hash of {} characters",
    ActionCode.BIN: "rounded down to bins of {}",
    ActionCode.ROUND: "rounded to multiples of {}",
    ActionCode.TOP: "kept; more than {} is not told",
    ActionCode.SET: "replaced by the policy's own value",
    ActionCode.ADD: "replaced by the policy's own value, or added",
}
_PRIVATE_WORDS = {
    ActionCode.C: "removed but for the safe ones of the standard, whose UIDs are mapped, dates shifted, texts cleaned",
    ActionCode.K: "kept, but no names and bytes, nor the patient's own: UIDs mapped, dates shifted, texts cleaned",
}
_OTHERWISE = {ActionCode.SHIFT: "it is no date", ActionCode.C: "nothing may stay"}
"""When the fallback of an action is taken."""

_CLASS_NAMES = {
    "private": "private attributes",
    "unknown": "attributes that PS3.6 does not know",
    "standard": "all other attributes of PS3.6",
}
_GOING = frozenset({ActionCode.X, ActionCode.X_OR_Z, ActionCode.X_OR_D, ActionCode.X_OR_Z_OR_D})
_EMPTIED = frozenset({ActionCode.Z, ActionCode.D, ActionCode.Z_OR_D})
_FILE_META = "0002"  # a group of its own, made anew for every file
_MOST_NAMED = 6  # attributes named in a cell of the short table; more are counted


def policy_rows(policy: Policy) -> list[tuple[str, str, str, str]]:
    """Return every rule: tag, name, action in words, source; tags, then groups, classes, and content items."""
    ordered = sorted(policy.rules, key=lambda rule: (_rank(rule.selector), rule.selector))
    rows = [(selector_text(r.selector), _name(r.selector), rule_words(r), r.source) for r in ordered]
    names = content_names()
    return rows + [(r.selector, names[r.selector], content_words(r.action), r.source) for r in policy.content]


def claims(policy: Policy) -> str:
    """Return what a policy's header rules earn, by the meanings of CID 7050; pixels earn more."""
    meanings = deidentification_codes()
    return ", ".join(f"{code} {meanings[code]}" for code in policy.codes) or "nothing"


def content_words(action: Action) -> str:
    """Return what happens to a content item, in words."""
    return "the item removed, with all below it" if action.code is ActionCode.X else action_words(action)


def rule_words(rule: Rule) -> str:
    """Return what a rule does, in words."""
    if rule.selector == "private" and rule.action.code in _PRIVATE_WORDS:
        return _PRIVATE_WORDS[rule.action.code]
    return action_words(rule.action)


def action_words(action: Action) -> str:
    """Return what is done, in words."""
    words = _WORDS[action.code].format(action.argument.replace(" ", "; more is not told than "))
    if not action.fallback:
        return words
    return f"{words}; {_WORDS[action.fallback]} when {_OTHERWISE[action.code]}"


def selector_text(selector: str) -> str:
    """Return a selector as it is read: ``(0010,0010)``, ``(60xx,3000)``, ``private``."""
    if _rank(selector) > 1:
        return selector
    if is_of_creator(selector):
        return f"({selector[:4]},{selector[4:8]}){selector[8:]}"
    group, element = selector[:4], selector[4:]
    return f"({group},{element})" if is_pattern(selector) else f"({group},{element})".upper()


def markdown_table(policy: Policy) -> str:
    """Return a policy's rules in a few lines of Markdown, for people who decide; ``policy show`` has them all."""
    lines = [f"| What | With policy `{policy.name}` |", "|---|---|"]
    tags = [r for r in policy.rules if _rank(r.selector) == 0 and not r.selector.startswith(_FILE_META)]
    for what, fits, done in _TOPICS:
        chosen = [rule for rule in tags if fits(rule)]
        if chosen:
            lines.append(f"| {_listed(what, chosen)} | {done} |")
    if any(r.selector == "vr:LT" and r.action.code is ActionCode.C for r in policy.rules):
        lines.append(
            f"| prose in other attributes and text that the image's IOD does not have | {_WORDS[ActionCode.C]} |"
        )
    lines += [f"| {_name(r.selector)} | {rule_words(r)} |" for r in policy.rules if r.selector in _CLASS_NAMES]
    return "\n".join(lines) + "\n"


def _is(*codes: ActionCode, dates: bool | None = None) -> Callable[[Rule], bool]:
    """Return a test for rules of some codes; ``dates``: only for dates and times, or only for others."""
    return lambda rule: rule.action.code in codes and dates in (None, vr_of(rule.selector) in DATE_VRS)


_CONFORMING = "removed, or emptied or replaced by a dummy where the IOD asks for it"
_TOPICS: tuple[tuple[str, Callable[[Rule], bool], str], ...] = (
    ("identifiers", _is(ActionCode.NEW_ID), _WORDS[ActionCode.NEW_ID]),
    ("UIDs", _is(ActionCode.U), "mapped, the same wherever they are referenced; registered UIDs stay"),
    ("references", _is(ActionCode.X_OR_Z_OR_U), _WORDS[ActionCode.X_OR_Z_OR_U]),
    ("dates and times", _is(ActionCode.SHIFT), _WORDS[ActionCode.SHIFT]),
    ("dates and times", _is(*_GOING, *_EMPTIED, dates=True), _CONFORMING),
    ("ages", _is(ActionCode.AGE), _WORDS[ActionCode.AGE]),
    (
        "ages and numbers",
        _is(ActionCode.BIN, ActionCode.ROUND, ActionCode.TOP),
        "rounded, or told up to a highest value",
    ),
    ("attributes", _is(ActionCode.K), _WORDS[ActionCode.K]),
    (
        "names, numbers and places",
        _is(ActionCode.PSEUDO, ActionCode.HASH),
        "replaced by invented values or keyed hashes",
    ),
    ("attributes", _is(ActionCode.SET, ActionCode.ADD), _WORDS[ActionCode.SET]),
    ("descriptions, comments and code meanings", _is(ActionCode.C), _WORDS[ActionCode.C]),
    ("names, addresses, numbers and more", _is(*_GOING, dates=False), _CONFORMING),
    ("names, numbers and labels that images must have", _is(*_EMPTIED, dates=False), "emptied or replaced by a dummy"),
)


def _listed(what: str, rules: Sequence[Rule]) -> str:
    """Return keywords, or a count where they are many."""
    if len(rules) <= _MOST_NAMED:
        return ", ".join(keyword_of(rule.selector) or selector_text(rule.selector) for rule in rules)
    return f"{what} ({len(rules)} attributes)"


def _name(selector: str) -> str:
    """Return the name of what a selector means."""
    if selector.startswith("vr:"):
        return f"other attributes of VR {selector[3:]}"
    return _CLASS_NAMES.get(selector) or name_of(selector)


def _rank(selector: str) -> int:
    """Return 0 for a tag, 1 for a repeating group, 2 for a VR, 3 for a class."""
    if selector in _CLASS_NAMES:
        return 3
    if selector.startswith("vr:"):
        return 2
    return 1 if is_pattern(selector) else 0
