# SPDX-License-Identifier: Apache-2.0
"""Content items (structured reports, acquisition context): what a policy says of one, and how items refer to others."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from SlicerDeidLib.headers.select import Choice
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.policy import ActionCode, Rule
from SlicerDeidLib.standard.tables import CONTENT_SEQUENCE, content_rows

CONTENT_SEQUENCES = frozenset({CONTENT_SEQUENCE, 0x00400555, 0x00400612, 0x0040B020})
"""Content, Acquisition Context, Specimen Preparation Step Content Item and Waveform Annotation Sequence."""
MEASURED_VALUES, NUMERIC_VALUE, TEXT_VALUE = 0x0040A300, 0x0040A30A, 0x0040A160
_VALUE_TYPE, _CONCEPT_NAME, _CONCEPT_CODE = 0x0040A040, 0x0040A043, 0x0040A168
CODE_VALUE, _LONG_CODE, _SCHEME = 0x00080100, 0x00080119, 0x00080102
_TARGET = 0x0040DB73  # Referenced Content Item Identifier
_SNOMED_OLD = frozenset({"SRT", "SNM3", "99SDM"})  # PS3.16 8: three names of one scheme
_SUBJECT_AGE = ("DCM", "121033")
_SAME_AS = {
    ("SCT", "397669002"): _SUBJECT_AGE,  # Age
    ("SCT", "424144002"): _SUBJECT_AGE,  # Current chronological age
    ("LN", "30525-0"): _SUBJECT_AGE,  # Age
    ("LN", "21612-7"): _SUBJECT_AGE,  # Age - Reported
}
"""Concept names of other schemes that say what one of Table E.3.4-1 says."""

VALUE_TAGS = {
    "TEXT": (TEXT_VALUE, 0x00700006),
    "PNAME": (0x0040A123,),
    "UIDREF": (0x0040A124,),
    "DATETIME": (0x0040A120,),
    "DATE": (0x0040A121,),
    "TIME": (0x0040A122,),
    "CODE": (_CONCEPT_CODE,),
    "NUM": (MEASURED_VALUES, NUMERIC_VALUE),
    "COMPOSITE": (0x00081199,),
    "IMAGE": (0x00081199,),
    "WAVEFORM": (0x00081199,),
    "CONTAINER": (),
}
"""Value type -> the attributes that hold the value (PS3.3 Tables 10-2, C.17-5, C.18.1-1 and following)."""


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """What will be done with a content item.

    Attributes
    ----------
    choice : Choice or None
        Of its value; code X: the item goes. None where no rule speaks of it: its attributes decide.
    tags : tuple of int
        The attributes that hold the value.
    is_identifier : bool
        Whether its text is an ID or a name by itself, for which the rest of the file is searched.
    """

    choice: Choice | None = None
    tags: tuple[int, ...] = ()
    is_identifier: bool = False


class ContentBook:
    """The rules of a policy for content items.

    Parameters
    ----------
    rules : iterable of Rule
        ``Policy.content``.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.selector: rule for rule in rules}

    def __bool__(self) -> bool:
        """Say whether there is any rule."""
        return bool(self._rules)

    def choice(self, item: Elements) -> ItemChoice:
        """Return what will be done with an item, by its concept name and value type."""
        kind = value_type(item)
        scheme, code = concept(item)
        scheme = "SRT" if scheme in _SNOMED_OLD else scheme
        scheme, code = _SAME_AS.get((scheme, code), (scheme, code))
        rule = self._rules.get(f"{scheme}:{code}:{kind}") or self._rules.get(kind)
        if rule is None:
            return ItemChoice()
        made = Choice(rule.action.code, rule.action.fallback or ActionCode.D, rule.source)
        return ItemChoice(made, VALUE_TAGS.get(kind, ()), (scheme, code) in _identifying())


