# SPDX-License-Identifier: Apache-2.0
"""Actions as rule files write them, refused where they cannot be done to the attribute."""

from __future__ import annotations

import re
from decimal import Decimal

from pydicom.config import RAISE
from pydicom.datadict import dictionary_has_tag, dictionary_VM
from pydicom.valuerep import validate_value

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import PSEUDONYM_VRS, Action, ActionCode
from SlicerDeidLib.policies.fixed import SOP_CLASS_UID, keeping, why_fixed
from SlicerDeidLib.policies.ps315 import CLEANED_VRS, DATE_VRS, profile
from SlicerDeidLib.policies.selectors import covering, vr_of
from SlicerDeidLib.policies.tomlfile import words

_TEXTS = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
_WRITTEN_NUMBERS = frozenset({"AS", "DS", "IS"})
_VRS = {
    ActionCode.SHIFT: DATE_VRS,
    ActionCode.AGE: frozenset({"AS"}),
    ActionCode.U: frozenset({"UI", "SQ"}),  # of a sequence: the items stay, with mapped UIDs
    ActionCode.X_OR_Z_OR_U: frozenset({"UI", "SQ"}),
    ActionCode.NEW_ID: _TEXTS | {"PN"},
    ActionCode.C: CLEANED_VRS,  # of dates, cleaning is "shift"
    ActionCode.HASH: _TEXTS | {"AE", "CS", "PN"},
    ActionCode.BIN: _WRITTEN_NUMBERS,
    ActionCode.ROUND: _WRITTEN_NUMBERS,
    ActionCode.TOP: _WRITTEN_NUMBERS,
    ActionCode.SET: _TEXTS | DATE_VRS | _WRITTEN_NUMBERS | {"AE", "CS", "PN", "UR"},
    ActionCode.ADD: _TEXTS | DATE_VRS | _WRITTEN_NUMBERS | {"AE", "CS", "PN", "UR"},
}
"""Actions that only attributes of some VRs can take."""

_SINGLE_TEXTS = frozenset({"LT", "ST", "UR", "UT"})  # in which a backslash is a character, PS3.5 6.2
_FORMS = {
    "AE": "at most 16 characters",
    "AS": "an age as 045Y, 010M, 003W or 002D",
    "CS": "at most 16 capital letters, digits, spaces and underscores",
    "DA": "a date as 20190817",
    "DS": "a number of at most 16 characters",
    "DT": "a date and time as 20190817101500",
    "IS": "a whole number",
    "LO": "at most 64 characters",
    "LT": "at most 10240 characters",
    "PN": "a name as Family^Given, of at most 64 characters",
    "SH": "at most 16 characters",
    "ST": "at most 1024 characters",
    "TM": "a time as 101500",
    "UC": "a text without control characters",
    "UR": "an address of the web",
    "UT": "a text without control characters",
}
"""What a value of a VR is, PS3.5 Table 6.2-1."""

_ALIASES = {"HEALTH_INSTITUTION": "HEALTH_INSTITUTION_CA"}
_SHORT = {"AE": 16, "CS": 16, "SH": 16}  # characters, PS3.5 Table 6.2-1
_SHORTEST_HASH, _LONGEST_HASH = 16, 64  # characters: an H, then digits of SHA-256; shorter ones would meet
_TOP_AGE = 89  # years: HIPAA Safe Harbor tells no more, 45 CFR 164.514(b)(2)(i)(C)
_NUMBER = r"(\d{1,9}(?:\.\d{1,6})?)"
_BIN = re.compile(rf"{_NUMBER}(?: top {_NUMBER})?")
_TOP = re.compile(_NUMBER)
_PATIENT_ID = "00100020"
_CONSTANTS = frozenset({ActionCode.SET, ActionCode.ADD, ActionCode.D, ActionCode.X_OR_D, ActionCode.Z_OR_D})
_REMOVALS = frozenset({ActionCode.X, ActionCode.Z, ActionCode.X_OR_Z, ActionCode.X_OR_Z_OR_D})
_FALLS_BACK = frozenset({ActionCode.SHIFT, ActionCode.C})
_WITH_ARGUMENT = {
    ActionCode.PSEUDO: "'pseudo CLASS'",
    ActionCode.BIN: "'bin WIDTH' or 'bin WIDTH top HIGHEST'",
    ActionCode.ROUND: "'round WIDTH' or 'round WIDTH top HIGHEST'",
    ActionCode.TOP: "'top HIGHEST'",
    ActionCode.SET: "'set VALUE'",
    ActionCode.ADD: "'add VALUE'",
}
_CODES = {code.value: code for code in ActionCode}


