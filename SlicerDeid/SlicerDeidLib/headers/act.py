# SPDX-License-Identifier: Apache-2.0
"""Acting: one function per action code, which changes an element in place.

Each takes the compiled step, the element and the place it lies in, and returns True when the element must go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from SlicerDeidLib.headers.ages import TOP_AGE_YEARS
from SlicerDeidLib.headers.charset import defined_terms
from SlicerDeidLib.headers.codes import PUBLIC_UIDS
from SlicerDeidLib.headers.content import TEXT_VALUE
from SlicerDeidLib.headers.dates import Shifter, is_unset
from SlicerDeidLib.headers.freetext.values import TextCleaner
from SlicerDeidLib.headers.numberdates import Days, moved_value
from SlicerDeidLib.headers.search.commonwords import is_common
from SlicerDeidLib.headers.uidnumbers import UidNumbers
from SlicerDeidLib.headers.values import FLOAT_PIXELS, PIXEL_DATA, are_offsets, dummy, is_sound, width_of
from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.model.plan import Subject
from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.model.protocols import Pseudonyms
from SlicerDeidLib.model.record import Change
from SlicerDeidLib.standard.identifying import SHOWN

if TYPE_CHECKING:
    from SlicerDeidLib.headers.keptuids import KeptUids
    from SlicerDeidLib.headers.step import Step

NOT_VALID = "removed: not valid for its VR"
NOTHING_STAYS = "removed: no word of it may stay"
PRIVATE_CODE = "removed: of a private coding scheme"
NO_CODE = "removed: no code of its coding scheme"
DATED = "removed: a date as a number, or no number"
NO_PUBLIC_ADDRESS = "removed: no address of a public coding scheme"
UNSET = "removed: says no date or time"
SWEPT = "swept"
CHARSET = 0x00080005
AGE = re.compile(r"(\d{1,3})([DWMYdwmy])")
_TOP_AGE = b"090Y"
SHORTEST_ID = 5  # digits or bytes: shorter numbers identify nobody
SHORTEST_PACKED = 4  # bytes: numbers of two hold at most five digits


@dataclass(slots=True)
class Run:
    """One instance on its way: what acts need, and what they leave behind; ``waiting``: for their pseudonyms."""

    subject: Subject
    pseudonyms: Pseudonyms
    shifter: Shifter
    zone: timedelta | None = None
    is_encapsulated: bool = False
    is_big_endian: bool = False
    days: Days = field(default=Days(), repr=False)
    own_numbers: UidNumbers = field(default=UidNumbers(()), repr=False)
    kept: KeptUids | None = field(default=None, repr=False)
    changes: list[Change] = field(default_factory=list)
    texts: list[tuple[Step, Element, Place]] = field(default_factory=list, repr=False)
    numbers: list[tuple[Step, Element, Place]] = field(default_factory=list, repr=False)
    packed: list[tuple[Step, Element, Place]] = field(default_factory=list, repr=False)
    waiting: list[tuple[Step, Element, Place]] = field(default_factory=list, repr=False)
    shown: list[tuple[str, bytes, bytes]] = field(default_factory=list, repr=False)
    uids: set[bytes] = field(default_factory=set, repr=False)
    private: list[Elements] = field(default_factory=list, repr=False)

    def again(self) -> Run:
        """Return the start of another instance of which the same holds as a whole."""
        same = self.subject, self.pseudonyms, self.shifter, self.zone, self.is_encapsulated, self.is_big_endian
        return Run(*same, self.days, self.own_numbers, self.kept)

    def let_go(self) -> None:
        """Forget what was left behind: places know their run, and such rings keep all bytes of a file for a while."""
        self.texts, self.numbers, self.packed, self.waiting, self.private = [], [], [], [], []


@dataclass(slots=True)
class Place:
    """One data set or item: its elements, its character set, and the dates that wait for their times."""

    run: Run
    elements: Elements
    charset: bytes = field(repr=False)
    dates: list[tuple[Step, Element]] = field(default_factory=list)


Act = Callable[["Step", Element, Place], bool]


def go(step: Step, element: Element, place: Place, action: str, code: ActionCode) -> bool:
    """Let a value go: remove the element (True), empty it, or put a dummy in its place, as X, Z or D says."""
    place.run.changes.append(step.change(action))
    if code is ActionCode.X:
        return True
    step.check_may_change(action)
    _put(step, element, place, code)
    return False


def _put(step: Step, element: Element, place: Place, code: ActionCode) -> None:
    """Empty the element (Z) or put a dummy in (D), in the VR that PS3.6 has for it."""
    original, items = bytes(element.value), element.items
    text = element.text() if step.vr == "UI" else ""
    element.vr = step.vr
    element.replace(b"")
    if code is not ActionCode.D:
        return
    if step.vr == "SQ":
        element.items = [_dummy_item(step, items[0] if items else {}, place)]
    elif step.vr == "UI":
        element.replace(place.run.pseudonyms.uid(text).encode("ascii"))
    else:
        element.replace(dummy(step.vr, original))


def _dummy_item(step: Step, first: Elements, place: Place) -> Elements:
    """Return an item that holds what the IOD needs of the sequence's first item, empty or as dummies."""
    level = step.level
    item: Elements = {}
    for tag, inner in first.items():
        code = level.need(tag) if level is not None else None
        if level is None or code is None or tag == CHARSET:  # dummies are of 7 bits
            continue
        item[tag] = Element(tag, inner.vr, inner.value, inner.items)
        if inner.vr != "CS" or not is_common(inner.text()):  # enumerated values, such as Value Type, may stay
            _put(level.step(tag, inner.vr), item[tag], place, code)
    return item


