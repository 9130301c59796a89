# SPDX-License-Identifier: Apache-2.0
"""The list ``keep`` of a policy file: attributes that stay where everything else goes."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.actions import basic_code, is_new_id
from SlicerDeidLib.policies.ps315 import DATE_VRS
from SlicerDeidLib.policies.selectors import selector_of, vr_of
from SlicerDeidLib.policies.tomlfile import TomlFile, line_of


def kept_rules(file: TomlFile) -> dict[str, Rule]:
    """Return a rule K for each attribute of a file's list.

    Raises
    ------
    PolicyError
        If a word of the list is no attribute, or stands in it twice.
    """
    rules: dict[str, Rule] = {}
    for keyword in file.strings(file.content.get("keep", []), "keep"):
        selector = selector_of(keyword)
        if selector is None or not re.fullmatch("[0-9a-f]{8}", selector):
            file.fail(
                f"'{keyword}' is no attribute; write a keyword of PS3.6 or \"(gggg,eeee)\".", "keep", item=keyword
            )
        if selector in rules:
            file.fail(f"'{keyword}' is named twice.", "keep", item=keyword)
        rules[selector] = Rule(
            selector, Action(ActionCode.K), f"{file.label}:{line_of(file.text, 'keep', item=keyword)}"
        )
    return rules


def resolved(rules: Mapping[str, Rule], kept: Collection[str], options: Collection[str]) -> dict[str, Rule]:
    """Return the rules of kept UIDs and dates: to be kept is not to keep what tells who it was.

    UIDs are mapped unless they are retained. The patient's name and numbers become the new ID. Dates move or stay by
    the option that speaks of them; without one they go as the Basic Profile says.
    """
    found = {}
    for selector in kept:
        rule, vr = rules[selector], vr_of(selector)
        if is_new_id(selector):
            found[selector] = Rule(selector, Action(ActionCode.NEW_ID), rule.source)
        elif vr == "UI" and "retain-uids" not in options:
            found[selector] = Rule(selector, Action(ActionCode.U), rule.source)
        elif vr in DATE_VRS and "retain-full-dates" not in options:
            basic = basic_code(selector)
            is_moved = "retain-modified-dates" in options
            action = Action(ActionCode.SHIFT, basic) if is_moved else Action(basic)
            found[selector] = Rule(selector, action, rule.source)
    return found
