# SPDX-License-Identifier: Apache-2.0
"""What happens to every attribute under every policy, as one document in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from SlicerDeidLib.model.policy import Action, ActionCode, Policy, Rule
from SlicerDeidLib.policies.content import content_names
from SlicerDeidLib.policies.describe import selector_text
from SlicerDeidLib.policies.selectors import covering, is_pattern, keyword_of, name_of, vr_of
from SlicerDeidLib.standard.tables import edition, safe_private

_HEAD = """<!-- Made by Testing/build_documents.py: change what it is made from. -->
# What happens to every attribute

One row per attribute that a rule of any policy names, by tag; attributes that no row names follow the rows of their
VR, and all others the last three. `slicerdeid policy show NAME` says the same of one policy in words, with the source
of every rule.

| short | what is done |
|---|---|
| X, Z, D | removed, emptied, replaced by a dummy; X of what the IOD requires is Z (Type 2) or D (Type 1) |
| X/Z, X/D, Z/D, X/Z/D | by the attribute's Type in the IOD: 3, 2, 1 |
| U, X/Z/U* | UIDs mapped by a keyed hash; of a sequence: the items stay, with mapped UIDs |
| shift | dates and times moved by the subject's offset; what is no date goes as without the option |
| C | cleaned word by word: clinical words, quantities and short numbers stay; of a sequence: its items are cleaned |
| keep | as it is, unless it holds the subject's own name, number or birth date |
| new-id, age | the new ID; ages from 90 years on as 090Y |
| bin, hash | told in steps, as a keyed hash |
| safe, all | private attributes of Table E.3.10-1; all private attributes |
"""


def attribute_document(policies: Sequence[Policy]) -> str:
    """Return the document.

    Parameters
    ----------
    policies : sequence of Policy
        One column each.
    """
    return "".join((_HEAD, *_attributes(policies), *_content(policies), *_private()))


def _attributes(policies: Sequence[Policy]) -> Iterator[str]:
    """Yield the table of attributes."""
    books = [{rule.selector: rule for rule in policy.rules} for policy in policies]
    selectors = sorted({selector for book in books for selector in book}, key=lambda s: (_rank(s), s))
    yield "\n## Attributes\n\n"
    yield _row("Attribute", "Keyword", *(policy.name for policy in policies))
    yield _row(*["---"] * (len(policies) + 2))
    for selector in selectors:
        yield _row(selector_text(selector), _said(selector), *(_short(selector, book) for book in books))


def _content(policies: Sequence[Policy]) -> Iterator[str]:
    """Yield the table of content items, under the policies that take the option."""
    taken = [policy for policy in policies if policy.content]
    if not taken:
        return
    names = content_names()
    books = [{rule.selector: rule for rule in policy.content} for policy in taken]
    yield "\n## Content items\n\n"
    yield f"PS3.15 {edition()} Table E.3.4-1, with the option `clean-structured-content`; of policies without it, all "
    yield "content goes. X: the item goes, with all below it.\n\n"
    yield _row("Concept name and value type", "Meaning", *(policy.name for policy in taken))
    yield _row(*["---"] * (len(taken) + 2))
    for selector in sorted(books[0]):
        if not selector.startswith("SRT:"):
            yield _row(selector, names[selector], *(_code(book[selector].action) for book in books))


def _private() -> Iterator[str]:
    """Yield the table of safe private attributes."""
    yield "\n## Safe private attributes\n\n"
    yield f"PS3.15 {edition()} Table E.3.10-1. Bytes (OB, OW) and attributes whose VR the table does not say go.\n\n"
    yield _row("Private creator", "Attributes") + _row("---", "---")
    groups: dict[tuple[str, int], list[str]] = {}
    for (creator, group, element), vr in sorted(safe_private().items()):
        if vr and vr.split("/")[0] not in ("OB", "OW"):
            groups.setdefault((creator, group), []).append(f"{element:02X}")
    for (creator, group), elements in groups.items():
        yield _row(creator, f"({group:04X},xx..) {' '.join(elements)}")


def _short(selector: str, book: Mapping[str, Rule]) -> str:
    """Return what a policy does with an attribute: by its own rule, or by those that decide in its place."""
    return " or ".join(dict.fromkeys(_code(rule.action, rule.selector) for rule in covering(selector, book)))


def _code(action: Action, selector: str = "") -> str:
    """Return an action as the document's legend has it."""
    if selector == "private" and action.code in (ActionCode.C, ActionCode.K):
        return "safe" if action.code is ActionCode.C else "all"
    word = "keep" if action.code is ActionCode.K else action.code.value
    return f"{word} {action.argument.replace(' ', ' top ')}".strip()


def _said(selector: str) -> str:
    """Return a keyword, or a name where there is none."""
    if selector.startswith("vr:"):
        return f"other attributes of VR {vr_of(selector)}"
    classes = {"private": "private", "unknown": "not in PS3.6", "standard": "all others of PS3.6"}
    return classes.get(selector) or keyword_of(selector) or name_of(selector)


def _rank(selector: str) -> int:
    """Return 0 for a tag, 1 for a repeating group, 2 for a VR, 3 for a class."""
    if selector.startswith("vr:"):
        return 2
    if len(selector) == 8 and (is_pattern(selector) or selector.isalnum()) and selector != "standard":
        return int(is_pattern(selector))
    return 3


def _row(*cells: str) -> str:
    """Return one row of a table."""
    return f"| {' | '.join(cells)} |\n"
