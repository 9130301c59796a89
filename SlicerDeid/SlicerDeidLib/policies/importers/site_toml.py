# SPDX-License-Identifier: Apache-2.0
"""Site rules in our own TOML: [rules] as in a policy, options, and [[values]] decided one by one."""

from __future__ import annotations

from SlicerDeidLib.policies.importers.rulefile import SiteRules
from SlicerDeidLib.policies.ownrules import own_rules
from SlicerDeidLib.policies.tomlfile import parse

LANGUAGE = "site rules"
_KEYS = ("title", "options", "rules")


def read_site_toml(text: str, label: str) -> SiteRules:
    """Read site rules.

    Raises
    ------
    PolicyError
        If a key or action is not known; the sentence names file and line.
    """
    file = parse(text, label)
    for key in ("name", "extends"):
        if key in file.content:
            file.fail(f"'{key}' makes this a policy, which --policy names; site rules have none.", key)
    file.check_keys(file.content, _KEYS)
    options = file.strings(file.content.get("options", []), "options")
    faults: list[str] = []
    rules = tuple(own_rules(file, faults).values())
    return SiteRules(label, LANGUAGE, rules, options, faults=tuple(faults))
