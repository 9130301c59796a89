# SPDX-License-Identifier: Apache-2.0
"""What policies and site rules say alike: [rules], selector -> action, and words of [text]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import Rule
from SlicerDeidLib.policies.actions import read_action
from SlicerDeidLib.policies.selectors import selector_of
from SlicerDeidLib.policies.tomlfile import TomlFile, line_of


def own_rules(file: TomlFile, faults: dict[str, str] | None = None) -> dict[str, Rule]:
    """Return the rules of a policy file by selector.

    Parameters
    ----------
    faults : dict of str to str, optional
        By selector, a sentence for each rule in effect whose action is not known or cannot be done, instead of an
        error for the first; one of a layer below goes where the file has a rule that can be done.

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
        try:
            action = read_action(word if isinstance(word, str) else "", selector, key)
        except PolicyError as error:
            if faults is None:
                file.fail(error.reason, key, "rules")
            faults[selector] = f"{file.label}, line {line_of(file.text, key, 'rules')}: {error.reason}"
            continue
        if faults is not None:
            faults.pop(selector, None)
        rules[selector] = Rule(selector, action, f"{file.label}:{line_of(file.text, key, 'rules')}")
    return rules


def word_list(file: TomlFile, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the words of text in pictures that a file lists as ``key`` of its [text].

    Raises
    ------
    PolicyError
        If it is no list of texts, or one has no letter or digit.
    """
    found = file.strings(table.get(key, []), key, "text")
    for word in found:
        if not any(character.isalnum() for character in word):
            file.fail(f"'{key}': each text must have a letter or a digit.", key, "text", word)
    return found
