# SPDX-License-Identifier: Apache-2.0
"""Steps: the rules of one place in an IOD, compiled, so that an element costs one dictionary look-up."""

from __future__ import annotations

from SlicerDeidLib.headers import act, substitute, values
from SlicerDeidLib.headers.ages import TOP_AGE_YEARS, bound, most_years
from SlicerDeidLib.headers.codes import CODED
from SlicerDeidLib.headers.content import (
    CONTENT_SEQUENCES,
    NUMERIC_VALUE,
    ContentBook,
    ItemChoice,
)
from SlicerDeidLib.headers.dates import time_of_date
from SlicerDeidLib.headers.keptuids import keep_uid
from SlicerDeidLib.headers.private import CREATOR, creator_of, is_creator, is_private, private_choice
from SlicerDeidLib.headers.search import sweep
from SlicerDeidLib.headers.select import Choice, Path, RuleBook, effective_vr, removal_by_type
from SlicerDeidLib.headers.step import ANYTHING, Step
from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.model.policy import ActionCode, Rule
from SlicerDeidLib.standard.identifying import SHOWN
from SlicerDeidLib.standard.tables import CONTENT_SEQUENCE, listed_tags

_REMEMBERED = 1 << 14  # steps per level: hostile files may bring any tag
_PUBLIC = frozenset(
    {0x00080100, 0x00080102, 0x00080103, 0x00080119, 0x00080117}
)  # codes and versions of public schemes
_NAMED_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})  # that can take a new ID
_ELEMENT = slice(6, 8)  # hex digits of a selector that name one element, whatever its block
_OF_DEVICES = {  # the maker and the model of a device, and of its detector
    0x00080070: sweep.MAKER,
    0x00081090: sweep.MODEL,
    0x0018702A: sweep.MAKER,
    0x0018702B: sweep.MODEL,
}
_TYPED_CODES = frozenset({0x00180015, 0x00185100, 0x00185101})
"""Codes that people type in on some consoles: Body Part Examined, Patient and View Position."""

_STAYING = frozenset({ActionCode.K, ActionCode.C})
_WALKED = frozenset({ActionCode.K, ActionCode.C, ActionCode.U, ActionCode.AGE})
_NO_ITEM = ItemChoice()
_ANY_AGE = "a number of 90 years and more, which this policy tells of nobody"
_REMOVALS = {ActionCode.X: act.remove, ActionCode.Z: act.empty, ActionCode.D: act.replace}


