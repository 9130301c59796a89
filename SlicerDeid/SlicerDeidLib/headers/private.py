# SPDX-License-Identifier: Apache-2.0
"""Private attributes: which may stay, by their private creator, and how their values are treated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydicom.datadict import private_dictionary_VR

from SlicerDeidLib.headers.select import Choice, RuleBook
from SlicerDeidLib.headers.values import BULK_VRS, DATE_VRS
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.standard.tables import edition, safe_private

_FIRST_CREATOR, _LAST_CREATOR = 0x0010, 0x00FF  # PS3.5 7.8.1
_WORDED = frozenset({"LO", "LT", "ST", "UC", "UT"})  # cleaned word by word: no IOD says what they are for
_NAMING = frozenset({"AE", "PN", "UR"})
_SAFE = f"PS3.15 {edition()} Table E.3.10-1"
CREATOR = "PS3.5 7.8.1: names who made the private attributes that stay"
GOING = "the policy removes private attributes"
NOBODYS = "PS3.5 7.8.1: a private attribute whose creator is not named"
NOT_SAFE = f"not in {_SAFE}"
NO_DECODER = f"{_SAFE}: bytes that nothing here can decode"
UNREADABLE = "bytes that nothing here can decode, and that no rule names"
OTHER_VR = f"not of the VR that {_SAFE} has"


@dataclass(frozen=True, slots=True)
class PrivateChoice:
    """What will be done with a private attribute.

    Attributes
    ----------
    vr : str
        The VR that its value is treated as.
    """

    vr: str
    choice: Choice


def is_private(tag: int) -> bool:
    """Say whether a tag lies in an odd group."""
    return bool(tag & 0x10000)


def is_creator(tag: int) -> bool:
    """Say whether a private element reserves a block of its group."""
    return is_private(tag) and _FIRST_CREATOR <= tag & 0xFFFF <= _LAST_CREATOR


def creator_of(tag: int, elements: Elements) -> str:
    """Return the private creator that has reserved the block of a private element; empty where there is none.

    Examples
    --------
    >>> creator_of(0x00291108, {0x00290011: Element(0x00290011, "LO", b"SIEMENS CSA HEADER")})
    'SIEMENS CSA HEADER'
    """
    creator = elements.get(creator_tag(tag))
    if (tag & 0xFFFF) >> 8 < _FIRST_CREATOR or creator is None or creator.items is not None:
        return ""
    return creator.text().strip()


def private_choice(
    book: RuleBook, code: ActionCode, creator: str, tag: int, vr: str, *, is_named: bool = False
) -> PrivateChoice:
    """Return what will be done with a private element.

    Parameters
    ----------
    code : ActionCode
        What is done with private attributes: C keeps the safe ones, K all, anything else none.
    creator : str
        Of its block; elements without one are nobody's and go.
    vr : str
        As the file has it; UN where it does not say.
    is_named : bool
        Whether a rule names this very attribute, in one block or in any: then its bytes stay where all are kept, and
        are searched. There is no end to the ways in which bytes can hold a name or a date, so that others go.
    """
    if code not in (ActionCode.C, ActionCode.K):
        return _gone(vr, GOING)
    if not creator:
        return _gone(vr, NOBODYS)
    if code is ActionCode.K:
        known = _known_vr(tag, creator) if vr == "UN" else vr
        if known in BULK_VRS and not is_named:
            return _gone(vr, UNREADABLE)
        return PrivateChoice(known, _kept(book, known, "the policy keeps private attributes"))
    listed = safe_private().get((creator, tag >> 16, tag & 0xFF))
    if listed is None:
        return _gone(vr, NOT_SAFE)
    if not listed or listed.split("/")[0] in BULK_VRS:
        return _gone(vr, NO_DECODER)
    if vr not in (listed, "UN") or (listed == "SQ" and vr != "SQ"):
        return _gone(vr, OTHER_VR)
    return PrivateChoice(listed, _kept(book, listed, _SAFE))


def drop_halves(places: Iterable[Elements]) -> Iterator[int]:
    """Remove private elements whose creator is gone, and creators of which no element is left; yield their tags."""
    for elements in places:
        private = [tag for tag in elements if tag & 0x10000]
        creators = {tag: tag if is_creator(tag) else creator_tag(tag) for tag in private}
        owned = [tag for tag in private if creators[tag] != tag]
        yield from (tag for tag in owned if not creator_of(tag, elements))
        whole = {creators[tag] for tag in owned} & elements.keys()
        for tag in private:
            if creators[tag] not in whole:
                del elements[tag]


def creator_tag(tag: int) -> int:
    """Return the tag of the creator of a private element."""
    return tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8


def _known_vr(tag: int, creator: str) -> str:
    """Return the VR that pydicom's dictionary of private attributes has."""
    try:
        vr = str(private_dictionary_VR(tag, creator))
    except KeyError:
        return "UN"
    return vr.split(" or ", 1)[0] if vr != "SQ" else "UN"  # a sequence that the parser could not enter is bytes


def _kept(book: RuleBook, vr: str, source: str) -> Choice:
    """Return how a value that stays is treated: UIDs and dates as all others, words cleaned, names not at all."""
    if vr in _NAMING:
        return Choice(ActionCode.X, ActionCode.X, source)
    if vr in DATE_VRS or vr == "UI":
        return Choice(book.code_of_vr(vr), ActionCode.X, source)
    return Choice(ActionCode.C if vr in _WORDED or vr == "SQ" else ActionCode.K, ActionCode.X, source)


def _gone(vr: str, why: str) -> PrivateChoice:
    return PrivateChoice(vr, Choice(ActionCode.X, ActionCode.X, why))
