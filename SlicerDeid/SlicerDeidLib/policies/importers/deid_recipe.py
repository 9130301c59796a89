# SPDX-License-Identifier: Apache-2.0
"""Recipes of pydicom/deid: FORMAT dicom, %header with ADD ... REMOVE and PSEUDO; %filter is read and noted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydicom.valuerep import VR

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.policies.actions import is_new_id
from SlicerDeidLib.policies.fixed import needed_by_images, read_with
from SlicerDeidLib.policies.importers.deid_coordinates import read_coordinates
from SlicerDeidLib.policies.importers.rulefile import RuleFile, SiteRules, keywords
from SlicerDeidLib.policies.ps315 import DATE_VRS
from SlicerDeidLib.policies.selectors import of_creator, vr_of

LANGUAGE = "recipe of pydicom/deid"
FIRST_LINE = re.compile(r"^\s*FORMAT\b", re.MULTILINE)
ANY_SECTION = re.compile(r"^\s*(%[a-z]+)", re.MULTILINE | re.IGNORECASE)

_ACTIONS = ("KEEP", "ADD", "REPLACE", "PSEUDO", "JITTER", "REMOVE", "BLANK")
"""Of several lines on one field, the first of these wins, as in deid itself."""
_SECTIONS = ("header", "filter", "fields", "values", "labels")
_CRITERIA = frozenset(
    {"contains", "notcontains", "equals", "notequals", "missing", "present", "empty"}
    | {"coordinates", "keepcoordinates", "ctpcoordinates", "ctpkeepcoordinates"}
)
_VARIABLES = frozenset({"jitter", "entity_id", "item_id", "entity_timestamp", "item_timestamp"})  # deid's own
_UID_MAKERS = frozenset({"new_UID", "generate_uid", "basic_uuid", "dicom_uuid", "pydicom_uuid", "suffix_uuid"})
_MOST_SECTIONS = 100  # of %fields and %values, which can name each other
_MOST_PATTERN = 100  # characters of a regular expression: what is longer is not one for keywords
_VRS = frozenset(VR)
_TEXT_VRS = frozenset({"LO", "LT", "SH", "ST", "UC", "UT", "PN", "AE", "CS"})
_PRIVATE_FIELD = re.compile(r"\(?([0-9a-fA-F]{4}),[\"']([^\"']+)[\"'],([0-9a-fA-F]{2})\)?")
_PRIVATE_LINE = re.compile(r"(\S+)\s+(\(?[0-9a-fA-F]{4},[\"'][^\"']+[\"'],[0-9a-fA-F]{2}\)?)(?:\s+(.*))?")
_Line = tuple[int, str, list[str]]  # line number, field, further words


def read_recipe(text: str, label: str) -> SiteRules:
    """Read a recipe.

    Raises
    ------
    PolicyError
        If a word is not known; the sentence names file and line.
    """
    file = RuleFile(label)
    lines: dict[str, list[_Line]] = {action: [] for action in _ACTIONS}
    groups: dict[str, list[str]] = {}
    variables = _VARIABLES.union(re.findall(r"\bvar:(\S+)", text))
    section = name = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        if line.upper().startswith("FORMAT"):
            _check_format(line, number, file)
        elif line.startswith("%"):
            section, name = _section(line, number, file)
            if len(groups) > _MOST_SECTIONS:
                file.fail(number, f"there are more than {_MOST_SECTIONS} sections of fields; write fewer.")
        elif section == "header":
            _add_line(line, number, lines, file)
        elif section == "filter":
            _check_filter(line, number, file)
        elif section in ("fields", "values"):
            groups.setdefault(name, []).extend(_group(line, section, number, file))
        else:
            file.fail(number, "write %header before the first action.")
    for action in reversed(_ACTIONS):
        for one in lines[action]:
            _put_line(action, one, groups, variables, file)
    _note_unusable(text, file)
    return file.finish(LANGUAGE)


def _check_format(line: str, number: int, file: RuleFile) -> None:
    if line.split()[1:] != ["dicom"]:
        file.fail(number, "only FORMAT dicom can be read.")


def _section(line: str, number: int, file: RuleFile) -> tuple[str, str]:
    """Return a section's kind and name."""
    kind, _, name = line[1:].strip().partition(" ")
    if kind.lower() not in _SECTIONS:
        file.fail(number, f"'%{kind}' is no section; there are %{', %'.join(_SECTIONS)}.")
    if kind.lower() == "filter":
        file.note(
            number,
            "filters are not applied by --rules: name the file with --regions for its coordinates.",
        )
    return kind.lower(), name.strip()