@cache
def _identifying() -> frozenset[tuple[str, str]]:
    """Return the concepts whose text no option cleans or keeps as one of a device: IDs, organizations, logins."""
    rows = (row for row in content_rows() if row.value_type == "TEXT")
    spared = ("clean-descriptors", "retain-device-identity")
    return frozenset((row.scheme, row.code) for row in rows if not any(option in row.options for option in spared))


def value_type(item: Elements) -> str:
    """Return the value type of an item; where it says none, as in an acquisition context, that of the value it has."""
    said = text_of(item, _VALUE_TYPE).strip()
    if said in VALUE_TAGS:
        return said
    return next((kind for kind, tags in VALUE_TAGS.items() if any(tag in item for tag in tags)), "")


def concept(item: Elements) -> tuple[str, str]:
    """Return coding scheme and code of the concept name; empty where there is none."""
    names = item[_CONCEPT_NAME].items if _CONCEPT_NAME in item else None
    if not names:
        return "", ""
    return text_of(names[0], _SCHEME).strip(), (text_of(names[0], CODE_VALUE) or text_of(names[0], _LONG_CODE)).strip()


class ItemReferences:
    """The references by position between the content items of one document (PS3.3 C.17.3.2.5).

    Parameters
    ----------
    dataset : Elements
        The document before any item goes.
    """

    def __init__(self, dataset: Elements) -> None:
        self._items = dict(_numbered(dataset))  # held, so that no other item gets the identity of one that is gone
        self._before = {position: id(item) for position, item in self._items.items()}

    def renumber(self, dataset: Elements, *, is_big_endian: bool) -> None:
        """Let every reference point at its item again; references to an item that is gone go with what they say."""
        order = ">" if is_big_endian else "<"
        dataset.pop(_TARGET, None)  # the document itself stands in no list of items, so it can be no reference
        while self._drop_broken(dataset, order):
            pass
        now = {id(item): position for position, item in _numbered(dataset)}
        for _, item in list(_numbered(dataset)):
            if _TARGET in item:
                numbers = now[self._before[_target(item, order)]]
                item[_TARGET].replace(struct.pack(f"{order}{len(numbers)}L", *numbers))

    def _drop_broken(self, dataset: Elements, order: str) -> bool:
        """Remove the items whose target is gone; say whether there were any."""
        there = {id(item) for _, item in _numbered(dataset)}
        is_any = False
        for _, item in list(_numbered(dataset)):
            children = item[CONTENT_SEQUENCE].items if CONTENT_SEQUENCE in item else None
            kept = [one for one in children or () if _TARGET not in one or self._is_whole(one, order, there)]
            if children is not None and len(kept) < len(children):
                is_any = True
                item[CONTENT_SEQUENCE].items = kept
                if not kept:
                    del item[CONTENT_SEQUENCE]
        return is_any

    def _is_whole(self, item: Elements, order: str, there: set[int]) -> bool:
        """Say whether the target of a reference is still in the document."""
        return self._before.get(_target(item, order), 0) in there


def has_references(dataset: Elements) -> bool:
    """Say whether any content item refers to another by its position."""
    return any(_TARGET in item for _, item in _numbered(dataset))


def _target(item: Elements, order: str) -> tuple[int, ...]:
    """Return the position that an item refers to."""
    value = bytes(item[_TARGET].value)
    return struct.unpack(f"{order}{len(value) // 4}L", value[: len(value) // 4 * 4])


def _numbered(dataset: Elements, position: tuple[int, ...] = (1,)) -> Iterator[tuple[tuple[int, ...], Elements]]:
    """Yield the items of a document with their positions, the document itself first as 1."""
    yield position, dataset
    children = dataset[CONTENT_SEQUENCE].items if CONTENT_SEQUENCE in dataset else None
    for number, item in enumerate(children or (), 1):
        yield from _numbered(item, (*position, number))


def text_of(elements: Elements, tag: int) -> str:
    """Return the text of an element; empty where it is none."""
    return elements[tag].text() if tag in elements and elements[tag].items is None else ""
