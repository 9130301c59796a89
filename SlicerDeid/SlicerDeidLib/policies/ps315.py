# SPDX-License-Identifier: Apache-2.0
"""The Basic Profile and its options as rules: PS3.15 Table E.1-1 and our supplement to it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.selectors import selector_of, vr_of
from SlicerDeidLib.standard.tables import OPTIONS, confidentiality_rows, edition

OPTION_TITLES = {
    "retain-safe-private": "Retain Safe Private Option",
    "retain-uids": "Retain UIDs Option",
    "retain-device-identity": "Retain Device Identity Option",
    "retain-institution-identity": "Retain Institution Identity Option",
    "retain-patient-characteristics": "Retain Patient Characteristics Option",
    "retain-full-dates": "Retain Longitudinal Temporal Information With Full Dates Option",
    "retain-modified-dates": "Retain Longitudinal Temporal Information With Modified Dates Option",
    "clean-descriptors": "Clean Descriptors Option",
    "clean-structured-content": "Clean Structured Content Option",
    "clean-graphics": "Clean Graphics Option",
}

OPTION_ALIASES = {
    "basicProfile": "basic",
    "cleanDescOpt": "clean-descriptors",
    "cleanGraphOpt": "clean-graphics",
    "cleanStructContOpt": "clean-structured-content",
    "rtnDevIdOpt": "retain-device-identity",
    "rtnInstIdOpt": "retain-institution-identity",
    "rtnLongFullDatesOpt": "retain-full-dates",
    "rtnLongModifDatesOpt": "retain-modified-dates",
    "rtnPatCharsOpt": "retain-patient-characteristics",
    "rtnSafePrivOpt": "retain-safe-private",
    "rtnUIDsOpt": "retain-uids",
}
"""The profile and its options as the program mede names them."""

DATE_OPTIONS = ("retain-full-dates", "retain-modified-dates")
"""The options that are about dates: PS3.15 E.3.6."""

DATE_VRS = frozenset({"DA", "DT", "TM"})
DAY_VRS = DATE_VRS - {"TM"}
"""VRs that a date offset can move; binary time stamps and the time zone keep their action of the Basic Profile."""


CLEANED_VRS = frozenset({"LO", "LT", "SH", "SQ", "ST", "UC", "UT"})
"""VRs of words, or of items that hold words: what can be cleaned. Of attributes that the dictionary does not know yet,
the file says the VR."""


_ITEM_OPTIONS = ("clean-structured-content", "clean-graphics")
"""Options that clean the items of sequences; of curves and overlays nothing is left that could be cleaned."""


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """What the Basic Profile and its options say of one selector.

    Attributes
    ----------
    basic : ActionCode
        Action without options.
    options : dict of str to ActionCode
        Option -> K; SHIFT where the option cleans a date, C where it cleans a text. What cannot be cleaned (bytes,
        codes) keeps its basic action, and the option is not in here.
    source : str
        ``"PS3.15 2026a Table E.1-1"`` or ``"supplement: ..."``.
    """

    selector: str
    basic: ActionCode
    options: dict[str, ActionCode]
    source: str

    def rule(self) -> Rule:
        """Return the rule of the Basic Profile."""
        return Rule(self.selector, Action(self.basic), self.source)

    def option_rule(self, option: str) -> Rule | None:
        """Return the rule of an option, None where the option says nothing."""
        code = self.options.get(option)
        if code is None:
            return None
        fallback = self.basic if code in (ActionCode.SHIFT, ActionCode.C) else None
        return Rule(self.selector, Action(code, fallback), f"{self.source}, {OPTION_TITLES[option]}")


@cache
def profile() -> dict[str, ProfileRow]:
    """Return the Basic Profile with its options: selector -> row; of two rows, that of the supplement."""
    return table_rows() | _supplement()


@cache
def table_rows() -> dict[str, ProfileRow]:
    """Return the rows of Table E.1-1 alone."""
    source = f"PS3.15 {edition()} Table E.1-1"
    return {
        row.selector: ProfileRow(row.selector, ActionCode(row.basic), _options(row.vr, row.options), source)
        for row in confidentiality_rows()
    }


def _options(vr: str, cells: dict[str, str]) -> dict[str, ActionCode]:
    """Return what the option columns say, as far as it can be done."""
    kept = {option: ActionCode.K for option, cell in cells.items() if cell == "K"}
    if cells.get("retain-modified-dates") == "C" and vr in DATE_VRS:
        kept["retain-modified-dates"] = ActionCode.SHIFT
    if cells.get("retain-safe-private") == "C":
        kept["retain-safe-private"] = ActionCode.C
    if cells.get("clean-descriptors") == "C" and (vr in CLEANED_VRS or not vr):
        kept["clean-descriptors"] = ActionCode.C
    kept |= {option: ActionCode.C for option in _ITEM_OPTIONS if cells.get(option) == "C" and vr == "SQ"}
    return kept


def _supplement() -> dict[str, ProfileRow]:
    """Return the rows of ``supplement.toml``."""
    text = resources.files(__package__).joinpath("data", "supplement.toml").read_text(encoding="utf-8")
    rows: dict[str, ProfileRow] = {}
    for entry in tomllib.loads(text)["row"]:
        for key in entry["selectors"]:
            selector = selector_of(key)
            if selector is None or selector in rows or not set(entry.get("options", ())) <= set(OPTIONS):
                raise ValueError(f"supplement.toml: {key!r} is not a selector, stands twice, or has an unknown option")
            options = _options(vr_of(selector), entry.get("options", {}))
            rows[selector] = ProfileRow(
                selector, ActionCode(entry["basic"]), options, f"supplement: {entry['because']}"
            )
    return rows