def _add_line(line: str, number: int, lines: dict[str, list[_Line]], file: RuleFile) -> None:
    """Sort a line of %header in by its action."""
    action, *words = _words(line)
    if action.upper() not in lines:
        file.fail(number, f"'{action}' is no action; there are {', '.join(_ACTIONS)}.")
    if not words:
        file.fail(number, f"{action} needs a field.")
    lines[action.upper()].append((number, words[0], words[1:]))


def _words(line: str) -> list[str]:
    """Return the words of a line; a private attribute with its creator in quotes is one."""
    match = _PRIVATE_LINE.fullmatch(line)
    return [match[1], match[2], *(match[3] or "").split()] if match else line.split()


def _check_filter(line: str, number: int, file: RuleFile) -> None:
    """Refuse words that no filter has."""
    if line.upper().startswith("LABEL"):
        return
    for criterion in re.split(r"\|\||^\s*\+|\s\+\s", line):
        words = criterion.split()
        if words and words[0].lower() not in _CRITERIA:
            file.fail(number, f"'{words[0]}' is no criterion of a filter; there are {', '.join(sorted(_CRITERIA))}.")


def _note_unusable(text: str, file: RuleFile) -> None:
    """Say which filter could not be named with --regions: deid's own recipe has a misspelt attribute in one."""
    try:
        read_coordinates(text, file.label)
    except PolicyError as error:
        place, _, what = error.reason.partition(": ")
        number = place.rpartition(" ")[2]
        if not number.isdigit():
            raise
        file.note(int(number), f"the filters could not be named with --regions: {what}")


def _group(line: str, section: str, number: int, file: RuleFile) -> Iterator[str]:
    """Yield the fields of a %fields or %values section."""
    word, *rest = _words(line)
    if word.upper() not in ("FIELD", "SPLIT") or not rest or (word.upper() == "SPLIT" and section == "fields"):
        file.fail(number, "write FIELD and a field, or under %values SPLIT.")
    yield rest[0]


def _fields(
    field: str, action: str, number: int, groups: dict[str, list[str]], variables: frozenset[str], file: RuleFile
) -> Iterable[tuple[str, str]]:
    """Return the attributes that a field means: selector and how the file calls it."""
    if private := _PRIVATE_FIELD.fullmatch(field):
        return [(of_creator(private[1], private[2], private[3]), field)]
    how, separator, what = field.partition(":")
    if field.upper() == "ALL":
        return _all(action)
    if not separator:
        if field in variables and action == "REMOVE":  # deid removes its own variables so
            return []
        return [(file.attribute(field, number), field)]
    if how == "fields":
        if what not in groups:
            file.fail(number, f"there is no section '%fields {what}', or it names itself.")
        others = {name: fields for name, fields in groups.items() if name != what}  # no section names itself
        return [pair for one in groups[what] for pair in _fields(one, action, number, others, variables, file)]
    if how == "values":
        file.fail(
            number, "rules on values that stand in other fields cannot be read; the patient's own values go anyway."
        )
    if how.lower() == "select":
        return _selected(what, number, file)
    return _matching(how.lower(), what, number, file)


def _all(action: str) -> list[tuple[str, str]]:
    """Return every attribute; of removing and emptying, what the image cannot be read without is left out."""
    if action in ("REMOVE", "BLANK"):
        others = (*keywords().values(), "private", "unknown")
        return [(one, "ALL") for one in others if one not in needed_by_images()]
    return [(one, "ALL") for one in keywords().values()]


def _selected(what: str, number: int, file: RuleFile) -> list[tuple[str, str]]:
    """Return the attributes of a VR or a group: ``select:VR:PN``, ``select:group:0010``."""
    kind, _, value = what.partition(":")
    if kind.lower() == "vr" and value.upper() in _VRS:
        found = [(one, field) for field, one in keywords().items() if vr_of(one) == value.upper()]
        return [*found, (f"vr:{value.upper()}", value)]
    if kind.lower() != "group" or not re.fullmatch("[0-9a-fA-F]{4}", value):
        file.fail(number, "write select:VR:XX with a VR of PS3.5, or select:group:gggg.")
    return [(f"{value.lower()}xxxx", value)]


