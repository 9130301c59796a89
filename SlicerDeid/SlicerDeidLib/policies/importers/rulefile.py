# SPDX-License-Identifier: Apache-2.0
"""RuleFile: what every importer fills: rules with their line, notes, and refusals that name file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import NoReturn

from pydicom.datadict import DicomDictionary

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.actions import make_action, makes_one
from SlicerDeidLib.policies.fixed import OWN_MARKS, keeping, needed_by_images, read_with
from SlicerDeidLib.policies.ps315 import profile
from SlicerDeidLib.policies.selectors import selector_of, vr_of

_NEVER = re.compile("0000|0002|fffc|fffe")  # groups without attributes of a data set: PS3.5 7.1, PS3.10 7
_TAG = re.compile(r"[(\[]?([0-9a-f]{4}),?\s?([0-9a-f]{4})[)\]]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SiteRules:
    """The rules of one file, whatever its language.

    Attributes
    ----------
    label : str
        The file's name without its folder.
    language : str
        In which language it is written, in words.
    options : tuple of str
        Options of PS3.15 that it takes.
    kept : frozenset of str
        Of a list of what is kept: selectors whose UIDs and dates stay as the policy's own list ``keep`` leaves them.
    values : dict of str to dict of str to Action
        What becomes of single values: selector -> value -> K, X or SET.
    decided : tuple of Rule
        The decisions in ``values`` with their lines, one each.
    notes : tuple of str
        What is done otherwise than the file's own program does it; each names its line.
    stay, go : tuple of str
        Words of text in pictures that stay, and that go.
    faults : tuple of str
        What of the rules in effect cannot be done, each with its line; ``read_rules`` refuses a file that has any.
    """

    label: str
    language: str
    rules: tuple[Rule, ...]
    options: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    values: dict[str, dict[str, Action]] = field(default_factory=dict)
    decided: tuple[Rule, ...] = ()
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    stay: tuple[str, ...] = ()
    go: tuple[str, ...] = ()


class RuleFile:
    """One rule file while it is read.

    Parameters
    ----------
    label : str
        The file's name without its folder.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.rules: dict[str, Rule] = {}
        self.notes: dict[str, int] = {}
        self.faults: dict[str, str] = {}

    def fail(self, line: int, what: str) -> NoReturn:
        """Refuse the file.

        Raises
        ------
        PolicyError
            Always.
        """
        raise PolicyError(f"{self.label}, line {line}: {what}")

    def note(self, line: int, what: str) -> None:
        """Remember what is done otherwise than the file's own program does it, with the first line of its kind."""
        self.notes.setdefault(what, line)

    def attribute(self, name: str, line: int) -> str:
        """Return the selector of a keyword or tag; refuse what is neither."""
        if match := _TAG.fullmatch(name):
            return (match[1] + match[2]).lower()
        selector = selector_of(name)
        if selector is None or not re.fullmatch("[0-9a-fx]{8}", selector):
            selector = names_of_attributes().get(name.casefold())
        if selector is None:
            self.fail(line, f"'{name}' is no attribute of PS3.6; correct its name, or write its tag (gggg,eeee).")
        return selector

    def put(self, line: int, selector: str, code: ActionCode, name: str = "", argument: str = "") -> None:
        """Add a rule; a later one on the same selector wins. What no rule can decide about is passed over.

        An action that cannot be done to the attribute is a fault, unless a later line on it can be: the reader goes
        on, so that all faults are found.
        """
        if self.passes_over(line, selector):
            return
        if code in (ActionCode.SET, ActionCode.ADD) and vr_of(selector) == "UI":
            self.note(line, "one UID for all images would make them one: each is mapped instead.")
            code, argument = ActionCode.U, ""
        elif code is not keeping(selector) and selector in read_with() and vr_of(selector) == "SQ":
            self.note(line, "without its groups of frames and their places an image cannot be read: they are kept.")
            code, argument = keeping(selector), ""  # scripts of the RSNA remove them, which leaves no image
        elif makes_one(code, selector):
            self.note(line, "one value for all patients, or none, would make them one: the new ID is written instead.")
            code, argument = ActionCode.NEW_ID, ""
        self.drop(selector)
        try:
            action = make_action(code, selector, name or selector, argument)
        except PolicyError as error:
            self.faults[selector] = f"{self.label}, line {line}: {error.reason}"
            return
        self.rules[selector] = Rule(selector, action, f"{self.label}:{line}")

    def drop(self, selector: str) -> None:
        """Forget what the lines so far say of a selector, right or wrong."""
        self.rules.pop(selector, None)
        self.faults.pop(selector, None)

    def passes_over(self, line: int, selector: str) -> bool:
        """Return whether no rule can decide about a selector; say so of what the program itself writes."""
        if selector in OWN_MARKS:
            self.note(
                line, "what was done to a file the program says itself: what rules say of its marks is not written."
            )
        return is_passed_over(selector)

    def remove_others(self) -> None:
        """Remove what no line names, but not what the image cannot be read without; UIDs are mapped."""
        source = f"{self.label}: named by no line"
        for selector in needed_by_images():
            action = make_action(ActionCode.K, selector, selector)
            self.rules.setdefault(selector, Rule(selector, action, f"{source}; the image needs it"))
        for selector, row in profile().items():
            if row.basic not in (ActionCode.U, ActionCode.NEW_ID) and not is_passed_over(selector):
                self.rules.setdefault(selector, Rule(selector, Action(ActionCode.X), source))

    def finish(self, language: str, options: Iterable[str] = (), kept: Iterable[str] = ()) -> SiteRules:
        """Return what was read."""
        rules = tuple(self.rules.values())
        notes = tuple(f"{self.label}, line {line}: {what}" for what, line in self.notes.items())
        faults = tuple(self.faults.values())
        return SiteRules(self.label, language, rules, tuple(options), frozenset(kept), notes=notes, faults=faults)


def is_passed_over(selector: str) -> bool:
    """Return whether no rule can decide about a selector: the program's own marks, and what has no place in a file."""
    return selector in OWN_MARKS or _NEVER.match(selector) is not None or selector[4:8] == "0000"


@cache
def keywords() -> dict[str, str]:
    """Return keyword -> selector of all attributes of PS3.6 that are one tag."""
    return {entry[4]: f"{tag:08x}" for tag, entry in DicomDictionary.items() if entry[4]}


@cache
def names_of_attributes() -> dict[str, str]:
    """Return keywords as other programs write them -> selector: without case, or made of the name ("PatientsName")."""
    found = {re.sub("[^a-z0-9]", "", entry[2].casefold()): f"{tag:08x}" for tag, entry in DicomDictionary.items()}
    found.update({keyword.casefold(): selector for keyword, selector in keywords().items()})
    found.pop("", None)
    return found