class Level:
    """The compiled steps of one place: the top level of a SOP class, or the items of one of its sequences.

    Parameters
    ----------
    book : RuleBook
        The rules.
    path : tuple of int
        Tags of the enclosing sequences.
    is_clean : bool
        Whether an enclosing sequence is kept only when cleaned (code C).
    outer : Level or None
        Of the enclosing sequence.
    item : ItemChoice
        Of content items: what is done with their value.
    """

    def __init__(
        self,
        book: RuleBook,
        path: Path = (),
        is_clean: bool = False,
        outer: Level | None = None,
        item: ItemChoice = _NO_ITEM,
    ) -> None:
        self.steps: dict[int, Step] = {}
        self.content: ContentBook = ContentBook(book.content_rules) if outer is None else outer.content
        self._odd: dict[tuple[int, str], Step] = {}
        self._book = book
        self._path = path
        self._is_clean = is_clean
        self._item = item
        self._keeps_private = book.keeps_private
        self._private: dict[tuple[str, int, str], Step] = {}
        self._blocks: dict[tuple[str, int, str], Step] = {}  # the same in each block that a creator may reserve
        self._of_items: dict[tuple[Path, ItemChoice], Level] = {} if outer is None else outer._of_items

    def step(self, tag: int, vr: str) -> Step:
        """Return the step of an attribute that the file gives as ``vr``, compiled at first use."""
        usual = self.steps.get(tag)
        if usual is not None and usual.file_vr == vr:
            return usual
        step = self._odd.get((tag, vr))
        if step is None:
            if len(self.steps) + len(self._odd) >= _REMEMBERED:
                self.steps.clear()
                self._odd.clear()
            step = self._compiled(tag, vr)
            if tag in self.steps:
                self._odd[tag, vr] = step
            else:
                self.steps[tag] = step
        return step

    def need(self, tag: int) -> ActionCode | None:
        """Return what an item needs of ``tag`` to be valid: D for Type 1, Z for Type 2, None for the rest."""
        code = removal_by_type(self._book.type_of(self._path, tag))
        return None if code is ActionCode.X else code

    def of_item(self, item: ItemChoice) -> Level:
        """Return the level of content items at this place that share a choice; items of items share theirs."""
        level = self._of_items.get((self._path, item))
        if level is None:
            level = self._of_items[self._path, item] = Level(self._book, self._path, True, self, item)
        return level

    def walk(self, elements: Elements, charset: bytes, run: act.Run) -> None:
        """Apply the steps to a data set or item in place; texts that stay are put aside in ``run`` for the sweep."""
        own = elements.get(act.CHARSET)
        place = act.Place(run, elements, charset if own is None else bytes(own.value))
        steps, gone = self.steps, []
        creators: dict[int, str] = {}  # by block, tag >> 8
        for tag, element in elements.items():
            step = steps.get(tag)
            if step is None or step.file_vr != element.vr:
                if tag & 0x10000 and self._keeps_private:
                    creator = creators.get(tag >> 8)
                    if creator is None:
                        creator = creators[tag >> 8] = creator_of(tag, elements)
                    step = self._private_step(element, creator)
                else:
                    step = self.step(tag, element.vr)
            if step.act is not None and step.act(step, element, place):
                gone.append(tag)
        if place.dates:
            gone += act.shift(place)
        for tag in gone:
            del elements[tag]
        if creators:
            run.private.append(elements)

    def step_at(self, element: Element, elements: Elements) -> Step:
        """Return the step of an element of a data set or item, private ones by their creator."""
        if self._keeps_private and is_private(element.tag):
            return self._private_step(element, creator_of(element.tag, elements))
        return self.step(element.tag, element.vr)

    def _private_step(self, element: Element, creator: str) -> Step:
        """Return the step of a private element, compiled at first use for its creator, wherever its block lies."""
        key = (creator, element.tag, element.vr)
        step = self._private.get(key)
        if step is None:
            if len(self._private) >= _REMEMBERED:
                self._private.clear()
                self._blocks.clear()
            step = self._private[key] = self._step_of_block(*key)
        return step

    def _step_of_block(self, creator: str, tag: int, vr: str) -> Step:
        """Return the step of a creator's element: that of its block, or of its own where a rule names this very tag."""
        named = None if is_creator(tag) else self._book.rule_of_creator(tag, creator)
        rule = self._book.own_rule(tag)
        if is_creator(tag) or (rule is not None and named is None):
            return self._compiled_private(tag, vr, creator, rule)
        key = (creator, tag & 0xFFFF00FF | 0x1000, vr)
        step = self._blocks.get(key)
        if step is None:
            step = self._blocks[key] = self._compiled_private(key[1], vr, creator, named)
        return step

    def _compiled_private(self, tag: int, file_vr: str, creator: str, rule: Rule | None) -> Step:
        """Compile a private creator, an element that a rule names, or one that stays because of its creator."""
        if is_creator(tag):
            step = Step(self._path, tag, file_vr, "LO", Choice(ActionCode.K, ActionCode.X, CREATOR))
            step.act, step.closeness = (act.keep_text, sweep.TEXT) if file_vr in ("LO", "UN") else (act.remove, "")
            return step
        code = self._book.private if rule is None else rule.action.code
        if rule is not None and code is not ActionCode.K:
            return self._removed(tag, file_vr, rule) if " " in rule.selector else self._compiled(tag, file_vr)
        is_named = rule is not None and "x" not in rule.selector[_ELEMENT]  # and no group as a whole
        chosen = private_choice(self._book, code, creator, tag, file_vr, is_named=is_named)
        step = Step(self._path, tag, file_vr, chosen.vr, chosen.choice)
        step.shown = "name" if chosen.vr == "PN" else ""
        if chosen.vr == "SQ":
            step.level = Level(self._book, (*self._path, tag), True, self)
        self._choose(step, chosen.choice)
        if rule is None and code is ActionCode.C and chosen.vr in ("CS", "SH") and step.closeness:
            step.closeness = sweep.CLEAN  # the table calls the attribute safe, not what somebody typed into it
        is_number = values.is_number(chosen.vr) or chosen.vr in ("DS", "IS")
        if (
            is_number
            and chosen.choice.code is ActionCode.K
            and not self._book.are_dates_kept
            and step.act is not act.refuse
        ):
            step.act, step.code = act.move_number, self._book.code_of_vr("DT")
            step.is_strict = rule is None and code is ActionCode.C
        return step

    def _removed(self, tag: int, file_vr: str, rule: Rule) -> Step:
        """Compile a private element that a rule removes by its creator."""
        step = Step(self._path, tag, file_vr, file_vr, Choice(ActionCode.X, ActionCode.X, rule.source))
        step.act = act.remove
        return step

    def _compiled(self, tag: int, file_vr: str) -> Step:
        vr = effective_vr(tag, file_vr)
        own = self._item.choice if tag in self._item.tags else None
        choice = own if own is not None else self._book.choice(self._path, tag, vr)
        step = Step(self._path, tag, file_vr, vr, choice)
        if vr == "SQ":
            is_inner = tag == CONTENT_SEQUENCE and self._path[-1:] == (tag,)  # content items hold the same to any depth
            path = self._path if is_inner else (*self._path, tag)
            step.level = Level(self._book, path, self._is_clean or choice.code is ActionCode.C, self)
        if choice.code is ActionCode.C and vr == "UN":
            step.vr = "UT"  # an attribute newer than the dictionary, whose text the file could not name
        if choice.code not in _STAYING or (vr == "PN" and choice.code is ActionCode.C):
            is_own_text = own is not None and self._item.is_identifier
            step.shown = "name" if vr == "PN" else "label" if is_own_text else SHOWN.get(tag, "")
        is_sequence = file_vr == "SQ"
        if tag == act.CHARSET and not is_sequence:
            step.act = act.keep_charset
        elif is_sequence or self._path or tag not in values.PIXEL_TAGS:
            self._choose(step, choice)
        else:
            self._choose_for_pixels(step)
        return step

    def _choose_for_pixels(self, step: Step) -> None:
        """Keep the instance's one pixel data and, in encapsulated files, what says where its frames lie."""
        if step.tag in values.OFFSET_TABLES:
            step.act = act.keep_offsets
        elif step.tag in values.FLOAT_PIXELS:
            has_them = self._book.type_of((), step.tag) is not None
            step.act = act.keep_only_pixels if has_them else act.remove_copy

    def _choose(self, step: Step, choice: Choice) -> None:
        """Choose the function of a code for a VR."""
        code, vr = choice.code, step.vr
        if code in _REMOVALS:
            step.act = _REMOVALS[code]
        elif (vr == "SQ") != (step.file_vr == "SQ"):
            step.act = act.refuse  # a sequence that could not be read cannot be walked
        elif vr in values.BINARY_VRS and step.file_vr not in values.BINARY_VRS:
            step.act = act.refuse  # a text where numbers should be
        elif self._path and step.tag in values.PIXEL_TAGS:
            step.act = act.refuse  # a picture inside the header, which no pixel step looks at
        elif vr == "SQ":
            is_content = step.tag in CONTENT_SEQUENCES and self.content
            walk = _walk_content if is_content else _walk_items
            step.act = walk if code in _WALKED else act.refuse
        elif code in _STAYING:
            is_value = step.tag in self._item.tags
            self._keep(step, is_clean=code is ActionCode.C or (self._is_clean and not is_value))
        elif code is ActionCode.AGE and step.tag == NUMERIC_VALUE:
            step.act = act.keep_written_number  # bounded before its item was walked
        else:
            step.act = _special(code, vr) or act.refuse
        if step.act is act.wait_for_time and vr == "DA":
            step.partner = time_of_date(step.tag) or 0

    def _keep(self, step: Step, *, is_clean: bool) -> None:
        """Choose how a value is kept: as it is, checked, or swept."""
        vr = step.vr
        if is_clean and vr == "PN":
            step.act = act.refuse
        elif vr == "CS":
            is_typed = step.tag in _TYPED_CODES or step.file_vr != "CS"
            step.act, step.closeness = act.keep_code, sweep.CLEAN if is_typed else _closeness(step.tag, sweep.CODE)
        elif vr == "UR":
            step.act, step.closeness = act.keep_address, sweep.FREE
        elif vr in values.TEXT_VRS:
            step.act = act.keep_text
            is_free = vr in values.FREE_VRS and step.tag not in _PUBLIC
            if is_clean and step.tag in CODED:
                step.closeness = sweep.CODED if CONTENT_SEQUENCES.isdisjoint(self._path) else sweep.CONCEPT
            else:
                free = sweep.CLEAN if is_clean else _closeness(step.tag, sweep.FREE)
                step.closeness = free if is_free else sweep.TEXT
        elif vr in values.BULK_VRS and step.tag != values.DOCUMENT:
            step.act, step.closeness = act.keep_text, sweep.RAW if is_private(step.tag) else sweep.BYTES
        elif values.is_number(vr):
            step.act = act.keep_numbers if values.can_be_many(step.tag, vr) else act.keep_number
            step.closeness = sweep.RAW if is_private(step.tag) else sweep.BYTES
        elif vr in ("DS", "IS"):
            step.act = act.keep_written_number
        elif vr == "UI":
            step.act, step.closeness = keep_uid, sweep.UIDS
        elif vr == "AS":
            step.act = act.bound_age
        elif step.pattern is not ANYTHING:
            is_day = vr in ("DA", "DT") and not self._book.are_dates_kept
            step.act = act.keep_day if is_day else act.keep_plain


