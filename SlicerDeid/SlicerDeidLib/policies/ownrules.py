# SPDX-License-Identifier: Apache-2.0
"""The [rules] of a policy file: selector -> action, refused where the action cannot be done to the attribute."""

from __future__ import annotations

from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.ps315 import CLEANED_VRS, DATE_VRS, profile
from SlicerDeidLib.policies.selectors import covering, selector_of, vr_of
from SlicerDeidLib.policies.tomlfile import TomlFile, words

_ACTIONS = {code.value: code for code in ActionCode}
_VRS = {
    ActionCode.SHIFT: DATE_VRS,
    ActionCode.AGE: frozenset({"AS"}),
    ActionCode.U: frozenset({"UI", "SQ"}),  # of a sequence: the items stay, with mapped UIDs
    ActionCode.X_OR_Z_OR_U: frozenset({"UI", "SQ"}),
    ActionCode.NEW_ID: frozenset({"PN", "LO", "SH", "ST", "LT", "UT", "UC"}),
    ActionCode.C: CLEANED_VRS,  # of dates, cleaning is "shift"
}
"""Actions that only attributes of some VRs can take."""


def own_rules(file: TomlFile) -> dict[str, Rule]:
    """Return the rules of a policy file by selector.

    Raises
    ------
    PolicyError
        If a key is no attribute, a value no action, or the action cannot be done to the attribute.
    """
    rules: dict[str, Rule] = {}
    for key, word in file.table("rules").items():
        selector = selector_of(key)
        if selector is None:
            file.fail(
                f"'{key}' is no attribute; write a keyword of PS3.6, \"(gggg,eeee)\" with x for any hex digit, "
                '"private", "unknown", "standard" or "vr:DA".',
                key,
                "rules",
            )
        if selector in rules:
            file.fail(f"'{key}' is named twice.", key, "rules")
        rules[selector] = Rule(selector, _action(file, key, selector, word), f"{file.label}: rules")
    return rules


def _action(file: TomlFile, key: str, selector: str, word: object) -> Action:
    """Return the action that a word means for a selector."""
    code = _ACTIONS.get(word) if isinstance(word, str) else None
    if code is None:
        file.fail(f"the action of '{key}' is not known; known are {words(_ACTIONS)}.", key, "rules")
    if code in _VRS and vr_of(selector) not in _VRS[code]:
        fitting = ", ".join(sorted(_VRS[code]))
        file.fail(f"'{code.value}' cannot be done to '{key}'; it is for attributes of VR {fitting}.", key, "rules")
    return Action(code, _basic(selector) if code in (ActionCode.SHIFT, ActionCode.C) else None)


def _basic(selector: str) -> ActionCode:
    """Return the action of the Basic Profile, for dates that cannot be read and texts of which nothing may stay."""
    return next(iter(covering(selector, profile()))).basic