def go_in_parts(step: Step, element: Element, place: Place, action: str, is_bad: Callable[[bytes], bool]) -> bool:
    """Let a value go; of several codes that the IOD needs (Image Type), only those that are bad."""
    parts = bytes(element.value).split(b"\\") if step.vr == "CS" else []
    if step.fallback is not ActionCode.D or len(parts) < 2:
        return go(step, element, place, action, step.fallback)
    step.check_may_change(action)
    element.vr = step.vr
    element.replace(b"\\".join(dummy(step.vr, b"") if is_bad(part) else part for part in parts))
    place.run.changes.append(step.change(action))
    return False


def show(step: Step, element: Element, place: Place) -> None:
    """Remember a value that identifies the subject, before it goes: the rest of the file is searched for it."""
    if element.items is not None:
        for item in element.items:
            _show_all(item, place)
    elif step.shown and len(element.value):
        place.run.shown.append((step.shown, bytes(element.value), place.charset))


def _show_all(elements: Elements, place: Place) -> None:
    """Remember what is inside a sequence that goes as a whole."""
    for tag, element in elements.items():
        kind = "name" if element.vr == "PN" else SHOWN.get(tag)
        if element.items is not None:
            for item in element.items:
                _show_all(item, place)
        elif kind is not None and len(element.value):
            place.run.shown.append((kind, bytes(element.value), place.charset))


def show_item(item: Elements, place: Place, *, is_identifier: bool) -> None:
    """Remember what a content item shows that goes as a whole; ``is_identifier``: its text is one, too."""
    _show_all(item, place)
    text = item.get(TEXT_VALUE)
    if is_identifier and text is not None and len(text.value):
        place.run.shown.append(("label", bytes(text.value), place.charset))


def remove(step: Step, element: Element, place: Place) -> bool:
    """Remove the element: code X."""
    show(step, element, place)
    return go(step, element, place, "removed", ActionCode.X)


def empty(step: Step, element: Element, place: Place) -> bool:
    """Leave an empty value: code Z."""
    show(step, element, place)
    if not len(element.value) and not element.items and element.vr == step.vr:
        return False
    return go(step, element, place, "emptied", ActionCode.Z)


def replace(step: Step, element: Element, place: Place) -> bool:
    """Put a dummy in place of the value: code D."""
    show(step, element, place)
    return go(step, element, place, "dummy", ActionCode.D)


def refuse(step: Step, element: Element, place: Place) -> bool:
    """Let a value go that its action cannot be applied to."""
    show(step, element, place)
    return go(step, element, place, NOT_VALID, step.fallback)


