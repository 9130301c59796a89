# SPDX-License-Identifier: Apache-2.0
"""Objects made from images: references to what is withheld are pruned, with what is not valid without them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.content import ItemReferences, has_references
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.plan import Plan, Verdict
from SlicerDeidLib.standard.tables import attribute_type

_SOP_CLASS = 0x00080016
_INSTANCE, _UID = 0x00081155, 0x0040A124  # Referenced SOP Instance UID, and the UID of a content item of type UIDREF
_DOSE, _PLAN = "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.481.5"
_PLAN_OF, _STRUCTURES_OF = 0x300C0002, 0x300C0060  # Referenced RT Plan and Structure Set Sequence
_HISTOGRAMS = (_STRUCTURES_OF, 0x30040040, 0x30040042, 0x30040050)  # the RT DVH module, PS3.3 C.8.8.4
_BASES = frozenset({(_DOSE, _PLAN_OF), (_PLAN, _STRUCTURES_OF)})
"""Of Type 1C, but what a dose or plan was made for: where it was, it must be."""


def prune(dataset: Elements, withheld: Collection[str], *, is_big_endian: bool) -> None:
    """Remove every reference to a withheld instance, and what is not valid without it.

    Parameters
    ----------
    withheld : collection of str
        Original SOP Instance UIDs of what is not released.

    Raises
    ------
    SeriesRefused
        If nothing that the object speaks of is released.
    """
    before = any(_uids(dataset, _INSTANCE))
    sop_class = _text(dataset, _SOP_CLASS)
    if sop_class == _DOSE and any(_is_withheld(item, withheld) for item in _items(dataset, _STRUCTURES_OF)):
        for tag in _HISTOGRAMS:
            dataset.pop(tag, None)
    is_lost = drop_items(dataset, lambda item: _is_withheld(item, withheld), is_big_endian=is_big_endian)
    if is_lost or (before and not any(_uids(dataset, _INSTANCE))):
        raise SeriesRefused("what it refers to is withheld")


def drop_items(dataset: Elements, goes: Callable[[Elements], bool], *, is_big_endian: bool) -> bool:
    """Drop items of sequences at any depth, and what is not valid without them.

    Returns
    -------
    bool
        Whether the object itself goes, or lost what it must have.
    """
    positions = ItemReferences(dataset) if has_references(dataset) else None
    is_lost = _dropped(dataset, goes, _text(dataset, _SOP_CLASS), ())
    if positions is not None:
        positions.renumber(dataset, is_big_endian=is_big_endian)
    return is_lost


def _dropped(elements: Elements, goes: Callable[[Elements], bool], sop_class: str, path: tuple[int, ...]) -> bool:
    """Drop items of an item; say whether it goes itself, or lost what it must have."""
    if goes(elements):
        return True
    is_lost = False
    for tag, element in list(elements.items()):
        if not element.items:
            continue
        kept = [item for item in element.items if not _dropped(item, goes, sop_class, (*path, tag))]
        if len(kept) == len(element.items):
            continue
        element.items = kept
        if kept:
            continue
        kind = attribute_type(sop_class, path, tag)
        if kind == "1" or (not path and (sop_class, tag) in _BASES):
            is_lost = True
        elif kind not in ("2", "2C"):
            del elements[tag]
    return is_lost


def _is_withheld(item: Elements, withheld: Collection[str]) -> bool:
    """Say whether an item refers to what is withheld."""
    return _text(item, _INSTANCE) in withheld or _text(item, _UID) in withheld


def referenced(elements: Elements) -> Iterator[str]:
    """Yield the instances that a data set refers to, by their SOP Instance UIDs, and other UIDs of content items."""
    return _uids(elements, _INSTANCE, _UID)


def _uids(elements: Elements, *tags: int) -> Iterator[str]:
    """Yield the UIDs of attributes at any depth."""
    yield from (_text(elements, tag) for tag in tags if tag in elements)
    for element in elements.values():
        for item in element.items or ():
            yield from _uids(item, *tags)


def _text(elements: Elements, tag: int) -> str:
    """Return a UID without what pads it on either side; empty where there is none."""
    return elements[tag].text().strip() if tag in elements else ""


def _items(elements: Elements, tag: int) -> list[Elements]:
    """Return the items of a sequence."""
    return list(elements[tag].items or ()) if tag in elements else []


def withheld_by(plan: Plan) -> set[str]:
    """Return the SOP Instance UIDs of all that a plan does not release of its patients, with and without a row."""
    numbers = {series.subject.patient_number for series in plan.series}
    patients = (patient for patient in plan.index.patients if patient.number in numbers)
    found = {i.sop_instance_uid for patient in patients for series in patient.series for i in series.instances}
    released = {i.sop_instance_uid for s in plan.series if s.verdict is Verdict.RELEASE for i in s.instances}
    return found - released - {""}  # an instance without a UID is what nothing refers to
