# SPDX-License-Identifier: Apache-2.0
"""DICAT's lists of fields to zap: an <item> each, with name (gggg,eeee), description and editable."""

from __future__ import annotations

import re

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.policies.actions import is_new_id
from SlicerDeidLib.policies.importers.rulefile import RuleFile, SiteRules, names_of_attributes
from SlicerDeidLib.policies.importers.xmlfile import parse_xml, stray_in

LANGUAGE = "DICAT's list of fields to zap"

_PARTS = ("name", "description", "editable", "forceInsert")
_FROM_TABLE = frozenset({"00100030", "00100040"})  # birth date and sex, which DICAT's table of patients may give


def read_fields_to_zap(text: str, label: str) -> SiteRules:
    """Read a list: what is not editable is emptied; a name that is editable becomes the new ID.

    Raises
    ------
    PolicyError
        If an element is not known, or a name is no tag; the sentence names file and line.
    """
    data = parse_xml(text, label)
    file = RuleFile(label)
    if data.name != "data":
        raise PolicyError(f"{label}, line {data.line}: DICAT's list begins with <data>.")
    for element in (data, *data.children):
        if stray := stray_in(element):
            file.fail(stray[0], f"'{stray[1]}' stands between the elements of the list; take it out.")
    for item in data.children:
        if item.name != "item":
            file.fail(item.line, f"<{item.name}> is not known; there is <item>.")
        parts = {part.name: part.text.strip() for part in item.children}
        unknown = next((part for part in item.children if part.name not in _PARTS), None)
        if unknown is not None:
            file.fail(unknown.line, f"<{unknown.name}> is not known; there are <{'>, <'.join(_PARTS)}>.")
        for part in ("editable", "forceInsert"):
            if parts.get(part, "no").lower() not in ("yes", "no"):
                file.fail(item.line, f"<{part}> must be yes or no.")
        if not parts.get("name"):
            file.fail(item.line, "an <item> needs a <name> with a tag.")
        selector = file.attribute(parts["name"], item.line)
        _check_description(parts.get("description", ""), selector, item.line, file)
        is_editable = parts.get("editable", "no").lower() == "yes"
        if is_new_id(selector):
            file.put(item.line, selector, ActionCode.NEW_ID, parts["name"])
        else:
            file.put(item.line, selector, ActionCode.Z, parts["name"])
        if is_editable and not is_new_id(selector) and selector not in _FROM_TABLE:
            file.note(item.line, "what a person would type into an editable field is not known; it is emptied.")
    return file.finish(LANGUAGE)


def _check_description(description: str, selector: str, line: int, file: RuleFile) -> None:
    """Refuse a description that names another attribute than the tag: nobody knows which of the two was meant."""
    named = names_of_attributes().get(re.sub("[^a-z0-9]", "", description.casefold()))
    if named is not None and named != selector:
        file.fail(
            line,
            f"the description '{description}' is that of ({named[:4]},{named[4:]}), not of the tag "
            f"({selector[:4]},{selector[4:]}); correct one of them.",
        )