def give_new_id(step: Step, element: Element, place: Place) -> bool:
    """Put the subject's new ID in; the new accession number where only 16 characters fit (SH)."""
    show(step, element, place)
    subject = place.run.subject
    element.vr = step.vr
    element.replace((subject.accession_number if step.vr == "SH" else subject.deidentification_id).encode("ascii"))
    place.run.changes.append(step.change("new ID"))
    return False


def map_uid(step: Step, element: Element, place: Place) -> bool:
    """Map each UID of the value; those that the standard registers stay: code U."""
    original = element.text()
    if not original:
        return False
    uid, tag = place.run.pseudonyms.uid, step.tag
    ones = [one.strip(" \0") for one in original.split("\\")]
    place.run.uids.update(one.encode("ascii", "replace") for one in ones)
    if tag in PUBLIC_UIDS:
        ones = [one if PUBLIC_UIDS[tag](one) else uid(one) if one else "" for one in ones]
    else:
        ones = [uid(one) if one else "" for one in ones]
    mapped = "\\".join(ones)
    if mapped != original or element.vr != step.vr:
        element.vr = step.vr
        element.replace(mapped.encode("ascii"))
        place.run.changes.append(step.change("mapped"))
    return False


def wait_for_time(step: Step, element: Element, place: Place) -> bool:
    """Put a date aside until all of its place is known: a date moves with its time."""
    show(step, element, place)
    place.dates.append((step, element))
    return False


def shift(place: Place) -> list[int]:
    """Move the dates and times of a place; return the tags of those that must go."""
    run, gone = place.run, []
    originals = {element.tag: element.text().strip() for _, element in place.dates}
    for step, element in place.dates:
        original = originals[element.tag]
        if step.vr == "DA":
            moved = run.shifter.date(original, originals.get(step.partner, ""))
        elif step.vr == "TM":
            moved = run.shifter.time(original)
        else:
            moved = run.shifter.date_time(original, run.zone)
        if moved is None:
            if go(step, element, place, UNSET if is_unset(original) else NOT_VALID, step.fallback):
                gone.append(element.tag)
        elif moved != original or element.vr != step.vr:
            element.vr = step.vr
            element.replace(moved.encode("ascii"))
            run.changes.append(step.change("shifted"))
    return gone


def bound_age(step: Step, element: Element, place: Place) -> bool:
    """Keep an age below 90 years; what is above, in this or any study of the subject, becomes 090Y."""
    original = element.text().strip()
    if not original:
        return False
    match = AGE.fullmatch(original)
    if match is None:
        return refuse(step, element, place)
    is_high = place.run.subject.is_over_89 or (match[2] in "Yy" and int(match[1]) >= TOP_AGE_YEARS)
    written = _TOP_AGE if is_high else f"{int(match[1]):03d}{match[2].upper()}".encode("ascii")
    if written != bytes(element.value):
        element.replace(written)
        place.run.changes.append(step.change("bounded"))
    return False


def keep_plain(step: Step, element: Element, place: Place) -> bool:
    """Keep a written number, date or code that is what its VR promises."""
    return step.pattern.fullmatch(element.value) is None and refuse(step, element, place)


def keep_day(step: Step, element: Element, place: Place) -> bool:
    """Keep a date that is one, for now, where others are not told: it goes later when it is one of the subject's."""
    if step.pattern.fullmatch(element.value) is None:
        return refuse(step, element, place)
    place.run.numbers.append((step, element, place))
    return False


def keep_written_number(step: Step, element: Element, place: Place) -> bool:
    """Keep a written number that is one, for now: it goes later when it is the subject's own."""
    if step.pattern.fullmatch(element.value) is None:
        return refuse(step, element, place)
    if len(element.value) >= SHORTEST_ID:
        place.run.numbers.append((step, element, place))
    return False


def keep_number(step: Step, element: Element, place: Place) -> bool:
    """Keep binary numbers that are whole and as many as PS3.6 says, for now: those of the subject go later."""
    if not is_sound(step.tag, step.vr, len(element.value)):
        return refuse(step, element, place)
    if width_of(step.vr) >= SHORTEST_PACKED:
        place.run.packed.append((step, element, place))
    return False


