# SPDX-License-Identifier: Apache-2.0
"""Anonymizer scripts of the RSNA: those of its anonymizer (what no line names is removed) and those of CTP."""

from __future__ import annotations

import re
from itertools import accumulate

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import ActionCode, Rule
from SlicerDeidLib.policies.actions import is_new_id
from SlicerDeidLib.policies.compose import survives
from SlicerDeidLib.policies.importers.rulefile import RuleFile, SiteRules
from SlicerDeidLib.policies.importers.xmlfile import XmlElement, parse_xml, stray_in
from SlicerDeidLib.policies.ps315 import DATE_VRS, DAY_VRS
from SlicerDeidLib.policies.selectors import of_creator, vr_of

LANGUAGE = "anonymizer script of the RSNA"

_TAG = re.compile(r"[(\[]?([0-9a-f]{4}),?([0-9a-f]{4})[)\]]?", re.IGNORECASE)
_PRIVATE_TAG = re.compile(r"\s*[(\[]?([0-9a-f]{4}),?(?:00)?\[([^\]]+)\]([0-9a-f]{2})?[)\]]?\s*", re.IGNORECASE)
_FUNCTION = re.compile(r"@+(\w+)\s*(?:\(([^()]*)\))?")
_CONDITION = re.compile(r"@+(?:if\s*\(\s*([^,()]+?)\s*,\s*(\w+)\s*[,)]|select\s*\(\s*\))", re.IGNORECASE)
_CONDITIONS = frozenset(
    {"isblank", "exists", "equals", "contains", "matches", "greaterthan"}
)  # as CTP's manual has them
_ARGUMENT = re.compile(r"this|@\w+|[+-]?\d+|\"[^\"]*\"|", re.IGNORECASE)  # what names no attribute
_CALL = re.compile(r"@\w+\(")
_WORDS = {"Ref": "Referenced", "Seq": "Sequence"}  # how keywords are shortened in names that CTP knows (dcm4che's)
_SHORT_WORDS = re.compile("^Ref(?=[A-Z])|Seq$")
_ROUND = re.compile(r"\s*\w+\s*,\s*(\d{1,3})\s*")
_DEEPEST = 50  # conditions within each other; what is deeper no person wrote
_COPYING = frozenset({"contents", "value"})  # of an attribute into this one
_BRANCHES = 2  # of a condition, and of a choice between the data set and its items
_FREE = frozenset({"integer", "lookup", "modifydate", "round", "param", *_COPYING})  # with arguments of their own
_PSEUDONYMS = frozenset({"hash", "hashptid", "integer", "lookup", "encrypt", "hashname"})
_HASHED_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_BLOCKS = {"privategroups": "private", "overlays": "60xxxxxx", "curves": "50xxxxxx"}
_CODES = {  # functions that leave nothing of the value, or all of it
    "remove": ActionCode.X,
    "empty": ActionCode.Z,
    "blank": ActionCode.Z,
    "date": ActionCode.Z,  # the day of the run, which tells when it was released
    "time": ActionCode.Z,
    "modifydate": ActionCode.Z,
    "keep": ActionCode.K,
    "require": ActionCode.K,
    "process": ActionCode.K,
}


def read_script(text: str, label: str) -> SiteRules:
    """Read a script.

    Raises
    ------
    PolicyError
        If a function or element is not known, or cannot be done; the sentence names file and line.
    """
    script = parse_xml(text, label)
    if script.name != "script":
        raise PolicyError(f"{label}, line {script.line}: a script begins with <script>.")
    return _Script(label, script).read()