def read_action(text: str, selector: str, name: str) -> Action:
    """Return the action that a policy file's words mean for a selector: ``"X"``, ``"shift"``, ``"bin 5 top 89"``.

    Parameters
    ----------
    name : str
        How the file names the attribute, for messages.

    Raises
    ------
    PolicyError
        If nobody knows the words, or the action cannot be done to the attribute; the sentence names no file.
    """
    word, _, argument = text.partition(" ")
    code = _CODES.get(word)
    if code is None:
        plain = [value for value, known in _CODES.items() if known not in _WITH_ARGUMENT]
        known = f"{words(plain)}, and {', '.join(_WITH_ARGUMENT.values())}"
        raise PolicyError(f"the action of '{name}' is not known; known are {known}.")
    return make_action(code, selector, name, argument.strip())


def make_action(code: ActionCode, selector: str, name: str, argument: str = "") -> Action:
    """Return an action for a selector, its argument checked.

    Raises
    ------
    PolicyError
        If the action cannot be done to the attribute, or not with this argument; the sentence names no file.
    """
    vr = vr_of(selector)
    if code is ActionCode.K and selector == SOP_CLASS_UID:
        code = keeping(selector)
    if why := why_fixed(selector, code):
        raise PolicyError(f"'{name}': {why}; leave the rule out.")
    if makes_one(code, selector):
        raise PolicyError(f"'{name}': one value for all patients, or none, would make them one; write new-id.")
    if code in _VRS and vr not in _VRS[code]:
        fitting = ", ".join(sorted(_VRS[code]))
        raise PolicyError(f"'{code.value}' cannot be done to '{name}'; it is for attributes of VR {fitting}.")
    try:
        checked = _argument(code, argument, selector, vr)
    except PolicyError as error:
        raise PolicyError(f"'{name}': {error.reason}") from error
    return Action(code, basic_code(selector) if code in _FALLS_BACK else None, checked)


def _argument(code: ActionCode, argument: str, selector: str, vr: str) -> str:
    """Return what stands behind an action's word, checked."""
    if code is ActionCode.PSEUDO:
        return _class(argument, vr)
    if code in (ActionCode.BIN, ActionCode.ROUND, ActionCode.TOP):
        return _bound(code, argument, vr)
    if code is ActionCode.HASH:
        return _hash_length(argument, vr)
    if code in (ActionCode.SET, ActionCode.ADD):
        return _value(code, argument, selector, vr)
    if argument:
        raise PolicyError(f"'{code.value}' takes nothing behind it.")
    return ""


def basic_code(selector: str) -> ActionCode:
    """Return the action of the Basic Profile, for dates that cannot be read and texts of which nothing may stay."""
    return next(iter(covering(selector, profile()))).basic


def is_new_id(selector: str) -> bool:
    """Return whether what replaces the attribute is the subject's new ID: AccessionNumber, PatientName, PatientID."""
    return basic_code(selector) is ActionCode.NEW_ID


def makes_one(code: ActionCode, selector: str) -> bool:
    """Return whether an action gives all patients one name or number, or takes away the number that tells them apart.

    Patient ID is the unique key of a patient (PS3.4 C.6.1.1.2); names and accession numbers may be empty.
    """
    constants = _CONSTANTS | _REMOVALS if selector == _PATIENT_ID else _CONSTANTS
    return code in constants and is_new_id(selector)


