# SPDX-License-Identifier: Apache-2.0
"""Site rules in our own TOML: [rules] as in a policy, options, and [[values]] decided one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.files.whole import BY_MASK, write_whole
from SlicerDeidLib.model.binarynumbers import NUMBER_FORMATS, packed_numbers
from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.actions import is_new_id, make_action
from SlicerDeidLib.policies.fixed import keeping, why_fixed
from SlicerDeidLib.policies.importers.rulefile import SiteRules
from SlicerDeidLib.policies.ownrules import own_rules, word_list
from SlicerDeidLib.policies.ps315 import DATE_VRS
from SlicerDeidLib.policies.selectors import keyword_of, selector_of, vr_of
from SlicerDeidLib.policies.tomlfile import TomlFile, line_of, parse, quoted, read_text, words

LANGUAGE = "site rules"
_KEYS = ("title", "options", "rules", "values", "text")
POLICY_KEYS = ("name", "extends", "keep", "statement", "partial", "intervals", "deface")
"""What policies have and site rules have not."""

_OF_TEXT = ("stay", "go")
_ABOUT = ("attribute", "creator", "value")
_PARTS = (*_ABOUT, "action", "with")
_DECISIONS = {"keep": ActionCode.K, "remove": ActionCode.X, "replace": ActionCode.SET}
_PRIVATE = re.compile(r"\(([0-9a-f]{4}),(?:xx|[0-9a-f]{2})([0-9a-f]{2})\)", re.IGNORECASE)
_LONGEST_VALUE = 64  # characters of a value that replaces a private one: those of VR LO


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one value of one attribute, for all patients.

    Attributes
    ----------
    attribute : str
        As the engine names it: ``"00081090"``, ``"0019xx08 ACME"``.
    value : str
        As a person reads it.
    action : Action
        K, X or SET.
    remark : str
        A comment beside it in the file.
    """

    attribute: str
    value: str
    action: Action
    remark: str = ""


def read_site_toml(text: str, label: str) -> SiteRules:
    """Read site rules.

    Raises
    ------
    PolicyError
        If a key or action is not known; the sentence names file and line.
    """
    file = parse(text, label)
    for key in POLICY_KEYS:
        if key in file.content:
            file.fail(f"'{key}' makes this a policy: name the file with --policy; site rules have none.", key)
    file.check_keys(file.content, _KEYS, others=f"; in a policy also {words(POLICY_KEYS)}")
    options = file.strings(file.content.get("options", []), "options")
    faults: dict[str, str] = {}
    rules = tuple(own_rules(file, faults).values())
    values, decided = _values(file, faults)
    listed = file.table("text", _OF_TEXT)
    stay, go = (word_list(file, listed, key) for key in _OF_TEXT)
    return SiteRules(
        label,
        LANGUAGE,
        rules,
        options,
        values=values,
        decided=decided,
        faults=tuple(faults.values()),
        stay=stay,
        go=go,
    )


def save_decisions(path: Path, decisions: Iterable[Decision]) -> int:
    """Add decisions to a file of site rules; those on values that it decides about already are left out.

    Returns
    -------
    int
        How many were added.

    Raises
    ------
    PolicyError
        If the file holds something else than site rules.
    OSError
        If it cannot be written; a file that was there stays.
    """
    before = read_text(path) if path.exists() else ""
    known = read_site_toml(before, path.name).values
    new = [one for one in decisions if one.value not in known.get(one.attribute, {})]
    tables = [_table(one) for one in new]
    text = "\n".join([before.rstrip("\n"), *tables] if before.strip() else tables)
    write_whole(path, text.encode(), mode=BY_MASK)
    return len(new)


def replace_decisions(path: Path, decisions: Iterable[Decision]) -> None:
    """Write a file of site rules that holds these decisions and nothing else, readable by its owner only.

    Raises
    ------
    OSError
        If it cannot be written; a file that was there stays.
    """
    write_whole(path, "\n".join(map(_table, decisions)).encode())


def make_decision(attribute: str, value: str, word: str, replacement: str = "", remark: str = "") -> Decision:
    """Make a decision, or say why it cannot be.

    Parameters
    ----------
    attribute : str
        As the engine names it.
    word : str
        ``"keep"``, ``"remove"`` or ``"replace"``.
    replacement : str
        What the value is replaced by; empty for the other two.

    Raises
    ------
    PolicyError
        If the word is not known, nothing can be decided about the attribute, or it cannot hold the replacement.
    """
    code = _DECISIONS.get(word)
    if code is None:
        raise PolicyError(f"'action' must be one of {words(_DECISIONS)}.")
    if not value:
        raise PolicyError("'value' must say which value is meant.")
    if (code is ActionCode.SET) != bool(replacement):
        raise PolicyError("'with' says what a value is replaced by; 'replace' needs it, and nothing else has it.")
    name = keyword_of(attribute) or attribute
    if why := why_undecidable(attribute, code):
        raise PolicyError(f"'{name}': {why}.")
    if code is not ActionCode.SET:
        return Decision(attribute, value, Action(code), remark)
    vrs = vr_of(attribute).split(" or ")
    if "x" in attribute:
        if not (replacement.isascii() and replacement.isprintable() and len(replacement) <= _LONGEST_VALUE):
            raise PolicyError(f"'with' must be at most {_LONGEST_VALUE} letters without accents, digits and signs.")
    elif NUMBER_FORMATS.keys() & vrs:
        fitting = [vr for vr in vrs if vr in NUMBER_FORMATS and packed_numbers(vr, replacement) is not None]
        if not fitting or replacement.count("\\") != value.count("\\"):
            raise PolicyError(f"'{name}': 'with' must be as many numbers as 'value', of VR {' or '.join(vrs)}.")
    else:
        return Decision(attribute, value, make_action(code, attribute, name, replacement), remark)
    return Decision(attribute, value, Action(code, argument=replacement), remark)


