# SPDX-License-Identifier: Apache-2.0
"""RuleBook: the narrowest rule for an element, resolved by the attribute's Type in the instance's IOD."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from pydicom.datadict import dictionary_has_tag, dictionary_keyword, dictionary_VR, repeater_has_tag

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.headers.values import BULK_VRS, PIXEL_TAGS, PROSE_VRS
from SlicerDeidLib.model.policy import ActionCode, Policy, Rule
from SlicerDeidLib.standard import tables

Path = tuple[int, ...]
TypeOf = Callable[[str, Path, int], "str | None"]

# What removing comes to where the IOD needs the attribute (PS3.15 E.1-1a: "to maintain IOD conformance"; E.3 lets a
# stronger requirement of the IOD turn X into Z or D). None of the three keeps anything of the value.
_REMOVAL_BY_TYPE = {
    "1": ActionCode.D,
    "1C": ActionCode.D,
    "2": ActionCode.Z,
    "2C": ActionCode.Z,
}
_REMOVALS = frozenset({ActionCode.X, ActionCode.X_OR_Z, ActionCode.X_OR_D, ActionCode.Z_OR_D, ActionCode.X_OR_Z_OR_D})
# Type 1C attributes whose condition goes with them: a file without encrypted attributes, signatures, an icon or a
# responsible person need not say more of them
_LEAVE_NO_TRACE = frozenset({0x04000500, 0x04000561, 0x4FFE0001, 0xFFFAFFFA, 0x00880200, 0x00102298})
# Segmentations and parametric maps list the images that they refer to (PS3.3 C.12.2), so their references and those of
# their frames must stay, mapped
_MADE_FROM_IMAGES = frozenset({"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.30"})
_DERIVATION = 0x00089124  # Derivation Image Sequence
_OF_VRS = frozenset({ActionCode.K, ActionCode.U, ActionCode.SHIFT})
_NO_RULE = "no rule of the policy names it"
_FOREIGN_BULK = "PS3.3: bulk data that the instance's IOD does not have there"
_FOREIGN_TEXT = "PS3.3: text that the instance's IOD does not have there"
_STRUCTURE = "PS3.5 7: has no place in a data set"
# PS3.5 7.1: lower groups are commands, file meta and media directories; FFFC is padding, FFFE delimits items
_FIRST_GROUP, _LAST_GROUP = 0x0008, 0xFFFA
_OVERLAY_DATA = 0x60003000
_PIXEL_GROUPS = 0x7F  # of 7Fxx, private or not, only the pixel data and its offset tables are an image's own


@dataclass(frozen=True, slots=True)
class Choice:
    """What will be done with an attribute at one place.

    Attributes
    ----------
    code : ActionCode
        Resolved: no compound code.
    fallback : ActionCode
        X, Z or D: what is done where the value does not allow ``code``.
    source : str
        Who says so.
    argument : str
        As in ``policy.Action``.
    """

    code: ActionCode
    fallback: ActionCode
    source: str
    argument: str = ""


def is_known(tag: int) -> bool:
    """Say whether PS3.6 defines ``tag`` (repeating groups included)."""
    return dictionary_has_tag(tag) or repeater_has_tag(tag)


@lru_cache(maxsize=1 << 14)
def vrs_of(tag: int) -> tuple[str, ...]:
    """Return the value representations that PS3.6 has for ``tag``; empty when it does not define it."""
    if tag >> 16 & 1 or not is_known(tag):
        return ()
    return tuple(vr for vr in dictionary_VR(tag).split(" or ") if vr != "NONE")


def effective_vr(tag: int, file_vr: str) -> str:
    """Return the VR that a value is treated as: the file's where PS3.6 allows it or knows none, else PS3.6's.

    A number of another width than in PS3.6 stays what the file says, since its bytes are that.
    """
    known = vrs_of(tag)
    if not known or file_vr in known:
        return file_vr
    return known[0]


@lru_cache(maxsize=1 << 14)
def keyword_of(tag: int) -> str:
    """Return the keyword of ``tag`` in PS3.6; empty for private and unknown attributes."""
    return "" if tag >> 16 & 1 or not is_known(tag) else dictionary_keyword(tag)


def removal_by_type(attribute_type: str | None) -> ActionCode:
    """Return what removing means: X, or Z and D where the IOD needs the attribute."""
    return _REMOVAL_BY_TYPE.get(attribute_type or "3", ActionCode.X)


def resolve(code: ActionCode, attribute_type: str | None) -> ActionCode:
    """Resolve an action code by the attribute's Type; None is "not in that IOD at that place"."""
    removal = removal_by_type(attribute_type)
    if code in _REMOVALS:
        return removal
    if code is ActionCode.X_OR_Z_OR_U:
        return ActionCode.U if removal is ActionCode.D else removal
    if code is ActionCode.Z and removal is ActionCode.D:
        return ActionCode.D
    return code