def keep_numbers(step: Step, element: Element, place: Place) -> bool:
    """Keep binary numbers that may be of any count, for now: a text could stand there, so they are swept later."""
    if not is_sound(step.tag, step.vr, len(element.value)):
        return refuse(step, element, place)
    if len(element.value) >= (SHORTEST_PACKED if step.tag & 0x10000 else SHORTEST_ID):  # private: an ID in two words
        place.run.texts.append((step, element, place))
    if width_of(step.vr) >= SHORTEST_PACKED:
        place.run.packed.append((step, element, place))
    return False


def move_number(step: Step, element: Element, place: Place) -> bool:
    """Keep numbers of a private attribute, for now; those that are dates move with the subject's."""
    run, original = place.run, bytes(element.value)
    order = ">" if run.is_big_endian and element.vr != "UN" else "<"  # UN is little endian, PS3.5 6.2.2
    offset = run.shifter.offset if step.code is ActionCode.SHIFT else None
    moved = moved_value(step.vr, original, run.days, offset, order, is_strict=step.is_strict)
    if moved is None:
        return go(step, element, place, DATED, ActionCode.X)
    if moved != original:
        element.replace(moved)
        run.changes.append(step.change("shifted"))
    return (keep_written_number if step.vr in ("DS", "IS") else keep_numbers)(step, element, place)


def remove_copy(step: Step, element: Element, place: Place) -> bool:
    """Remove pixels that are not the image's own."""
    return go(step, element, place, "removed", ActionCode.X)


def keep_only_pixels(step: Step, element: Element, place: Place) -> bool:
    """Keep Float or Double Float Pixel Data where they are the only pixels of the instance."""
    is_copy = any(tag in place.elements for tag in (PIXEL_DATA, *FLOAT_PIXELS) if tag != step.tag)
    return is_copy and remove_copy(step, element, place)


def keep_offsets(step: Step, element: Element, place: Place) -> bool:
    """Keep an offset table of an encapsulated file that is one."""
    pixels = place.elements.get(PIXEL_DATA)
    is_table = place.run.is_encapsulated and pixels is not None
    is_table = is_table and pixels is not None and are_offsets(step.tag, element.value, pixels.value)
    return not is_table and remove_copy(step, element, place)


def keep_address(step: Step, element: Element, place: Place) -> bool:
    """Keep the address of a public coding scheme, for now: any other names a machine or a place of somebody."""
    if step.pattern.fullmatch(element.value) is None:
        return go(step, element, place, NO_PUBLIC_ADDRESS, step.fallback)
    return keep_text(step, element, place)


def keep_text(step: Step, element: Element, place: Place) -> bool:
    """Keep a text for now: it is swept when all identifiers of the file are known."""
    if len(element.value):
        place.run.texts.append((step, element, place))
    return False


def clean(step: Step, element: Element, place: Place, cleaner: TextCleaner) -> bool:
    """Leave of a free text what identifies nobody: code C; where nothing is left it goes as the Basic Profile says."""
    original = bytes(element.value)
    cleaned = cleaner.cleaned(original, place.charset, step.vr)
    if not cleaned:
        return go(step, element, place, NOTHING_STAYS, step.fallback)
    if cleaned != original.rstrip(b" \0") or element.vr != step.vr:
        element.vr = step.vr
        element.replace(cleaned)
        place.run.changes.append(step.change("cleaned"))
    return False


def keep_code(step: Step, element: Element, place: Place) -> bool:
    """Keep a code that is what its VR promises, for now: it is swept later."""
    if step.pattern.fullmatch(element.value) is None:
        return go_in_parts(step, element, place, NOT_VALID, lambda part: step.pattern.fullmatch(part) is None)
    return keep_text(step, element, place)


def keep_charset(step: Step, element: Element, place: Place) -> bool:
    """Keep Specific Character Set where it is one; new values are of 7 bits, which every character set has."""
    original = bytes(element.value)
    terms = defined_terms(original)
    if terms is None:
        return go(step, element, place, NOT_VALID, ActionCode.X)
    written = "\\".join(terms).encode("ascii")
    if written != original.strip(b" \0"):
        element.replace(written)
        place.run.changes.append(step.change("corrected"))
    return False