def why_undecidable(attribute: str, code: ActionCode = ActionCode.X) -> str:
    """Return why nothing can be decided about an attribute's values; empty where it can.

    Parameters
    ----------
    attribute : str
        As the engine names it.
    code : ActionCode
        What is decided; K may be said also where nothing else can.
    """
    if why := why_fixed(attribute, keeping(attribute) if code is ActionCode.K else code):
        return why
    if "x" not in attribute and is_new_id(attribute):
        return "the subject's new ID stands there, so that no value of it is left to decide about; write a rule"
    if vr_of(attribute) == "UI":
        return "UIDs are mapped, so that no value of it is left to decide about; write a rule"
    if vr_of(attribute) in DATE_VRS:
        return "dates and times move before values are decided about, so that none of it is met again; write a rule"
    return ""


def _table(decision: Decision) -> str:
    """Write one decision."""
    attribute, _, creator = decision.attribute.partition(" ")
    name = keyword_of(attribute) or f"({attribute[:4]},{attribute[4:]})"
    word = next(word for word, code in _DECISIONS.items() if code is decision.action.code)
    remark = " ".join("".join(c if c.isprintable() else " " for c in decision.remark).split())
    lines = [f"# {remark}"] if remark else []  # a remark is one line, whatever the creator in it holds
    lines += ["[[values]]", f"attribute = {quoted(name)}"]
    if creator:
        lines.append(f"creator = {quoted(creator)}")
    lines += [f"value = {quoted(decision.value)}", f"action = {quoted(word)}"]
    if decision.action.argument:
        lines.append(f"with = {quoted(decision.action.argument)}")
    return "\n".join(lines) + "\n"


def _values(file: TomlFile, faults: dict[str, str]) -> tuple[dict[str, dict[str, Action]], tuple[Rule, ...]]:
    """Return the decisions of a file, and each in effect as a rule with its line; ``faults``: what cannot be done."""
    tables = file.content.get("values", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        file.fail("write each decision below a line [[values]].", "values")
    found: dict[str, dict[str, Action]] = {}
    decided: dict[tuple[str, str], Rule] = {}
    for number, table in enumerate(tables, 1):
        line = line_of(file.text, "action", "values", number=number)
        about = _about(table)
        fault = "[[values]] " + json.dumps(about)  # a key beside those of rules, which are selectors
        faults.pop(fault, None)
        decided.pop(about, None)
        try:
            one = _decision(table)
        except PolicyError as error:
            line = line_of(file.text, _part_of(error.reason, table), "values", number=number)
            faults[fault] = f"{file.label}, line {line}: {error.reason}"
            continue
        found.setdefault(one.attribute, {})[one.value] = one.action
        decided[about] = Rule(one.attribute, one.action, f"{file.label}:{line}")
    return found, tuple(decided.values())


def _part_of(reason: str, table: dict[str, Any]) -> str:
    """Return the key of a decision on whose line its fault is."""
    if "with" in table and "the value is" in reason:
        return "with"
    said = [word for word in re.findall("'([^']*)'", reason) if word in table]
    return said[0] if said else "attribute"


def _about(table: dict[str, Any]) -> tuple[str, str]:
    """Return what a decision is about, attribute and value, however the file names the attribute."""
    name, creator, value = (str(table.get(part, "")) for part in _ABOUT)
    try:
        return _attribute(name, creator), value
    except PolicyError:
        return name, value


def _decision(table: dict[str, Any]) -> Decision:
    """Read one decision."""
    for key, part in table.items():
        if key not in _PARTS:
            raise PolicyError(f"'{key}' is not known here; known are {words(_PARTS)}.")
        if not isinstance(part, str):
            raise PolicyError(f"'{key}' must be a text in quotes.")
    attribute = _attribute(table.get("attribute", ""), table.get("creator", ""))
    return make_decision(attribute, table.get("value", ""), table.get("action", ""), table.get("with", ""))


def _attribute(name: str, creator: str) -> str:
    """Return how the engine names an attribute."""
    private = _PRIVATE.fullmatch(name)
    if private is not None and int(private[1], 16) & 1:
        return f"{private[1].lower()}xx{private[2].lower()} {creator}".rstrip()
    selector = selector_of(name)
    if selector is None or not re.fullmatch("[0-9a-f]{8}", selector):
        raise PolicyError(f"'{name}' is no attribute; write a keyword of PS3.6 or a tag (gggg,eeee).")
    return selector