class RuleBook:
    """The rules of one policy for the instances of one SOP class.

    Parameters
    ----------
    policy : Policy
        Its selectors: ``"00100010"``, ``"50xxxxxx"``, ``"0019xx08 ACME"``, ``"private"``, ``"unknown"``, ``"vr:PN"``,
        ``"standard"``; the narrowest fits, in this order. What no rule names is removed.
    sop_class_uid : str
        Whose IOD says the Types.
    type_of : callable
        ``(sop_class_uid, path, tag) -> Type``; the standard's table.
    """

    def __init__(self, policy: Policy, sop_class_uid: str, type_of: TypeOf = tables.attribute_type) -> None:
        self._sop_class_uid = sop_class_uid
        self._type_of = type_of
        self._keep_free_text = policy.keep_free_text
        self.content_rules = policy.content
        self.are_dates_kept = policy.dates == "UNMODIFIED"
        self._tags: dict[int, Rule] = {}
        self._groups: list[tuple[int, int, Rule]] = []
        self._kinds: dict[str, Rule] = {}
        self._creators: dict[str, Rule] = {}
        for rule in policy.rules:
            self._add(rule)

    @property
    def private(self) -> ActionCode:
        """What is done with private attributes: C keeps the safe ones, K all, X none."""
        rule = self._kinds.get("private")
        return rule.action.code if rule is not None else ActionCode.X

    @property
    def keeps_private(self) -> bool:
        """Whether any private attribute may stay."""
        named = [rule for tag, rule in self._tags.items() if tag & 0x10000]
        named += list(self._creators.values())
        named += [rule for mask, value, rule in self._groups if (value | ~mask) & 0x10000]
        return self.private is not ActionCode.X or any(rule.action.code not in _REMOVALS for rule in named)

    def code_of_vr(self, vr: str) -> ActionCode:
        """Return what is done with UIDs, dates or times that no narrower rule names."""
        rule = self._kinds.get(f"vr:{vr}") or self._kinds.get("standard")
        code = rule.action.code if rule is not None else ActionCode.X
        return code if code in _OF_VRS else ActionCode.X

    def own_rule(self, tag: int) -> Rule | None:
        """Return the rule that names this very tag, or a repeating group that it is of."""
        return self._tags.get(tag) or self._repeating(tag)

    def rule_of_creator(self, tag: int, creator: str) -> Rule | None:
        """Return the rule that names a private attribute, or all of its group, by the creator."""
        one, group = (f"{tag >> 16:04x}xx{element} {creator}" for element in (f"{tag & 0xFF:02x}", "xx"))
        return self._creators.get(one) or self._creators.get(group)

    def _add(self, rule: Rule) -> None:
        """Sort a rule in by the kind of its selector."""
        selector = rule.selector
        if " " in selector:
            self._creators[selector] = rule
            return
        if selector in ("private", "unknown", "standard") or selector.startswith("vr:"):
            self._kinds[selector] = rule
            return
        digits = selector.lower()
        try:
            value = int(digits.replace("x", "0"), 16)
        except ValueError:
            value = -1
        if len(digits) != 8 or value < 0:
            raise PolicyError(
                f"A rule of {rule.source} has a selector that is no tag; write it like 00100010 or 50xxxxxx."
            )
        if "x" in digits:
            mask = int("".join("0" if digit == "x" else "f" for digit in digits), 16)
            self._groups.append((mask, value, rule))
        else:
            self._tags[value] = rule

    @property
    def added(self) -> dict[int, str]:
        """The attributes that are added where a data set lacks them, with their VR."""
        rules = ((tag, rule.action.code) for tag, rule in self._tags.items())
        return {tag: vrs_of(tag)[0] for tag, code in rules if code is ActionCode.ADD}

    def _repeating(self, tag: int) -> Rule | None:
        """Return the narrowest rule of a repeating group; the parts of an overlay go with its data."""
        fitting = [(mask, rule) for mask, value, rule in self._groups if tag & mask == value]
        if fitting:
            return max(fitting, key=lambda pair: pair[0].bit_count())[1]
        if tag >> 24 == 0x60 and tag & 0xFF00FFFF != _OVERLAY_DATA:
            data = self._repeating(tag & 0xFFFF0000 | _OVERLAY_DATA & 0xFFFF)
            return data if data is not None and data.action.code in _REMOVALS else None
        return None

    def _rule(self, tag: int, vr: str) -> Rule | None:
        """Return the narrowest rule that fits."""
        rule = self._tags.get(tag)
        if rule is not None:
            return rule
        rule = self._repeating(tag)
        if rule is not None:
            return rule
        if tag >> 16 & 1:
            return self._kinds.get("private")
        if not is_known(tag):
            return self._kinds.get("unknown")
        return self._kinds.get(f"vr:{vr}") or self._kinds.get("standard")

    def choice(self, path: Path, tag: int, vr: str) -> Choice:
        """Return what will be done with an attribute.

        Parameters
        ----------
        path : tuple of int
            Tags of the sequences that it lies in, from the outside.
        vr : str
            Its value representation.
        """
        if not _FIRST_GROUP <= tag >> 16 <= _LAST_GROUP or not tag & 0xFFFF:  # group lengths: PS3.5 7.2
            return Choice(ActionCode.X, ActionCode.X, _STRUCTURE)
        if tag >> 24 == _PIXEL_GROUPS and tag not in PIXEL_TAGS:
            return Choice(ActionCode.X, ActionCode.X, _STRUCTURE)
        rule = self._rule(tag, vr)
        if rule is None:
            return Choice(ActionCode.X, ActionCode.X, _NO_RULE)
        attribute_type = self._deciding_type(rule, path, tag)
        code, fallback = rule.action.code, rule.action.fallback or ActionCode.X
        is_general = rule.selector in ("standard", f"vr:{vr}")
        if attribute_type is None and vr in BULK_VRS and (is_general or code is ActionCode.D):
            return Choice(ActionCode.X, ActionCode.X, _FOREIGN_BULK)
        if attribute_type is None and vr == "LO" and rule.selector == "standard" and code is ActionCode.K:
            return Choice(ActionCode.C, ActionCode.X, _FOREIGN_TEXT)
        is_source = path[-1:] in ((), (_DERIVATION,)) and self._sop_class_uid in _MADE_FROM_IMAGES
        if is_source and code is ActionCode.X_OR_Z_OR_U:
            code = ActionCode.U
        if code is ActionCode.C and vr in PROSE_VRS and not self._keep_free_text:
            code = fallback
        if rule.selector == "standard" and vr == "PN":  # nobody's name stays because no row names its attribute
            code = ActionCode.X
        fallback = fallback if fallback in (ActionCode.Z, ActionCode.D) else ActionCode.X
        resolved, argument = resolve(code, attribute_type), rule.action.argument
        return Choice(resolved, resolve(fallback, attribute_type), rule.source, argument)

    def _deciding_type(self, rule: Rule, path: Path, tag: int) -> str | None:
        """Return the Type that decides; None where the attribute goes whatever the IOD says: groups go as a whole."""
        if tag >> 16 & 1 or tag in _LEAVE_NO_TRACE or "x" in rule.selector.lower():
            return None
        return self._type_of(self._sop_class_uid, path, tag)

    def type_of(self, path: Path, tag: int) -> str | None:
        """Return the attribute's Type in the IOD, or None when it is not in it at that place."""
        return self._type_of(self._sop_class_uid, path, tag)