def _matching(how: str, what: str, number: int, file: RuleFile) -> list[tuple[str, str]]:
    """Return the attributes whose keywords fit an expander."""
    patterns = {"startswith": f"^(?:{what})", "endswith": f"(?:{what})$", "contains": what, "except": what}
    pattern = patterns.get("except" if how == "allexcept" else how)
    if pattern is None:
        file.fail(number, f"'{how}:' is not known; there are {', '.join(patterns)}, select and fields.")
    try:
        search = re.compile(pattern if 0 < len(what) <= _MOST_PATTERN else "(", re.IGNORECASE).search
    except (re.error, OverflowError):
        file.fail(number, f"what stands behind '{how}:' is no regular expression.")
    is_wanted = how not in ("except", "allexcept")
    found = [(one, field) for field, one in keywords().items() if (search(field) is not None) is is_wanted]
    if how == "contains" and re.fullmatch("[0-9a-fA-F]{4}", what):
        found.append((f"{what.lower()}xxxx", what))  # private groups are named so
    if not found:
        file.fail(number, f"'{how}:{what}' fits no attribute of PS3.6.")
    return found


def _put_line(
    action: str, line: _Line, groups: dict[str, list[str]], variables: frozenset[str], file: RuleFile
) -> None:
    """Add the rules of one line; an expander leaves what an image is read with."""
    number, field, rest = line
    is_expander = ":" in field or field.upper() == "ALL"
    for selector, keyword in _fields(field, action, number, groups, variables, file):
        if is_expander and action != "KEEP" and selector in read_with():
            file.note(number, "what an image is read with stays as it is, though the line's expander fits it.")
        else:
            _put(action, selector, keyword, rest, number, file)


def _put(action: str, selector: str, field: str, rest: list[str], number: int, file: RuleFile) -> None:
    """Add the rule of one line for one attribute."""
    file.drop(selector)
    value = " ".join(rest)
    if action in ("ADD", "REPLACE") and not rest:
        file.fail(number, f"{action} needs a value behind its field; '' is none.")
    if action in ("KEEP", "REMOVE", "BLANK") and value:
        file.fail(number, f"nothing may stand behind the field of {action}; conditions cannot be read.")
    if action == "PSEUDO":
        file.put(number, selector, ActionCode.PSEUDO, field, value)
    elif action == "JITTER":
        _put_jitter(selector, field, value, number, file)
    elif action in ("ADD", "REPLACE") and value.strip("'\""):
        _put_value(action, selector, field, value.strip("'\""), number, file)
    else:
        code = {"KEEP": ActionCode.K, "REMOVE": ActionCode.X}.get(action, ActionCode.Z)
        file.put(number, selector, code, field)


def _put_jitter(selector: str, field: str, value: str, number: int, file: RuleFile) -> None:
    """Shift a date; of an expander that fits more than dates, the dates."""
    if not re.fullmatch(r"var:\S+|func:\S+|deid_func:\S+|[+-]?\d+", value):
        file.fail(number, "JITTER needs a number of days or var:NAME.")
    if vr_of(selector) in DATE_VRS or field in ("", selector):
        file.put(number, selector, ActionCode.SHIFT, field)
        file.note(number, "dates move by the subject's own offset, not by the days that the recipe says.")
    else:
        file.fail(number, f"JITTER cannot be done to '{field}', which is no date.")


def _put_value(action: str, selector: str, field: str, value: str, number: int, file: RuleFile) -> None:
    """Write a value, or what stands for a value that only the user's own program knows."""
    source = re.fullmatch(r"(?:deid_)?(?:var|func):(\S+)(?: .*)?", value)
    vr = vr_of(selector)
    if source is None:
        if field != "ALL":
            code = ActionCode.ADD if action == "ADD" else ActionCode.SET
            file.put(number, selector, code, field, value)
            return
        file.fail(number, "one value for all attributes cannot be written.")
    if is_new_id(selector):
        file.put(number, selector, ActionCode.NEW_ID, field)
        return
    if vr not in DATE_VRS and (vr != "UI" or source[1] not in _UID_MAKERS):
        file.note(
            number,
            f"for '{source[1]}', which is not known here, a value is written that only the secret can make again.",
        )
    if vr in DATE_VRS:
        file.put(number, selector, ActionCode.SHIFT, field)
    elif vr == "UI":
        file.put(number, selector, ActionCode.U, field)
    elif vr in _TEXT_VRS:
        file.put(number, selector, ActionCode.PSEUDO, field, "ID_ALPHANUMERICAL")
    else:
        file.fail(number, f"no value can be made for '{field}', whose VR is {vr or 'not known'}.")