def _class(argument: str, vr: str) -> str:
    """Return the class of a pseudonym, which must fit the VR."""
    kind = _ALIASES.get(argument, argument)
    if kind not in PSEUDONYM_VRS:
        raise PolicyError(f"this class of pseudonyms is not known; known are {words(PSEUDONYM_VRS)}.")
    if vr not in PSEUDONYM_VRS[kind]:
        fitting = ", ".join(sorted(PSEUDONYM_VRS[kind]))
        raise PolicyError(f"pseudonyms of the class {kind} are values of VR {fitting}, and this attribute's are not.")
    return kind


def _bound(code: ActionCode, argument: str, vr: str) -> str:
    """Return width and highest value, or the highest value alone."""
    match = (_TOP if code is ActionCode.TOP else _BIN).fullmatch(argument)
    numbers = [one for one in match.groups() if one is not None] if match is not None else []
    if not numbers or (code is not ActionCode.TOP and not Decimal(numbers[0])):
        raise PolicyError(f"write {_WITH_ARGUMENT[code]} with numbers; a width is above 0.")
    if vr in ("AS", "IS") and any("." in number for number in numbers):
        raise PolicyError(f"values of VR {vr} are whole numbers; so must be the width and the highest value.")
    top = numbers[-1] if code is ActionCode.TOP else (numbers[1] if len(numbers) > 1 else "")
    if vr == "AS" and top and int(top) > _TOP_AGE:
        raise PolicyError(f"the highest age that is told is {_TOP_AGE} years, or less.")
    return " ".join(numbers)


def _hash_length(argument: str, vr: str) -> str:
    """Return how many characters a hash has."""
    longest = _SHORT.get(vr, _LONGEST_HASH)
    if argument and not (argument.isascii() and argument.isdecimal()):
        raise PolicyError("write 'hash', or 'hash LENGTH' with a whole number.")
    length = int(argument or _SHORTEST_HASH)
    if not _SHORTEST_HASH <= length <= longest:
        raise PolicyError(f"a hash of this attribute has {_SHORTEST_HASH} to {longest} characters.")
    return str(length)


def _value(code: ActionCode, argument: str, selector: str, vr: str) -> str:
    """Return the value that is written, valid for the VR and of 7 bits."""
    if code is ActionCode.ADD and not re.fullmatch("[0-9a-f]{8}", selector):
        raise PolicyError("'add' is for one attribute.")
    if not argument:
        raise PolicyError(f"write {_WITH_ARGUMENT[code]}; to leave nothing, write Z.")
    try:
        if not argument.isascii() or not argument.isprintable():
            raise PolicyError("the value can hold letters without accents, digits and signs only.")
        for one in _values(argument, selector, vr):
            validate_value(vr, one, RAISE)
            if vr == "AS" and one[-1] == "Y" and int(one[:-1]) > _TOP_AGE + 1:
                raise PolicyError(f"ages above {_TOP_AGE} years are all told as {_TOP_AGE + 1:03d}Y.")
    except ValueError as error:
        form = _FORMS[vr]
        raise PolicyError(f"the value is not one of VR {vr}; write {form}.") from error
    return argument


def _values(argument: str, selector: str, vr: str) -> list[str]:
    """Return the values of a text, which a backslash parts (PS3.5 6.4), when the attribute may have as many."""
    values = [argument] if vr in _SINGLE_TEXTS else argument.split("\\")
    tag = int(selector, 16) if re.fullmatch("[0-9a-f]{8}", selector) else 0
    if len(values) == 1 or not dictionary_has_tag(tag):
        return values
    most = dictionary_VM(tag).rpartition("-")[2]
    if most.isdecimal() and len(values) > int(most):  # not "n", "2n": as many as one likes
        held = "one value" if most == "1" else f"at most {most} values"
        raise PolicyError(f"a backslash parts values, and this attribute holds {held}; write no more.")
    return values
