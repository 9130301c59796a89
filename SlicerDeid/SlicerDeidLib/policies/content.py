# SPDX-License-Identifier: Apache-2.0
"""What the Clean Structured Content Option says of content items: PS3.15 Table E.3.4-1 as rules."""

from __future__ import annotations

from collections.abc import Iterable

from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.compose import Choices, survives
from SlicerDeidLib.standard.tables import CONTENT_SEQUENCE, ContentRow, content_rows, edition

OPTION = "clean-structured-content"
_SELECTOR = f"{CONTENT_SEQUENCE:08x}"
_DATE_TYPES = frozenset({"DATE", "TIME", "DATETIME"})
_AGE, _SEX = "121033", "121032"  # Subject Age and Subject Sex, scheme DCM
_SAME_AS = {_AGE: "00101010", _SEX: "00100040"}
"""Content items that say what an attribute says -> its selector: an option taken for it is taken for them."""

_CONTENT = ("00080016", "00420011")  # SOP Class UID, Encapsulated Document; no rule goes for other content
_OF_THE_STANDARD = f"PS3.15 {edition()}"
_AS_IT_IS = "asked for: objects whose content cannot be cleaned"

_UNLISTED = Rule(
    "TEXT",
    Action(ActionCode.C, ActionCode.D),
    f"PS3.15 {edition()} E.3.4: text that Table E.3.4-1 does not name is cleaned",
)


def content_rules(choices: Choices) -> tuple[Rule, ...]:
    """Return the rules of content items; none where the option was not taken.

    Returns
    -------
    tuple of Rule
        Selectors ``"DCM:121071:TEXT"`` (scheme, code and value type), also with SNOMED's older codes as
        ``"SRT:G-C0E3:TEXT"``, and ``"TEXT"`` for text that the table does not name. Codes: X (the item goes), D, U, K,
        C, SHIFT, AGE.
    """
    if OPTION not in choices.options:
        return ()
    rules = {_UNLISTED.selector: _UNLISTED}
    for row in content_rows():
        for scheme, code in ((row.scheme, row.code), ("SRT", row.srt_code)):
            if code:
                selector = f"{scheme}:{code}:{row.value_type}"
                rules[selector] = Rule(selector, _action(row, choices), f"PS3.15 {edition()} Table E.3.4-1")
    return tuple(rules[selector] for selector in sorted(rules))


def unexamined_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return what keeps content that nobody looks at, and the kind of a private object, which says what it is.

    A rule of a site's own on the same attribute stays.
    """
    own = {rule.selector for rule in rules if not rule.source.startswith(_OF_THE_STANDARD)}
    return tuple(Rule(selector, Action(ActionCode.K), _AS_IT_IS) for selector in _CONTENT if selector not in own)


def content_names() -> dict[str, str]:
    """Return the meaning of every concept name of the table by the selector of its rule."""
    names = {_UNLISTED.selector: "text of any other concept"}
    for row in content_rows():
        names[f"{row.scheme}:{row.code}:{row.value_type}"] = row.meaning
        names[f"SRT:{row.srt_code}:{row.value_type}"] = row.meaning
    return names


def _action(row: ContentRow, choices: Choices) -> Action:
    """Return what is done with an item: of what the options offer, that which lets most survive."""
    basic = _basic(row)
    offered = [Action(basic)]
    for option, cell in row.options.items():
        if not choices.takes(option, _SAME_AS.get(row.code, _SELECTOR)):
            continue
        if cell == "K" and row.code == _AGE:
            offered += [Action(code) for code in _age_codes(choices)]
        elif cell == "K":
            offered.append(Action(ActionCode.K))
        else:
            code = ActionCode.SHIFT if row.value_type in _DATE_TYPES else ActionCode.C
            offered.append(Action(code, ActionCode.D))
    return max(offered, key=lambda action: survives(action.code))


def _basic(row: ContentRow) -> ActionCode:
    """Return the action without options.

    Where the table leaves a choice (X/D) the item stays with a dummy: a template may ask for it. A dummy of a reference
    is the reference with mapped UIDs.
    """
    if row.basic == "X":
        return ActionCode.X
    is_reference = row.value_type in ("UIDREF", "COMPOSITE", "IMAGE", "WAVEFORM")
    return ActionCode.U if is_reference else ActionCode.D


def _age_codes(choices: Choices) -> list[ActionCode]:
    """Return how an age may stay: as Patient's Age does; not at all where that is told in steps, which no item has."""
    rule = choices.rules.get(_SAME_AS[_AGE])
    code = ActionCode.K if rule is None else rule.action.code  # without a rule the option decides
    return [ActionCode.AGE] if code in (ActionCode.AGE, ActionCode.K) else []