class _Script:
    """One script while it is read."""

    def __init__(self, label: str, script: XmlElement) -> None:
        self._file = RuleFile(label)
        self._parameters = {e.attributes.get("t", "").lower(): e.text.strip() for e in script.children if e.name == "p"}
        self._script = script
        self._options: list[str] = []
        self._is_ctp = any(
            element.name in ("p", "k") or element.attributes.get("t") == "unspecifiedelements"
            for element in script.children
        )
        self._removes_others = not self._is_ctp

    def read(self) -> SiteRules:
        """Return the rules of the whole script."""
        if stray := stray_in(self._script):
            self._file.fail(stray[0], f"'{stray[1]}' stands between the elements of the script; take it out.")
        for element in self._script.children:
            if element.name == "e":
                self._element(element)
            elif element.name in ("r", "k"):
                self._block(element)
            elif element.name != "p":
                self._file.fail(
                    element.line, f"<{element.name}> is not known in a script; there are <e>, <k>, <p> and <r>."
                )
        if self._removes_others:
            self._file.remove_others()
        if self._options:  # of private groups that are removed, the safe elements stay, as with CTP
            self._file.drop("private")
        self._shift_kept_dates()
        return self._file.finish(LANGUAGE, self._options)

    def _shift_kept_dates(self) -> None:
        """Where dates are shifted, shift those that are kept, which would tell by how much."""
        rules = self._file.rules
        if not any(rule.action.code is ActionCode.SHIFT for rule in rules.values()):
            return
        for selector in [s for s, rule in rules.items() if rule.action.code is ActionCode.K and vr_of(s) in DAY_VRS]:
            line = int(rules[selector].source.rpartition(":")[2])
            self._file.put(line, selector, ActionCode.SHIFT)
            self._file.note(line, "a date that is kept beside shifted ones would tell by how much: it is shifted too.")

    def _block(self, element: XmlElement) -> None:
        """Read what is said of a whole group, or of all that no line names."""
        what, is_on = element.attributes.get("t", "").lower(), self._is_on(element)
        if element.name == "k":
            self._keep(element, what, is_on)
        elif what == "unspecifiedelements":
            self._removes_others = is_on
        elif what not in _BLOCKS:
            self._file.fail(
                element.line, f"'{what}' is not known in <r>; there are unspecifiedelements, {', '.join(_BLOCKS)}."
            )
        elif is_on:
            self._file.put(element.line, _BLOCKS[what], ActionCode.X, what)
        else:
            self._file.note(
                element.line, f"what the policy says of {what} stays as it is, since the line is switched off."
            )

    def _is_on(self, element: XmlElement) -> bool:
        """Tell whether a line is switched on; refuse it where nobody knows."""
        switch = element.attributes.get("en", "T").upper()
        if switch not in ("T", "F"):
            self._file.fail(element.line, f"en is T or F, not '{switch}'.")
        return switch == "T"

    def _keep(self, element: XmlElement, what: str, is_on: bool) -> None:
        """Read a group that is kept where no line names its attributes."""
        if what == "safeprivateelements":
            if is_on:
                self._options.append("retain-safe-private")
        elif re.fullmatch("[0-9a-f]{2,4}", what):
            if is_on:
                self._file.put(element.line, f"{what.zfill(4)}xxxx", ActionCode.K, what)
        else:
            self._file.fail(
                element.line, f"'{what}' is no group; write four hexadecimal digits, or safeprivateelements."
            )

    def _element(self, element: XmlElement) -> None:
        """Read one line on one attribute."""
        written, line = element.attributes.get("t", "").replace(" ", ""), element.line
        if element.children:
            inner = element.children[0]
            self._file.fail(inner.line, f"<{inner.name}> is not known in <e>, which holds an action alone.")
        if not self._is_on(element):
            return
        private, match = _PRIVATE_TAG.fullmatch(element.attributes.get("t", "")), _TAG.fullmatch(written)
        if private is not None:
            selector = of_creator(private[1], private[2].strip(), private[3] or "xx")
        elif match is not None:
            selector = (match[1] + match[2]).lower()
        else:
            self._file.fail(line, f"'{written}' is no tag; write eight hexadecimal digits.")
        operation = element.text.strip()
        if self._file.passes_over(line, selector):
            return
        if int(selector[3], 16) % 2 and not re.match("@+(remove|empty|keep)", operation, re.IGNORECASE) and operation:
            self._file.note(line, "private attributes are not written; those of the script are removed.")
            self._file.put(line, selector, ActionCode.X)
            return
        self._put(line, selector, element.attributes.get("n") or written, operation)

    def _put(self, line: int, selector: str, name: str, operation: str) -> None:
        """Add the rule that an operation means."""
        operation = re.sub(r"^@+always\s*(?:\(\s*\))?", "", operation, flags=re.IGNORECASE).strip()
        is_forced = operation != "" and not operation.startswith("@") and not _CALL.search(operation)
        if not operation:
            self._file.put(line, selector, ActionCode.K, name)
        elif is_forced:
            self._file.put(line, selector, ActionCode.ADD if self._is_ctp else ActionCode.SET, name, operation)
        elif re.match(r"@+(if|select)\b", operation, re.IGNORECASE):
            self._put_stronger(line, selector, name, operation)
        else:
            match = _FUNCTION.fullmatch(operation) or self._maker(line, name, operation)
            self._put_function(line, selector, name, match[1].lower(), match[2] or "")

    def _maker(self, line: int, name: str, operation: str) -> re.Match[str]:
        """Return which of several functions makes a new value; texts and parameters beside it are not written."""
        found = list(_FUNCTION.finditer(operation))
        makers = [match for match in found if match[1].lower() in _PSEUDONYMS]
        if not makers or any(match[1].lower() not in _PSEUDONYMS | {"param"} for match in found):
            self._file.fail(line, f"the action of '{name}' cannot be read: beside its function stands something else.")
        self._file.note(line, "what a script writes around a new value is not written: the value is made as a whole.")
        return makers[0]

    def _put_stronger(self, line: int, selector: str, name: str, operation: str) -> None:
        """Add the rule of that branch of a condition which lets less survive: no condition is looked at."""
        self._check_condition(line, name, operation)
        branches = _branches(operation)
        if _depth(operation) > _DEEPEST:
            self._file.fail(line, f"the action of '{name}' has more than {_DEEPEST} conditions within each other.")
        if len(branches) != _BRANCHES:
            self._file.fail(line, f"the branches of the condition on '{name}' cannot be read: write {{...}}{{...}}.")
        found: list[Rule] = []
        faults: list[str] = []
        for branch in branches:
            self._file.drop(selector)
            self._put(line, selector, name, branch or "@empty()")
            if selector in self._file.rules:
                found.append(self._file.rules[selector])
            if selector in self._file.faults:
                faults.append(self._file.faults[selector])
        if faults:  # nobody knows whether that branch would leave less
            self._file.drop(selector)
            self._file.faults[selector] = faults[0]
        elif found:
            self._file.rules[selector] = min(found, key=lambda rule: survives(rule.action.code))
            self._file.note(line, "conditions are not looked at: of both branches, the one that leaves less is taken.")

    def _check_condition(self, line: int, name: str, operation: str) -> None:
        """Refuse a condition that nobody has, or on an attribute that there is not."""
        match = _CONDITION.match(operation)
        if match is None:
            self._file.fail(line, f"the condition on '{name}' cannot be read.")
        if match[1] is None:
            return
        self._check_argument(line, match[1])
        if match[2].lower() not in _CONDITIONS:
            self._file.fail(line, f"'{match[2]}' is no condition; there are {', '.join(sorted(_CONDITIONS))}.")

    def _check_argument(self, line: int, argument: str) -> None:
        """Refuse what is neither a word of the language nor an attribute."""
        if not _ARGUMENT.fullmatch(argument):
            self._file.attribute(_SHORT_WORDS.sub(lambda match: _WORDS[match[0]], argument), line)

    def _put_function(self, line: int, selector: str, name: str, function: str, arguments: str) -> None:
        """Add the rule of one function."""
        for argument in arguments.split(",") if function not in _FREE else ():
            self._check_argument(line, argument.strip())
        if function == "quarantine":
            self._file.note(line, "a script sets no image aside: the plan says which are released.")
        elif function in _COPYING:
            self._put_copy(line, selector, name, arguments)
        elif function == "param":
            self._put_parameter(line, selector, name, arguments)
        elif function in _CODES:
            self._file.put(line, selector, _CODES[function], name)
        else:
            self._put_new(line, selector, name, function, arguments)

    def _put_new(self, line: int, selector: str, name: str, function: str, arguments: str) -> None:
        """Add the rule of a function that makes a new value out of the old one."""
        vr, put = vr_of(selector), self._file.put
        is_replaced = function in _PSEUDONYMS | {"uid", "hashuid", "ptid", "acc"}
        if is_new_id(selector) and is_replaced:
            if function == "lookup":
                self._file.note(line, "no lookup table is read: the new ID is written.")
            put(line, selector, ActionCode.NEW_ID, name)
        elif function in ("hashdate", "incrementdate") and vr in DATE_VRS:
            self._file.note(line, "dates move by the subject's own offset, not by that of the script.")
            put(line, selector, ActionCode.SHIFT, name)
        elif function in ("uid", "hashuid") and vr == "UI":
            put(line, selector, ActionCode.U, name)
        elif function == "round":
            match = _ROUND.fullmatch(arguments)
            if match is None:
                self._file.fail(line, "write @round(this,WIDTH) with a whole number.")
            put(line, selector, ActionCode.ROUND, name, match[1])
        elif function == "integer":
            put(line, selector, ActionCode.PSEUDO, name, "ID_NUMERICAL")
        elif (is_replaced or function in ("hashdate", "incrementdate")) and function != "lookup":
            if vr not in _HASHED_VRS:
                self._file.note(line, f"values of VR {vr or 'unknown'} cannot hold what the script writes; they go.")
            put(line, selector, ActionCode.HASH if vr in _HASHED_VRS else ActionCode.X, name)
        else:
            what = f"cannot be done to '{name}'" if function == "lookup" else "is no function that is known"
            self._file.fail(line, f"'@{function}' {what}; use @remove, @empty or another function.")

    def _put_copy(self, line: int, selector: str, name: str, arguments: str) -> None:
        """Keep what is copied to where it stands; another attribute's value is known in the file alone."""
        source = arguments.strip()
        if source.lower() != "this" and (not source or self._file.attribute(source, line) != selector):
            self._file.fail(
                line, f"what stands in another attribute cannot be written to '{name}'; remove it, or keep it."
            )
        self._file.put(line, selector, ActionCode.K, name)

    def _put_parameter(self, line: int, selector: str, name: str, arguments: str) -> None:
        """Write the value of a parameter of the script."""
        key = arguments.strip().lstrip("@").lower()
        if key not in self._parameters:
            self._file.fail(line, f"the script has no parameter '{arguments.strip()}'.")
        value = self._parameters[key]
        if _FUNCTION.search(value):
            self._file.fail(
                line, f"the parameter '{arguments.strip()}' holds a function, which is not carried out; write it here."
            )
        self._file.put(line, selector, ActionCode.ADD, name, value)


def _depth(text: str) -> int:
    """Return how many braces at most are open at once."""
    return max(accumulate({"{": 1, "}": -1}.get(character, 0) for character in text), default=0)


def _branches(text: str) -> list[str]:
    """Return what stands in the outer braces of a condition, which ends with them.

    >>> _branches('@if(this,isblank){@remove()}{@if(this,exists){a}{b}}')
    ['@remove()', '@if(this,exists){a}{b}']
    """
    found, depth, start = [], 0, 0
    for place, character in enumerate(text):
        if character == "{":
            start = place + 1 if depth == 0 else start
            depth += 1
        elif character == "}":
            depth -= 1
            if depth == 0:
                found.append(text[start:place].strip())
    return found if depth == 0 and text.endswith("}") else []