def _closeness(tag: int, closeness: str) -> str:
    """Return how closely a kept text or code is looked at: those that the table does not name more closely."""
    return _OF_DEVICES.get(tag) or (closeness if tag in listed_tags() else sweep.UNNAMED[closeness])


def _walk_items(step: Step, element: Element, place: act.Place) -> bool:
    """Apply every rule inside the items of a sequence that stays."""
    assert step.level is not None
    for item in element.items or ():
        step.level.walk(item, place.charset, place.run)
    return False


def _walk_content(step: Step, element: Element, place: act.Place) -> bool:
    """Apply the rules to content items; those that must go as a whole go with the items below them."""
    assert step.level is not None
    kept = []
    for item in element.items or ():
        chosen = step.level.content.choice(item)
        source = _reason_to_go(item, chosen, place)
        if source:
            act.show_item(item, place, is_identifier=chosen.is_identifier)
            place.run.changes.append(step.item_change("item removed", source))
            continue
        step.level.of_item(chosen).walk(item, place.charset, place.run)
        kept.append(item)
    element.items = kept
    return not kept and step.fallback is not ActionCode.Z


def _reason_to_go(item: Elements, chosen: ItemChoice, place: act.Place) -> str:
    """Return why an item goes as a whole; empty where it stays, its age bounded."""
    code = chosen.choice.code if chosen.choice is not None else ActionCode.K
    if chosen.choice is not None and code is ActionCode.X:
        return chosen.choice.source
    if chosen.choice is not None and code is ActionCode.AGE:
        return "" if bound(item, is_over_89=place.run.subject.is_over_89) else chosen.choice.source
    is_age = most_years(item, is_big_endian=place.run.is_big_endian) >= TOP_AGE_YEARS
    return _ANY_AGE if is_age else ""


def _special(code: ActionCode, vr: str) -> act.Act | None:
    """Return the function of a code that is neither K nor a removal, for a VR; None where it has no meaning for it."""
    if code is ActionCode.U and vr == "UI":
        return act.map_uid
    if code is ActionCode.SHIFT and vr in values.DATE_VRS:
        return act.wait_for_time
    if code is ActionCode.NEW_ID and vr in _NAMED_VRS:
        return act.give_new_id
    if code is ActionCode.AGE and vr == "AS":
        return act.bound_age
    return substitute.function_of(code, vr)
